//! LIST: pages of messages, and all pages together (document: 3. Get All Chat Messages). What is
//! listed is held against what was acknowledged and delivered.

mod pages;

use crate::conformance::finding::words;
use crate::conformance::monitor::Endpoint;
use crate::conformance::{ClauseId, Finding, Sink};
use crate::protocol::{Frame, Json, Observation, Sent, digits};

use super::digest::Digest;
use super::history::{Mark, Record, Tick};
use super::seen::unseen;
use super::session::Session;

/// A listing that was answered.
pub(super) struct Listing<'a> {
    pub(super) at: Endpoint,
    pub(super) sent: &'a Sent,
    /// When it was asked for and when it was answered.
    pub(super) left: Tick,
    pub(super) now: Tick,
    /// Whether it may be the answer to another listing of this connection, as several were open.
    pub(super) is_mixed: bool,
    pub(super) seen: &'a Observation<'a>,
    pub(super) frame: &'a Frame,
}

/// What a listing leaves to be judged.
#[derive(Debug, Default)]
pub(super) struct Outlook {
    /// The concierge's messages that were first heard of here.
    pub(super) news: u32,
    /// What is wrong, unless it turns out that the session changed while it was listed.
    pub(super) suspicions: Vec<Finding>,
    /// Whether the paging went on, so that what was suspected of it is void.
    pub(super) goes_on: bool,
}

