//! Thresholds over one set of figures.

use super::*;
use crate::metrics::FindingCounts;

/// A run of ten seconds.
struct Fixed {
    totals: Totals,
    errors: u64,
    checks: u64,
    elapsed: Duration,
}

impl Figures for Fixed {
    fn latency(&self, metric: &str) -> Option<LatencySummary> {
        ["send_to_peer", "rtt.probe", "rtt.send.service"].contains(&metric).then_some(
            LatencySummary {
                count: 200,
                min_us: 1_000,
                mean_us: 2_000,
                p50_us: 1_900,
                p90_us: 9_000,
                p95_us: 9_500,
                p99_us: 9_900,
                p999_us: 9_990,
                max_us: 250_000,
                overflow: 0,
            },
        )
    }
    fn totals(&self) -> &Totals {
        &self.totals
    }
    fn errors(&self) -> u64 {
        self.errors
    }
    fn checks(&self) -> u64 {
        self.checks
    }
    fn elapsed(&self) -> Duration {
        self.elapsed
    }
}

fn figures() -> Fixed {
    let findings = FindingCounts { must: 2, should: 3, info: 50, waived: 40 };
    let totals = Totals {
        requests: 400,
        events: 1_000,
        sends: 200,
        deliveries_expected: 1_000,
        lost: 10,
        findings,
        ..Totals::default()
    };
    Fixed { totals, errors: 4, checks: 500, elapsed: Duration::from_secs(10) }
}

#[track_caller]
fn check(text: &str, value: Option<f64>, is_met: bool) {
    let threshold = Threshold::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_eq!(threshold.evaluate(&figures()), (value, is_met), "{text}");
    assert_eq!(threshold.to_string(), text.trim());
}

#[track_caller]
fn refused(text: &str, expected: &str) {
    let told = Threshold::parse(text).map_err(|error| error.to_string());
    assert_eq!(told.expect_err("it is wrong"), expected);
}

#[test]
fn latencies_are_compared_in_microseconds() {
    check("send_to_peer.p50 < 2ms", Some(1_900.0), true);
    check("send_to_peer.p90<9ms", Some(9_000.0), false);
    check("send_to_peer.p90 <= 9ms", Some(9_000.0), true);
    check("send_to_peer.p95 == 9500us", Some(9_500.0), true);
    check(" send_to_peer.p99 > 1s ", Some(9_900.0), false);
    check("send_to_peer.p999 >= 9.99ms", Some(9_990.0), true);
    check("send_to_peer.mean < 2ms", Some(2_000.0), false);
    check("send_to_peer.max < 0.25s", Some(250_000.0), false);
    check("send_to_peer.count >= 200", Some(200.0), true);
}

#[test]
fn a_call_of_ones_own_and_service_times_are_metrics_too() {
    check("rtt.probe.p99 < 10ms", Some(9_900.0), true);
    check("rtt.send.service.p99 < 10ms", Some(9_900.0), true);
}

#[test]
fn rates_are_a_second_or_a_share() {
    check("sends.rate >= 20/s", Some(20.0), true);
    check("events.rate > 100/s", Some(100.0), false);
    check("events.rate <= 1%", Some(0.01), true);
    check("errors.rate < 0.4/s", Some(0.4), false);
    check("errors.rate < 1.5%", Some(0.01), true);
    check("violations.rate <= 0.5/s", Some(0.5), true);
    check("violations.rate < 1%", Some(0.01), false);
    check("violations.must == 0", Some(2.0), false);
    check("violations.should <= 3", Some(3.0), true);
}

#[test]
fn without_samples_it_is_not_met() {
    check("unsend_to_event.p99 < 1s", None, false);
    check("unsend_to_event.count == 0", None, false);
    let nothing =
        Fixed { totals: Totals::default(), errors: 0, checks: 0, elapsed: Duration::ZERO };
    for text in [
        "errors.rate < 1%",
        "events.rate < 1%",
        "violations.rate < 1%",
        "violations.must == 0",
        "sends.rate >= 0/s",
    ] {
        let threshold = Threshold::parse(text).unwrap();
        assert_eq!(threshold.evaluate(&nothing), (None, false), "{text}");
    }
}

