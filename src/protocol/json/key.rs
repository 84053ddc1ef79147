//! Keys of objects, with a print of each, so that one is told from another at a glance.

use compact_str::CompactString;

/// A key of an object.
#[derive(Clone, Debug)]
pub(in crate::protocol) struct Key {
    print: Print,
    text: CompactString,
}

/// What two equal texts have in common, and most that differ do not: how they begin and end, and
/// their length. A text of up to [`WHOLE`] bytes is told by it alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::protocol) struct Print {
    first: u64,
    last: u64,
    length: usize,
}

/// The longest text of which each byte is among the first eight or the last eight.
const WHOLE: usize = 16;

impl Key {
    pub(in crate::protocol) fn new(text: &str) -> Self {
        Self { print: Print::of(text), text: text.into() }
    }

    pub(in crate::protocol) fn as_str(&self) -> &str {
        &self.text
    }

    pub(in crate::protocol) fn print(&self) -> Print {
        self.print
    }

    /// Whether it is this text, whose print is known.
    #[inline]
    pub(in crate::protocol) fn is(&self, print: Print, text: &str) -> bool {
        self.print == print && (print.length <= WHOLE || *self.text == *text)
    }
}

impl Print {
    /// The print of a text.
    #[inline]
    pub(in crate::protocol) fn of(text: &str) -> Self {
        let bytes = text.as_bytes();
        let (first, last) = match (bytes.first_chunk(), bytes.last_chunk()) {
            (Some(first), Some(last)) => (u64::from_le_bytes(*first), u64::from_le_bytes(*last)),
            _ => (bytes.iter().fold(0, |all, byte| all << 8 | u64::from(*byte)), 0),
        };
        Self { first, last, length: bytes.len() }
    }

    /// One of 64 bits, the same for equal texts.
    pub(in crate::protocol) fn mark(self) -> u64 {
        /// An odd number, so that no bit of what it is multiplied with is lost.
        const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
        1 << ((self.first ^ self.last.rotate_left(32)).wrapping_mul(SPREAD) >> 58)
    }
}
