//! `deskbell run --metrics`, scraped while it runs and read as Prometheus reads it.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use openmetrics_parser::openmetrics::parse_openmetrics;
use openmetrics_parser::{MetricNumber, MetricsExposition, OpenMetricsType, OpenMetricsValue};
use serde_json::Value;

use crate::process::{Desk, Serving};

type Exposition = MetricsExposition<OpenMetricsType, OpenMetricsValue>;

/// Sends a request, and reads until the end.
fn ask(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "{request} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[track_caller]
fn scrape(address: &str) -> Exposition {
    let answer = ask(address, "GET /metrics");
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    assert!(head.contains("content-type: application/openmetrics-text; version=1.0.0"), "{head}");
    parse_openmetrics(body).unwrap_or_else(|error| panic!("{error}\n{body}"))
}

fn count(told: &Exposition, family: &str) -> u64 {
    let samples = told.families.get(family).into_iter().flat_map(|family| family.iter_samples());
    let number = |value: &OpenMetricsValue| match value {
        OpenMetricsValue::Counter(counter) => counter.value,
        OpenMetricsValue::Gauge(value) => *value,
        other => panic!("{family} is no number: {other:?}"),
    };
    samples.map(|sample| number(&sample.value)).map(whole).sum()
}

fn whole(number: MetricNumber) -> u64 {
    u64::try_from(number.as_i64().unwrap()).unwrap()
}

/// Samples of a latency, and those in its buckets in order.
fn spread(told: &Exposition, metric: &str) -> Option<(u64, Vec<(f64, u64)>)> {
    let family = told.families.get("deskbell_latency_seconds")?;
    let sample = family.get_sample_by_label_values(&[metric.to_owned()])?;
    let OpenMetricsValue::Histogram(histogram) = &sample.value else { panic!("no histogram") };
    let buckets = histogram.buckets.iter();
    let buckets = buckets.map(|bucket| (bucket.upper_bound, whole(bucket.count)));
    Some((histogram.count.unwrap(), buckets.collect()))
}

#[test]
fn a_run_is_read_while_it_goes_on_and_no_longer() {
    let desk = Desk::new();
    let serving = Serving::start(&desk);
    let token = desk.run(&["token", "--tenant", "34"]).out;
    let of_run =
        ["run", "builtin:load/steady", "--target", &serving.target, "--token", token.trim()];
    let load = ["--devices", "20", "--duration", "10m", "--out", "run", "--progress", "none"];
    let told = ["--metrics", "127.0.0.1:0", "--threshold", "send_to_event.p99 < 77s"];
    let mut going = desk.start(&[&of_run[..], &load, &told].concat());
    let url = going.hear("metrics at http://");
    let (_, rest) = url.split_once("http://").unwrap();
    let address = rest.strip_suffix("/metrics").unwrap().to_owned();

    let early = loop {
        let told = scrape(&address);
        if count(&told, "deskbell_sends") > 0 {
            break told;
        }
    };
    assert!(early.families.contains_key("deskbell_run"));
    let late = loop {
        let told = scrape(&address);
        if count(&told, "deskbell_sends") > count(&early, "deskbell_sends") {
            break told;
        }
    };
    assert!(count(&late, "deskbell_elapsed_seconds") > count(&early, "deskbell_elapsed_seconds"));
    assert_eq!(count(&late, "deskbell_connected_devices"), 20);
    let (samples, buckets) = spread(&late, "send_to_event").unwrap();
    assert_eq!(buckets.last(), Some(&(f64::INFINITY, samples)));
    assert!(buckets.iter().any(|(edge, _)| *edge == 77.0), "{buckets:?}");
    assert!(buckets.is_sorted_by(|one, next| one.0 < next.0 && one.1 <= next.1));

    assert!(ask(&address, "GET /").starts_with("HTTP/1.1 404 "));
    assert!(ask(&address, "DELETE /metrics").starts_with("HTTP/1.1 405 "));
    going.signal("INT");
    assert_eq!(going.end().code, Some(130));
    assert!(TcpStream::connect(&address).is_err());
    let run: Value = serde_json::from_str(&desk.read("run/run.json")).unwrap();
    assert!(run["totals"]["sends"].as_u64().unwrap() >= count(&late, "deskbell_sends"));
    serving.end();
}

#[test]
fn an_address_that_is_taken_is_told_before_the_run() {
    let desk = Desk::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let ended = desk.run(&["run", "--metrics", &address]);
    assert_eq!(ended.code, Some(3));
    assert!(
        ended.err.contains(&format!("cannot listen on {address} for --metrics")),
        "{}",
        ended.err
    );
}

#[test]
fn what_is_no_address_is_a_mistake() {
    for nonsense in ["9464", "everywhere", "127.0.0.1:99999"] {
        let ended = Desk::new().run(&["run", "--metrics", nonsense]);
        assert_eq!(ended.code, Some(2), "{}", ended.err);
        assert!(ended.err.contains("127.0.0.1:9464"), "{}", ended.err);
    }
}
