//! The clause catalogue, as data, in the document's order.

use std::fmt;

use serde::{Serialize, Serializer};

/// How binding a clause is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The document states it, or every example shows it.
    Must,
    /// The document hints at it, or any user of a chat would take it for granted.
    Should,
    /// Recorded, never gates.
    Info,
}

impl Level {
    /// Every level, the most binding first.
    pub const ALL: [Self; 3] = [Self::Must, Self::Should, Self::Info];

    /// The level's name in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Must => "must",
            Self::Should => "should",
            Self::Info => "info",
        }
    }
}

/// How a clause comes to be checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exercise {
    /// On every frame of every scenario.
    Passive,
    /// Only by a flow that provokes it.
    Active,
}

/// A promise of the document that can be checked.
#[derive(Clone, Copy, Debug)]
pub struct Clause {
    /// Its stable id.
    pub id: ClauseId,
    /// How binding it is.
    pub level: Level,
    /// What it says, in a line.
    pub title: &'static str,
    /// The section of the document it comes from.
    pub section: &'static str,
    /// How it comes to be checked.
    pub exercise: Exercise,
}

macro_rules! catalogue {
    ($($variant:ident $id:literal $level:ident $exercise:ident $section:literal $title:literal;)*) => {
        /// Stable, public id of a clause: reports, waivers, JUnit and CSV use it. Never reused.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ClauseId {
            $(#[doc = $title] $variant,)*
        }

        /// Every clause, in the document's order; the position of a clause is its id as a number.
        pub const CATALOGUE: &[Clause] = &[$(Clause {
            id: ClauseId::$variant,
            level: Level::$level,
            title: $title,
            section: $section,
            exercise: Exercise::$exercise,
        },)*];

        impl ClauseId {
            /// The id as it stands in reports.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $id,)*
                }
            }
        }
    };
}

catalogue! {
    Env1 "ENV-1" Must Passive "every Response block"
        "a response is one JSON text: an object with channel, status and body";
    Env2 "ENV-2" Must Passive "every Response block"
        "channel is the route that was called";
    Env3 "ENV-3" Must Passive "every Response block"
        "every request is answered exactly once, within the response timeout";
    Env4 "ENV-4" Must Passive "every Response block"
        "a request that the document allows is answered with status 200";
    Env5 "ENV-5" Must Passive "every Response block"
        "the frame validates against its route's response schema";
    Env10 "ENV-10" Should Passive "every Response block"
        "nothing arrives that is neither acknowledgment, response, nor a documented event";
    Event1 "EVENT-1" Must Passive "Available WebSocket Events for Subscription"
        "a message reaches every other connection that takes part in its session";
    Event2 "EVENT-2" Must Passive "Available WebSocket Events for Subscription"
        "no message or delete event arrives twice on one connection";
    Event5 "EVENT-5" Must Passive "Available WebSocket Events for Subscription"
        "every event validates against its schema";
}

impl ClauseId {
    /// The clause of this id.
    pub fn clause(self) -> &'static Clause {
        &CATALOGUE[self as usize]
    }

    /// How binding the clause is.
    pub fn level(self) -> Level {
        self.clause().level
    }
}

impl fmt::Display for ClauseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for ClauseId {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clause_stands_where_its_id_points_and_ids_are_unique() {
        for (at, clause) in CATALOGUE.iter().enumerate() {
            assert_eq!(clause.id as usize, at);
            assert_eq!(
                CATALOGUE.iter().filter(|other| other.id.as_str() == clause.id.as_str()).count(),
                1
            );
        }
    }
}
