//! Who is told of a run while it goes on, beside the record.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::protocol::Observation;

use super::beginnings::Beginnings;
use super::journal::Journal;

/// Is told everything that happens on the connections of some devices. All workers share it.
pub trait Tracer: Send + Sync {
    /// Takes one observation of a scenario, in the order of its connection.
    fn trace(&self, scenario: &str, seen: &Observation<'_>);
}

/// Who is told of a run while it goes on.
#[derive(Clone, Default)]
pub struct Watch {
    /// Is told what the first devices send and receive.
    pub tracer: Option<Arc<dyn Tracer>>,
    /// The number below which devices are among these, as [`super::RunPlan::end_of_first`] tells it.
    pub traced_below: u32,
    /// Is told at once, in a sentence, what a person may want to mend while the run goes on.
    pub warner: Option<Warner>,
    /// Is told of sessions that are opened and ended.
    pub journal: Option<Arc<dyn Journal>>,
    /// Is told when flow instances begin their load.
    pub beginnings: Option<Arc<Beginnings>>,
    /// Whether each connection is sent a WebSocket ping, to see its pong.
    pub pings_sockets: bool,
}

/// Is told, in a sentence, what a person may want to mend. Any thread may call it.
pub type Warner = Arc<dyn Fn(&str) + Send + Sync>;

impl Watch {
    /// Whoever is to be told of an observation.
    pub(super) fn tracer_of(&self, seen: &Observation<'_>) -> Option<&dyn Tracer> {
        self.tracer.as_deref().filter(|_| seen.device.0 < self.traced_below)
    }

    /// A flow instance begins its load.
    pub(super) fn begins(&self, at: Duration) {
        if let Some(beginnings) = &self.beginnings {
            beginnings.note(at);
        }
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch")
            .field("traced_below", &self.traced_below)
            .field("pings_sockets", &self.pings_sockets)
            .finish_non_exhaustive()
    }
}
