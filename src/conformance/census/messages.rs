//! Every message id that was seen in a run, with a mark of its session: a byte each where ids are
//! dense, as a database gives them.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use crate::conformance::SessionKey;

use super::marks::Marks;

/// Ids of a page.
const PAGE: u64 = 64;

/// Pages that are kept: room for 64 million ids that follow each other, in 90 MB.
const MOST_PAGES: usize = 1 << 20;

/// The marks of message ids, page by page. A mark is never 0, which stands for an id not yet seen.
#[derive(Debug, Default)]
pub(super) struct Messages {
    pages: HashMap<u64, Box<[u8; PAGE as usize]>, RandomState>,
}

/// What is known of a message id that was claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// It is new, or it was this session's already.
    Fine,
    /// It was another session's.
    Elsewhere,
    /// No room is left to note it.
    Untold,
}

impl Messages {
    /// Notes a message of a session. Two sessions share a mark by chance once in 255 times, so that
    /// few second uses go unseen; one that is told is one for sure.
    pub(super) fn add(&mut self, id: u64, session: SessionKey) -> Seen {
        let page = id / PAGE;
        if self.pages.len() >= MOST_PAGES && !self.pages.contains_key(&page) {
            return Seen::Untold;
        }
        let page = self.pages.entry(page).or_insert_with(|| Box::new([0; PAGE as usize]));
        let slot = &mut page[(id % PAGE) as usize];
        let mark = (session.0 % 255) as u8 + 1;
        match *slot {
            0 => {
                *slot = mark;
                Seen::Fine
            }
            known if known == mark => Seen::Fine,
            _ => Seen::Elsewhere,
        }
    }

    /// All marks in the order of ids. A page is dropped as soon as it is packed.
    pub(super) fn into_marks(self) -> Marks {
        let mut pages: Vec<_> = self.pages.into_iter().collect();
        pages.sort_unstable_by_key(|(no, _)| *no);
        let marks = pages.into_iter().flat_map(|(no, page)| {
            let ids = (0..PAGE).map(move |nth| no * PAGE + nth);
            ids.zip(*page).filter(|(_, mark)| *mark != 0)
        });
        Marks::of(marks)
    }

    /// The bytes that it takes, a table's entry counted with its control byte and its free place.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        let table = self.pages.capacity() * (size_of::<(u64, usize)>() + 1) * 8 / 7;
        self.pages.len() * PAGE as usize + table
    }
}
