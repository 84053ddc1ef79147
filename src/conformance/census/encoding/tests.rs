use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

/// Where the counts of accounts, sessions, messages and events stand.
const COUNTS: [usize; 4] = [20, 28, 36, 44];

fn stranger() -> impl Strategy<Value = Stranger> {
    let numbers = (any::<u64>(), any::<u64>(), any::<u32>(), any::<u32>(), any::<u32>());
    (numbers, "[a-z-]{0,40}", "\\PC{0,60}").prop_map(|(numbers, event, told)| {
        let (session, at, scope, account, device) = numbers;
        Stranger {
            session: SessionKey(session),
            at: Duration::from_nanos(at),
            scope: scope as usize,
            account: AccountNo(account),
            device: DeviceNo(device),
            event: event.into(),
            told: SessionId::new(told),
        }
    })
}

/// Ids from the lowest on as well as anywhere.
fn id() -> impl Strategy<Value = u64> {
    prop_oneof![0..200_u64, any::<u64>(), Just(u64::MAX)]
}

fn sets() -> impl Strategy<Value = IdSets> {
    let sessions = proptest::collection::btree_map(any::<u64>(), any::<u32>(), 0..40);
    let messages = proptest::collection::btree_map(id(), 1..=255_u8, 0..80);
    let strangers = proptest::collection::btree_set(stranger(), 0..8);
    let tenants = proptest::collection::btree_map(any::<u32>(), any::<u64>(), 0..8);
    (sessions, messages, strangers, tenants, any::<u64>()).prop_map(sets_of)
}

type Parts = (BTreeMap<u64, u32>, BTreeMap<u64, u8>, BTreeSet<Stranger>, BTreeMap<u32, u64>, u64);

fn sets_of((sessions, messages, strangers, tenants, untold): Parts) -> IdSets {
    let tenants = tenants.into_iter();
    IdSets {
        keys: sessions.keys().copied().collect(),
        accounts: sessions.values().copied().collect(),
        marks: Marks::of(messages),
        strangers: strangers.into_iter().collect(),
        tenants: tenants.map(|(account, of)| (AccountNo(account), TenantId(of))).collect(),
        untold,
    }
}

/// Sets with one of each.
fn small() -> IdSets {
    let stranger = Stranger {
        session: SessionKey(5),
        at: Duration::from_millis(1),
        scope: 1,
        account: AccountNo(2),
        device: DeviceNo(3),
        event: "chat-message".into(),
        told: SessionId::new("s"),
    };
    let (sessions, messages) = ([(7, 1)].into(), [(300, 9)].into());
    sets_of((sessions, messages, [stranger].into(), [(1, 34)].into(), 6))
}

/// Bytes with their own checksum.
fn sealed(mut bytes: Vec<u8>) -> Vec<u8> {
    let sum = checksum(&bytes);
    bytes.extend(sum.to_le_bytes());
    bytes
}

/// The small sets with other bytes at a place, and their own checksum.
fn with(at: usize, bytes: &[u8]) -> Vec<u8> {
    let mut changed = small().encode();
    changed.truncate(changed.len() - CHECKSUM);
    changed[at..at + bytes.len()].copy_from_slice(bytes);
    sealed(changed)
}

#[test]
fn the_format_is_as_documented() {
    let bytes = small().encode();
    assert_eq!((&bytes[..8], &bytes[8..12]), (&b"DESKBIDS"[..], &[1, 0, 0, 0][..]));
    let count = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap());
    assert_eq!((count(12), COUNTS.map(count)), (6, [1; 4]));
    assert_eq!(bytes[52..64], [1, 0, 0, 0, 34, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(bytes[64..76], [7, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0]);
    assert_eq!(bytes[76..79], [0xac, 0x02, 9]);
    assert_eq!(bytes.len(), 79 + 34 + "chat-message".len() + "s".len() + CHECKSUM);
}

#[track_caller]
fn check_refused(bytes: &[u8], why: IdSetsError) {
    assert_eq!(IdSets::decode(bytes), Err(why));
}

#[test]
fn what_is_no_file_of_ids_is_told_from_one_of_another_version_and_from_a_damaged_one() {
    check_refused(b"", IdSetsError::Damaged);
    check_refused(b"{\"format\":\"deskbell.run/1\"}", IdSetsError::Foreign);
    check_refused(&with(8, &[2]), IdSetsError::Version(2));
    let bytes = small().encode();
    for end in 8..bytes.len() {
        check_refused(&bytes[..end], IdSetsError::Damaged);
    }
    for at in 12..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 0x10;
        check_refused(&changed, IdSetsError::Damaged);
    }
}

#[test]
fn counts_that_lie_are_refused_and_take_no_memory() {
    for (at, what) in COUNTS.into_iter().zip(["accounts", "sessions", "messages", "events"]) {
        for lie in [u64::MAX, u64::MAX / 12 + 1, 1 << 40, 1 << 20] {
            check_refused(&with(at, &lie.to_le_bytes()), IdSetsError::Malformed(what));
        }
    }
}

#[test]
fn bytes_beyond_the_last_list_are_refused() {
    let mut longer = small().encode();
    longer.truncate(longer.len() - CHECKSUM);
    longer.push(0);
    check_refused(&sealed(longer), IdSetsError::Malformed("last bytes"));
}

#[test]
fn what_is_out_of_order_is_refused() {
    for keys in [vec![7, 7], vec![8, 7]] {
        let unsorted = IdSets { keys, accounts: vec![1, 2], ..small() };
        check_refused(&unsorted.encode(), IdSetsError::Malformed("sessions"));
    }
    let mut unsorted = small();
    let before = Stranger { session: SessionKey(4), ..unsorted.strangers[0].clone() };
    unsorted.strangers.push(before);
    check_refused(&unsorted.encode(), IdSetsError::Malformed("events"));
}

#[test]
fn a_million_sessions_take_twelve_bytes_each_as_bytes_and_read_again() {
    let sessions = 1_000_000;
    let keys = (0..sessions as u64).map(|nth| nth * 1_000_003).collect();
    let ids = IdSets { keys, accounts: vec![7; sessions], ..IdSets::default() };
    let bytes = ids.encode();
    assert_eq!(bytes.len(), HEADER + 12 * sessions + CHECKSUM);
    let read = IdSets::decode(&bytes).unwrap();
    assert_eq!(read.bytes(), 12 * sessions);
    assert_eq!(read, ids);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn sets_are_read_as_they_were_written(sets in sets()) {
        let bytes = sets.encode();
        prop_assert_eq!(sets.encode(), bytes.clone());
        prop_assert_eq!(IdSets::decode(&bytes), Ok(sets));
    }

    #[test]
    fn any_bytes_are_sets_or_an_error(
        counts in proptest::array::uniform5(prop_oneof![0..4_u64, any::<u64>()]),
        bytes in proptest::collection::vec(any::<u8>(), 0..300),
    ) {
        let _ = IdSets::decode(&bytes);
        let counts = counts.map(u64::to_le_bytes);
        let whole = sealed([&MAGIC[..], &[1, 0, 0, 0], counts.as_flattened(), &bytes].concat());
        if let Ok(sets) = IdSets::decode(&whole) {
            // One form for each.
            prop_assert_eq!(sets.encode(), whole);
        }
    }
}
