//! How often a comparison cries wolf, and how often it sees a true slow-down: simulated pairs of the same
//! thing and of a slower one, at several levels of noise between runs. And how long it takes.
//!
//! `cargo bench --bench comparison`; `-- --quick` for a tenth of the pairs.

use std::f64::consts::TAU;
use std::sync::LazyLock;
use std::thread;
use std::time::{Duration, Instant};

use deskbell::metrics::{Blocks, Latency, Resampling, Sample, Scale, Spread, Statistic};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// What is judged: the 99th percentile of so many metrics.
const METRICS: usize = 12;
const LIMIT: f64 = 0.1;
const SLOWER: f64 = 1.2;
const PAIRS: u64 = 1_000;

const SECONDS: u64 = 60;
const BLOCK_S: u64 = 5;
/// Runs a side, and samples of a metric a second.
const CASES: [(usize, usize); 3] = [(3, 100), (3, 500), (1, 100)];
/// The median, and how far samples are spread: the 99th percentile is 2.5 times the median.
const MEDIAN_US: f64 = 2_000.0;
const SPREAD: f64 = 0.4;
/// How a second differs from the one before: the standard deviation of seconds, and the share of it that
/// stays on.
const SECOND: f64 = 0.03;
const STAYS: f64 = 0.7;
/// Standard deviations of a run, as fractions of a latency. Half of the variance is all metrics' together.
const NOISES: [f64; 7] = [0.005, 0.01, 0.015, 0.02, 0.03, 0.05, 0.08];

/// How far each of many equally likely samples is from the median, drawn once: drawing from these is quick.
static FACTORS: LazyLock<Vec<f64>> = LazyLock::new(|| {
    let mut random = StdRng::seed_from_u64(0);
    (0..1 << 18).map(|_| (normal(&mut random) * SPREAD).exp()).collect()
});

/// How often something came about.
#[derive(Clone, Copy, Default)]
struct Share {
    times: u64,
    of: u64,
}

/// What becomes of pairs at a level of noise.
#[derive(Clone, Copy, Default)]
struct Shares {
    /// The same thing, and any metric called worse.
    false_alarm: Share,
    /// One metric slower, and called worse.
    one: Share,
    /// All metrics slower, and any of them called worse.
    all: Share,
}

#[expect(clippy::print_stdout, reason = "a bench tells what it measured")]
fn main() {
    let is_quick = std::env::args().any(|argument| argument == "--quick");
    let pairs = if is_quick { PAIRS / 10 } else { PAIRS };
    for case @ (runs, samples) in CASES {
        println!(
            "{runs} a side of {SECONDS} s, {METRICS} metrics of {samples}/s, {pairs} pairs each"
        );
        println!("| noise of a run | false alarms | one metric slower: seen | all slower: seen |");
        println!("| --- | --- | --- | --- |");
        for noise in NOISES {
            let Shares { false_alarm, one, all } = shares(case, noise, pairs);
            let told = [false_alarm, one, all].map(Share::told);
            println!("| {:.1} % | {} |", noise * 100.0, told.join(" | "));
        }
    }
    println!("{}", timed());
}

/// Of pairs of sides, by two threads.
fn shares(case: (usize, usize), noise: f64, pairs: u64) -> Shares {
    let of_thread = |thread: u64| {
        let mut shares = Shares::default();
        (thread..pairs).step_by(2).for_each(|pair| shares.add(case, noise, pair));
        shares
    };
    let [one, other] = thread::scope(|scope| {
        let threads = [0, 1].map(|no| scope.spawn(move || of_thread(no)));
        threads.map(|thread| thread.join().expect("it does not panic"))
    });
    one.and(other)
}

impl Shares {
    /// Draws a pair and counts what is called worse.
    fn add(&mut self, case: (usize, usize), noise: f64, pair: u64) {
        let mut random = StdRng::seed_from_u64(pair);
        let [base, same, slower] =
            [1.0, 1.0, SLOWER].map(|factor| side(&mut random, case, noise, factor));
        let is_worse = |(base, candidate): (&Vec<Blocks>, &Vec<Blocks>)| {
            change(base, candidate).is_some_and(|change| change.low > LIMIT)
        };
        self.false_alarm.count(base.iter().zip(&same).any(is_worse));
        let mut seen = base.iter().zip(&slower).map(is_worse);
        let one = seen.next().unwrap_or_default();
        self.one.count(one);
        self.all.count(one || seen.any(|one| one));
    }

