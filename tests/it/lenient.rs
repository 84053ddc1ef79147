//! A server that lets everybody in: what a step that wants a connection refused makes of it.

use deskbell::run::RunRecord;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, copy_bidirectional};
use tokio::sync::mpsc;

use crate::simulated::{FIRST_TENANT, Simulated, run_between, token};

/// Plays a scenario against a server that takes whatever token it is shown for a good one, and a
/// device without an id for one with an id.
fn play(flow: &str) -> RunRecord {
    let text = format!("name: lenient\nflow:\n{flow}");
    let simulated =
        Simulated { scenario: Some(&text), devices: Some(1), tenants: 1, ..Simulated::default() };
    let good = token(&simulated.server, FIRST_TENANT);
    run_between(&simulated, |mut far_ends| {
        let (sender, listener) = mpsc::channel(64);
        tokio::spawn(async move {
            while let Some(stream) = far_ends.recv().await {
                let (near, far) = tokio::io::duplex(64 * 1024);
                tokio::spawn(let_in(stream, near, good.clone()));
                sender.send(far).await.unwrap();
            }
        });
        listener
    })
}

/// Passes everything on, with another query in the first line.
async fn let_in(mut device: DuplexStream, mut server: DuplexStream, good: String) {
    let mut head = vec![0; 16 * 1024];
    let length = device.read(&mut head).await.unwrap_or_default();
    let head = String::from_utf8_lossy(&head[..length]).into_owned();
    let Some((line, rest)) = head.split_once(" HTTP/1.1") else { return };
    let path = line.split('?').next().unwrap_or_default();
    let id = line.split("deviceId=").nth(1).unwrap_or("nobody");
    let head = format!("{path}?Auth={good}&deviceId={id} HTTP/1.1{rest}");
    if server.write_all(head.as_bytes()).await.is_ok() {
        // Either side may go at any time.
        let _ = copy_bidirectional(&mut device, &mut server).await;
    }
}

/// Each `connect` with how often it passed and failed, and how many requests the run made.
#[track_caller]
fn check(flow: &str, connects: &[(u64, u64)], requests: u64) {
    let record = play(flow);
    let steps = record.scenarios[0].steps.iter().filter(|step| step.step == "connect");
    let told: Vec<_> = steps.map(|step| (step.passed, step.failed)).collect();
    assert_eq!(told, connects, "{:?}", record.scenarios[0].unmet);
    let totals = record.totals;
    assert_eq!((totals.requests, totals.responses), (requests, requests));
    assert_eq!(totals.reconnects, 0);
}

#[test]
fn a_connection_that_serves_requests_was_not_refused() {
    let flow = "  - init
  - connect: { auth: none, expect: error }
  - connect: { auth: garbled, expect: error-or-close }
  - connect: { device_id: none, expect: error }
  - ping
  - end
";
    check(flow, &[(0, 1), (0, 1), (0, 1)], 6);
}

#[test]
fn a_trial_fails_no_step_and_leaves_the_connection_of_before() {
    let flow = "  - init
  - connect: { auth: resigned, expect: any }
  - connect: { auth: expired, expect: any }
  - ping
  - end
";
    check(flow, &[(1, 0), (1, 0)], 5);
}
