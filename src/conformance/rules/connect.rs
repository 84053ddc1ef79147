//! CONNECT: who is let in, acknowledged and kept; RESUME-7, and that a connection stays usable
//! (document: How to Connect).

use std::rc::Rc;
use std::time::Duration;

use crate::conformance::finding::words;
use crate::conformance::monitor::{Endpoint, LONGEST_ID, Limits};
use crate::conformance::{ClauseId, Finding, Sink};
use crate::protocol::{Caller, Ending, Frame, NotOpened, Observation, TenantId, TokenKind, digits};

use super::line::{Line, Lines, is_servers, is_valid, name};
use super::offence::Offence;
use super::reply::Reply;

/// The clause under which a caller is to be refused; none for one that is to be let in.
fn refusal(caller: &Caller) -> Option<ClauseId> {
    match caller.token {
        TokenKind::None => Some(ClauseId::Connect3),
        TokenKind::Garbled | TokenKind::Resigned | TokenKind::Expired => Some(ClauseId::Connect4),
        TokenKind::Valid if caller.device_id.is_none() => Some(ClauseId::Connect5),
        TokenKind::Valid => None,
    }
}

/// CONNECT-1, and 3 to 5 where a caller was refused at the handshake. A network that carries
/// nothing is not the server's word, nor is throttling.
pub(in crate::conformance) fn not_opened(
    seen: &Observation<'_>,
    caller: &Caller,
    (why, was_let_in): (NotOpened, bool),
    to: &mut dyn Sink,
) {
    if let Some(clause) = refusal(caller) {
        if matches!(why, NotOpened::Status(400..=499)) && why != NotOpened::Status(429) {
            to.checked(clause);
        }
        return;
    }
    let actual = match why {
        NotOpened::Network | NotOpened::Status(429) => return,
        NotOpened::Status(401 | 403) if !was_let_in => return,
        NotOpened::Status(status) => format!("status {status}"),
        NotOpened::Handshake => "no valid handshake".to_owned(),
        NotOpened::Timeout => "no answer in time".to_owned(),
    };
    to.checked(ClauseId::Connect1);
    let message = "a connection with a valid token and a device id was not upgraded";
    let what = ("status 101", actual);
    to.found(Finding::told(seen, ClauseId::Connect1, message, what, ""));
}

/// A connection is open.
pub(in crate::conformance) fn opened(
    lines: &mut Lines,
    at: Endpoint,
    (caller, tenant): (&Rc<Caller>, Option<TenantId>),
    (began_at, now): (Duration, Duration),
    token_expires_at: Option<Duration>,
    limits: &Limits,
    to: &mut dyn Sink,
) {
    let is_valid = is_valid(caller);
    if is_valid {
        to.checked(ClauseId::Connect1);
    }
    let ack_due = (is_valid && limits.judges_ack).then(|| now + limits.ack_timeout);
    // A token that had expired before the run's zero has expired all along.
    let token_expires_at = token_expires_at.map(|at| at.saturating_sub(limits.epoch));
    lines.add(at, (caller, tenant), (began_at, now), token_expires_at, ack_due);
}

/// CONNECT-2: the acknowledgment has come.
pub(in crate::conformance) fn acknowledged(lines: &mut Lines, at: Endpoint, to: &mut dyn Sink) {
    if let Some(line) = lines.get_mut(at)
        && std::mem::take(&mut line.awaits_ack)
    {
        to.checked(ClauseId::Connect2);
    }
}

/// CONNECT-2: the acknowledgments that have not come.
pub(in crate::conformance) fn advance(
    lines: &mut Lines,
    now: Duration,
    limits: &Limits,
    to: &mut dyn Sink,
) {
    while let Some((due, at)) = lines.take_overdue(now) {
        to.checked(ClauseId::Connect2);
        to.found(Finding {
            clause: ClauseId::Connect2,
            at: due,
            device: Some(at.device),
            session: None,
            route: None,
            event: None,
            message: "a new connection was not acknowledged".into(),
            expected: format!("an acknowledgment within {:?}", limits.ack_timeout),
            actual: "none".into(),
            is_plain: true,
            pointer: String::new(),
            frame: None,
        });
    }
}

