//! Run folders with latencies that were made up: what is known of them is what a comparison has to find.

use std::fs;
use std::path::Path;
use std::time::Duration;

use deskbell::metrics::{ErrorKind, Errors, Layer, Metric, Recorder, Totals};
use deskbell::protocol::Call;
use deskbell::report::{Format, IntervalLog, write_copy};
use deskbell::run::{LATENCY_FILE, RunRecord, Second, Verdict};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

/// What is measured by default.
pub(crate) const METRICS: [Metric; 3] =
    [Metric::SendToPeer, Metric::Rtt(Call::Send), Metric::SendToAck];

/// The first instant of any run, in seconds since 1970.
const EPOCH_S: u64 = 1_772_476_200;

/// A run that was made up. Its latencies are skewed, seconds that follow each other are alike, and each
/// run is a little faster or slower than the others of its kind.
#[derive(Clone, Debug)]
pub(crate) struct Synthetic {
    /// Which of all runs, in time; feeds its chances, too.
    pub(crate) no: u64,
    /// How long it takes.
    pub(crate) seconds: u64,
    /// Samples of each metric a second.
    pub(crate) per_second: u64,
    /// What is measured.
    pub(crate) metrics: Vec<Metric>,
    /// By how much it is slower than others.
    pub(crate) scale: f64,
    /// By how much the slowest thirtieth is slower still.
    pub(crate) tail: f64,
    /// Errors in a thousand requests.
    pub(crate) errors: u64,
}

impl Synthetic {
    /// A minute that is like any other.
    pub(crate) fn no(no: u64) -> Self {
        Self {
            no,
            seconds: 60,
            per_second: 100,
            metrics: METRICS.to_vec(),
            scale: 1.0,
            tail: 1.0,
            errors: 0,
        }
    }

    /// Writes the files that a comparison reads into a new folder. What is not made up is the template's.
    pub(crate) fn write(&self, template: &RunRecord, folder: &Path) {
        fs::create_dir_all(folder).unwrap();
        let mut log = IntervalLog::new(Vec::new());
        let began_at = EPOCH_S + self.no * 3_600;
        log.begin(instant(began_at).parse().unwrap()).unwrap();
        let (mut whole, mut timeline) = (Recorder::default(), Vec::new());
        for (no, recorder) in (0..self.seconds).zip(self.recorders()) {
            let second = Second { no, devices: 8, recorder };
            timeline.push(second.row());
            log.write(&second).unwrap();
            whole.merge(&second.recorder);
        }
        fs::write(folder.join(LATENCY_FILE), log.into_inner()).unwrap();
        let latencies = whole.latencies();
        let record = RunRecord {
            run_id: format!("synthetic-{}", self.no),
            started_at: instant(began_at),
            ended_at: instant(began_at + self.seconds),
            verdict: Verdict::Passed,
            exit_code: 0,
            why: Vec::new(),
            totals: Totals { devices: 8, ..*whole.totals() },
            errors: whole.errors().clone(),
            latency: latencies
                .map(|(metric, one)| (metric.into_owned(), one.summary().unwrap()))
                .collect(),
            timeline,
            ..template.clone()
        };
        for format in [Format::RunJson, Format::TimelineCsv] {
            write_copy(format, &record, &folder.join(format.file_name())).unwrap();
        }
    }

    /// What is measured in each second, without end.
    fn recorders(&self) -> impl Iterator<Item = Recorder> {
        let mut random = StdRng::seed_from_u64(self.no);
        let own = 0.01 * normal(&mut random);
        let mut mood = 0.0;
        std::iter::repeat_with(move || {
            mood = 0.6 * mood + 0.02 * normal(&mut random);
            let mut recorder = Recorder::default();
            for metric in &self.metrics {
                for _ in 0..self.per_second {
                    let size = normal(&mut random);
                    let tail = if size > 1.83 { self.tail } else { 1.0 };
                    let ms = 20.0 * self.scale * tail * (own + mood + 0.25 * size).exp();
                    recorder.latency(*metric, Duration::from_secs_f64(ms / 1e3));
                }
            }
            self.count(&mut recorder, &mut random);
            recorder
        })
    }

    fn count(&self, recorder: &mut Recorder, random: &mut StdRng) {
        let (sends, deliveries) = (self.per_second, self.per_second);
        *recorder.totals_mut() = Totals {
            requests: sends,
            responses: sends,
            events: deliveries,
            sends,
            deliveries_expected: deliveries,
            deliveries,
            ..Totals::default()
        };
        for _ in 0..sends {
            if random.random_range(0..1_000) < self.errors {
                recorder.error(Layer::Application, ErrorKind::status(500));
            }
        }
    }
}

/// A template without errors of its own.
pub(crate) fn cleaned(record: RunRecord) -> RunRecord {
    let mut generator = record.generator.clone();
    (generator.valid, generator.why) = (true, Vec::new());
    RunRecord {
        generator,
        errors: Errors::default(),
        errors_by_second: Default::default(),
        findings: Vec::new(),
        findings_beyond: 0,
        conversations: Vec::new(),
        ..record
    }
}

/// An instant as it stands in a record.
fn instant(seconds: u64) -> String {
    jiff::Timestamp::from_second(i64::try_from(seconds).unwrap()).unwrap().to_string()
}

/// A number of the standard normal distribution, nearly (Irwin and Hall).
fn normal(random: &mut StdRng) -> f64 {
    (0..12).map(|_| random.random_range(0.0..1.0)).sum::<f64>() - 6.0
}
