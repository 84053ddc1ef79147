//! `sessions.jsonl`: the sessions that a run opens and ends, a line each, written while it goes on,
//! and read again by `cleanup`.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::protocol::{Secrets, TenantId, redact};
use crate::run::{EndedBy, Journal, OpenedSession, RunPlan, SessionNews};

use super::line_file::LineFile;

const FORMAT: &str = "deskbell.sessions/1";

/// The longest line that is read, in bytes; ours are far shorter.
const LONGEST_LINE: u64 = 16 * 1024;

/// The longest id of a session that is taken for one, in bytes.
const LONGEST_ID: usize = 256;

/// How many open sessions are kept at most.
const MOST_SESSIONS: usize = 2_000_000;

/// One line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum JournalLine {
    /// The first: which run it is, against what.
    Run {
        /// Name and version of this form.
        format: String,
        run_id: String,
        /// The socket origin, without a query.
        target: String,
        /// Whether that was the embedded server, which is gone with the run.
        embedded: bool,
        at: String,
    },
    Opened {
        session: String,
        at: String,
        account: u32,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tenant: Option<u64>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        device: Option<String>,
        #[serde(default)]
        scenario: String,
    },
    Ended {
        session: String,
        at: String,
        /// `us`, `concierge` or `unknown`.
        by: String,
    },
}

impl JournalLine {
    /// The end of a session, now.
    pub(super) fn ended(session: &str, by: EndedBy) -> Self {
        let by = match by {
            EndedBy::Us => "us",
            EndedBy::Concierge => "concierge",
            EndedBy::Unknown => "unknown",
        };
        Self::Ended { session: session.to_owned(), at: now(), by: by.to_owned() }
    }

    /// The line as it stands in the file.
    pub(super) fn to_text(&self) -> String {
        serde_json::to_string(self).expect("texts and numbers are JSON")
    }
}

fn now() -> String {
    Timestamp::now().to_string()
}

/// The file while a run goes on.
pub(super) struct JournalFile {
    lines: LineFile,
    secrets: Secrets,
}

impl JournalFile {
    /// Makes the file with its first line; `failed` is told what keeps a later one from being written.
    pub(super) fn create(
        path: &Path,
        plan: &RunPlan,
        is_embedded: bool,
        failed: impl FnOnce(&io::Error) + Send + 'static,
    ) -> io::Result<Self> {
        let secrets = plan.secrets.clone();
        let first = JournalLine::Run {
            format: FORMAT.to_owned(),
            run_id: plan.run_id.clone(),
            target: plan.target.to_string(),
            embedded: is_embedded,
            at: now(),
        };
        let first = clean(&secrets, &first);
        Ok(Self { lines: LineFile::create(path, Some(&first), failed)?, secrets })
    }

    /// Ends the file.
    ///
    /// # Errors
    /// The first that kept a line from being written.
    pub(super) fn finish(&self) -> io::Result<()> {
        self.lines.finish()
    }

    fn append(&self, line: &JournalLine) {
        self.lines.append(clean(&self.secrets, line));
    }
}

fn clean(secrets: &Secrets, line: &JournalLine) -> String {
    redact(&secrets.redact(&line.to_text())).into_owned()
}

impl Journal for JournalFile {
    fn note(&self, scenario: &str, news: &SessionNews) {
        self.append(&match news {
            SessionNews::Opened(OpenedSession { session, account, tenant, device_id }) => {
                JournalLine::Opened {
                    session: session.to_string(),
                    at: now(),
                    account: account.0,
                    tenant: tenant.map(|tenant| tenant.0),
                    device: device_id.as_deref().map(str::to_owned),
                    scenario: scenario.to_owned(),
                }
            }
            SessionNews::Ended { session, by } => JournalLine::ended(session.as_str(), *by),
        });
    }
}

/// What a file tells of a run.
#[derive(Debug, PartialEq)]
pub(super) struct Known {
    pub(super) run_id: String,
    /// The socket origin; its query, if it had one, is left out.
    pub(super) target: String,
    pub(super) is_embedded: bool,
    /// The sessions that are not known to be closed, in the order they were opened.
    pub(super) open: Vec<OpenSession>,
    /// Lines that say nothing, such as one that was cut off.
    pub(super) unreadable: u64,
}

/// A session that is not known to be closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OpenSession {
    pub(super) session: String,
    pub(super) account: u32,
    pub(super) tenant: Option<TenantId>,
    pub(super) scenario: String,
}

