//! What went wrong, gathered: findings into kinds of violation, unmet steps, and which of them are
//! told with a frame and a diagram, so that a page stays small whatever a server does.
//!
//! It writes no markup. Start from [`Wrong`].

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use crate::conformance::ClauseId;
use crate::protocol::{DeviceNo, Route};
use crate::run::{
    ConversationRecord, FoundViolation, Occasion, RunRecord, ScenarioRecord, UnmetStep,
};

/// How many kinds are told in full; the first of each clause is, beyond that.
const TOLD: usize = 30;

/// How many further kinds and steps are told in a line.
const LISTED: usize = 100;

/// How many unmet steps are told in full.
const STEPS: usize = 40;

/// Examples of a kind.
const EXAMPLES: usize = 3;

/// Diagrams of a page.
const DIAGRAMS: usize = 25;

/// Frames of a page.
const FRAMES: usize = 30;

/// All that went wrong, the gravest first.
#[derive(Debug)]
pub(super) struct Wrong<'a> {
    /// Kinds of violation that are told in full.
    pub(super) kinds: Vec<Kind<'a>>,
    /// Kinds that are told in a line.
    pub(super) further: Vec<Kind<'a>>,
    /// How many kinds there are beyond those.
    pub(super) kinds_beyond: usize,
    /// Unmet steps that are told in full.
    pub(super) unmet: Vec<Unmet<'a>>,
    /// How many there are beyond those.
    pub(super) unmet_beyond: usize,
    /// Conversations that were kept, and have no diagram.
    pub(super) undrawn: usize,
}

/// Findings that differ in nothing but in who, when, and in numbers.
#[derive(Debug)]
pub(super) struct Kind<'a> {
    /// The clause that they break.
    pub(super) clause: ClauseId,
    /// Why they are waived, where they are.
    pub(super) waived: Option<&'a str>,
    /// How many there are among the findings kept.
    pub(super) count: u64,
    /// When the first was made, since the start of the run.
    pub(super) first_at: Duration,
    /// When the last was.
    pub(super) last_at: Duration,
    /// In which scenarios, by their places in the record; one that is not there has none.
    pub(super) scenarios: BTreeSet<usize>,
    /// In which shards of a merged run.
    pub(super) shards: BTreeSet<u32>,
    /// On which devices.
    pub(super) devices: BTreeSet<DeviceNo>,
    /// The first ones, one at least.
    pub(super) examples: Vec<Example<'a>>,
}

/// A finding that stands for its kind.
#[derive(Debug)]
pub(super) struct Example<'a> {
    /// Its line in `violations.jsonl`, from 1.
    pub(super) line: usize,
    /// The finding.
    pub(super) found: &'a FoundViolation,
    /// What is drawn of it.
    pub(super) conversation: Option<&'a ConversationRecord>,
    /// Whether its frame is shown.
    pub(super) shows_frame: bool,
}

/// A step's expectation that was not met.
#[derive(Debug)]
pub(super) struct Unmet<'a> {
    /// The scenario.
    pub(super) scenario: &'a ScenarioRecord,
    /// The scenario's place in the record.
    pub(super) nth: usize,
    /// The step.
    pub(super) step: &'a UnmetStep,
    /// When it was first unmet, where that is known.
    pub(super) at: Option<Duration>,
    /// What is drawn of it.
    pub(super) conversation: Option<&'a ConversationRecord>,
}

impl<'a> Wrong<'a> {
    /// Gathers what went wrong in a run.
    pub(super) fn of(record: &'a RunRecord) -> Self {
        let (mut kinds, mut further) = split(gathered(record));
        let mut unmet = unmet(record);
        let kinds_beyond = further.len().saturating_sub(LISTED);
        let unmet_beyond = unmet.len().saturating_sub(STEPS);
        further.truncate(LISTED);
        unmet.truncate(STEPS);
        let drawn = draw(record, &mut kinds, &mut unmet);
        show_frames(&mut kinds);
        let undrawn = record.conversations.len() - drawn;
        Self { kinds, further, kinds_beyond, unmet, unmet_beyond, undrawn }
    }

    /// Whether nothing did.
    pub(super) fn is_empty(&self) -> bool {
        self.kinds.is_empty() && self.unmet.is_empty()
    }
}

impl<'a> Kind<'a> {
    /// The finding that is told first.
    pub(super) fn lead(&self) -> &Example<'a> {
        self.examples.first().expect("a kind begins with its first example")
    }

    fn add(&mut self, line: usize, found: &'a FoundViolation, scenario: Option<usize>) {
        self.count += 1;
        self.last_at = found.finding.at;
        self.scenarios.extend(scenario);
        self.shards.extend(found.shard);
        self.devices.extend(found.finding.device);
        if self.examples.len() < EXAMPLES {
            self.examples.push(Example { line, found, conversation: None, shows_frame: false });
        }
    }
}

/// What the findings of a kind have in common.
#[derive(PartialEq, Eq, Hash)]
struct Likeness<'a> {
    clause: ClauseId,
    route: Option<&'a Route>,
    event: Option<&'a str>,
    pointer: String,
    message: String,
    is_waived: bool,
}

