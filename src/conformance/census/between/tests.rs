use crate::conformance::{Census, Claim};
use crate::protocol::{DeviceNo, SessionId, TenantId};

use super::*;
use crate::conformance::census::marks::Marks;

const ENDED_AT: Duration = Duration::from_secs(60);

fn opened(session: &str, account: u32) -> Claim {
    let (session, account) = (SessionId::new(session), AccountNo(account));
    Claim::Session { session, account, device: DeviceNo(0), at: Duration::ZERO }
}

fn message(id: u64, session: &str) -> Claim {
    let session = SessionKey::of(&SessionId::new(session));
    Claim::Message { id, session, device: DeviceNo(0), at: Duration::ZERO }
}

fn foreign(session: &str, account: u32) -> Claim {
    let (session, account) = (SessionId::new(session), AccountNo(account));
    let (device, at) = (DeviceNo(9), Duration::from_secs(4));
    Claim::Foreign { session, account, device, at, event: "chat-message" }
}

/// What shards with these claims leave, numbered from 1: accounts 0 and 1 are one tenant's, account 2
/// is another's.
fn left(shards: &[&[Claim]]) -> Vec<(u32, IdSets)> {
    let ids = |claims: &&[Claim]| {
        let mut census = Census::new([34, 34, 35].map(|id| Some(TenantId(id))).to_vec());
        claims.iter().for_each(|claim| assert_eq!(census.take(7, claim.clone()), None));
        let (found, _, ids) = census.finish();
        assert!(found.is_empty());
        ids
    };
    (1..).zip(shards.iter().map(ids)).collect()
}

/// What shards with these claims show together, in whatever order they are given.
fn judged(shards: &[&[Claim]]) -> Between {
    let mut left = left(shards);
    let told = between(&left, ENDED_AT);
    left.reverse();
    assert_eq!(between(&left, ENDED_AT), told);
    told
}

/// The findings by clause and shards, and how many events are left that nobody accounts for.
#[track_caller]
fn check(shards: &[&[Claim]], expected: &[(ClauseId, [u32; 2])], shared: u64) -> Between {
    let told = judged(shards);
    let found: Vec<_> = told.found.iter().map(|one| (one.finding.clause, one.shards)).collect();
    assert_eq!((&found[..], told.shared), (expected, shared));
    let counted: u64 = told.counts.values().map(|counted| counted.violated).sum();
    assert_eq!(counted, expected.len() as u64);
    told
}

#[test]
fn shards_of_a_faithful_server_share_nothing() {
    check(&[], &[], 0);
    let (one, other) = ([opened("a", 0), message(1, "a")], [opened("b", 0), message(2, "b")]);
    let told = check(&[&one, &other, &[]], &[], 0);
    assert_eq!((told.counts.len(), told.untold), (0, 0));
}

#[test]
fn a_session_that_two_shards_opened_names_both() {
    let again = [opened("c", 2), opened("a", 1)];
    let shards: [&[Claim]; 3] = [&[opened("a", 0)], &[opened("b", 0)], &again];
    let told = check(&shards, &[(ClauseId::Init1, [1, 3])], 0);
    let Divided { scope, session, finding, .. } = &told.found[0];
    assert_eq!((*scope, *session), (None, Some(SessionKey::of(&SessionId::new("a")))));
    assert_eq!((finding.device, finding.at), (None, ENDED_AT));
    assert_eq!(finding.actual, "the same id was given in shard 1 and in shard 3");
}

#[test]
fn a_session_that_three_shards_opened_is_told_of_each_after_the_first() {
    let claims = [opened("a", 0)];
    let expected = [(ClauseId::Init1, [1, 2]), (ClauseId::Init1, [1, 3])];
    check(&[&claims, &claims, &claims], &expected, 0);
}

#[test]
fn a_message_id_of_sessions_in_two_shards_is_told_with_both() {
    let shards: [&[Claim]; 2] = [&[message(133, "a")], &[message(133, "b"), message(134, "b")]];
    let told = check(&shards, &[(ClauseId::Send4, [1, 2])], 0);
    let actual = "the same id, 133, was given in shard 1 and in shard 2";
    assert_eq!(told.found[0].finding.actual, actual);
    check(&[&[message(u64::MAX, "a")], &[message(u64::MAX, "b")]], &[(ClauseId::Send4, [1, 2])], 0);
    check(&[&[message(133, "a")], &[message(133, "a")]], &[], 0);
}

