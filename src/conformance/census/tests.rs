use std::time::Duration;

use crate::protocol::{DeviceNo, SessionId};

use super::*;

const OURS: AccountNo = AccountNo(0);
const TWIN: AccountNo = AccountNo(1);
const THEIRS: AccountNo = AccountNo(2);

fn opened(session: &str, account: AccountNo) -> Claim {
    let session = SessionId::new(session);
    Claim::Session { session, account, device: DeviceNo(0), at: Duration::ZERO }
}

fn message(id: u64, session: &str) -> Claim {
    let session = SessionKey::of(&SessionId::new(session));
    Claim::Message { id, session, device: DeviceNo(0), at: Duration::ZERO }
}

fn foreign(session: &str, account: AccountNo) -> Claim {
    let (session, device, at) = (SessionId::new(session), DeviceNo(0), Duration::ZERO);
    Claim::Foreign { session, account, device, at, event: "chat-message" }
}

/// The clauses violated by claims in this order and in the reverse one, each once.
#[track_caller]
fn check(claims: &[Claim], clauses: &[ClauseId], shared: u64) {
    let reversed = claims.iter().rev().cloned().collect::<Vec<_>>();
    for claims in [claims, &reversed] {
        let tenant = |id| Some(TenantId(id));
        let mut census = Census::new(vec![tenant(34), tenant(34), tenant(35), None]);
        let mut found: Vec<_> =
            claims.iter().filter_map(|claim| census.take(7, claim.clone())).collect();
        let (rest, unjudged, _) = census.finish();
        found.extend(rest);
        assert!(found.iter().all(|one| one.scope == 7));
        let found: Vec<_> = found.iter().map(|one| one.finding.clause).collect();
        assert_eq!((&found[..], unjudged.shared), (clauses, shared), "{claims:?}");
    }
}

#[test]
fn sessions_of_a_faithful_server_are_all_different() {
    check(&[opened("a", OURS), opened("b", OURS), opened("c", THEIRS)], &[], 0);
}

#[test]
fn a_session_opened_twice_is_found_whoever_opened_it() {
    check(&[opened("a", OURS), opened("a", OURS)], &[ClauseId::Init1], 0);
    check(&[opened("a", OURS), opened("b", OURS), opened("a", THEIRS)], &[ClauseId::Init1], 0);
}

#[test]
fn a_message_id_belongs_to_one_session() {
    check(&[message(1, "a"), message(1, "a"), message(2, "b")], &[], 0);
    check(&[message(9, "a"), message(9, "b")], &[ClauseId::Send4], 0);
    check(&[message(u64::MAX, "a"), message(u64::MAX, "b")], &[ClauseId::Send4], 0);
}

#[test]
fn an_event_of_another_tenants_session_is_told_from_one_of_the_same_tenant() {
    check(&[opened("a", OURS), foreign("a", THEIRS)], &[ClauseId::Event6], 0);
    check(&[opened("a", OURS), foreign("a", OURS)], &[ClauseId::Event10], 0);
    check(&[opened("a", OURS), foreign("a", TWIN)], &[ClauseId::Event10], 0);
    check(&[opened("a", OURS), foreign("a", AccountNo(3))], &[ClauseId::Event6], 0);
}

#[test]
fn a_tenant_that_an_account_tells_itself_is_as_good_as_one_that_was_told() {
    let mut census = Census::new(vec![None, None]);
    assert_eq!(census.take(0, opened("a", OURS)), None);
    assert_eq!(census.take(0, foreign("a", TWIN)), None);
    census.learn(OURS, TenantId(34));
    census.learn(TWIN, TenantId(34));
    let at_once = census.take(0, foreign("a", TWIN)).map(|found| found.finding.clause);
    assert_eq!(at_once, Some(ClauseId::Event10));
    let (rest, ..) = census.finish();
    assert_eq!(rest.iter().map(|one| one.finding.clause).collect::<Vec<_>>(), [ClauseId::Event10]);
}

