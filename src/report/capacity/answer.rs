//! The answer: how much is carried, and how sure that is.
//!
//! Start from [`Reach`] for the figure and [`title`] for the words.

use crate::capacity::{CapacityRecord, CapacityVerdict, EndedBy, Knee, LevelOutcome};
use crate::report::escape::one_line;
use crate::report::figure::counted;

use super::words;

/// What is known of the load that is carried.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Reach {
    /// It lies between two levels.
    Knee(Knee),
    /// This much and perhaps more.
    AtLeast(f64),
    /// Not even this much.
    Below(f64),
    /// Nothing.
    Unknown,
}

impl Reach {
    pub(super) fn of(record: &CapacityRecord) -> Self {
        let is_missed =
            |outcome| matches!(outcome, LevelOutcome::Missed | LevelOutcome::NotCarried);
        let lowest_missed = record.levels.iter().find(|level| is_missed(level.outcome));
        match (record.knee, record.carried, lowest_missed) {
            (Some(knee), ..) => Self::Knee(knee),
            (None, Some(carried), _) => Self::AtLeast(carried),
            (None, None, Some(level)) => Self::Below(level.load),
            (None, None, None) => Self::Unknown,
        }
    }
}

/// The answer in a few words: `carries about 196/s`, `carries at least 1 000/s`.
pub(super) fn title(record: &CapacityRecord) -> String {
    let told = |load| words::load(record.by, load);
    match Reach::of(record) {
        Reach::Knee(knee) => format!("carries about {}", words::about(record.by, knee.load)),
        Reach::AtLeast(carried) => format!("carries at least {}", told(carried)),
        Reach::Below(load) => format!("carries less than {}", told(load)),
        Reach::Unknown => "capacity not known".to_owned(),
    }
}

/// Why, without the sentence that [`ended`] says.
pub(super) fn why(record: &CapacityRecord) -> Vec<String> {
    record.why.iter().filter(|why| **why != record.ended.told).cloned().collect()
}

/// What ended the search, named, and the same in a sentence.
pub(super) fn ended(record: &CapacityRecord) -> String {
    let (word, told) = (words::ended(record.ended.by), one_line(&record.ended.told));
    if told.is_empty() { word.to_owned() } else { format!("{word}: {told}") }
}

/// What was searched: `1 to 1 000/s, until the knee is known to 3 %`.
pub(super) fn searched(record: &CapacityRecord) -> String {
    let (from, to) = (words::number(record.from), words::load(record.by, record.to));
    format!("{from} to {to}, until the knee is known to {}", words::share(record.precision))
}

/// Levels, and how often they were run: `9 levels in 11 runs`.
pub(super) fn effort(record: &CapacityRecord) -> String {
    let runs = record.levels.iter().map(|level| level.attempts.len() as u64).sum();
    format!("{} in {}", counted(record.levels.len() as u64, "level"), counted(runs, "run"))
}

/// The advice that follows; `None` where the answer leaves nothing to do.
pub(super) fn next(record: &CapacityRecord) -> Option<String> {
    let load = |load| words::load(record.by, load);
    match (record.verdict, record.ended.by) {
        (CapacityVerdict::Error, _) => Some("mend what is said above, and search again".to_owned()),
        (CapacityVerdict::Interrupted, _) => {
            Some("search again and let it run to its end".to_owned())
        }
        (CapacityVerdict::Invalid, _) => {
            Some("a lower --from, more cores, or the endpoint on another machine".to_owned())
        }
        (CapacityVerdict::Beyond, EndedBy::Top) => {
            Some(format!("a --to above {} to find where it ends", load(record.to)))
        }
        (CapacityVerdict::Beyond, EndedBy::Generator) => {
            Some("more cores, or the endpoint on another machine, to go further".to_owned())
        }
        (CapacityVerdict::Failed, EndedBy::Bottom) => {
            Some(format!("a --from below {} to find what is carried", load(record.from)))
        }
        (
            CapacityVerdict::Found | CapacityVerdict::Beyond | CapacityVerdict::Failed,
            EndedBy::Precision
            | EndedBy::Top
            | EndedBy::Bottom
            | EndedBy::Errors
            | EndedBy::Throttling
            | EndedBy::Cap
            | EndedBy::Generator
            | EndedBy::Levels
            | EndedBy::Interrupted
            | EndedBy::Error,
        ) => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::report::capacity::sample;

    use super::*;

    #[test]
    fn the_answer_says_how_sure_it_is() {
        let told: Vec<_> =
            sample::every_record().iter().map(|(name, record)| (*name, title(record))).collect();
        let told: Vec<_> = told.iter().map(|(name, title)| (*name, title.as_str())).collect();
        assert_eq!(
            told,
            [
                ("found", "carries about 196/s"),
                ("beyond", "carries at least 1 000 devices"),
                ("generator", "carries at least 160/s"),
                ("interrupted", "carries at least 10/s"),
                ("lowest", "carries less than 10/s"),
                ("asked", "carries about 196/s"),
                ("invalid", "capacity not known"),
                ("error", "capacity not known"),
                ("hostile", "carries about 196/s"),
            ]
        );
    }
}
