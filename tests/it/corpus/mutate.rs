//! Texts and bytes, changed by chance: the same by seed.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// No changed text is longer, in bytes.
pub(super) const LONGEST: usize = 256 * 1024;

/// How many changes are made to one text at most.
const CHANGES: usize = 4;

/// What breaks those who read it carelessly.
const NASTY: [&[u8]; 40] = [
    b"",
    b" ",
    b"\n",
    b"\r\n",
    b"\t",
    b"\0",
    b"\xff",
    b"\xc3(",
    b"\xed\xa0\x80",
    b"\xef\xbb\xbf",
    "\u{1f9d1}\u{200d}\u{1f373}".as_bytes(),
    "ไ".as_bytes(),
    "\u{202e}".as_bytes(),
    b"{",
    b"}",
    b"[",
    b"]",
    b"\"",
    b"'",
    b"\\",
    b"\\ud800",
    b"\\u0000",
    b":",
    b": ",
    b"- ",
    b"#",
    b",",
    b"&a",
    b"*a",
    b"${",
    b"}${",
    b"null",
    b"true",
    b"-1",
    b"1e999999",
    b"0.1e-400",
    b"18446744073709551616",
    b"99999999999999999999999999999999",
    b"NaN",
    b"..",
];

/// Changes samples.
pub(super) struct Mutator<'a> {
    samples: &'a [Vec<u8>],
    random: StdRng,
}

impl<'a> Mutator<'a> {
    /// The changes that come of one number.
    pub(super) fn new(samples: &'a [Vec<u8>], seed: u64) -> Self {
        Self { samples, random: StdRng::seed_from_u64(seed) }
    }

    /// A sample with some changes.
    pub(super) fn next(&mut self) -> Vec<u8> {
        let mut bytes = self.sample().clone();
        for _ in 0..self.below(CHANGES) + 1 {
            self.change(&mut bytes);
            bytes.truncate(LONGEST);
        }
        bytes
    }

    fn sample(&mut self) -> &'a Vec<u8> {
        let nth = self.below(self.samples.len());
        &self.samples[nth]
    }

    /// A number below this one; 0 where there is none.
    pub(super) fn below(&mut self, end: usize) -> usize {
        if end == 0 { 0 } else { self.random.random_range(0..end) }
    }

    /// Two places, the lesser one first, often close to each other.
    fn range(&mut self, length: usize) -> (usize, usize) {
        let start = self.below(length + 1);
        let most = if self.below(2) == 0 { 8 } else { length };
        (start, (start + self.below(most + 1)).min(length))
    }

    fn change(&mut self, bytes: &mut Vec<u8>) {
        let (start, end) = self.range(bytes.len());
        match self.below(9) {
            0 => {
                if let Some(byte) = bytes.get_mut(start) {
                    *byte ^= 1 << self.below(8);
                }
            }
            1 => bytes.truncate(start),
            2 => drop(bytes.drain(start..end)),
            3 => self.repeat(bytes, (start, end)),
            4 => self.splice(bytes, start),
            5 => self.swap_tokens(bytes),
            6 => {
                let nasty = NASTY[self.below(NASTY.len())];
                bytes.splice(start..start, nasty.iter().copied());
            }
            7 => {
                let nasty = NASTY[self.below(NASTY.len())];
                self.replace_token(bytes, nasty);
            }
            _ => {
                let other = self.sample();
                let tokens = tokens(other);
                if let Some((start, end)) = tokens.get(self.below(tokens.len())) {
                    self.replace_token(bytes, &other[*start..*end]);
                }
            }
        }
    }

    /// Repeats a piece a few times; now and then many times.
    fn repeat(&mut self, bytes: &mut Vec<u8>, (start, end): (usize, usize)) {
        let most = if self.below(16) == 0 { 4096 } else { 4 };
        let piece = bytes[start..end].to_vec();
        let times = self.below(most).min(LONGEST / piece.len().max(1));
        bytes.splice(end..end, piece.repeat(times));
    }

    /// Goes on as another sample does.
    fn splice(&mut self, bytes: &mut Vec<u8>, at: usize) {
        let other = self.sample();
        let from = self.below(other.len() + 1);
        bytes.truncate(at);
        bytes.extend_from_slice(&other[from..]);
    }

    fn swap_tokens(&mut self, bytes: &mut Vec<u8>) {
        let tokens = tokens(bytes);
        let (one, two) = (self.below(tokens.len()), self.below(tokens.len()));
        let (Some(first), Some(second)) = (tokens.get(one.min(two)), tokens.get(one.max(two)))
        else {
            return;
        };
        if first.1 > second.0 {
            return;
        }
        let moved = bytes[first.0..first.1].to_vec();
        let put = bytes[second.0..second.1].to_vec();
        bytes.splice(second.0..second.1, moved);
        bytes.splice(first.0..first.1, put);
    }

    fn replace_token(&mut self, bytes: &mut Vec<u8>, with: &[u8]) {
        let tokens = tokens(bytes);
        if let Some((start, end)) = tokens.get(self.below(tokens.len())) {
            bytes.splice(*start..*end, with.iter().copied());
        }
    }
}

/// Where words and numbers stand.
fn tokens(bytes: &[u8]) -> Vec<(usize, usize)> {
    let is_inside = |byte: u8| byte.is_ascii_alphanumeric() || b"_.+%".contains(&byte);
    let mut tokens: Vec<(usize, usize)> = Vec::new();
    for (at, byte) in bytes.iter().enumerate() {
        match tokens.last_mut() {
            Some((_, end)) if is_inside(*byte) && *end == at => *end = at + 1,
            _ if is_inside(*byte) => tokens.push((at, at + 1)),
            _ => {}
        }
    }
    tokens
}
