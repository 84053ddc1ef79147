//! Whose fault errors are, in words.
//!
//! It judges nothing: which layer an error is laid to stands in the record. Start from [`meaning`].

use std::time::Duration;

use serde_json::Value;

use crate::metrics::{Layer, Throttling};
use crate::run::{Closes, RunRecord};

use super::figure::{counted, grouped};

/// What it says of a run that a layer had errors, in a sentence.
pub(super) fn meaning(layer: Layer) -> &'static str {
    match layer {
        Layer::Network => {
            "The way to the endpoint failed, or a connection was closed or broken there: names, TCP, \
             TLS, proxies, WebSocket."
        }
        Layer::Gateway => {
            "The gateway refused or cut off by limits of its own; the service may know nothing of it."
        }
        Layer::Authorizer => "Access tokens were not let in, or had expired.",
        Layer::Integration => {
            "The gateway was reached, and the service behind it failed or did not answer in time."
        }
        Layer::Application => "The service itself answered with an error.",
        Layer::Schema => "What came is not in the form that the document gives it.",
        Layer::Harness => {
            "It is deskbell's own doing, or this machine's, and says nothing of the service."
        }
    }
}

/// The layer with most errors, and how many those are; `None` where there are none.
pub(super) fn worst(record: &RunRecord) -> Option<(Layer, u64)> {
    let layers = record.errors.layers().map(|(layer, kinds)| (layer, kinds.values().sum()));
    layers.reduce(|worst, next| if next.1 > worst.1 { next } else { worst })
}

/// The first second of the run with an error of a layer.
pub(super) fn first(record: &RunRecord, layer: Layer) -> Option<u64> {
    let seconds = record.errors_by_second.get(&layer)?.iter();
    seconds.filter(|(_, count)| *count > 0).map(|(second, _)| *second).min()
}

/// `throttled 1 connect and 132 requests`
pub(super) fn throttled(Throttling { connects, requests, .. }: &Throttling) -> String {
    let told = [(*connects, "connect"), (*requests, "request")];
    let told = told.into_iter().filter(|(count, _)| *count > 0);
    let told: Vec<_> = told.map(|(count, noun)| counted(count, noun)).collect();
    format!("throttled {}", told.join(" and "))
}

/// `throttled 1 connect and 132 requests since 0:41`, counted from the start of the run.
pub fn throttled_since(throttling: &Throttling) -> String {
    format!("{} since {}", throttled(throttling), elapsed(throttling.first_at()))
}

/// `0:41`, `1:02:05`: since the start of the run.
pub(super) fn elapsed(at: Duration) -> String {
    let (hours, minutes, seconds) =
        (at.as_secs() / 3600, at.as_secs() / 60 % 60, at.as_secs() % 60);
    match hours {
        0 => format!("{minutes}:{seconds:02}"),
        _ => format!("{hours}:{minutes:02}:{seconds:02}"),
    }
}

/// `3 connections closed when they may be: 1 at its idle timeout, 2 at the end of their lifetime`; `None`
/// where there were none.
pub(super) fn closes(Closes { idle, lifetime }: Closes) -> Option<String> {
    let told = [(idle, "after the idle timeout"), (lifetime, "at the end of their lifetime")];
    let told = told.into_iter().filter(|(count, _)| *count > 0);
    let told: Vec<_> = told.map(|(count, when)| format!("{} {when}", grouped(count))).collect();
    let all = counted(idle + lifetime, "connection");
    (!told.is_empty()).then(|| format!("{all} closed as the endpoint may: {}", told.join(", ")))
}

/// What the gateway said in error frames that deskbell does not know.
pub(super) fn gateway_says(record: &RunRecord) -> impl Iterator<Item = &str> {
    let messages = record.readings.get("gateway_says").and_then(Value::as_array);
    messages.into_iter().flatten().filter_map(Value::as_str)
}

#[cfg(test)]
mod tests {
    use crate::report::sample;

    use super::*;

    #[track_caller]
    fn check(connects: u64, requests: u64, at_s: u64, expected: &str) {
        let first_at_us = at_s * 1_000_000;
        let one = Throttling { connects, requests, first_at_us, last_at_us: first_at_us };
        assert_eq!(throttled_since(&one), expected);
    }

    #[test]
    fn throttling_is_told_with_when_it_began() {
        check(0, 132, 41, "throttled 132 requests since 0:41");
        check(1, 0, 0, "throttled 1 connect since 0:00");
        check(12, 1_000, 3_725, "throttled 12 connects and 1 000 requests since 1:02:05");
    }

    #[test]
    fn closes_are_told_where_there_were_any() {
        let told = |idle, lifetime| closes(Closes { idle, lifetime });
        assert_eq!(told(0, 0), None);
        let expected = "3 connections closed as the endpoint may: 1 after the idle timeout, 2 at the end \
                        of their lifetime";
        assert_eq!(told(1, 2).as_deref(), Some(expected));
    }

    #[test]
    fn the_worst_layer_is_the_one_with_most_errors() {
        assert_eq!(worst(&sample::record()), Some((Layer::Gateway, 6)));
        assert_eq!(worst(&sample::passed()), None);
        assert_eq!(first(&sample::record(), Layer::Gateway), Some(0));
        assert_eq!(gateway_says(&sample::record()).count(), 1);
    }
}
