//! INIT: what a new session's reply says, and what every reply says of its connection
//! (document: 1. Init Chat With Concierge).

use std::time::Duration;

use crate::conformance::finding::shown;
use crate::conformance::monitor::{LONGEST_ID, Limits};
use crate::conformance::{Claim, ClauseId, Finding, Sink};
use crate::protocol::{Json, SessionId, digits};

use super::offence::is_uuid;
use super::reply::Reply;

/// How long a connection is valid, as every example shows.
const HOUR_MILLIS: u64 = 3_600_000;

/// INIT-2, 5, 6 and 9: every reply that has the parts.
pub(in crate::conformance) fn judge_parts(reply: &Reply<'_>, to: &mut dyn Sink) {
    let (outer, inner) = (reply.shown_id(), reply.session["chatSessionId"].as_str());
    if let (Some(outer), Some(inner)) = (outer, inner) {
        to.checked(ClauseId::Init2);
        if outer != inner {
            let message = "the chatSessionIds of the reply differ";
            let what = (shown(&Json::String(outer.into())), shown(&Json::String(inner.into())));
            let pointer = "/body/chatSession/chatSessionId";
            to.found(reply.finding(ClauseId::Init2, message, what, pointer));
        }
    }
    if !reply.connection.is_object() {
        return;
    }
    judge_device(reply, to);
    judge_expiry(reply, to);
    let (one, other) = (&reply.session["orgId"], &reply.connection["orgId"]);
    if let (Some(ours), Some(theirs)) = (digits(one), digits(other)) {
        to.checked(ClauseId::Init9);
        if ours != theirs {
            let message = "chatSession and connection are of different organisations";
            let what = (shown(one), shown(other));
            to.found(reply.finding(ClauseId::Init9, message, what, "/body/connection/orgId"));
        }
    }
}

/// INIT-5: the connection is the caller's.
fn judge_device(reply: &Reply<'_>, to: &mut dyn Sink) {
    to.checked(ClauseId::Init5);
    let device = &reply.connection["deviceId"];
    if let Some(own) = reply.caller.device_id.as_deref()
        && device.as_str() != Some(own)
    {
        let message = "the connection is of another device than the one in the URL";
        let what = (own, shown(device));
        to.found(reply.finding(ClauseId::Init5, message, what, "/body/connection/deviceId"));
    }
    let kind = &reply.connection["entityType"];
    if kind != "TENANT" {
        let message = "the connection is not a tenant's";
        let what = ("TENANT", shown(kind));
        to.found(reply.finding(ClauseId::Init5, message, what, "/body/connection/entityType"));
    }
}

/// INIT-6: when the connection was created, updated, and will expire.
fn judge_expiry(reply: &Reply<'_>, to: &mut dyn Sink) {
    let at = |key| digits(&reply.connection[key]);
    let (Some(created), Some(updated), Some(expires)) =
        (at("createdAt"), at("updatedAt"), at("expiredAt"))
    else {
        return;
    };
    to.checked(ClauseId::Init6);
    if updated.checked_add(HOUR_MILLIS) != Some(expires) {
        let message = "the connection does not expire one hour after it was updated";
        let what = (format!("{HOUR_MILLIS} ms after {updated}"), expires.to_string());
        to.found(reply.finding(ClauseId::Init6, message, what, "/body/connection/expiredAt"));
    }
    if created > updated {
        let message = "the connection was updated before it was created";
        let what = (format!("{updated} or earlier"), created.to_string());
        to.found(reply.finding(ClauseId::Init6, message, what, "/body/connection/createdAt"));
    }
}

/// INIT-1, 3, 4, 7, 8 and 10: the reply to `newSession: true`.
pub(in crate::conformance) fn judge_new(reply: &Reply<'_>, limits: &Limits, to: &mut dyn Sink) {
    judge_id(reply, to);
    to.checked(ClauseId::Init3);
    if reply.says_closed() == Some(true) {
        let message = "a new session is closed";
        let pointer = "/body/chatSession/isSessionClosed";
        to.found(reply.finding(ClauseId::Init3, message, ("false", "true"), pointer));
    }
    judge_initiator(reply, to);
    to.checked(ClauseId::Init7);
    for (key, pointer) in [
        ("chatJoinedByEntityType", "/body/chatSession/chatJoinedByEntityType"),
        ("chatJoinedByEntityId", "/body/chatSession/chatJoinedByEntityId"),
        ("lastPingedByChatJoiner", "/body/chatSession/lastPingedByChatJoiner"),
    ] {
        let joined = &reply.session[key];
        if !joined.is_null() {
            let message = "somebody has joined a new session already";
            to.found(reply.finding(ClauseId::Init7, message, ("null", shown(joined)), pointer));
        }
    }
    judge_tenant(reply, to);
    judge_pinged(reply, limits, to);
}

