//! Names and session ids in a byte each: those of the document by their number, any other text by
//! its place in a short list.

use crate::protocol::{EventKind, Route, cut};

/// The longest text that is kept whole, in bytes. The document's session ids have 36.
const LONGEST: usize = 128;

/// The number of the first documented route, of the first event's name, and of the first text.
const ROUTES: usize = 1;
const EVENTS: usize = 10;
const TEXTS: usize = 13;

/// A text, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Word(u8);

impl Word {
    pub(super) const NONE: Self = Self(0);

    /// The word for a documented route.
    pub(super) fn route(route: &Route) -> Option<Self> {
        let nth = match route {
            Route::Init => 0,
            Route::Session => 1,
            Route::Messages => 2,
            Route::Ping => 3,
            Route::Send => 4,
            Route::Unsend => 5,
            Route::Seen => 6,
            Route::Unread => 7,
            Route::End => 8,
            Route::Other(_) => return None,
        };
        Some(Self::numbered(ROUTES + nth))
    }

    /// The word for the name of an event; none for one that the document does not have.
    pub(super) fn event(kind: &EventKind) -> Self {
        match kind {
            EventKind::Message(_) => Self::numbered(EVENTS),
            EventKind::Delete => Self::numbered(EVENTS + 1),
            EventKind::Update(_) => Self::numbered(EVENTS + 2),
            EventKind::Other(_) => Self::NONE,
        }
    }

    /// Texts beyond what a byte numbers are told as none; a ring has no room for as many.
    fn numbered(no: usize) -> Self {
        u8::try_from(no).map_or(Self::NONE, Self)
    }
}

/// The texts of a ring that have no number of their own. Each is there once.
#[derive(Debug, Default)]
pub(super) struct Words(Vec<Box<str>>);

impl Words {
    /// The word for a text, in place of one that is in use no more where there is one.
    pub(super) fn word(&mut self, text: &str, in_use: impl Iterator<Item = Word>) -> Word {
        let text = longest(text);
        if let Some(at) = self.0.iter().position(|known| **known == *text) {
            return Word::numbered(TEXTS + at);
        }
        let mut is_used = [false; 256];
        in_use.for_each(|word| is_used[usize::from(word.0)] = true);
        let free = (0..self.0.len()).find(|at| !is_used.get(TEXTS + at).copied().unwrap_or(true));
        match free {
            Some(at) => self.0[at] = text.into(),
            None => self.0.push(text.into()),
        }
        Word::numbered(TEXTS + free.unwrap_or(self.0.len() - 1))
    }

    /// The text of a word that stands for an event's name or for any other text.
    pub(super) fn text(&self, word: Word) -> Option<&str> {
        match usize::from(word.0) {
            no if no < EVENTS => None,
            no if no < TEXTS => EventKind::NAMES.get(no - EVENTS).copied(),
            no => self.0.get(no - TEXTS).map(|text| &**text),
        }
    }

    /// The route of a word that stands for one.
    pub(super) fn route(&self, word: Word) -> Option<Route> {
        match usize::from(word.0) {
            0 => None,
            no if no < EVENTS => Route::documented().nth(no - ROUTES),
            _ => self.text(word).map(Route::parse),
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

/// As much of a text as is kept.
pub(super) fn longest(text: &str) -> &str {
    cut(text, LONGEST)
}
