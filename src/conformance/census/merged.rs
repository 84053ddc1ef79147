//! Many sorted streams as one.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;

/// The items of streams, each sorted by its keys, in one order: by keys, and of one key by streams.
/// It holds one item of each.
pub(super) struct Merged<I, V> {
    streams: Vec<I>,
    heads: BinaryHeap<Reverse<(u64, usize, V)>>,
}

impl<I: Iterator<Item = (u64, V)>, V: Copy + Ord> Merged<I, V> {
    pub(super) fn of(streams: impl IntoIterator<Item = I>) -> Self {
        let mut streams: Vec<_> = streams.into_iter().collect();
        let head = |(nth, stream): (usize, &mut I)| {
            stream.next().map(|(key, value)| Reverse((key, nth, value)))
        };
        let heads = streams.iter_mut().enumerate().filter_map(head).collect();
        Self { streams, heads }
    }
}

impl<I: Iterator<Item = (u64, V)>, V: Copy + Ord> Iterator for Merged<I, V> {
    /// The key, which stream it is of, from 0, and what belongs to it.
    type Item = (u64, usize, V);

    fn next(&mut self) -> Option<Self::Item> {
        let mut head = self.heads.peek_mut()?;
        let Reverse(least) = *head;
        match self.streams[least.1].next() {
            Some((key, value)) => *head = Reverse((key, least.1, value)),
            None => {
                PeekMut::pop(head);
            }
        }
        Some(least)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_come_in_one_order() {
        let streams = [vec![(2, 'a'), (5, 'b')], vec![], vec![(1, 'c'), (2, 'd'), (9, 'e')]];
        let merged: Vec<_> = Merged::of(streams.map(Vec::into_iter)).collect();
        assert_eq!(merged, [(1, 2, 'c'), (2, 0, 'a'), (2, 2, 'd'), (5, 0, 'b'), (9, 2, 'e')]);
    }
}
