//! All pages of a session together: which listings follow each other, and whether all of them hold
//! every message once.

use crate::conformance::rules::history::{Mark, Record};
use crate::conformance::rules::paging::Paging;
use crate::conformance::rules::session::Session;
use crate::conformance::{ClauseId, Reading, Sink};
use crate::protocol::digits;

use super::{Listing, Outlook};

impl Listing<'_> {
    /// Takes the page for one of a paging: the next of the one that is under way, or the first.
    pub(super) fn go_on(
        &self,
        session: &mut Session,
        (page, limit): (u64, u64),
        length: usize,
        outlook: &mut Outlook,
        to: &mut dyn Sink,
    ) {
        let before = session.paging.take();
        let continues = |paging: &Paging| {
            paging.at == self.at && paging.limit == limit && paging.next == page && page > 1
        };
        if !before.as_deref().is_some_and(continues) {
            if page == 1 {
                let paging = Paging::begin(self.at, limit, self.left, before.as_deref());
                session.paging = Some(Box::new(paging));
            } else {
                // Neither of them goes on; how many there are is still known.
                session.paging = before.map(|paging| Box::new(Paging { next: 0, ..*paging }));
            }
            return;
        }
        let Some(mut paging) = before else { return };
        if paging.is_done && length > 0 {
            outlook.goes_on = true;
            let is_fresh = session.changed <= paging.began && session.changes == 0;
            let has_new = self.has_unlisted(session, paging.number);
            if is_fresh && has_new {
                let message = "a page that is not the last is not full".into();
                let expected = "pages that are full but the last".into();
                let actual = format!("page {page} goes on after a shorter one");
                let pointer = "/body/messages".into();
                to.found(self.found(ClauseId::List2, pointer, [message, expected, actual]));
            }
        }
        paging.is_done = false;
        session.paging = Some(paging);
    }

    /// Whether the page lists a message that was known before the paging, and not listed by it.
    fn has_unlisted(&self, session: &Session, number: u16) -> bool {
        let messages = self.frame.body()["messages"].as_array();
        messages.into_iter().flatten().any(|message| {
            let record = digits(&message["id"]).and_then(|id| session.history.get(id));
            record.is_some_and(|record| record.listed != number)
        })
    }

    /// LIST-3, LIST-5 and RESUME-6, once the last page has come.
    pub(super) fn complete(&self, session: &mut Session, outlook: &mut Outlook, to: &mut dyn Sink) {
        let Some(paging) = session.paging.as_deref_mut().filter(|paging| paging.is_done) else {
            return;
        };
        if session.changed > paging.began || session.changes > 0 || paging.next == 0 {
            return;
        }
        paging.counted = Some(self.now);
        let history = &session.history;
        if !history.is_kept() {
            return;
        }
        if history.is_over() {
            return to.reading(Reading::Unjudged("messages beyond 10 000 of a session"));
        }
        let (began, number) = (paging.began, paging.number);
        let doubled = paging.doubled;
        // The concierge may have unsent it while nobody could be told.
        let is_sure = |record: &Record| {
            !record.is(Mark::Concierge) || session.was_watched_since(record.since)
        };
        let is_missing =
            |record: &&Record| record.stands(began) && record.listed != number && is_sure(record);
        let resumed = session.resumed.filter(|_| session.members.iter().any(|m| m.at == self.at));
        let mut missed = history.iter().filter(is_missing);
        let lost = missed.next().map(|first| (first.id, 1 + missed.count()));
        let upload = history.iter().filter(is_missing).any(|record| record.is(Mark::Upload));
        let dropped = resumed.and_then(|at| {
            let is_older = |record: &&Record| {
                is_missing(record) && record.is(Mark::Acknowledged) && record.since < at
            };
            history.iter().find(is_older).map(|record| record.id)
        });
        let has_unsent =
            history.iter().any(|record| record.is(Mark::Unsent) && record.since < began);
        if has_unsent {
            to.checked(ClauseId::List5);
        }
        if resumed.is_some() {
            session.resumed = None;
            if dropped.is_none() {
                to.checked(ClauseId::Resume6);
            }
        }
        if lost.is_none() && doubled.is_none() {
            return to.checked(ClauseId::List3);
        }
        let all = "every message once";
        let mut suspect = |clause: ClauseId, message: String, actual: String| {
            let texts = [message, all.to_owned(), actual];
            outlook.suspicions.push(self.found(clause, "/body/messages".into(), texts));
        };
        if let Some((id, count)) = lost {
            suspect(
                ClauseId::List3,
                format!("message {id} is not listed"),
                format!("{count} are missing"),
            );
        }
        if let Some(id) = doubled {
            suspect(ClauseId::List3, format!("message {id} is listed twice"), "twice".into());
        }
        if let Some(id) = dropped {
            let message = format!("message {id} is not listed after the connection was dropped");
            suspect(ClauseId::Resume6, message, "it is missing".into());
        }
        if upload {
            let message = "a message that carries an upload is not listed".into();
            suspect(ClauseId::Upload5, message, "it is missing".into());
        }
    }
}
