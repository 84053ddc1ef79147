//! `sessions.jsonl` of a simulated run: what deskbell writes, in simulated time.

use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use deskbell::run::{EndedBy, Journal, OpenedSession, RunPlan, SessionNews};
use deskbell::server::EpochMillis;
use jiff::Timestamp;
use tokio::time::Instant;

/// Its lines so far.
#[derive(Default)]
pub(super) struct Sessions {
    began: OnceLock<(Instant, Timestamp)>,
    text: Mutex<String>,
}

impl Sessions {
    /// Writes the first line. It has to be called as the run begins, in its time.
    pub(super) fn begin(&self, plan: &RunPlan, at: EpochMillis) {
        let at = Timestamp::UNIX_EPOCH + Duration::from_millis(at.0);
        self.began.set((Instant::now(), at)).unwrap();
        let RunPlan { run_id, target, .. } = plan;
        self.append(&format!(
            r#"{{"kind":"run","format":"deskbell.sessions/1","run_id":"{run_id}","target":"{target}","embedded":true,"at":"{at}"}}"#
        ));
    }

    pub(super) fn text(&self) -> String {
        self.text.lock().unwrap().clone()
    }

    fn append(&self, line: &str) {
        let mut text = self.text.lock().unwrap();
        text.push_str(line);
        text.push('\n');
    }
}

impl Journal for Sessions {
    fn note(&self, scenario: &str, news: &SessionNews) {
        let (began_at, epoch) = self.began.get().unwrap();
        let at = *epoch + began_at.elapsed();
        self.append(&match news {
            SessionNews::Opened(OpenedSession { session, account, tenant, device_id }) => {
                let (account, tenant) = (account.0, tenant.unwrap().0);
                let device = device_id.as_deref().unwrap();
                format!(
                    r#"{{"kind":"opened","session":"{session}","at":"{at}","account":{account},"tenant":{tenant},"device":"{device}","scenario":"{scenario}"}}"#
                )
            }
            SessionNews::Ended { session, by } => {
                let by = match by {
                    EndedBy::Us => "us",
                    EndedBy::Concierge => "concierge",
                    EndedBy::Unknown => "unknown",
                };
                format!(r#"{{"kind":"ended","session":"{session}","at":"{at}","by":"{by}"}}"#)
            }
        });
    }
}