/// LIST-6: a page past the end is empty, and no error.
pub(super) fn page_refused(
    session: &Session,
    sent: &Sent,
    (seen, frame): (&Observation<'_>, &Frame),
) -> Option<Finding> {
    let page = asked(sent, "page").zip(asked(sent, "limit"))?;
    let status = frame.status().filter(|status| *status >= 400 && !frame.is_throttling())?;
    session.paging.as_deref().filter(|paging| paging.ends_before(page, session))?;
    let message = "a page past the end is answered with an error";
    let what = ("no messages, with status 200", format!("status {status}"));
    Some(Finding::told(seen, ClauseId::List6, message, what, "/status"))
}

/// A number of the query, from 1; a missing one, or one that is none, is a silence.
fn asked(sent: &Sent, key: &str) -> Option<u64> {
    let query = sent.request.query.as_deref()?;
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let mut values = pairs.filter(|(name, _)| *name == key).map(|(_, value)| value);
    values.next()?.parse().ok().filter(|number| *number > 0)
}

impl Listing<'_> {
    /// Judges a listing of this session.
    pub(super) fn judge(&self, session: &mut Session, to: &mut dyn Sink) -> Outlook {
        let mut outlook = Outlook::default();
        let none = Vec::new();
        let messages = self.frame.body()["messages"].as_array().unwrap_or(&none);
        self.belongs(messages, to);
        let paged = self.asked("page").zip(self.asked("limit")).filter(|_| !self.is_mixed);
        if let Some((page, limit)) = paged {
            self.page(page, limit, messages.len(), to);
            self.past_the_end(session, (page, limit), messages, to);
            self.go_on(session, (page, limit), messages.len(), &mut outlook, to);
        }
        self.listed(session, (messages, paged.is_some()), &mut outlook, to);
        if paged.is_some() {
            self.complete(session, &mut outlook, to);
        }
        outlook
    }

    fn found(&self, clause: ClauseId, pointer: String, texts: [String; 3]) -> Finding {
        let [message, expected, actual] = texts;
        Finding { message, expected, actual, pointer, ..Finding::on(self.seen, clause) }
    }

    fn asked(&self, key: &str) -> Option<u64> {
        asked(self.sent, key)
    }

    fn paginate(&self, key: &str) -> Option<u64> {
        digits(&self.frame.body()["paginate"][key])
    }

    /// LIST-1
    fn belongs(&self, messages: &[Json], to: &mut dyn Sink) {
        let Some(ours) = self.sent.request.body["chatSessionId"].as_str() else { return };
        to.checked(ClauseId::List1);
        let shown = messages.iter().map(|message| message["chatSessionId"].as_str());
        let wrong = shown
            .enumerate()
            .find_map(|(nth, shown)| Some((nth, shown?)).filter(|(_, shown)| *shown != ours));
        if let Some((nth, theirs)) = wrong {
            let message = "a listed message belongs to another session".into();
            let pointer = format!("/body/messages/{nth}/chatSessionId");
            to.found(self.found(ClauseId::List1, pointer, [message, words(ours), words(theirs)]));
        }
    }

    /// LIST-2, one page.
    fn page(&self, page: u64, limit: u64, length: usize, to: &mut dyn Sink) {
        to.checked(ClauseId::List2);
        let mut wrong = |pointer: &str, expected: String, actual: u64| {
            let message = "a page is not the one that was asked for".into();
            let texts = [message, expected, actual.to_string()];
            to.found(self.found(ClauseId::List2, pointer.into(), texts));
        };
        if length as u64 > limit {
            wrong("/body/messages", format!("{limit} messages at most"), length as u64);
        }
        let per_page = self.paginate("per_page");
        if let Some(shown) = self.paginate("page").filter(|shown| *shown != page) {
            wrong("/body/paginate/page", page.to_string(), shown);
        }
        if let Some(shown) = per_page.filter(|shown| *shown > limit) {
            wrong("/body/paginate/per_page", format!("{limit} at most"), shown);
        }
        if let (Some(offset), Some(per_page)) = (self.paginate("offset"), per_page) {
            let expected = (page - 1).saturating_mul(per_page);
            if offset != expected {
                wrong("/body/paginate/offset", expected.to_string(), offset);
            }
        }
    }

    /// LIST-6. What nobody has listed before may be new.
    fn past_the_end(
        &self,
        session: &Session,
        (page, limit): (u64, u64),
        messages: &[Json],
        to: &mut dyn Sink,
    ) {
        let Some(paging) = session.paging.as_deref() else { return };
        let per_page = self.paginate("per_page").unwrap_or(limit);
        if !paging.ends_before((page, per_page), session) || !session.history.is_kept() {
            return;
        }
        to.checked(ClauseId::List6);
        let is_old = |message: &&Json| {
            let record = digits(&message["id"]).and_then(|id| session.history.get(id));
            record.is_some_and(|record| record.listed == paging.number)
        };
        if messages.iter().any(|message| is_old(&message)) {
            let message = "a page past the end is not empty".into();
            let expected = format!("no messages, as there are {} in all", paging.listed);
            let actual = format!("{} messages on page {page}", messages.len());
            to.found(self.found(
                ClauseId::List6,
                "/body/messages".into(),
                [message, expected, actual],
            ));
        }
    }

    /// LIST-4, -5, -7 and SEEN-4, and what is newly known.
    fn listed(
        &self,
        session: &mut Session,
        (messages, is_paged): (&[Json], bool),
        outlook: &mut Outlook,
        to: &mut dyn Sink,
    ) {
        let paging = session.paging.as_ref().filter(|paging| is_paged && paging.next > 0);
        let mut last = paging.and_then(|paging| paging.last);
        let number = paging.map_or(0, |paging| paging.number);
        let mut doubled = None;
        let mut is_ordered = true;
        for (nth, message) in messages.iter().enumerate() {
            let Some(id) = digits(&message["id"]) else { continue };
            let digest = Digest::of(message);
            let place = (digest.sent_at, id);
            if digest.sent_at > 0 && last.is_some_and(|last| last > place) {
                is_ordered = false;
            }
            last = Some(place);
            let Some(record) = session.history.get_mut(id) else {
                let is_concierges = message["senderEntityType"] == "BACKEND_USER";
                if let Some(record) = session.history.add(id, digest, self.now) {
                    record.mark(Mark::Listed);
                    record.listed = number;
                    if is_concierges {
                        record.mark(Mark::Concierge);
                        outlook.news += u32::from(message["seenAt"].is_null());
                    }
                }
                continue;
            };
            if number != 0 && record.listed == number {
                doubled = Some(id);
            }
            if number != 0 {
                record.listed = number;
            }
            let record = *record;
            self.one(record, (nth, message, digest), to);
        }
        if messages.len() > 1 || last.is_some() && !messages.is_empty() {
            self.order(is_ordered, to);
        }
        let Some(paging) = session.paging.as_mut().filter(|paging| number == paging.number) else {
            return;
        };
        paging.last = last;
        paging.doubled = paging.doubled.or(doubled);
        paging.listed += messages.len() as u64;
        paging.next += 1;
        // A `per_page` beyond what was asked for is LIST-2's.
        let per_page = self.paginate("per_page").filter(|size| *size > 0);
        let full = per_page.map_or(paging.limit, |size| size.min(paging.limit));
        paging.is_done = (messages.len() as u64) < full;
    }

    /// LIST-5, LIST-7, SEEN-4 and UPLOAD-5 of one message that is known.
    fn one(
        &self,
        record: Record,
        (nth, message, digest): (usize, &Json, Digest),
        to: &mut dyn Sink,
    ) {
        let pointer = |key: &str| format!("/body/messages/{nth}{key}");
        let id = record.id;
        if record.is(Mark::Unsent) && record.since < self.left {
            let texts = ["an unsent message is listed".into(), "it is not".into(), id.to_string()];
            to.found(self.found(ClauseId::List5, pointer("/id"), texts));
        }
        to.checked(ClauseId::List7);
        if let Some(key) = record.digest.difference(digest) {
            let message = format!("message {id} is listed with another {key}");
            let expected = "as it was acknowledged or delivered".into();
            let actual = words(&self.value(nth, key));
            to.found(self.found(
                ClauseId::List7,
                pointer(&format!("/{key}")),
                [message, expected, actual],
            ));
        }
        if record.is(Mark::Seen) && record.since < self.left {
            to.checked(ClauseId::Seen4);
            if let Some((key, expected)) = unseen(message) {
                let actual = words(&message[key].to_string());
                let message = format!("message {id} was marked as seen, and is not listed as seen");
                let texts = [message, expected.into(), actual];
                to.found(self.found(ClauseId::Seen4, pointer(&format!("/{key}")), texts));
            }
        }
        if record.is(Mark::Upload) {
            to.checked(ClauseId::Upload5);
        }
    }

    fn value(&self, nth: usize, key: &str) -> String {
        self.frame.body()["messages"][nth][key].to_string()
    }

    /// LIST-4
    fn order(&self, is_ordered: bool, to: &mut dyn Sink) {
        to.checked(ClauseId::List4);
        if !is_ordered {
            let message = "messages are not listed in order".into();
            let expected = "ascending by sentAt, then id, over all pages".into();
            let texts = [message, expected, "another order".into()];
            to.found(self.found(ClauseId::List4, "/body/messages".into(), texts));
        }
    }
}
