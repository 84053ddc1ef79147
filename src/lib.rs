//! deskbell proves a WebSocket chat service right against its protocol document, and finds how
//! much it carries. What it does and how it is run stands in the README; this is the map of its
//! code.
//!
//! Three ideas hold it together:
//!
//! 1. **Scenarios provoke, monitors judge, reports tell.** A YAML flow makes things happen, a
//!    streaming monitor judges every frame by the clauses of the document, and reports only read
//!    the record of the run. No module does two of these.
//! 2. **A pure middle with thin edges.** Scenarios, schedules, monitors, statistics, the server's
//!    state and every report take values and return values. Only [`device`], the sessions of
//!    [`server`], [`run`] and [`cli`] await, touch files or read clocks.
//! 3. **A server that misbehaves is data.** It becomes a finding, never an `Err`: an error means
//!    that deskbell could not do its own work.
//!
//! # Modules and arrows
//!
//! A module imports, by `use crate::` or a `crate::` path, only those in its row. A test holds the
//! code to this table.
//!
//! | module | holds | must not know | may import |
//! | --- | --- | --- | --- |
//! | [`protocol`] | what the wire says: ids, routes, frames, events, schemas, which frame answers which request | tokio, clocks, judgement | |
//! | [`scenario`] | what the user asked for: YAML files, checked to the last name | sockets | `protocol`, `load`, `metrics` |
//! | [`conformance`] | is it right: the clause catalogue and the monitor that judges by it | I/O, async, the reference server | `protocol` |
//! | [`metrics`] | numbers: latencies, totals and errors, recorded by workers and merged exactly | devices, formats | `protocol` |
//! | [`load`] | when to start what, and which share of it is whose | the protocol, devices, scenarios | `metrics` |
//! | [`device`] | one simulated client: connection, correlation, inbox, uploads, pings | scenarios, clauses, metrics, reports | `protocol` |
//! | [`run`] | making it happen: plan, workers, the player of flows, the record | printing, formats, exit codes | `protocol`, `scenario`, `conformance`, `metrics`, `load`, `device` |
//! | [`probe`] | how an endpoint reads the document's silences, from what one run of `builtin:probe` saw, and the profile that follows | I/O, printing | `protocol`, `scenario`, `conformance`, `run` |
//! | [`comparison`] | is it slower than last time: the runs of two sides, by figure and clause | files, clocks, formats | `protocol`, `conformance`, `metrics`, `run` |
//! | [`merge`] | what came of it in all: the runs of shards, added up to one, and what is wrong with them | files, clocks, formats | `protocol`, `conformance`, `metrics`, `run` |
//! | [`capacity`] | how much does it carry: which loads to try, what they showed, where the knee is | files, clocks, formats, runs | `metrics` |
//! | [`archive`] | reading it again: a run folder's files, back to the record | reports, judgement | `protocol`, `conformance`, `metrics`, `run` |
//! | [`report`] | telling it: JUnit, CSV, JSON, terminal, each a function of the record, and the log of its seconds | sockets, clocks, earlier reports | `protocol`, `conformance`, `metrics`, `run`, `comparison`, `capacity` |
//! | [`server`] | the reference server: the whole protocol, with a bot as the concierge | whatever judges it | `protocol` |
//! | [`cli`] | arguments, environment, printing and exit codes, a subcommand a file | | `protocol`, `scenario`, `conformance`, `metrics`, `load`, `device`, `run`, `probe`, `comparison`, `merge`, `capacity`, `archive`, `report`, `server` |
//!
//! # The way of a frame
//!
//! The socket gives a message, its instant is taken before anything is parsed, and one parse makes
//! a [`protocol::Frame`] of it. [`device`] finds the request that it answers and hands it to its
//! observer in [`run`]: the schema check and the session's monitor judge it, the recorder counts
//! it, and it is dropped. All devices of one flow live on one worker thread, so nothing on this
//! way takes a lock.
//!
//! As a second of the run ends, each worker hands over what it has counted and measured in it. Where
//! these are folded they add up to the run and to the [`run::Second`]: of that a row is kept for the
//! record, and an [`run::Onlooker`] is told its histograms before they are dropped. What a run holds in
//! memory therefore does not grow with its length.
//!
//! # What fails, and who comes back
//!
//! A failure is laid to a layer and a kind by [`run`]'s `blame` alone, and only where something failed.
//! A connection that ends under a flow is opened again by a task of the flow's own, after a backoff and
//! in its turn among all connects, where the scenario's settings ask for it; steps wait meanwhile. What
//! the reference server keeps in a file is written in batches, and what tells of a change is said once
//! its batch is on disk: its state knows nothing of that, nor of the gateway that may stand before it.
//! All of it runs over streams in memory and in paused time as well, where faults are drawn by seed.
//!
//! # What is judged, and how it is told
//!
//! [`conformance::CATALOGUE`] holds the clauses, [`conformance::READINGS`] how the document's silences
//! are read. A monitor judges what one flow instance can see. What has to agree over the whole run it
//! only claims ([`conformance::Claim`]), and [`conformance::Census`] judges claims where the intervals
//! of all workers are folded; what it leaves, [`conformance::between`] holds to the other shards of the
//! run. A worker holds each finding to the waivers as it counts it, so that counts are exact beyond the
//! findings that are kept. When the run is over, each clause gets its status from what was counted and
//! from the circumstances, never `passed` without a check; the [`run::Gate`] makes a verdict of that,
//! with its reasons in words, and reports read all of it in the [`run::RunRecord`].
//!
//! What a worker tells in words or frames goes through [`protocol::Clean`] on its way out, the one door:
//! behind it there is no secret and, unless it is to be shown, no personal data. Reports therefore tell
//! the record as it is, and at the end [`cli`] searches their files once more.

pub mod archive;
pub mod capacity;
pub mod cli;
pub mod comparison;
pub mod conformance;
pub mod device;
pub mod load;
pub mod merge;
pub mod metrics;
pub mod probe;
pub mod protocol;
pub mod report;
pub mod run;
pub mod scenario;
pub mod server;