    fn and(self, other: Self) -> Self {
        Self {
            false_alarm: self.false_alarm.and(other.false_alarm),
            one: self.one.and(other.one),
            all: self.all.and(other.all),
        }
    }
}

impl Share {
    fn count(&mut self, is_so: bool) {
        self.times += u64::from(is_so);
        self.of += 1;
    }

    fn and(self, other: Self) -> Self {
        Self { times: self.times + other.times, of: self.of + other.of }
    }

    /// With the interval of Wilson, 95 %.
    fn told(self) -> String {
        let (n, z) = (self.of as f64, 1.96_f64);
        let share = self.times as f64 / n;
        let middle = (share + z * z / (2.0 * n)) / (1.0 + z * z / n);
        let variance = share * (1.0 - share) / n + z * z / (4.0 * n * n);
        let reach = z / (1.0 + z * z / n) * variance.sqrt();
        let [share, low, high] =
            [share, middle - reach, middle + reach].map(|one| one.clamp(0.0, 1.0) * 100.0);
        format!("{share:.1} % ({low:.1} to {high:.1})")
    }
}

fn change(base: &[Blocks], candidate: &[Blocks]) -> Option<Spread> {
    let resampling = Resampling { figures: METRICS, ..Resampling::default() };
    let of = |runs| Sample::Latency(runs, Statistic::P99);
    resampling.change(&of(base), &of(candidate), Scale::Relative)
}

/// The runs of a side by metric.
fn side(
    random: &mut StdRng,
    (runs, samples): (usize, usize),
    noise: f64,
    factor: f64,
) -> Vec<Vec<Blocks>> {
    let mut metrics = vec![Vec::new(); METRICS];
    for _ in 0..runs {
        let together = normal(random) * noise * 0.5_f64.sqrt();
        for metric in &mut metrics {
            let own = normal(random) * noise * 0.5_f64.sqrt();
            let median_us = MEDIAN_US * factor * (together + own).exp();
            metric.push(run(random, SECONDS, samples, median_us));
        }
    }
    metrics
}

/// Log-normal samples whose median goes up and down from second to second.
fn run(random: &mut StdRng, seconds: u64, samples: usize, median_us: f64) -> Blocks {
    let mut blocks = Blocks::of_seconds(BLOCK_S);
    let mut latency = Latency::new();
    let mut drift = normal(random) * SECOND;
    for second in 0..seconds {
        drift = drift * STAYS + normal(random) * SECOND * (1.0 - STAYS * STAYS).sqrt();
        let median_us = median_us * drift.exp();
        for _ in 0..samples {
            let at = random.random_range(0..FACTORS.len());
            latency.record(Duration::from_micros((median_us * FACTORS[at]) as u64));
        }
        if (second + 1) % BLOCK_S == 0 {
            blocks.add(second + 1 - BLOCK_S, &std::mem::take(&mut latency));
        }
    }
    blocks
}

/// As Box and Muller draw it.
fn normal(random: &mut StdRng) -> f64 {
    let (radius, angle): (f64, f64) = (1.0 - random.random::<f64>(), random.random());
    (-2.0 * radius.ln()).sqrt() * (angle * TAU).cos()
}

/// What 15 metrics of ten hour-long runs take, six statistics of each.
fn timed() -> String {
    let mut random = StdRng::seed_from_u64(1);
    let runs: Vec<_> = (0..10).map(|_| run(&mut random, 3600, 100, MEDIAN_US)).collect();
    let (base, candidate) = runs.split_at(9);
    let statistics = [
        Statistic::P50,
        Statistic::P90,
        Statistic::P95,
        Statistic::P99,
        Statistic::P999,
        Statistic::Mean,
    ];
    let started_at = Instant::now();
    let mut seen = 0;
    for _ in 0..15 {
        for statistic in statistics {
            let of = |runs| Sample::Latency(runs, statistic);
            let change = Resampling::default().change(&of(base), &of(candidate), Scale::Relative);
            seen += usize::from(change.is_some());
        }
    }
    format!("{seen} changes of ten runs of an hour: {:.2?}", started_at.elapsed())
}
