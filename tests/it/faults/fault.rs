//! A fault as data: what is done, to whom, and what deskbell has to make of it.

use std::sync::Arc;
use std::time::Duration;

use crate::network::authority::Validity;

use super::said::Said;

/// One row of the table.
#[derive(Clone)]
pub(super) struct Fault {
    pub(super) name: String,
    /// What is done, a sentence.
    pub(super) done: String,
    pub(super) at: At,
    pub(super) does: Deed,
    pub(super) way: Way,
    pub(super) whom: Whom,
    /// The scenario that is played.
    pub(super) flow: &'static str,
    /// Further options of the command.
    pub(super) options: Vec<&'static str>,
    /// The errors that are counted, as `layer/kind`; these and no others.
    pub(super) errors: Vec<String>,
    /// The clauses that are violated; these and no others.
    pub(super) clauses: Vec<&'static str>,
    pub(super) exit: i32,
    /// How long the process may take.
    pub(super) within: Duration,
    /// What it may take of memory at its peak, in MiB, in a build that is not optimised.
    pub(super) memory: u64,
}

/// What is done, made from what the service says at that moment.
pub(super) type Deed = Arc<dyn Fn(&Said) -> Vec<Move> + Send + Sync>;

/// When in the life of a connection it is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum At {
    /// Never: the service is as it should be.
    Never,
    /// Nobody listens.
    Nobody,
    /// Somebody listens, and the queue of those who want in is full.
    Queue,
    /// As the stream is there, before anything is read.
    Accept,
    /// In place of the answer to an HTTP request that begins so.
    Request(&'static str),
    /// As soon as the connection is upgraded.
    Opened,
    /// In place of a frame whose channel begins so.
    Frame(&'static str),
}

/// How the service is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Plain,
    /// By TLS.
    Tls(Certificate),
    /// By a proxy, whose part the server plays.
    Proxy,
    /// By a name that nobody resolves.
    Name,
}

/// What a server shows of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Certificate {
    pub(super) name: &'static str,
    pub(super) validity: Validity,
    /// Whether its authority is given by `--ca-cert`.
    pub(super) is_known: bool,
}

/// Which devices it is done to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whom {
    All,
    /// The first device; the other one gets the service as it is, and has to be unharmed.
    First,
}

/// One thing that a server does to a stream.
#[derive(Clone, Debug)]
pub(super) enum Move {
    /// Says what the service said.
    Passes,
    /// Says these bytes.
    Bytes(Vec<u8>),
    /// Says these bytes so many times; without a number, until nobody listens any more.
    Repeats(Vec<u8>, Option<u32>),
    /// Says these bytes one by one, so far apart.
    Trickles(Vec<u8>, Duration),
    /// Says nothing for so long.
    Waits(Duration),
    /// Reads nothing any more.
    Deafens,
    /// Ends the stream.
    Ends,
    /// Resets the stream.
    Resets,
    /// Neither says nor reads anything any more.
    Stalls,
}

/// Bytes of a process that has nothing huge to hold, and some room, in MiB.
const SMALL: u64 = 120;

/// What none of these runs takes, on a busy machine either, unless it waits for ever.
const SOON: Duration = Duration::from_secs(30);

impl Fault {
    /// A fault that does nothing yet, to one of two devices that talk.
    pub(super) fn new(name: impl Into<String>, done: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            done: done.into(),
            at: At::Never,
            does: Arc::new(|_| Vec::new()),
            way: Way::Plain,
            whom: Whom::First,
            flow: super::flows::TALK,
            options: Vec::new(),
            errors: Vec::new(),
            clauses: Vec::new(),
            exit: 1,
            within: SOON,
            memory: SMALL,
        }
    }

    /// Does this then.
    pub(super) fn does(
        self,
        at: At,
        does: impl Fn(&Said) -> Vec<Move> + Send + Sync + 'static,
    ) -> Self {
        Self { at, does: Arc::new(does), ..self }
    }

    /// Is there, and does nothing.
    pub(super) fn at(self, at: At) -> Self {
        Self { at, ..self }
    }

    pub(super) fn by(self, way: Way) -> Self {
        Self { way, ..self }
    }

    /// Is done to every device, so that none connects.
    pub(super) fn at_all(self) -> Self {
        Self { whom: Whom::All, exit: 3, ..self }
    }

    pub(super) fn plays(self, flow: &'static str) -> Self {
        Self { flow, ..self }
    }

    pub(super) fn given(mut self, options: &[&'static str]) -> Self {
        self.options.extend(options);
        self
    }

    /// Counts these errors.
    pub(super) fn counts(mut self, errors: &[&str]) -> Self {
        self.errors.extend(errors.iter().map(|error| (*error).to_owned()));
        self
    }

    /// Finds these clauses violated.
    pub(super) fn finds(mut self, clauses: &[&'static str]) -> Self {
        self.clauses.extend(clauses);
        self
    }

    pub(super) fn exits(self, exit: i32) -> Self {
        Self { exit, ..self }
    }

    pub(super) fn within(self, seconds: u64) -> Self {
        Self { within: Duration::from_secs(seconds), ..self }
    }

    pub(super) fn takes(self, memory: u64) -> Self {
        Self { memory, ..self }
    }

    /// The verdict that goes with its exit status.
    pub(super) fn verdict(&self) -> &'static str {
        match self.exit {
            0 => "passed",
            1 => "failed",
            2 => "not begun",
            3 => "error",
            other => unreachable!("no fault here ends with {other}"),
        }
    }
}