/// Why a file cannot be read.
#[derive(Debug, Error)]
pub(super) enum JournalError {
    #[error("{0}")]
    File(#[from] io::Error),
    #[error("its first line does not say which run it is of, so it is no sessions.jsonl")]
    NoJournal,
    #[error("it tells of more than {MOST_SESSIONS} open sessions")]
    TooMany,
}

/// Reads a file.
///
/// # Errors
/// One that cannot be read, or is none of ours.
pub(super) fn read(path: &Path) -> Result<Known, JournalError> {
    parse(BufReader::new(File::open(path)?))
}

fn parse(mut source: impl BufRead) -> Result<Known, JournalError> {
    let first = next_line(&mut source)?.ok_or(JournalError::NoJournal)?;
    let mut known = match serde_json::from_slice(&first) {
        Ok(JournalLine::Run { format, run_id, target, embedded: is_embedded, .. })
            if format == FORMAT =>
        {
            Known { run_id, target, is_embedded, open: Vec::new(), unreadable: 0 }
        }
        _ => return Err(JournalError::NoJournal),
    };
    let mut open = HashMap::new();
    let mut order = 0u64;
    while let Some(line) = next_line(&mut source)? {
        match serde_json::from_slice(&line) {
            Ok(JournalLine::Opened { session, account, tenant, scenario, .. })
                if is_id(&session) =>
            {
                let tenant = tenant.map(TenantId);
                let one = OpenSession { session: session.clone(), account, tenant, scenario };
                open.insert(session, (order, one));
                order += 1;
            }
            Ok(JournalLine::Ended { session, .. }) => drop(open.remove(&session)),
            _ => known.unreadable += 1,
        }
        if open.len() > MOST_SESSIONS {
            return Err(JournalError::TooMany);
        }
    }
    let mut open: Vec<_> = open.into_values().collect();
    open.sort_unstable_by_key(|(order, _)| *order);
    known.open = open.into_iter().map(|(_, session)| session).collect();
    Ok(known)
}

/// The next line that is not empty, without its line feed and cut where it is too long.
fn next_line(source: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    loop {
        let mut line = Vec::new();
        if source.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        let mut rest = line.clone();
        while rest.len() as u64 == LONGEST_LINE && !rest.ends_with(b"\n") {
            rest.clear();
            source.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut rest)?;
        }
        if !line.trim_ascii().is_empty() {
            return Ok(Some(line.trim_ascii().to_vec()));
        }
    }
}

/// Whether a text may be sent, and shown, as the id of a session.
fn is_id(text: &str) -> bool {
    (1..=LONGEST_ID).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = r#"{"kind":"run","format":"deskbell.sessions/1","run_id":"r","target":"ws://127.0.0.1:1/uat","embedded":false,"at":"x"}"#;

    fn opened(session: &str) -> String {
        let session = serde_json::json!(session);
        format!(r#"{{"kind":"opened","session":{session},"at":"x","account":0,"tenant":34}}"#)
    }

    fn ended(session: &str) -> String {
        JournalLine::ended(session, EndedBy::Us).to_text()
    }

    /// What is open after these lines, and how many of them say nothing.
    #[track_caller]
    fn check(lines: &[String], open: &[&str], unreadable: u64) {
        let text = [&[HEADER.to_owned()], lines].concat().join("\n");
        let known = parse(text.as_bytes()).unwrap();
        let sessions: Vec<_> = known.open.iter().map(|one| one.session.as_str()).collect();
        assert_eq!((sessions, known.unreadable), (open.to_vec(), unreadable), "{text}");
    }

    #[test]
    fn what_was_opened_and_not_ended_is_open() {
        check(&[], &[], 0);
        check(&[opened("b"), opened("a"), opened("c"), ended("a")], &["b", "c"], 0);
    }

    #[test]
    fn a_line_that_was_cut_off_is_passed_over_wherever_it_stands() {
        let torn = opened("b")[..20].to_owned();
        check(&[opened("a"), torn.clone()], &["a"], 1);
        check(&[opened("a"), torn, String::new(), ended("a")], &[], 1);
    }

    #[test]
    fn hostile_lines_are_passed_over() {
        let lines = [
            opened(""),
            opened("a\u{1b}[2J"),
            opened("two words"),
            opened(&"x".repeat(300)),
            opened(&"x".repeat(100_000)),
            "[".repeat(10_000),
            HEADER.to_owned(),
            opened("a"),
        ];
        check(&lines, &["a"], 7);
    }

    #[test]
    fn what_is_no_journal_is_refused() {
        for text in ["", "\n", "{}", "not json", &opened("a"), &HEADER.replace("ns/1", "ns/2")] {
            assert!(matches!(parse(text.as_bytes()), Err(JournalError::NoJournal)), "{text}");
        }
    }
}