#[test]
fn an_event_of_a_session_that_nobody_opened_says_that_the_account_is_shared() {
    check(&[foreign("x", OURS), opened("a", OURS), foreign("x", OURS)], &[], 2);
}

#[test]
fn events_that_wait_are_bounded_and_the_rest_is_counted() {
    let mut census = Census::new(vec![None]);
    for nth in 0..MOST_PENDING + 5 {
        census.take(0, foreign(&nth.to_string(), OURS));
    }
    let (found, unjudged, ids) = census.finish();
    assert_eq!(
        (found, unjudged),
        (Vec::new(), Unjudged { shared: MOST_PENDING as u64, untold: 5 })
    );
    assert_eq!((ids.strangers().len(), ids.untold()), (MOST_PENDING, 5));
}

#[test]
fn what_is_left_for_other_shards_is_sorted_and_tells_strangers_alone_in_words() {
    let mut census = Census::new(vec![Some(TenantId(34)), None]);
    census.learn(TWIN, TenantId(35));
    let claims = [
        opened("b", TWIN),
        opened("a", OURS),
        message(300, "a"),
        message(2, "b"),
        message(300, "a"),
        foreign("y", OURS),
        foreign("x", TWIN),
        foreign("a", TWIN),
    ];
    let found = claims.into_iter().filter_map(|claim| census.take(7, claim)).count();
    let (rest, _, ids) = census.finish();
    assert_eq!((found, rest.len()), (1, 0));
    let key = |session: &str| SessionKey::of(&SessionId::new(session));
    let mut sessions = [(key("a"), OURS), (key("b"), TWIN)];
    sessions.sort();
    assert!(ids.sessions().eq(sessions));
    assert_eq!(ids.messages().map(|(id, _)| id).collect::<Vec<_>>(), [2, 300]);
    let tenants = [(OURS, TenantId(34)), (TWIN, TenantId(35))];
    assert!(ids.tenants.iter().eq(tenants));
    let mut strangers = ["x", "y"].map(key);
    strangers.sort();
    let kept = |ids: &IdSets| ids.strangers().iter().map(|one| one.session).collect::<Vec<_>>();
    assert_eq!(kept(&ids), strangers);
    let ids = ids.retold(|_| SessionId::new("[redacted]"));
    assert_eq!(kept(&ids), strangers);
    assert!(ids.strangers().iter().all(|one| one.told.as_str() == "[redacted]"));
}

#[test]
fn a_million_sessions_take_16_bytes_each_and_their_messages_two() {
    let (mut openings, mut messages) = (Openings::default(), Messages::default());
    let sessions = 1_000_000u64;
    for nth in 0..sessions {
        // Spread as hashes are: by the golden ratio of 64 bits.
        let key = SessionKey(nth.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        assert!(openings.add(key, AccountNo((nth % 7) as u32)));
        assert_eq!(messages.add(nth, key), Seen::Fine);
    }
    for nth in [0, 1, 4_711, sessions / 2, sessions - 1] {
        let key = SessionKey(nth.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        assert_eq!(openings.account(key), Some(AccountNo((nth % 7) as u32)));
        assert!(!openings.add(key, OURS));
    }
    assert!(openings.bytes() as u64 <= 16 * sessions, "{}", openings.bytes());
    assert!(messages.bytes() as u64 <= 2 * sessions, "{}", messages.bytes());
}

#[test]
fn ids_far_apart_are_noted_up_to_a_bound() {
    let mut messages = Messages::default();
    let far = |nth: u64| nth * 1_000_003;
    let most = (1 << 20) as u64;
    for nth in 0..most {
        assert_eq!(messages.add(far(nth), SessionKey(1)), Seen::Fine);
    }
    assert_eq!(messages.add(far(most), SessionKey(1)), Seen::Untold);
    assert_eq!(messages.add(far(3), SessionKey(2)), Seen::Elsewhere);
}