/// A request was answered: CONNECT-3 to 5 and 7, and whether the connection stays usable.
pub(in crate::conformance) fn answered(
    lines: &mut Lines,
    at: Endpoint,
    (seen, frame): (&Observation<'_>, &Frame),
    offence: Option<Offence>,
    to: &mut dyn Sink,
) {
    let Some(line) = lines.get_mut(at) else { return };
    line.refused = offence.filter(|_| !frame.is_ok() && !frame.is_throttling()).map(Box::new);
    line.is_silent = false;
    if !frame.is_ok() {
        return;
    }
    if !std::mem::replace(&mut line.was_answered, true)
        && let Some(clause) = refusal(&line.caller)
    {
        to.checked(clause);
        let message = "a request succeeded on a connection that was to be refused";
        to.found(Finding::told(seen, clause, message, ("no connection", "status 200"), "/status"));
    }
    if std::mem::take(&mut line.is_unmet)
        && let Some(line) = lines.get(at)
        && lines.iter().any(|other| line.is_beside(other) && !other.is_unmet && other.was_answered)
    {
        to.checked(ClauseId::Connect7);
    }
}

/// What a reply says of its connection: RESUME-7, CONNECT-7, and when it expires.
pub(in crate::conformance) fn told(
    lines: &mut Lines,
    at: Endpoint,
    reply: &Reply<'_>,
    limits: &Limits,
    to: &mut dyn Sink,
) {
    if !reply.connection.is_object() {
        return;
    }
    let Some(line) = lines.get_mut(at) else { return };
    if let Some(expires) = digits(&reply.connection["expiredAt"]) {
        let expires_at = Duration::from_millis(expires).saturating_sub(limits.epoch);
        line.expires_at = Some(expires_at.into());
    }
    let id = reply.connection["connectionId"].as_str();
    if let Some(previous) = line.previous {
        to.checked(ClauseId::Resume7);
        if let Some(id) = id.filter(|id| name(id) == previous) {
            let message = "the connection is still the one before the reconnect";
            let what = ("another connectionId", words(id));
            let pointer = "/body/connection/connectionId";
            to.found(reply.finding(ClauseId::Resume7, message, what, pointer));
        }
    }
    let has_previous = line.previous.is_some();
    if !std::mem::replace(&mut line.is_named, true)
        && let Some(id) = id.filter(|id| id.len() <= LONGEST_ID)
    {
        lines.name(at.device, id);
    }
    let shown = reply.connection["deviceId"].as_str();
    if shown.is_some() && shown != reply.caller.device_id.as_deref() {
        judge_device(lines, at, (reply, has_previous), to);
    }
}

/// The connection is of another device than the caller's: the one before the reconnect, or one
/// that is connected beside it.
fn judge_device(
    lines: &Lines,
    at: Endpoint,
    (reply, has_previous): (&Reply<'_>, bool),
    to: &mut dyn Sink,
) {
    let Some(line) = lines.get(at) else { return };
    let shown = reply.connection["deviceId"].as_str();
    let is_theirs =
        |other: &Line| line.is_beside(other) && other.caller.device_id.as_deref() == shown;
    let clauses = [
        has_previous.then_some(ClauseId::Resume7),
        lines.iter().any(is_theirs).then_some(ClauseId::Connect7),
    ];
    for clause in clauses.into_iter().flatten() {
        to.checked(clause);
        let own = line.caller.device_id.as_deref().unwrap_or_default();
        let what = (own, words(shown.unwrap_or_default()));
        let message = "the reply describes another device's connection";
        to.found(reply.finding(clause, message, what, "/body/connection/deviceId"));
    }
}

/// A request was cut off with its connection.
pub(in crate::conformance) fn cut_off(lines: &mut Lines, at: Endpoint, offence: Option<Offence>) {
    if let Some(line) = lines.get_mut(at) {
        line.unanswered = line.unanswered.take().or(offence.map(Box::new));
    }
}

/// A request was not answered in time: ENV-8, where nothing is answered any more after a frame
/// that is no JSON.
pub(in crate::conformance) fn expired(
    lines: &mut Lines,
    at: Endpoint,
    seen: &Observation<'_>,
    offence: Option<Offence>,
    to: &mut dyn Sink,
) {
    let Some(line) = lines.get_mut(at) else { return };
    if offence.is_some_and(|offence| offence.clause == ClauseId::Env8) {
        line.is_silent = true;
    } else if std::mem::take(&mut line.is_silent) {
        to.checked(ClauseId::Env8);
        to.found(dead(seen, "no answer to this nor to the next request"));
    }
}

fn dead(seen: &Observation<'_>, actual: &str) -> Finding {
    let message = "a frame that is no JSON left the connection dead";
    Finding::told(seen, ClauseId::Env8, message, ("an error, or a clean close", actual), "")
}

/// A connection has ended: CONNECT-3 to 7, ENV-6 to 8.
pub(in crate::conformance) fn closed(
    lines: &mut Lines,
    at: Endpoint,
    (seen, ending, was_paused): (&Observation<'_>, &Ending, bool),
    limits: &Limits,
    to: &mut dyn Sink,
) {
    let Some(line) = lines.remove(at) else { return };
    let is_ours = *ending == Ending::ByUs;
    if let Some(clause) = refusal(&line.caller) {
        if !is_ours && !line.was_answered {
            to.checked(clause);
        }
        return;
    }
    let is_fresh = line.is_fresh(seen.at, limits);
    let is_in_use = is_fresh && line.used_at.is_some();
    if is_ours {
        if is_in_use {
            to.checked(ClauseId::Connect6);
        }
        return;
    }
    judge_silence(&line, (seen, ending), to);
    if !is_fresh || line.explains(ending, seen.at, limits) {
        return;
    }
    judge_usable(&line, (seen, ending), to);
    // Whoever does not read cannot be served for ever.
    let is_deserved = was_paused
        || line.deserves_close
        || line.is_silent
        || line.refused.is_some()
        || line.unanswered.is_some();
    if is_deserved || !is_servers(ending) {
        return;
    }
    // Where neither was ever answered, it is not the one that costs the other its connection.
    let is_cost = |other: &Line| line.is_beside(other) && (line.was_answered || other.was_answered);
    // A stream that breaks is no server's word that it keeps one device alone.
    let is_word = matches!(ending, Ending::ByServer(_));
    let is_put_off = is_word && line.is_unmet && lines.iter().any(is_cost);
    let beside = is_put_off.then_some(ClauseId::Connect7);
    let used = is_in_use.then_some(ClauseId::Connect6);
    for clause in [used, beside].into_iter().flatten() {
        to.checked(clause);
        let message = match clause {
            ClauseId::Connect6 => "a connection in use was closed",
            _ => "a connection was closed beside another device's of the same account",
        };
        let what = ("an open connection", ending.to_string());
        to.found(Finding::told(seen, clause, message, what, ""));
    }
}

/// ENV-8: a clean close is as good as an error.
fn judge_silence(line: &Line, (seen, ending): (&Observation<'_>, &Ending), to: &mut dyn Sink) {
    let is_cut = line.unanswered.as_ref().is_some_and(|offence| offence.clause == ClauseId::Env8);
    if is_cut || line.is_silent {
        to.checked(ClauseId::Env8);
        if let Ending::Broken(_) = ending {
            to.found(dead(seen, &ending.to_string()));
        }
    }
}

/// ENV-6 and ENV-7: the connection has to outlive the request that was refused, and the answer.
fn judge_usable(line: &Line, (seen, ending): (&Observation<'_>, &Ending), to: &mut dyn Sink) {
    let is_judged = |offence: &&Offence| matches!(offence.clause, ClauseId::Env6 | ClauseId::Env7);
    let unanswered = line.unanswered.as_deref().filter(is_judged);
    let Some(offence) = unanswered.or(line.refused.as_deref().filter(is_judged)) else { return };
    if unanswered.is_some() {
        to.checked(offence.clause);
    }
    let message = format!("{} cost the connection", offence.says);
    let what = ("an error, and a connection that stays usable", ending.to_string());
    to.found(Finding::told(seen, offence.clause, &message, what, ""));
}
