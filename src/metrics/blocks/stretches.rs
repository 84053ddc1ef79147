//! Consecutive stretches of a run, all of the same length, which grows with the run.

/// At most so many stretches: more would make intervals no better, and drawing them slower.
pub(in crate::metrics) const MOST: u64 = 60;

/// Something that the seconds of a stretch add up to.
pub(super) trait Sum: Default {
    /// Adds what another stretch holds.
    fn add(&mut self, other: &Self);
}

/// What was measured in each stretch. The first begins with the first second that is told; seconds that
/// are not told leave theirs as it is.
#[derive(Clone, Debug)]
pub(super) struct Stretches<T> {
    seconds: u64,
    first: Option<u64>,
    each: Vec<T>,
}

impl<T: Sum> Stretches<T> {
    /// None yet, of so many seconds each.
    pub(super) fn of_seconds(seconds: u64) -> Self {
        Self { seconds: seconds.max(1), first: None, each: Vec::new() }
    }

    /// How many seconds each covers by now.
    pub(super) fn seconds(&self) -> u64 {
        self.seconds
    }

    /// Whether a second lies beyond the newest stretch.
    pub(super) fn ends_before(&self, second: u64) -> bool {
        self.first.is_none_or(|first| {
            second.saturating_sub(first) / self.seconds >= self.each.len() as u64
        })
    }

    /// The stretch of a second that does not lie before those told already. Where there would be too many,
    /// each two neighbours become one.
    pub(super) fn at(&mut self, second: u64) -> &mut T {
        let since = second.saturating_sub(*self.first.get_or_insert(second));
        while since / self.seconds >= MOST {
            self.seconds = self.seconds.saturating_mul(2);
            self.join_neighbours();
        }
        // Below 60.
        let at = (since / self.seconds) as usize;
        if self.each.len() <= at {
            self.each.resize_with(at + 1, T::default);
        }
        &mut self.each[at]
    }

    /// The newest.
    pub(super) fn newest(&mut self) -> Option<&mut T> {
        self.each.last_mut()
    }

    /// All of them, the earliest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.each.iter()
    }

    fn join_neighbours(&mut self) {
        let each = std::mem::take(&mut self.each);
        let mut each = each.into_iter();
        while let Some(mut one) = each.next() {
            if let Some(next) = each.next() {
                one.add(&next);
            }
            self.each.push(one);
        }
    }
}
