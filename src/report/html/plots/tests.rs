//! What is written for the script, held to what may stand in a page, and to a size.

use crate::metrics::{Bar, Distribution, Quantile};
use crate::report::sample;
use crate::run::{ThresholdResult, TimelineRow};

use super::*;

/// The text within the element, which is left off.
fn json(record: &RunRecord) -> String {
    let page = data(record).into_string();
    let within = page.strip_prefix(r#"<script type="application/json" id="deskbell-data">"#);
    within.and_then(|text| text.strip_suffix("</script>")).unwrap().to_owned()
}

fn read(record: &RunRecord) -> serde_json::Value {
    serde_json::from_str(&json(record)).unwrap()
}

#[track_caller]
fn check_name(name: &str) {
    let distribution = sample::record().distributions.into_values().next().unwrap();
    let distributions = BTreeMap::from([(name.to_owned(), distribution)]);
    let record = RunRecord { distributions, ..sample::record() };
    let text = json(&record);
    assert!(!text.contains(['<', '>', '&', '\u{2028}', '\u{2029}']), "{text}");
    assert!(read(&record)["metrics"][name].is_object(), "{text}");
}

#[test]
fn no_name_ends_the_element_and_each_is_read_again() {
    for name in [
        "</script><img src=x onerror=alert(1)>",
        "<!-- <script>",
        "]]>",
        "rtt.\u{2028}\u{2029}&amp;\\u003c\"",
        "__proto__",
        "",
    ] {
        check_name(name);
    }
}

#[test]
fn a_run_without_a_sample_has_columns_without_values() {
    let told = read(&sample::unstarted());
    assert_eq!((&told["points"], &told["step"]), (&0.into(), &1.into()));
    assert_eq!(told["course"]["rtt_p99"], serde_json::json!([]));
    assert!(told["first_error"].is_null() && told["main"].is_null());
}

#[test]
fn thresholds_of_latencies_are_lines_and_others_are_not() {
    let threshold = |expr: &str| ThresholdResult { expr: expr.to_owned(), value: None, ok: false };
    let thresholds = ["send_to_peer.p999 <= 1.5s", "errors.rate < 1%", "no threshold"];
    let thresholds = thresholds.map(threshold).to_vec();
    let told = read(&RunRecord { thresholds, scenarios: vec![], ..sample::record() });
    let expected = serde_json::json!([{
        "metric": "send_to_peer", "statistic": "p999", "us": 1_500_000.0,
        "text": "send_to_peer.p999 <= 1.5s", "ok": false,
    }]);
    assert_eq!(told["thresholds"], expected);
}

#[test]
fn the_first_second_in_which_something_was_wrong_is_told() {
    let told = read(&sample::record());
    assert_eq!((&told["first_error"], &told["first_violation"]), (&0.into(), &3.into()));
}

/// As much as there can be in each second of an hour, and more metrics than are drawn.
fn busy_hour() -> RunRecord {
    let row = |second: u64| TimelineRow {
        second,
        devices: 10_000,
        connects: 1_234 + second,
        sends: 12_345 + second,
        responses: 23_456 + second,
        events: 34_567 + second,
        errors: 123,
        violations: 12,
        send_to_event_p50_us: Some(123_456 + second),
        send_to_event_p99_us: Some(12_345_678 + second),
        send_to_peer_p50_us: Some(123_456 + second),
        send_to_peer_p99_us: Some(12_345_678 + second),
        rtt_p99_us: Some(12_345_678 + second),
        lateness_p99_us: Some(1_234 + second),
    };
    let curve = (0..200).map(|nth| Quantile { share: 1.0 - 0.93_f64.powi(nth), us: 10_000_000 });
    let bars =
        (0..120).map(|nth| Bar { from_us: 1_000_000 + nth, to_us: 1_000_001 + nth, count: 99 });
    let spread = Distribution { curve: curve.collect(), bars: bars.collect() };
    RunRecord {
        timeline: (0..3_600).map(row).collect(),
        errors_by_second: Layer::ALL
            .into_iter()
            .map(|layer| (layer, (0..3_600).map(|second| (second, 99)).collect()))
            .collect(),
        distributions: (0..200).map(|nth| (format!("rtt.call-{nth}"), spread.clone())).collect(),
        ..sample::record()
    }
}

#[test]
fn the_metric_that_is_drawn_first_is_among_those_that_are_drawn() {
    let mut record = busy_hour();
    let spread =
        Distribution { bars: vec![], ..sample::record().distributions["send_to_event"].clone() };
    record.distributions.insert("send_to_event".to_owned(), spread);
    let told = read(&record);
    assert_eq!(told["metrics"].as_object().unwrap().len(), MOST_METRICS);
    assert!(told["metrics"][told["main"].as_str().unwrap()].is_object());
}

#[test]
fn a_busy_hour_takes_less_than_400_kilobytes() {
    let size = json(&busy_hour()).len();
    assert!(size < 400_000, "{size}");
}