#[test]
fn what_is_no_threshold_is_told_how_it_would_be_right() {
    let written = "a threshold is written like `send_to_peer.p99 < 250ms`, `errors.rate < 1%` or `violations.must == 0`";
    for text in ["", "fast", "send_to_peer.p99 <", "< 250ms"] {
        refused(text, written);
    }
    refused("violations.must = 0", "`=` compares nothing; did you mean `==`?");
    refused(
        "send_to_pear.p99 < 1s",
        "there is no metric `send_to_pear`; did you mean `send_to_peer`?",
    );
    refused("error.rate < 1%", "there is no metric `error`; did you mean `errors`?");
    refused("latency < 1s", "there is no metric `latency`");
    refused(
        "send_to_peer.p98 < 1s",
        "`send_to_peer` has no `p98`; it has `p50`, `p90`, `p95`, `p99`, `p999`, `mean`, `max` and `count`",
    );
    refused("sends.count > 1", "`sends` has no `count`; it has `rate`");
    refused("violations.may == 0", "`violations` has no `may`; it has `rate`, `must` and `should`");
    let duration = "which is a duration like `250ms`";
    refused(
        "send_to_peer.p99 < 250",
        &format!("`250` is no bound for `send_to_peer.p99`, {duration}"),
    );
    refused(
        "send_to_peer.p99 < -1s",
        &format!("`-1s` is no bound for `send_to_peer.p99`, {duration}"),
    );
    refused("rtt.send.count < 1s", "`1s` is no bound for `rtt.send.count`, which is a number");
    refused("sends.rate > 1%", "`1%` is no bound for `sends.rate`, which is a rate like `100/s`");
    refused(
        "errors.rate < 1",
        "`1` is no bound for `errors.rate`, which is a rate like `100/s` or a share like `1%`",
    );
    refused(
        "violations.must == none",
        "`none` is no bound for `violations.must`, which is a number",
    );
}

proptest::proptest! {
    #[test]
    fn arbitrary_text_never_panics(text in "[a-z_.]{0,20}[<>=]{0,2}[ 0-9a-z%/.]{0,8}") {
        let _ = Threshold::parse(&text);
    }
}

#[test]
fn a_share_has_its_part_of_a_number_and_the_same_of_a_fraction() {
    #[track_caller]
    fn check(expr: &str, count: u32, bound: f64, told: &str) {
        let share = Threshold::parse(expr).unwrap().share_of(count);
        assert!((share.bound() - bound).abs() < 1e-9, "{expr}: {}", share.bound());
        assert_eq!(share.to_string(), told);
    }
    check("sends.rate > 100/s", 4, 25.0, "sends.rate > 100/s, 25/s for one of 4");
    check("rtt.send.count > 10", 4, 2.5, "rtt.send.count > 10, 2.5 for one of 4");
    check("violations.must > 0", 4, 0.0, "violations.must > 0, 0 for one of 4");
    check("errors.rate > 20%", 4, 0.2, "errors.rate > 20%");
    check("rtt.send.p99 > 5s", 4, 5e6, "rtt.send.p99 > 5s");
    check("sends.rate > 100/s", 1, 100.0, "sends.rate > 100/s");
}

#[test]
fn a_value_is_told_with_the_unit_of_its_figure() {
    for (expr, value, expected) in [
        ("send_to_peer.p99 < 250ms", 84_400.0, "84.4ms"),
        ("errors.rate <= 0.1%", 0.0025, "0.25 %"),
        ("sends.rate >= 100/s", 12.5, "12.5/s"),
        ("violations.must == 0", 2.0, "2"),
    ] {
        assert_eq!(Threshold::parse(expr).unwrap().with_unit(value), expected);
    }
}
