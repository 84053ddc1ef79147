//! Message ids with the marks of their sessions, packed: two bytes where they follow each other.

/// A bit more follows.
const MORE: u8 = 0x80;

/// How many bytes a number takes at most, of seven bits each.
const LONGEST: usize = 10;

/// Message ids in their order, each with the mark of its session, which is never 0.
///
/// An id is its distance from the least that it could be, which is 0 or the one after the id before:
/// seven bits in each byte, the lowest first, [`MORE`] in all but the last. Its mark follows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Marks {
    count: u64,
    bytes: Vec<u8>,
}

/// Ids and marks, unpacked one by one.
struct Unpacked<'a> {
    rest: &'a [u8],
    /// The least that the next id can be; none after the last of all.
    least: Option<u64>,
}

impl Marks {
    /// Packs what comes in the order of ids.
    pub(super) fn of(marks: impl IntoIterator<Item = (u64, u8)>) -> Self {
        let (mut packed, mut least) = (Self::default(), 0);
        for (id, mark) in marks {
            put(id - least, &mut packed.bytes);
            packed.bytes.push(mark);
            packed.count += 1;
            // Nothing follows the last id of all.
            least = id.wrapping_add(1);
        }
        packed
    }

    /// Reads so many from the start of these bytes; they and the rest, where they are packed as
    /// [`Self::of`] does.
    pub(super) fn read(count: u64, bytes: &[u8]) -> Option<(Self, &[u8])> {
        let mut unpacked = Unpacked { rest: bytes, least: Some(0) };
        for _ in 0..count {
            unpacked.next()?;
        }
        let taken = &bytes[..bytes.len() - unpacked.rest.len()];
        Some((Self { count, bytes: taken.to_vec() }, unpacked.rest))
    }

    /// How many there are.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// All of them, packed.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Ids with their marks, in their order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, u8)> {
        Unpacked { rest: &self.bytes, least: Some(0) }
    }
}

impl Iterator for Unpacked<'_> {
    type Item = (u64, u8);

    /// The next; none at the end, and where the bytes are not packed so.
    fn next(&mut self) -> Option<Self::Item> {
        let (distance, rest) = number(self.rest)?;
        let (mark, rest) = rest.split_first()?;
        let id = self.least?.checked_add(distance)?;
        (self.rest, self.least) = (rest, id.checked_add(1));
        (*mark != 0).then_some((id, *mark))
    }
}

fn put(mut number: u64, to: &mut Vec<u8>) {
    while number >= u64::from(MORE) {
        to.push(number as u8 | MORE);
        number >>= 7;
    }
    to.push(number as u8);
}

/// The number that bytes begin with, and the rest; each number has one form, the shortest.
fn number(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut number = 0;
    for (nth, byte) in bytes.iter().take(LONGEST).enumerate() {
        let (bits, shift) = (u64::from(byte & !MORE), 7 * nth);
        number |= bits << shift;
        let is_whole = number >> shift == bits;
        if !is_whole {
            return None;
        }
        if byte & MORE == 0 {
            let is_shortest = nth == 0 || bits > 0;
            return is_shortest.then(|| (number, &bytes[nth + 1..]));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(marks: &[(u64, u8)], bytes: &[u8]) {
        let packed = Marks::of(marks.iter().copied());
        assert_eq!(packed.bytes(), bytes);
        assert_eq!(packed.iter().collect::<Vec<_>>(), marks);
        let longer = [bytes, &[7]].concat();
        assert_eq!(Marks::read(marks.len() as u64, &longer), Some((packed, &[7][..])));
    }

    #[test]
    fn ids_that_follow_each_other_take_two_bytes_and_others_what_they_need() {
        check(&[], &[]);
        check(&[(0, 1), (1, 255), (2, 9)], &[0, 1, 0, 255, 0, 9]);
        check(&[(127, 3), (300, 4)], &[127, 3, 0xac, 0x01, 4]);
        let last = [&[0xff; 9][..], &[0x01, 5]].concat();
        check(&[(u64::MAX, 5)], &last);
    }

    #[track_caller]
    fn check_refused(count: u64, bytes: &[u8]) {
        assert_eq!(Marks::read(count, bytes), None);
    }

    #[test]
    fn what_is_packed_in_no_such_way_is_refused() {
        check_refused(1, &[]);
        check_refused(1, &[5]);
        check_refused(1, &[0x80]);
        check_refused(2, &[0, 1]);
        check_refused(u64::MAX, &[0, 1]);
        // Without a mark, longer than needed, and beyond the last id.
        check_refused(1, &[5, 0]);
        check_refused(1, &[0x85, 0, 1]);
        check_refused(1, &[&[0xff; 9][..], &[0x02, 5]].concat());
        check_refused(1, &[&[0xff; 10][..], &[0x01, 5]].concat());
        check_refused(2, &[&[0xff; 9][..], &[0x01, 5, 0, 5]].concat());
    }
}
