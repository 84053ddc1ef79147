//! Which share of a plan is whose, where several machines run it together.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A share of a plan, counted from 1. What is whose follows from the index of a flow instance alone, so
/// that shards need no talk among themselves, and add up to the whole.
///
/// Flow instances are numbered over all scenarios of a plan, in their order, and dealt out like cards:
///
/// ```text
/// shard(flow) = flow % count + 1
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
pub struct Shard {
    /// Which share, from 1 to `count`.
    pub index: u32,
    /// Of how many, at least 1.
    pub count: u32,
}

/// Every so many-th flow instance of a scenario: those of a shard, or of one of its workers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deal {
    /// The first of them, from 0; below `step`.
    pub first: u64,
    /// How far each is from the one before.
    pub step: u64,
}

impl Shard {
    /// All of it.
    pub const WHOLE: Self = Self { index: 1, count: 1 };

    /// Whether others have a share beside it.
    pub fn is_part(self) -> bool {
        self.count > 1
    }

    /// Whether it has something to do in a plan of so many flow instances. As they are dealt out from
    /// the first shard on, at most that many shards have.
    pub fn has_any_of(self, flows: u32) -> bool {
        self.index <= flows
    }

    /// Which instances it has of a scenario whose first one is this flow of the plan.
    pub fn deal(self, first_flow: u32) -> Deal {
        let (own, count) = (u64::from(self.index) - 1, u64::from(self.count));
        Deal { first: (own + count - u64::from(first_flow) % count) % count, step: count }
    }

    /// Its part of a rate over all shards, which they share evenly.
    pub fn part_of(self, rate: f64) -> f64 {
        rate / f64::from(self.count)
    }
}

impl Deal {
    /// What the `nth`, from 0, of several has of it, who take turns.
    pub fn turns(self, nth: u64, of: u64) -> Self {
        Self { first: self.first + nth * self.step, step: of * self.step }
    }

    /// Those among so many instances.
    pub fn among(self, instances: u32) -> impl Iterator<Item = u32> {
        let fit = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        (0..instances).skip(fit(self.first)).step_by(fit(self.step))
    }

    /// How many those are.
    pub fn count(self, instances: u32) -> u32 {
        let count = u64::from(instances).saturating_sub(self.first).div_ceil(self.step);
        // No more than there are.
        u32::try_from(count).unwrap_or(instances)
    }

    /// The last of those; `None` where there is none.
    pub fn last(self, instances: u32) -> Option<u32> {
        let steps = u64::from(self.count(instances)).checked_sub(1)?;
        u32::try_from(self.first + steps * self.step).ok()
    }
}

/// As it is asked for: `2/4`.
impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The instances that each of some shards has, of scenarios of so many instances.
    #[track_caller]
    fn check(count: u32, scenarios: &[u32], expected: &[&[&[u32]]]) {
        let shards = (1..=count).map(|index| Shard { index, count });
        let dealt = shards.map(|shard| {
            let mut first_flow = 0;
            let of = scenarios.iter().map(|instances| {
                let deal = shard.deal(first_flow);
                first_flow += instances;
                let some: Vec<_> = deal.among(*instances).collect();
                assert_eq!(some.len(), deal.count(*instances) as usize);
                assert_eq!(some.last().copied(), deal.last(*instances));
                some
            });
            of.collect::<Vec<_>>()
        });
        assert_eq!(dealt.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn flows_are_dealt_out_one_by_one_over_all_scenarios() {
        check(1, &[3, 2], &[&[&[0, 1, 2], &[0, 1]]]);
        check(2, &[3, 2], &[&[&[0, 2], &[1]], &[&[1], &[0]]]);
        check(
            4,
            &[1, 1, 5],
            &[&[&[0], &[], &[2]], &[&[], &[0], &[3]], &[&[], &[], &[0, 4]], &[&[], &[], &[1]]],
        );
    }

    #[test]
    fn beyond_the_flows_there_is_nothing_to_do() {
        check(3, &[2], &[&[&[0]], &[&[1]], &[&[]]]);
        let has = |index| Shard { index, count: 3 }.has_any_of(2);
        assert_eq!([has(1), has(2), has(3)], [true, true, false]);
    }

    #[test]
    fn workers_of_a_shard_take_turns() {
        let deal = Shard { index: 2, count: 3 }.deal(0);
        let of = |nth| deal.turns(nth, 2).among(12).collect::<Vec<_>>();
        assert_eq!([of(0), of(1)], [vec![1, 7], vec![4, 10]]);
        let whole = Shard::WHOLE.deal(5).turns(1, 2);
        assert_eq!(whole.among(6).collect::<Vec<_>>(), [1, 3, 5]);
    }

    #[test]
    fn a_rate_is_shared_evenly() {
        assert!((Shard { index: 3, count: 4 }.part_of(40.0) - 10.0).abs() < 1e-9);
        assert!((Shard::WHOLE.part_of(40.0) - 40.0).abs() < 1e-9);
    }

    #[test]
    fn the_largest_numbers_are_dealt_out_as_well() {
        let last = Shard { index: u32::MAX, count: u32::MAX };
        assert_eq!(last.deal(u32::MAX - 1).first, 0);
        assert_eq!(last.deal(0).turns(63, 64).count(u32::MAX), 0);
        assert_eq!(Shard::WHOLE.deal(u32::MAX).last(u32::MAX), Some(u32::MAX - 1));
    }
}
