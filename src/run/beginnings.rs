//! When the flow instances of a load began it: all at one instant in an open model, each on its own in a
//! closed one. What was measured before is connecting and setting up, and no load.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// When flow instances began their load, since the start of the run. All workers share it.
#[derive(Debug, Default)]
pub struct Beginnings(Mutex<Option<Begun>>);

/// The instances that began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Begun {
    /// How many they are.
    pub instances: u32,
    /// When the first of them began.
    pub first_at: Duration,
    /// When the last of them began.
    pub last_at: Duration,
}

impl Beginnings {
    /// The instances that have begun so far; `None` before the first.
    pub fn so_far(&self) -> Option<Begun> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An instance begins.
    pub(super) fn note(&self, at: Duration) {
        let mut begun = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let one = Begun { instances: 1, first_at: at, last_at: at };
        *begun = Some(begun.map_or(one, |known| Begun {
            instances: known.instances.saturating_add(1),
            first_at: known.first_at.min(at),
            last_at: known.last_at.max(at),
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(noted_ms: &[u64], expected: Option<(u32, u64, u64)>) {
        let beginnings = Beginnings::default();
        noted_ms.iter().for_each(|ms| beginnings.note(Duration::from_millis(*ms)));
        let told = beginnings.so_far().map(|begun| {
            let ms = |at: Duration| u64::try_from(at.as_millis()).unwrap();
            (begun.instances, ms(begun.first_at), ms(begun.last_at))
        });
        assert_eq!(told, expected);
    }

    #[test]
    fn the_first_and_the_last_are_known_in_whatever_order_they_tell() {
        check(&[], None);
        check(&[40, 10, 30], Some((3, 10, 40)));
    }
}