/// INIT-1: the id, whose uniqueness is the run's to judge.
fn judge_id(reply: &Reply<'_>, to: &mut dyn Sink) {
    to.checked(ClauseId::Init1);
    let id = &reply.body["chatSessionId"];
    if !id.as_str().is_some_and(is_uuid) {
        let message = "the id of a new session is no UUID";
        to.found(reply.finding(
            ClauseId::Init1,
            message,
            ("a UUID", shown(id)),
            "/body/chatSessionId",
        ));
    }
    if let Some(id) = id.as_str().filter(|id| id.len() <= LONGEST_ID) {
        to.claimed(Claim::Session {
            session: SessionId::new(id),
            account: reply.caller.account,
            device: reply.seen.device,
            at: reply.seen.at,
        });
    }
}

/// INIT-4: the tenant of the connection has opened it.
fn judge_initiator(reply: &Reply<'_>, to: &mut dyn Sink) {
    to.checked(ClauseId::Init4);
    let kind = &reply.session["chatInitiatedByEntityType"];
    if kind != "TENANT" {
        let message = "a new session was not initiated by a tenant";
        let pointer = "/body/chatSession/chatInitiatedByEntityType";
        to.found(reply.finding(ClauseId::Init4, message, ("TENANT", shown(kind)), pointer));
    }
    let initiator = &reply.session["chatInitiatedByEntityId"];
    let Some(id) = digits(initiator) else { return };
    let others =
        [("tenant.id", "id", reply.tenant), ("connection.entityId", "entityId", reply.connection)];
    for (name, key, part) in others {
        if let Some(other) = digits(&part[key])
            && other != id
        {
            let message = format!("the initiator of a new session is not {name}");
            let what = (other.to_string(), shown(initiator));
            let pointer = "/body/chatSession/chatInitiatedByEntityId";
            to.found(reply.finding(ClauseId::Init4, &message, what, pointer));
        }
    }
}

/// INIT-8: the full tenant.
fn judge_tenant(reply: &Reply<'_>, to: &mut dyn Sink) {
    to.checked(ClauseId::Init8);
    let message = "the reply to a new session does not carry the full tenant";
    if !reply.tenant["properties"].is_array() {
        let what = ("an array", shown_kind(&reply.tenant["properties"]));
        let finding = reply.finding(ClauseId::Init8, message, what, "/body/tenant/properties");
        to.found(Finding { is_plain: true, ..finding });
    }
    let profiles = ["residentProfile", "propertyOwnerProfile"].map(|key| reply.tenant.get(key));
    let has_one = profiles.iter().flatten().any(|profile| !profile.is_null());
    if profiles.contains(&None) || !has_one {
        let expected = "residentProfile and propertyOwnerProfile, at least one not null";
        let actual = match profiles {
            [None, None] => "neither key",
            [None, _] => "no residentProfile",
            [_, None] => "no propertyOwnerProfile",
            _ => "both null",
        };
        let what = (expected, actual);
        let finding = reply.finding(ClauseId::Init8, message, what, "/body/tenant");
        to.found(Finding { is_plain: true, ..finding });
    }
}

/// INIT-10: pinged between the request and its reply, within the clock tolerance.
fn judge_pinged(reply: &Reply<'_>, limits: &Limits, to: &mut dyn Sink) {
    let pinged = &reply.session["lastPingedByChatInitiator"];
    let Some(pinged) = digits(pinged).map(Duration::from_millis) else { return };
    to.checked(ClauseId::Init10);
    let earliest = (limits.epoch + reply.sent.at).saturating_sub(limits.clock_tolerance);
    let latest = limits.epoch + reply.seen.at + limits.clock_tolerance;
    if pinged < earliest || pinged > latest {
        let message = "a new session was not pinged now";
        let expected = format!("{} to {}", earliest.as_millis(), latest.as_millis());
        let what = (expected, pinged.as_millis().to_string());
        let pointer = "/body/chatSession/lastPingedByChatInitiator";
        to.found(reply.finding(ClauseId::Init10, message, what, pointer));
    }
}

/// What stands in a tenant is personal, so only its kind is told.
fn shown_kind(value: &Json) -> &'static str {
    if value.is_null() { "nothing" } else { "another type" }
}
