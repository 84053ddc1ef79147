//! A quick reader of plain JSON texts, as almost all are that come in.
//!
//! It reads what it is sure of, as RFC 8259 has it. Of all else, be it an escape, a fraction or a
//! mistake, it says nothing, and the strict reader is asked. Start from [`read`].

use std::cell::Cell;

use serde_json::Number;

use super::read::Heap;
use super::{FEW, Json, Key, Object};

/// How deep it goes.
const DEEPEST: usize = 32;

/// The most digits of a number that surely fits.
const DIGITS: usize = 18;

thread_local! {
    /// The room that the last text was read in.
    static ROOM: Cell<Heap> = Cell::default();
}

/// Reads a text; none where the strict reader has to.
pub(super) fn read(text: &str) -> Option<Json> {
    let mut reader = Reader { text, bytes: text.as_bytes(), at: 0, heap: ROOM.take() };
    let value = reader.whole();
    ROOM.set(reader.heap.emptied());
    value
}

struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    heap: Heap,
}

impl<'a> Reader<'a> {
    fn whole(&mut self) -> Option<Json> {
        let value = self.value(0)?;
        self.blank();
        (self.at == self.text.len() && self.heap.duplicate_key.is_none()).then_some(value)
    }

    fn value(&mut self, depth: usize) -> Option<Json> {
        self.blank();
        match self.bytes.get(self.at)? {
            b'"' => Some(Json::String(self.string()?.into())),
            b'{' if depth < DEEPEST => self.object(depth + 1),
            b'[' if depth < DEEPEST => self.array(depth + 1),
            b't' => self.word("true", Json::Bool(true)),
            b'f' => self.word("false", Json::Bool(false)),
            b'n' => self.word("null", Json::Null),
            _ => self.number(),
        }
    }

    fn object(&mut self, depth: usize) -> Option<Json> {
        let from = self.heap.members.len();
        if self.opens_empty(b'}') {
            return Some(Json::Object(Object::default()));
        }
        let mut marks = 0;
        loop {
            self.blank();
            let key = Key::new(self.string()?);
            self.blank();
            self.take(b':')?;
            let member = self.value(depth)?;
            let mark = key.print().mark();
            if marks & mark == 0 {
                // Surely another key than all before.
                self.heap.members.push((key, member));
            } else {
                self.heap.member(from, key, member);
            }
            marks |= mark;
            if self.heap.members.len() - from > FEW {
                return None;
            }
            if self.closes(b'}')? {
                return Some(Json::Object(Object(self.heap.members.split_off(from).into())));
            }
        }
    }

    fn array(&mut self, depth: usize) -> Option<Json> {
        let from = self.heap.items.len();
        if self.opens_empty(b']') {
            return Some(Json::Array(Box::default()));
        }
        loop {
            let item = self.value(depth)?;
            self.heap.items.push(item);
            if self.closes(b']')? {
                return Some(Json::Array(self.heap.items.split_off(from).into()));
            }
        }
    }

    /// Goes past what opens an object or a list; whether that is empty.
    fn opens_empty(&mut self, end: u8) -> bool {
        self.at += 1;
        self.blank();
        self.take(end).is_some()
    }

    /// Goes past a comma, or past the end: whether it was the end.
    fn closes(&mut self, end: u8) -> Option<bool> {
        self.blank();
        if self.take(b',').is_some() {
            return Some(false);
        }
        self.take(end).map(|()| true)
    }

    /// A text without escapes.
    fn string(&mut self) -> Option<&'a str> {
        self.take(b'"')?;
        let from = self.at;
        let mut rest = self.bytes.get(from..)?;
        while let Some((eight, more)) = rest.split_first_chunk() {
            let special = specials(u64::from_le_bytes(*eight));
            if special != 0 {
                self.at += special.trailing_zeros() as usize / 8;
                return self.ended(from);
            }
            self.at += 8;
            rest = more;
        }
        self.at += rest.iter().position(|byte| is_special(*byte))?;
        self.ended(from)
    }

    /// The text from here, where it ends now.
    fn ended(&mut self, from: usize) -> Option<&'a str> {
        let text = self.text.get(from..self.at);
        self.take(b'"')?;
        text
    }

    /// A number without fraction and exponent.
    fn number(&mut self) -> Option<Json> {
        let is_negative = self.take(b'-').is_some();
        let rest = self.bytes.get(self.at..)?;
        let length = rest.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(rest.len());
        let has_zero = rest.first() == Some(&b'0') && (is_negative || length > 1);
        let goes_on = matches!(rest.get(length), Some(b'.' | b'e' | b'E'));
        if length == 0 || length > DIGITS || has_zero || goes_on {
            return None;
        }
        self.at += length;
        let digits = rest[..length].iter();
        let number = digits.fold(0_i64, |all, digit| all * 10 + i64::from(digit - b'0'));
        let number =
            if is_negative { Number::from(-number) } else { Number::from(number.unsigned_abs()) };
        Some(Json::Number(number))
    }

    fn word(&mut self, word: &str, value: Json) -> Option<Json> {
        self.bytes.get(self.at..)?.starts_with(word.as_bytes()).then(|| {
            self.at += word.len();
            value
        })
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        (self.bytes.get(self.at) == Some(&byte)).then(|| self.at += 1)
    }

    fn blank(&mut self) {
        while let Some(b' ' | b'\n' | b'\t' | b'\r') = self.bytes.get(self.at) {
            self.at += 1;
        }
    }
}

/// Whether a text stands in quotes as it is: it has no quote, no backslash and no control character.
pub(super) fn is_plain(text: &str) -> bool {
    let (eights, rest) = text.as_bytes().as_chunks();
    eights.iter().all(|eight| specials(u64::from_le_bytes(*eight)) == 0)
        && rest.iter().all(|byte| !is_special(*byte))
}

fn is_special(byte: u8) -> bool {
    byte < b' ' || matches!(byte, b'"' | b'\\')
}

/// Of eight bytes, the high bit of the first that is a quote, a backslash or a control character; of
/// those behind it, any may be set.
fn specials(bytes: u64) -> u64 {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    let below = |bytes: u64, bound: u64| bytes.wrapping_sub(ONES * bound) & !bytes & (ONES << 7);
    below(bytes, 0x20)
        | below(bytes ^ (ONES * u64::from(b'"')), 1)
        | below(bytes ^ (ONES * u64::from(b'\\')), 1)
}
