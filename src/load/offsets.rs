//! The instants of planned starts, one after the other.

use std::sync::Arc;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::arrival::{A_TRIFLE, Arrivals, Spacing, Stage};
use super::shard::Deal;

/// Which starts are whose: they are dealt out to `hands` in turn, and the hands in turn to `of`
/// holders. As many hands as there are flow instances give every holder starts in proportion to its
/// instances, and none to one without any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// Whose share, from 0.
    pub holder: u64,
    /// How many share.
    pub of: u64,
    /// How many starts are dealt out in a round.
    pub hands: u64,
}

impl Share {
    /// All starts.
    pub const WHOLE: Self = Self { holder: 0, of: 1, hands: 1 };

    /// The `n`-th of `of` takes every `of`-th.
    pub fn nth(n: u64, of: u64) -> Self {
        Self { holder: n, of, hands: of }
    }

    /// The starts of some of so many flow instances, each of which is a hand.
    pub fn of(deal: Deal, instances: u32) -> Self {
        Self { holder: deal.first, of: deal.step, hands: instances.into() }
    }

    fn has(&self, n: u64) -> bool {
        n % self.hands.max(1) % self.of.max(1) == self.holder
    }
}

/// The instants of a share of planned starts, since the beginning, in order. It takes the same memory
/// however many there are, and remembers none.
#[derive(Debug)]
pub struct Offsets {
    stages: Arc<[Stage]>,
    /// The stage of the start before.
    stage: usize,
    share: Share,
    /// How many starts came before, whoever's they are.
    n: u64,
    course: Course,
    /// `R` at the end.
    total: f64,
}

/// How `R` goes from start to start.
#[derive(Debug)]
enum Course {
    Uniform,
    /// What gaps are drawn by, and their sum.
    Poisson(Box<StdRng>, f64),
}

impl Offsets {
    pub(super) fn new(arrivals: &Arrivals, seed: u64, share: Share) -> Self {
        let course = match arrivals.spacing() {
            Spacing::Uniform => Course::Uniform,
            Spacing::Poisson => Course::Poisson(Box::new(StdRng::seed_from_u64(seed)), 0.0),
        };
        let stages = Arc::clone(&arrivals.stages);
        Self { stages, stage: 0, share, n: 0, course, total: arrivals.total() }
    }

    /// Goes through all that are left, and tells how many they were.
    pub fn drain(&mut self) -> u64 {
        let mut left = 0;
        loop {
            let is_own = self.share.has(self.n);
            if self.wanted().is_none() {
                return left;
            }
            left += u64::from(is_own);
        }
    }

    /// `R` at the next start, whoever's it is.
    #[expect(clippy::cast_precision_loss, reason = "no run has 2^53 starts")]
    fn wanted(&mut self) -> Option<f64> {
        let (wanted, end) = match &mut self.course {
            Course::Uniform => (self.n as f64, self.total - A_TRIFLE),
            Course::Poisson(random, sum) => {
                *sum += exponential(random);
                (*sum, self.total)
            }
        };
        self.n += 1;
        (wanted < end).then_some(wanted)
    }

    fn when(&mut self, wanted: f64) -> Option<Duration> {
        while self.stages.get(self.stage)?.after() - A_TRIFLE <= wanted {
            self.stage += 1;
        }
        Duration::try_from_secs_f64(self.stages.get(self.stage)?.when(wanted)).ok()
    }
}

impl Iterator for Offsets {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        loop {
            let is_own = self.share.has(self.n);
            let wanted = self.wanted()?;
            if is_own {
                return self.when(wanted);
            }
        }
    }
}

/// Exponentially distributed with mean 1, by inversion.
#[expect(clippy::cast_precision_loss, reason = "53 bits are what a float holds exactly")]
fn exponential(random: &mut StdRng) -> f64 {
    let evenly = (random.next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
    -(-evenly).ln_1p()
}