impl<'a> Likeness<'a> {
    fn of(found: &'a FoundViolation) -> Self {
        let finding = &found.finding;
        Self {
            clause: finding.clause,
            route: finding.route.as_ref(),
            event: finding.event.as_deref(),
            pointer: numberless(&finding.pointer),
            message: numberless(&finding.message),
            is_waived: found.waived.is_some(),
        }
    }
}

/// The text with each number in it made the same: `message 133 did not come` and `message 134 did
/// not come` are one kind.
fn numberless(text: &str) -> String {
    let mut without = String::with_capacity(text.len());
    for part in text.split_inclusive(|c: char| !c.is_ascii_digit()) {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_digit());
        if rest.len() < part.len() {
            without.push('#');
        }
        without.push_str(rest);
    }
    without
}

/// Every kind: must before should before info before what is waived, and then the earliest first.
fn gathered(record: &RunRecord) -> Vec<Kind<'_>> {
    let scenarios: HashMap<_, _> =
        record.scenarios.iter().enumerate().map(|(nth, one)| (one.name.as_str(), nth)).collect();
    let mut findings: Vec<_> = record.findings.iter().enumerate().collect();
    findings.sort_by_key(|(_, found)| found.finding.at);
    let mut kinds: Vec<Kind<'_>> = Vec::new();
    let mut known = HashMap::new();
    for (nth, found) in findings {
        let place = *known.entry(Likeness::of(found)).or_insert_with(|| {
            kinds.push(Kind {
                clause: found.finding.clause,
                waived: found.waived.as_deref(),
                count: 0,
                first_at: found.finding.at,
                last_at: found.finding.at,
                scenarios: BTreeSet::new(),
                shards: BTreeSet::new(),
                devices: BTreeSet::new(),
                examples: Vec::new(),
            });
            kinds.len() - 1
        });
        kinds[place].add(nth + 1, found, scenarios.get(found.scenario.as_str()).copied());
    }
    kinds.sort_by_key(|kind| (kind.waived.is_some(), kind.clause.level(), kind.first_at));
    kinds
}

/// Kinds that are told in full, and the rest.
fn split(kinds: Vec<Kind<'_>>) -> (Vec<Kind<'_>>, Vec<Kind<'_>>) {
    let mut clauses = BTreeSet::new();
    let mut told = 0;
    kinds.into_iter().partition(|kind| {
        told += 1;
        clauses.insert(kind.clause) || told <= TOLD
    })
}

/// Unmet steps, the earliest first, those whose instant is unknown last.
fn unmet(record: &RunRecord) -> Vec<Unmet<'_>> {
    let kept = |scenario: &ScenarioRecord, step: &UnmetStep| {
        let of_step = record.conversations.iter().filter(|one| {
            one.scenario == scenario.name
                && matches!(&one.of, Occasion::Step { line, step: name, .. }
                    if *line == step.line && *name == step.step)
        });
        // Each shard of a merged run may have kept one.
        of_step.min_by_key(|one| one.conversation.device != step.device)
    };
    let mut unmet = Vec::new();
    for (nth, scenario) in record.scenarios.iter().enumerate() {
        for step in &scenario.unmet {
            let conversation = kept(scenario, step);
            let at = conversation.map(|one| one.conversation.at);
            unmet.push(Unmet { scenario, nth, step, at, conversation });
        }
    }
    unmet.sort_by_key(|one| (one.at.is_none(), one.at));
    unmet
}

/// Gives diagrams to the gravest, a kind's first example before any second one. Returns how many.
fn draw<'a>(record: &'a RunRecord, kinds: &mut [Kind<'a>], unmet: &mut [Unmet<'a>]) -> usize {
    let kept: BTreeMap<_, _> = record
        .conversations
        .iter()
        .filter_map(|one| match one.of {
            Occasion::Finding(nth) => Some((nth + 1, one)),
            Occasion::Step { .. } => None,
        })
        .collect();
    // Half of the room is left to steps, as far as they need it.
    let steps = unmet.iter().filter(|one| one.conversation.is_some()).count().min(DIAGRAMS / 2);
    let mut room = DIAGRAMS - steps;
    for rank in 0..EXAMPLES {
        for example in kinds.iter_mut().filter_map(|kind| kind.examples.get_mut(rank)) {
            example.conversation = kept.get(&example.line).copied().filter(|_| room > 0);
            room -= usize::from(example.conversation.is_some());
        }
    }
    room += steps;
    for one in unmet {
        one.conversation = one.conversation.filter(|_| room > 0);
        room -= usize::from(one.conversation.is_some());
    }
    DIAGRAMS - room
}

/// Lets frames be shown, a kind's first example before any second one.
fn show_frames(kinds: &mut [Kind<'_>]) {
    let mut room = FRAMES;
    for rank in 0..EXAMPLES {
        for example in kinds.iter_mut().filter_map(|kind| kind.examples.get_mut(rank)) {
            example.shows_frame = room > 0 && example.found.finding.frame.is_some();
            room -= usize::from(example.shows_frame);
        }
    }
}
