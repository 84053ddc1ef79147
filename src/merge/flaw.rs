//! What is wrong with the shards of a run.

use std::fmt;

use crate::run::{Shard, Verdict};

use super::numbers::shards;

/// What keeps a merged run from being whole, or to be trusted. Folders are named as they were given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// Shards of which there is no run.
    Missing {
        /// Which, ascending.
        shards: Vec<u32>,
        /// Of how many.
        count: u32,
    },
    /// The runs are of another number of shards than was expected.
    Unexpected {
        /// How many were.
        expected: u32,
        /// Of how many they are.
        count: u32,
    },
    /// A folder that cannot be read: it is no run's, or it was cut or changed.
    Unreadable {
        /// The folder.
        folder: String,
        /// Which shard it would be, where that is known.
        shard: Option<Shard>,
        /// What is wrong, in words.
        why: String,
    },
    /// A run of something else.
    Foreign {
        /// Its folder.
        folder: String,
        /// In what it differs from the others, a sentence each.
        differences: Vec<String>,
    },
    /// One run that was given more than once.
    Repeated {
        /// Unique name of the run.
        run_id: String,
        /// The folder that counts.
        counts: String,
        /// The one that does not.
        left_out: String,
    },
    /// Two runs of one shard.
    Duplicate {
        /// Which shard.
        shard: Shard,
        /// The folder that counts.
        counts: String,
        /// The one that does not.
        left_out: String,
    },
    /// A shard whose load generator did not keep up.
    Invalid {
        /// Which shard.
        shard: Shard,
        /// Its folder.
        folder: String,
        /// Why, a sentence each.
        why: Vec<String>,
    },
    /// A shard that was interrupted, or could not be done.
    Unfinished {
        /// Which shard.
        shard: Shard,
        /// Its folder.
        folder: String,
        /// How it ended.
        verdict: Verdict,
        /// Why, a sentence each.
        why: Vec<String>,
    },
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { shards: missing, count } => {
                let are = if missing.len() == 1 { "is" } else { "are" };
                write!(f, "{} of {count} {are} missing", shards(missing))
            }
            Self::Unexpected { expected, count } => {
                write!(f, "{expected} shards were expected, and the runs are of {count}")
            }
            Self::Unreadable { folder, shard: Some(shard), why } => {
                write!(f, "{} cannot be added up: {why}", of(*shard, folder))
            }
            Self::Unreadable { folder, shard: None, why } => {
                write!(f, "{folder} cannot be added up: {why}")
            }
            Self::Foreign { folder, differences } => {
                write!(f, "{folder} does not belong to the others: {}", differences.join(", "))
            }
            Self::Repeated { run_id, counts, left_out } => {
                write!(f, "{left_out} is the run {run_id}, as {counts} is: it counts once")
            }
            Self::Duplicate { shard, counts, left_out } => {
                let Shard { index, count } = shard;
                write!(
                    f,
                    "shard {index} of {count} is there twice: {counts} counts, {left_out} does not"
                )
            }
            Self::Invalid { shard, folder, why } => {
                write!(f, "{} is invalid: {}", of(*shard, folder), why.join("; "))
            }
            Self::Unfinished { shard, folder, verdict, why } => {
                let how = match verdict {
                    Verdict::Interrupted => "was interrupted",
                    Verdict::Passed | Verdict::Failed | Verdict::Invalid | Verdict::Error => {
                        "could not be done"
                    }
                };
                write!(f, "{} {how}: {}", of(*shard, folder), why.join("; "))
            }
        }
    }
}

/// `shard 3 of 4 (reports/c)`
fn of(shard: Shard, folder: &str) -> String {
    format!("shard {} of {} ({folder})", shard.index, shard.count)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHARD: Shard = Shard { index: 3, count: 4 };

    #[track_caller]
    fn check(flaw: &Flaw, expected: &str) {
        assert_eq!(flaw.to_string(), expected);
    }

    #[test]
    fn each_names_its_shard_or_its_folder() {
        let (folder, why) = ("c".to_owned(), "it was cut off".to_owned());
        check(&Flaw::Missing { shards: vec![3], count: 4 }, "shard 3 of 4 is missing");
        let missing = Flaw::Missing { shards: vec![2, 4, 5, 6], count: 8 };
        check(&missing, "shards 2 and 4 to 6 of 8 are missing");
        check(
            &Flaw::Unexpected { expected: 4, count: 8 },
            "4 shards were expected, and the runs are of 8",
        );
        let unreadable =
            |shard| Flaw::Unreadable { folder: folder.clone(), shard, why: why.clone() };
        check(&unreadable(None), "c cannot be added up: it was cut off");
        check(&unreadable(Some(SHARD)), "shard 3 of 4 (c) cannot be added up: it was cut off");
        let foreign = Flaw::Foreign { folder: folder.clone(), differences: vec![why.clone()] };
        check(&foreign, "c does not belong to the others: it was cut off");
        let (counts, left_out) = ("a".to_owned(), "c".to_owned());
        check(
            &Flaw::Duplicate { shard: SHARD, counts: counts.clone(), left_out: left_out.clone() },
            "shard 3 of 4 is there twice: a counts, c does not",
        );
        check(
            &Flaw::Repeated { run_id: "x".to_owned(), counts, left_out },
            "c is the run x, as a is: it counts once",
        );
        let why = vec!["it was late".to_owned(), "it slept".to_owned()];
        let invalid = Flaw::Invalid { shard: SHARD, folder: folder.clone(), why: why.clone() };
        check(&invalid, "shard 3 of 4 (c) is invalid: it was late; it slept");
        for (verdict, how) in
            [(Verdict::Interrupted, "was interrupted"), (Verdict::Error, "could not be done")]
        {
            let (folder, why) = (folder.clone(), why.clone());
            let flaw = Flaw::Unfinished { shard: SHARD, folder, verdict, why };
            check(&flaw, &format!("shard 3 of 4 (c) {how}: it was late; it slept"));
        }
    }
}
