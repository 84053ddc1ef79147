//! Failures are laid to the layer at fault, and told so.

use serde_json::json;

use super::mischief::Mischief;
use super::server::Whom;
use super::{CHAT, HASTY, Ran, run, side_by_side};

#[test]
fn what_the_gateway_says_is_laid_to_whom_it_means() {
    side_by_side(
        &[
            ("Forbidden", "gateway/forbidden"),
            ("Bad request body", "gateway/bad_request_body"),
            ("Too Many Requests", "gateway/throttled"),
            ("Internal server error", "integration/internal_server_error"),
            ("Endpoint request timed out", "integration/endpoint_timeout"),
        ],
        |(message, error)| {
            let ran = run(CHAT, Mischief::GatewaySays(message), Whom::All);
            assert_eq!(ran.ended.code, Some(1), "{message}: {}", ran.ended.err);
            assert_eq!(ran.errors(), [error], "{message}");
        },
    );
}

#[test]
fn what_no_gateway_is_known_to_say_is_recorded_word_for_word() {
    let ran = run(CHAT, Mischief::GatewaySays("Quota of the day is used up"), Whom::All);
    assert_eq!(ran.errors(), ["gateway/gateway_error"]);
    assert_eq!(ran.record["readings"]["gateway_says"], json!(["Quota of the day is used up"]));
    let told = "gateway says: \"Quota of the day is used up\"";
    assert!(ran.ended.out.contains(told), "{}", ran.ended.out);
}

#[test]
fn throttling_is_counted_apart_with_when_it_began() {
    let throttled = |Ran { record, .. }: &Ran| record["throttling"].clone();
    let ran = run(CHAT, Mischief::GatewaySays("Limit Exceeded"), Whom::All);
    let requests = ran.record["errors"]["gateway"]["throttled"].as_u64().unwrap();
    let told = throttled(&ran);
    assert_eq!((&told["connects"], &told["requests"]), (&json!(0), &json!(requests)));
    let [first, last] = ["first_at_us", "last_at_us"].map(|key| told[key].as_u64().unwrap());
    assert!(0 < first && first <= last, "{told}");
    assert_eq!(ran.record["scenarios"][0]["throttling"], told);
    assert!(ran.ended.out.contains("gateway: throttled "), "{}", ran.ended.out);

    let ran = run(HASTY, Mischief::RefusesUpgrade(429), Whom::All);
    let connects = ran.record["errors"]["gateway"]["handshake_429"].as_u64().unwrap();
    let told = throttled(&ran);
    assert_eq!((&told["connects"], &told["requests"]), (&json!(connects), &json!(0)));

    assert!(throttled(&run(CHAT, Mischief::None, Whom::All)).is_null());
}

#[test]
fn closes_of_the_gateways_own_are_the_gateways() {
    for code in [1003, 1009] {
        let ran = run(CHAT, Mischief::Closes(Some(code), 4), Whom::All);
        let errors = ran.errors();
        assert!(errors.contains(&format!("gateway/closed_{code}")), "{errors:?}");
        assert!(errors.iter().all(|error| error.starts_with("gateway/")), "{errors:?}");
    }
}

#[test]
fn a_close_when_the_endpoint_may_is_no_error() {
    side_by_side(&[Mischief::Closes(Some(1001), 4), Mischief::Resets(4)], |mischief| {
        let ran = run("worn.yaml", mischief, Whom::All);
        let closes = &ran.record["closes"];
        assert!(closes["lifetime"].as_u64() > Some(0), "{mischief:?}: {closes}");
        let errors = ran.errors();
        assert!(errors.iter().all(|error| error == "gateway/cut_off"), "{mischief:?}: {errors:?}");
    });
    let ran = run("worn.yaml", Mischief::Closes(Some(1011), 4), Whom::All);
    assert_eq!(ran.record["closes"], json!({ "idle": 0, "lifetime": 0 }));
    assert!(ran.errors().contains(&"network/closed_1011".to_owned()), "{:?}", ran.errors());
}
