//! What is played against faults. Limits are wide where no fault is about them.

/// A device that opens a session, says something, and leaves.
pub(super) const TALK: &str = "name: fault
load: { devices: 2, iterations: 1 }
settings: { connect_timeout: 15s, response_timeout: 15s, delivery_timeout: 10s, ack_timeout: 10s }
flow:
  - init
  - send: hello
  - unread
  - end
";

/// A device that says one thing, and leaves its session to be ended.
pub(super) const BRIEF: &str = "name: fault
load: { devices: 2, iterations: 1 }
settings: { connect_timeout: 15s, response_timeout: 15s, delivery_timeout: 10s, ack_timeout: 10s }
flow:
  - init
  - send: hello
";

/// A device that talks, after a while in which only the connection is there.
pub(super) const LATE: &str = "name: fault
load: { devices: 2, iterations: 1 }
settings: { connect_timeout: 15s, response_timeout: 15s, delivery_timeout: 10s, ack_timeout: 10s }
flow:
  - think: 800ms
  - init
  - send: hello
  - end
";

/// A session that is ended, and a connection that is kept.
pub(super) const IDLE: &str = "name: fault
load: { devices: 2, iterations: 1 }
settings: { connect_timeout: 15s, response_timeout: 15s, delivery_timeout: 10s, ack_timeout: 10s }
flow:
  - init
  - end
  - think: 3s
";

/// Every route of the document.
pub(super) const ROUTES: &str = "name: fault
load: { devices: 2, iterations: 1 }
settings: { connect_timeout: 15s, response_timeout: 15s, delivery_timeout: 10s, ack_timeout: 10s }
flow:
  - init
  - send: { text: hello, as: own }
  - await: { event: message, from: concierge, as: answer, within: 10s }
  - seen: answer
  - unread
  - messages: { limit: 50 }
  - ping
  - session
  - unsend: own
  - end
";

/// A message of 140 KB, which no gateway takes.
pub(super) const LARGE: &str = "name: fault
load: { devices: 2, iterations: 1 }
settings: { connect_timeout: 15s, response_timeout: 15s, delivery_timeout: 10s, ack_timeout: 10s }
vars: { tenth: \"TENTH\" }
flow:
  - init
  - send: \"${tenth}${tenth}${tenth}${tenth}${tenth}${tenth}${tenth}${tenth}${tenth}${tenth}\"
  - end
";

/// A binary message, which no gateway takes.
pub(super) const BINARY: &str = "name: fault
load: { devices: 2, iterations: 1 }
settings: { connect_timeout: 15s, response_timeout: 15s, delivery_timeout: 10s, ack_timeout: 10s }
flow:
  - init
  - end
  - frame: { hex: \"00ff\", expect: error-or-close }
";

/// One device that waits for an event for a while.
pub(super) const AWAIT: &str = "name: fault
load: { devices: 2, iterations: 1 }
settings: { connect_timeout: 15s, response_timeout: 15s, delivery_timeout: 10s, ack_timeout: 10s }
flow:
  - init
  - send: hello
  - think: 1s
  - await: { event: message, from: device, within: 5s }
  - end
";

/// One device that waits until somebody joins its session, and looks for that later.
pub(super) const UPDATE: &str = "name: fault
load: { devices: 2, iterations: 1 }
settings: { connect_timeout: 15s, response_timeout: 15s, delivery_timeout: 10s, ack_timeout: 10s }
flow:
  - init
  - think: 1s
  - await: { event: update, within: 10s }
  - end
";

/// One device that uploads a file between two messages.
pub(super) const UPLOAD: &str = "name: fault
load: { devices: 1, iterations: 1 }
settings: { connect_timeout: 15s, response_timeout: 15s, delivery_timeout: 10s, ack_timeout: 10s }
flow:
  - init
  - send: before
  - upload: { file: note.txt, mime: text/plain, as: note }
  - send: after
  - end
";
