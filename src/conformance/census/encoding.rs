//! [`IdSets`] as bytes: the file `ids.bin` of a run folder.
//!
//! Numbers are little-endian; T, S, M and G are the counts of the header.
//!
//! | offset | bytes | holds |
//! | --- | --- | --- |
//! | 0 | 8 | `DESKBIDS` |
//! | 8 | 4 | the version of this format, 1 |
//! | 12 | 8 | how many claims were not kept |
//! | 20 | 8 | T, accounts whose tenant is known |
//! | 28 | 8 | S, sessions that were opened |
//! | 36 | 8 | M, messages |
//! | 44 | 8 | G, events of sessions that nobody opened, at most 10 000 |
//! | 52 | 12 T | account (4) and tenant (8), by accounts |
//! | then | 8 S | the keys of the sessions in their order |
//! | then | 4 S | the account that opened each |
//! | then | 2 to 11 each | messages by their ids: the distance from the least that the id could be, which is 0 or the one after the id before, and the session's mark (1), never 0. A distance has seven bits in each byte, the lowest first; all bytes but the last have the highest bit set |
//! | then | 34 and more each | events by their sessions: key of the session (8), nanoseconds since the beginning (8), scope (8), account (4), device (4); the name of the event and the id of its session, each with its length before it (1), in UTF-8 |
//! | last | 4 | CRC-32, as of zlib, of all bytes before |
//!
//! Accounts and keys stand there once, in rising order, so that equal sets are equal bytes. Whatever
//! the bytes are that are decoded, what is taken for them goes by their number.

#[cfg(test)]
mod tests;

use std::time::Duration;

use flate2::Crc;
use thiserror::Error;

use crate::conformance::SessionKey;
use crate::protocol::{AccountNo, DeviceNo, SessionId, TenantId, cut};

use super::ids::IdSets;
use super::marks::Marks;
use super::tenants::Tenants;
use super::{MOST_PENDING, Stranger};

const MAGIC: &[u8; 8] = b"DESKBIDS";

const VERSION: u32 = 1;

/// Magic, version and five counts.
const HEADER: usize = 52;

/// The checksum at the end.
const CHECKSUM: usize = 4;

/// The longest text that is kept, in bytes: its length is one.
const LONGEST_TEXT: usize = 255;

/// Why bytes are no [`IdSets`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum IdSetsError {
    /// They are something else.
    #[error("it is no file of ids: it begins otherwise")]
    Foreign,
    /// They are of another version of the format.
    #[error(
        "it is of version {0} of its format, and this version of deskbell reads {VERSION}: \
         read it with the version that wrote it"
    )]
    Version(u32),
    /// Some are missing, or are not what was written.
    #[error("it was cut off or changed: its checksum is another; copy it once more")]
    Damaged,
    /// They are whole, and yet not what deskbell writes.
    #[error("its {0} are not as deskbell writes them")]
    Malformed(&'static str),
}

impl IdSets {
    /// The sets as bytes; equal sets are equal bytes.
    pub fn encode(&self) -> Vec<u8> {
        let sessions = self.keys.len() * (size_of::<u64>() + size_of::<u32>());
        let mut to = Vec::with_capacity(HEADER + sessions + self.marks.bytes().len() + CHECKSUM);
        to.extend(MAGIC);
        to.extend(VERSION.to_le_bytes());
        let lists = [self.tenants.iter().len(), self.keys.len(), self.strangers.len()];
        let [tenants, sessions, strangers] = lists.map(|list| list as u64);
        for count in [self.untold, tenants, sessions, self.marks.count(), strangers] {
            to.extend(count.to_le_bytes());
        }
        for (AccountNo(account), TenantId(tenant)) in self.tenants.iter() {
            to.extend(account.to_le_bytes());
            to.extend(tenant.to_le_bytes());
        }
        self.keys.iter().for_each(|key| to.extend(key.to_le_bytes()));
        self.accounts.iter().for_each(|account| to.extend(account.to_le_bytes()));
        to.extend(self.marks.bytes());
        self.strangers.iter().for_each(|stranger| put(stranger, &mut to));
        to.extend(checksum(&to).to_le_bytes());
        to
    }