#[test]
fn an_event_of_a_session_of_another_shard_is_judged_by_whose_it_is() {
    let opens: &[Claim] = &[opened("a", 0)];
    let to = |account| [foreign("a", account)];
    check(&[opens, &to(0)], &[(ClauseId::Event10, [1, 2])], 0);
    check(&[&to(1), opens], &[(ClauseId::Event10, [2, 1])], 0);
    let told = check(&[&[], &to(2), opens], &[(ClauseId::Event6, [3, 2])], 0);
    let Divided { scope, finding, .. } = &told.found[0];
    assert_eq!((*scope, finding.device), (Some(7), Some(DeviceNo(9))));
    assert_eq!(
        (finding.at, finding.session.as_ref().map(SessionId::as_str)),
        (Duration::from_secs(4), Some("a"))
    );
    let counted = Counted { checked: 1, violated: 1 };
    assert_eq!(told.counts, [((Some(7), ClauseId::Event6), counted)].into());
}

#[test]
fn an_event_of_a_session_that_no_shard_opened_says_that_the_account_is_shared() {
    let strangers = ["x", "a", "y", "z"].map(|session| foreign(session, 2));
    let told = check(&[&strangers, &[opened("a", 0)]], &[(ClauseId::Event6, [2, 1])], 3);
    assert_eq!(told.untold, 0);
    check(&[&[foreign("x", 0)], &[foreign("x", 0)], &[]], &[], 2);
}

#[test]
fn a_tenant_that_another_shard_knows_is_known() {
    let mut shards = left(&[&[opened("a", 0)], &[foreign("a", 1)]]);
    shards.iter_mut().for_each(|(_, ids)| ids.tenants = Tenants::default());
    let clause = |shards: &[_]| between(shards, ENDED_AT).found[0].finding.clause;
    assert_eq!(clause(&shards), ClauseId::Event6);
    shards[0].1.tenants.learn(AccountNo(1), TenantId(34));
    shards[1].1.tenants.learn(AccountNo(0), TenantId(34));
    assert_eq!(clause(&shards), ClauseId::Event10);
}

#[test]
fn findings_beyond_those_in_words_are_counted() {
    let claims: Vec<_> = (0..1_000).map(|nth| opened(&nth.to_string(), 0)).collect();
    let reused = |of: &str| (0..300).map(|id| message(id, of)).collect::<Vec<_>>();
    let shards = [[&claims[..], &reused("a")].concat(), [&claims[..], &reused("b")].concat()];
    let told = judged(&shards.each_ref().map(Vec::as_slice));
    assert_eq!(told.found.len() as u64, 2 * MOST_TOLD);
    let violated = [ClauseId::Init1, ClauseId::Send4].map(|one| told.counts[&(None, one)].violated);
    assert_eq!(violated, [1_000, 300]);
}

#[test]
fn a_hundred_shards_that_get_their_ids_in_turn_take_three_bytes_a_message() {
    let (sessions, messages) = (30, 100);
    let shard = |no: u64| {
        // Spread as hashes are: by the golden ratio of 64 bits.
        let key = |nth: u64| (nth * 100 + no).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mut keys: Vec<_> = (0..sessions).map(key).collect();
        keys.sort_unstable();
        let accounts = vec![0; keys.len()];
        let marks = (0..messages).map(|nth| (nth * 100 + no, 1 + no as u8));
        IdSets { keys, accounts, marks: Marks::of(marks), ..IdSets::default() }
    };
    let mut shards: Vec<_> = (0..100).map(|no| (no as u32 + 1, shard(no))).collect();
    assert!(between(&shards, ENDED_AT).found.is_empty());
    let most = 12 * sessions + 3 * messages;
    assert!(shards.iter().all(|(_, ids)| ids.bytes() as u64 <= most));
    shards[41].1.marks = Marks::of([(4_200, 7)]);
    let told = between(&shards, ENDED_AT);
    let found: Vec<_> = told.found.iter().map(|one| (one.finding.clause, one.shards)).collect();
    assert_eq!(found, [(ClauseId::Send4, [1, 42])]);
}
