//! The live line on stderr while a run goes on.

use std::io::{self, IsTerminal};
use std::time::Duration;

use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::report::{brief, counted, grouped};
use crate::run::Snapshot;

/// How progress is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum ProgressKind {
    /// A line that is drawn anew on a terminal, plain lines elsewhere.
    #[default]
    Auto,
    /// A line each few seconds.
    Plain,
    /// Nothing.
    None,
}

/// Shows how a run stands. It never stops a run: what cannot be shown is let go.
pub(super) struct ProgressLine(Display);

enum Display {
    Live(ProgressBar),
    Plain { to: Box<dyn io::Write + Send>, next_at: Duration },
    None,
}

/// Between plain lines: a log of an hour stays readable.
const PLAIN_EVERY: Duration = Duration::from_secs(5);

impl ProgressLine {
    /// One that shows on stderr.
    pub(super) fn new(kind: ProgressKind) -> Self {
        let is_live = io::stderr().is_terminal();
        Self(match kind {
            ProgressKind::Auto if is_live => Display::Live(live_line()),
            ProgressKind::Auto | ProgressKind::Plain => plain(Box::new(io::stderr())),
            ProgressKind::None => Display::None,
        })
    }

    /// Shows how the run stands; may be called as often as there is news.
    pub(super) fn show(&mut self, snapshot: &Snapshot) {
        match &mut self.0 {
            Display::Live(line) => line.set_message(told(snapshot)),
            Display::Plain { to, next_at } if snapshot.elapsed >= *next_at => {
                *next_at = snapshot.elapsed + PLAIN_EVERY;
                // A closed stderr is no reason to end a run.
                let _ = writeln!(to, "{:>5} s  {}", snapshot.elapsed.as_secs(), told(snapshot));
            }
            Display::Plain { .. } | Display::None => {}
        }
    }

    /// Takes the live line off the terminal.
    pub(super) fn finish(self) {
        if let Display::Live(line) = self.0 {
            line.finish_and_clear();
        }
    }
}

fn plain(to: Box<dyn io::Write + Send>) -> Display {
    Display::Plain { to, next_at: PLAIN_EVERY }
}

fn live_line() -> ProgressBar {
    let style = ProgressStyle::with_template("{msg}")
        .expect("the template is a constant that indicatif allows");
    ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr()).with_style(style)
}

/// `1 000 devices  412 sends/s  830 events/s  p50 1.2 ms  p99 8.4 ms  0 errors  0 violations
/// 12 s left`, all in one line.
fn told(snapshot: &Snapshot) -> String {
    let mut parts = vec![
        counted(snapshot.devices, "device"),
        format!("{} sends/s", rate(snapshot.sends_per_s)),
        format!("{} events/s", rate(snapshot.events_per_s)),
    ];
    for (name, value) in [("p50", snapshot.p50), ("p99", snapshot.p99)] {
        parts.extend(value.map(|value| format!("{name} {}", brief(value))));
    }
    parts.push(counted(snapshot.errors, "error"));
    parts.push(counted(snapshot.violations, "violation"));
    parts.extend(snapshot.left.map(|left| format!("{} left", whole_seconds(left))));
    parts.join("  ")
}

fn rate(per_s: f64) -> String {
    // Saturates: a rate is neither negative nor beyond u64.
    grouped(per_s.round() as u64)
}

fn whole_seconds(duration: Duration) -> String {
    let seconds = duration.as_millis().div_ceil(1000);
    match seconds {
        0..60 => format!("{seconds} s"),
        _ => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    fn busy() -> Snapshot {
        Snapshot {
            elapsed: Duration::from_secs(7),
            devices: 1_000,
            sends_per_s: 411.6,
            events_per_s: 830.2,
            p50: Some(Duration::from_micros(1_230)),
            p99: Some(Duration::from_micros(8_400)),
            errors: 0,
            violations: 1,
            left: Some(Duration::from_millis(11_500)),
        }
    }

    #[track_caller]
    fn check(snapshot: &Snapshot, expected: &str) {
        assert_eq!(told(snapshot), expected);
    }

    #[test]
    fn a_busy_run_is_told_in_one_line() {
        check(
            &busy(),
            "1 000 devices  412 sends/s  830 events/s  p50 1.2 ms  p99 8.4 ms  0 errors  \
             1 violation  12 s left",
        );
    }

    #[test]
    fn what_is_not_known_is_left_out() {
        check(&Snapshot::default(), "0 devices  0 sends/s  0 events/s  0 errors  0 violations");
    }

    #[test]
    fn a_long_rest_is_told_in_minutes() {
        let left = Some(Duration::from_secs(3_725));
        assert!(told(&Snapshot { left, ..busy() }).ends_with("62 min 5 s left"));
    }

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn plain_lines_come_every_few_seconds_however_often_there_is_news() {
        let written = Written::default();
        let mut line = ProgressLine(plain(Box::new(written.clone())));
        for tenths in 0..=200 {
            line.show(&Snapshot { elapsed: Duration::from_millis(tenths * 100), ..busy() });
        }
        line.finish();
        let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
        let seconds: Vec<_> = text.lines().map(|line| line[..7].trim()).collect();
        assert_eq!(seconds, ["5 s", "10 s", "15 s", "20 s"]);
    }
}