    /// The sets that these bytes are.
    ///
    /// # Errors
    /// Bytes that [`Self::encode`] does not give.
    pub fn decode(bytes: &[u8]) -> Result<Self, IdSetsError> {
        let malformed = IdSetsError::Malformed;
        let mut from = Reader(content(bytes)?);
        let mut count = || from.u64().ok_or(malformed("counts"));
        let [untold, tenants, sessions] = [count()?, count()?, count()?];
        let [messages, strangers] = [count()?, count()?];
        let tenants = from.tenants(tenants).ok_or(malformed("accounts"))?;
        let (keys, accounts) = from.sessions(sessions).ok_or(malformed("sessions"))?;
        let marks = from.marks(messages).ok_or(malformed("messages"))?;
        let strangers = from.strangers(strangers).ok_or(malformed("events"))?;
        if !from.0.is_empty() {
            return Err(malformed("last bytes"));
        }
        Ok(Self { keys, accounts, marks, strangers, tenants, untold })
    }
}

/// What stands between version and checksum.
fn content(bytes: &[u8]) -> Result<&[u8], IdSetsError> {
    let (magic, rest) = bytes.split_first_chunk::<8>().ok_or(IdSetsError::Damaged)?;
    if magic != MAGIC {
        return Err(IdSetsError::Foreign);
    }
    let (version, _) = rest.split_first_chunk::<4>().ok_or(IdSetsError::Damaged)?;
    let version = u32::from_le_bytes(*version);
    if version != VERSION {
        return Err(IdSetsError::Version(version));
    }
    let (all, sum) = bytes.split_last_chunk::<CHECKSUM>().ok_or(IdSetsError::Damaged)?;
    let is_whole = u32::from_le_bytes(*sum) == checksum(all);
    all.get(MAGIC.len() + size_of::<u32>()..).filter(|_| is_whole).ok_or(IdSetsError::Damaged)
}

fn checksum(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}

fn put(stranger: &Stranger, to: &mut Vec<u8>) {
    let at = u64::try_from(stranger.at.as_nanos()).unwrap_or(u64::MAX);
    for number in [stranger.session.0, at, stranger.scope as u64] {
        to.extend(number.to_le_bytes());
    }
    for number in [stranger.account.0, stranger.device.0] {
        to.extend(number.to_le_bytes());
    }
    for text in [&*stranger.event, stranger.told.as_str()] {
        let text = cut(text, LONGEST_TEXT);
        to.push(text.len() as u8);
        to.extend(text.as_bytes());
    }
}

/// What is left of the bytes. It takes none where it gives none.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*taken)
    }

    /// So many arrays, in memory that the bytes account for.
    fn arrays<const N: usize>(&mut self, count: u64) -> Option<&'a [[u8; N]]> {
        let count = usize::try_from(count).ok()?;
        self.bytes(count.checked_mul(N)?).map(|taken| taken.as_chunks().0)
    }

    fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    fn text(&mut self) -> Option<&'a str> {
        let [length] = self.array()?;
        std::str::from_utf8(self.bytes(length.into())?).ok()
    }

    fn tenants(&mut self, count: u64) -> Option<Tenants> {
        let mut of = Self(self.arrays::<12>(count)?.as_flattened());
        let known = std::iter::from_fn(|| Some((AccountNo(of.u32()?), TenantId(of.u64()?))));
        let known: Vec<_> = known.collect();
        let is_sorted = known.is_sorted_by(|(one, _), (next, _)| one < next);
        is_sorted.then(|| known.into_iter().collect())
    }

    fn sessions(&mut self, count: u64) -> Option<(Vec<u64>, Vec<u32>)> {
        let keys = self.arrays::<8>(count)?;
        let accounts = self.arrays::<4>(count)?;
        let keys: Vec<_> = keys.iter().copied().map(u64::from_le_bytes).collect();
        let accounts = accounts.iter().copied().map(u32::from_le_bytes).collect();
        keys.is_sorted_by(|one, next| one < next).then_some((keys, accounts))
    }

    fn marks(&mut self, count: u64) -> Option<Marks> {
        let (marks, rest) = Marks::read(count, self.0)?;
        self.0 = rest;
        Some(marks)
    }

    fn strangers(&mut self, count: u64) -> Option<Vec<Stranger>> {
        let count = usize::try_from(count).ok().filter(|count| *count <= MOST_PENDING)?;
        let strangers: Vec<_> = (0..count).map(|_| self.stranger()).collect::<Option<_>>()?;
        strangers.is_sorted().then_some(strangers)
    }

    fn stranger(&mut self) -> Option<Stranger> {
        Some(Stranger {
            session: SessionKey(self.u64()?),
            at: Duration::from_nanos(self.u64()?),
            scope: usize::try_from(self.u64()?).ok()?,
            account: AccountNo(self.u32()?),
            device: DeviceNo(self.u32()?),
            event: self.text()?.into(),
            told: SessionId::new(self.text()?),
        })
    }
}
