//! The names of a run folder's files that others are made from, or that are written while a run
//! goes on: whoever writes or reads one takes its name from here.

/// The record of the run, as JSON.
pub const RUN_FILE: &str = "run.json";

/// The findings, one JSON object a line.
pub const VIOLATIONS_FILE: &str = "violations.jsonl";

/// What was seen until the first findings and unmet steps, one JSON object a line.
pub const CONVERSATIONS_FILE: &str = "conversations.jsonl";

/// What was counted and measured in each second.
pub const TIMELINE_FILE: &str = "timeline.csv";

/// The latencies, whole, second by second; it stands there once the run is over.
pub const LATENCY_FILE: &str = "latency.hlog";

/// The ids of sessions and messages, which other shards of the run are held to.
pub const IDS_FILE: &str = "ids.bin";

/// Sessions opened and ended, appended to while running. It stands alone where a run was broken off.
pub const SESSIONS_FILE: &str = "sessions.jsonl";

/// The sums that the record was concluded from, as JSON: what shards are added up from.
pub const SUMS_FILE: &str = "sums.json";
