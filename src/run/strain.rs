//! How hard a worker's thread works.

use std::time::Duration;

/// From this share of a core on, a thread has no room left: what comes is delayed.
const SATURATED: f64 = 0.95;

/// How much of a core a worker's thread used, second by second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Strain {
    /// How long it was watched.
    pub watched: Duration,
    /// How much of that it used 95 % of its core or more.
    pub saturated: Duration,
    cpu: Duration,
    saturated_cpu: Duration,
}

impl Strain {
    /// Counts a stretch of time, and the CPU time that the thread used meanwhile.
    pub fn record(&mut self, cpu: Duration, took: Duration) {
        self.watched += took;
        self.cpu += cpu;
        if share(cpu, took) >= SATURATED {
            self.saturated += took;
            self.saturated_cpu += cpu;
        }
    }

    /// The share of a core that it used; 0 where it was not watched.
    pub fn core_share(&self) -> f64 {
        share(self.cpu, self.watched)
    }

    /// The same while it was saturated.
    pub fn saturated_share(&self) -> f64 {
        share(self.saturated_cpu, self.saturated)
    }

    /// Adds another time.
    pub fn add(&mut self, other: Self) {
        self.watched += other.watched;
        self.saturated += other.saturated;
        self.cpu += other.cpu;
        self.saturated_cpu += other.saturated_cpu;
    }
}

fn share(cpu: Duration, of: Duration) -> f64 {
    if of.is_zero() { 0.0 } else { cpu.as_secs_f64() / of.as_secs_f64() }
}
