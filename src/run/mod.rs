//! Making it happen: the plan, the workers that play flows, and the record they fold into.
//!
//! It prints nothing, and chooses no format. Start from [`RunPlan`] and [`run`]; what comes out is
//! a [`RunRecord`].

mod account;
mod barrier;
mod connecting;
mod course;
mod effort;
mod event;
mod figures;
mod flow;
mod fold;
mod gate;
mod host;
mod matching;
mod plan;
mod player;
mod record;
mod runner;
mod safety;
mod snapshot;
mod standing;
mod starts;
mod steps;
mod stop;
mod tally;
mod tenancy;
mod verdict;
mod waived;
mod watch;
mod witness;
mod worker;

pub use account::Account;
pub use event::{ClauseCounts, Interval, Places, RunEvent, StepCounts, StopReason, Unmet};
pub use gate::Gate;
pub use host::is_allowed;
pub use plan::{Course, LoadOverride, PlanError, RunPlan, ScenarioPlan, plan_scenarios};
pub use record::{
    ClauseResult, ClauseStatus, FoundViolation, GateRecord, Generator, Lateness, LoadRecord,
    RunRecord, ScenarioRecord, Shard, StepRecord, ThresholdResult, UnmetStep, Verdict,
    WaiverResult, WaiverStatus,
};
pub use runner::{RunError, run, simulate};
pub use safety::Safety;
pub use snapshot::Snapshot;
pub use stop::Stop;
pub use watch::{Tracer, Watch};
