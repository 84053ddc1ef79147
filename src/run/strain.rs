//! How hard a worker's thread works.

/// From this share of a core on, a thread has no room left: what comes is delayed.
const SATURATED: f64 = 0.95;

/// How much of a core a worker's thread used, over whole seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Strain {
    /// How many seconds were watched.
    pub seconds: u64,
    /// In how many of them it used 95 % of its core or more.
    pub saturated: u64,
    shares: f64,
    saturated_shares: f64,
}

impl Strain {
    /// Counts a second in which it used this share of a core.
    pub fn record(&mut self, share: f64) {
        self.seconds += 1;
        self.shares += share;
        if share >= SATURATED {
            self.saturated += 1;
            self.saturated_shares += share;
        }
    }

    /// The share of a core that it used, on average; 0 where no second was watched.
    pub fn mean(&self) -> f64 {
        self.shares / self.seconds.max(1) as f64
    }

    /// The same over the seconds in which it was saturated.
    pub fn saturated_mean(&self) -> f64 {
        self.saturated_shares / self.saturated.max(1) as f64
    }

    /// Adds other seconds.
    pub fn add(&mut self, other: Self) {
        self.seconds += other.seconds;
        self.saturated += other.saturated;
        self.shares += other.shares;
        self.saturated_shares += other.saturated_shares;
    }
}
