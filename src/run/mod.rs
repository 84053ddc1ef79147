//! Making it happen: the plan, the workers that play flows, and the record they fold into.
//!
//! It prints nothing, and chooses no format. Start from [`RunPlan`] and [`run`]; what comes out is
//! a [`RunRecord`].

mod account;
mod backoff;
mod barrier;
mod beginnings;
mod blame;
mod clean;
mod closes;
mod conclude;
mod connecting;
mod conversation;
mod counts;
mod course;
mod desk;
mod disturbance;
mod early;
mod effort;
mod event;
mod figures;
mod files;
mod flow;
mod fold;
mod gate;
mod guard;
mod in_force;
mod journal;
mod lapse;
mod ledger;
mod length;
mod life;
mod matching;
mod onlooker;
mod outlook;
mod pace;
mod plan;
mod player;
mod pulse;
mod reconnecting;
mod record;
mod renewal;
mod ring;
mod runner;
mod safety;
mod second;
mod skew;
mod snapshot;
mod standing;
mod start_line;
mod starts;
mod steps;
mod stop;
mod strain;
mod sums;
mod tally;
mod tenancy;
mod term;
mod terms;
mod tidy;
mod validity;
mod verdict;
mod waived;
mod watch;
mod witness;
mod worker;

pub use crate::load::Shard;

pub use account::{Account, NoToken, TokenSource};
pub use beginnings::{Beginnings, Begun};
pub use blame::BLAMED;
pub use closes::Closes;
pub use conclude::{Premises, conclude};
pub use conversation::{
    CONVERSATIONS_KEPT, Conversation, ConversationFrame, ConversationRecord, Direction, Occasion,
    Passage, WAIVED_CONVERSATIONS_KEPT,
};
pub use counts::{ClauseCounts, Places, StepCounts};
pub use desk::Desk;
pub use early::EndedEarly;
pub use event::{Interval, RunEvent, StopReason, Tries, Unmet};
pub use files::{
    CONVERSATIONS_FILE, IDS_FILE, LATENCY_FILE, RUN_FILE, SESSIONS_FILE, SUMS_FILE, TIMELINE_FILE,
    VIOLATIONS_FILE,
};
pub use fold::{FINDINGS_KEPT, WAIVED_FINDINGS_KEPT};
pub use gate::Gate;
pub use in_force::{InForce, Origin};
pub use journal::{EndedBy, Journal, OpenedSession, SessionNews};
pub use onlooker::Onlooker;
pub use outlook::{Cost, Given, Nearness, Outlook, Quota, ScenarioOutlook};
pub use plan::{
    Common, Course, LoadOverride, PlanError, RunPlan, ScenarioPlan, ShardError, check_shard,
    plan_scenarios,
};
pub use record::{
    BusiestWorker, ClauseResult, ClauseStatus, FoundViolation, GateRecord, Generator, Lateness,
    LeftBehind, LoadRecord, Machine, RUN_FORMAT, RunRecord, ScenarioRecord, ShardRecord,
    StageRecord, StepRecord, ThresholdResult, UnmetStep, Verdict, WaiverResult, WaiverStatus,
};
pub use runner::{RunError, run, simulate};
pub use safety::Safety;
pub use second::{Second, TimelineRow};
pub use skew::Skew;
pub use snapshot::{NewestViolation, RecentLatency, ScenarioSnapshot, ScenarioState, Snapshot};
pub use stop::{PATIENCE, Stop};
pub use strain::Strain;
pub use sums::{SUMS_FORMAT, ScenarioSum, Sums};
pub use terms::{ScenarioTerms, StepTerms, Terms, WaiverTerms};
pub use watch::{Tracer, Warner, Watch};
