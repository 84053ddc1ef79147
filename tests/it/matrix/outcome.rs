//! What a run made of a defect, and all outcomes together as a table and as JSON.

use std::collections::BTreeMap;
use std::fmt::{self, Write};

use deskbell::conformance::Level;
use deskbell::run::RunRecord;
use deskbell::server::Defect;
use serde_json::{Value, json};

/// What a run made of a defect.
pub(super) struct Outcome {
    pub(super) defect: &'static Defect,
    /// Violated clauses, and how often.
    pub(super) violated: BTreeMap<&'static str, u64>,
    /// Whatever should not be, in words.
    pub(super) faults: Vec<String>,
    is_caught: bool,
}

impl Outcome {
    pub(super) fn of(defect: &'static Defect, record: &RunRecord) -> Self {
        let is_caught = violated(record).any(|(clause, _)| defect.clauses.contains(&clause));
        let mut faults = strays(record, &[defect.clauses, defect.related].concat());
        if !is_caught {
            faults.push(format!("none of {} caught it", defect.clauses.join(", ")));
        }
        Self { defect, violated: violated(record).collect(), faults, is_caught }
    }

    /// Whether one of its clauses caught it.
    pub(super) fn is_caught(&self) -> bool {
        self.is_caught
    }

    /// Whether a clause was violated that may well be.
    pub(super) fn catches(&self, clause: &str) -> bool {
        self.violated.contains_key(clause) && self.defect.clauses.contains(&clause)
    }

    fn row(&self) -> Value {
        let Defect { name, title, clauses, related, .. } = *self.defect;
        json!({
            "name": name, "title": title, "clauses": clauses, "related": related,
            "violated": self.violated, "caught": self.is_caught,
        })
    }
}

/// Violated clauses, and how often.
pub(super) fn violated(record: &RunRecord) -> impl Iterator<Item = (&'static str, u64)> {
    let violated = record.clauses.iter().filter(|clause| clause.violated > 0);
    violated.map(|clause| (clause.id.as_str(), clause.violated))
}

/// What was found under binding clauses other than these, the first of each.
pub(super) fn strays(record: &RunRecord, allowed: &[&str]) -> Vec<String> {
    let mut told: BTreeMap<_, String> = BTreeMap::new();
    for found in &record.findings {
        let finding = &found.finding;
        let clause = finding.clause;
        if clause.level() != Level::Info && !allowed.contains(&clause.as_str()) {
            told.entry(clause).or_insert_with(|| {
                let (at, device, scenario) = (finding.at, finding.device, &found.scenario);
                format!(
                    "{} in {scenario}, device {device:?}, at {at:?}: {} {}\n      expected {}\n      \
                     actual   {}",
                    clause.as_str(),
                    finding.message,
                    finding.pointer,
                    finding.expected,
                    finding.actual,
                )
            });
        }
    }
    told.into_values().collect()
}

/// Every outcome.
pub(super) struct Matrix(pub(super) Vec<Outcome>);

impl Matrix {
    fn caught(&self) -> usize {
        self.0.iter().filter(|outcome| outcome.is_caught()).count()
    }

    pub(super) fn json(&self) -> Value {
        let defects: Vec<_> = self.0.iter().map(Outcome::row).collect();
        json!({ "caught": self.caught(), "of": self.0.len(), "defects": defects })
    }

    /// Everything that should not be.
    pub(super) fn faults(&self) -> String {
        let mut faults = String::new();
        for outcome in &self.0 {
            for fault in &outcome.faults {
                writeln!(faults, "  {}: {fault}", outcome.defect.name).unwrap();
            }
        }
        faults
    }
}

impl fmt::Display for Matrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Outcome { defect, violated, is_caught, .. } in &self.0 {
            let verdict = if *is_caught { "caught" } else { "MISSED" };
            let clauses = defect.clauses.iter().map(|clause| match violated.get(clause) {
                Some(times) => format!("{clause} x{times}"),
                None => format!("({clause})"),
            });
            let clauses: Vec<_> = clauses.collect();
            writeln!(f, "{verdict}  {:32} {}", defect.name, clauses.join(" "))?;
        }
        let (caught, of) = (self.caught(), self.0.len());
        let rate = caught as f64 * 100.0 / of as f64;
        write!(f, "{caught} of {of} caught, {rate:.0} %")
    }
}
