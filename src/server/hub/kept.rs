//! What the hub has to do with a database: what changes is written, and what is said waits for that.

use crate::server::durable::Journal;
use crate::server::outgoing::{Held, Outgoing};
use crate::server::state::Effect;
use crate::server::store::Change;

use super::{Hub, Inner, Planned};

impl Hub {
    /// Plans what the concierge had planned before a restart.
    pub(super) fn plan_again(&self) {
        let mut inner = self.lock();
        for effect in inner.state.plan_again() {
            if let Effect::Schedule { after, act } = effect {
                self.plan(&mut inner, after, Planned::Act(act));
            }
        }
    }

    /// Has changes written that the state knows nothing of, where anything is kept.
    pub(in crate::server) fn write(&self, changes: impl FnOnce() -> Vec<Change>) {
        if let Some(journal) = &mut self.lock().journal {
            journal.write(changes());
        }
    }

    /// Waits until all that happened so far may be told.
    pub(in crate::server) async fn all_on_disk(&self) {
        let outstanding = self.lock().journal.as_ref().and_then(Journal::outstanding);
        if let Some(mut on_disk) = outstanding {
            on_disk.reached().await;
        }
    }
}

impl Inner {
    /// Has written what the state changed, before anything is told of it.
    pub(super) fn write_changes(&mut self) {
        if let Some(journal) = &mut self.journal {
            journal.write(self.state.take_changes());
        }
    }

    /// A frame that waits until all that it may tell of is on disk; as it is, where nothing is left to
    /// wait for.
    pub(super) fn held(&self, outgoing: Outgoing) -> Outgoing {
        match self.journal.as_ref().and_then(Journal::outstanding) {
            Some(on_disk) => Outgoing::Held(Box::new(Held { on_disk, outgoing })),
            None => outgoing,
        }
    }
}
