//! What a clause is: how binding, how it comes to be checked, what it needs and rests on.
//! The clauses themselves stand in the catalogue.

use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{CATALOGUE, ClauseId};

/// How binding a clause is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
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

impl Exercise {
    /// The name in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Passive => "passive",
            Self::Active => "active",
        }
    }
}

/// What a clause needs beside an endpoint and one account, to be exercised at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Nothing more.
    Nothing,
    /// A concierge who shows up and writes.
    Concierge,
    /// An account of another tenant.
    SecondTenant,
    /// An origin that grants upload URLs.
    Uploads,
}

impl Need {
    /// The name in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Concierge => "concierge",
            Self::SecondTenant => "second-tenant",
            Self::Uploads => "uploads",
        }
    }
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
    /// What it needs, to be exercised at all.
    pub need: Need,
}

impl ClauseId {
    /// The clause of this id.
    pub fn clause(self) -> &'static Clause {
        &CATALOGUE[self as usize]
    }

    /// The clause of this id as it stands in reports: `ENV-5`.
    pub fn parse(text: &str) -> Option<Self> {
        CATALOGUE.iter().map(|clause| clause.id).find(|id| id.as_str() == text)
    }

    /// How binding the clause is.
    pub fn level(self) -> Level {
        self.clause().level
    }

    /// Whether its verdict rests on a time limit or on our own punctuality: where the generator
    /// could not keep up, nothing is concluded from it.
    pub fn rests_on_deadline(self) -> bool {
        RESTS_ON_DEADLINE.contains(&self)
    }

    /// Whether it holds times that a server tells to the clock of this machine.
    pub fn rests_on_wall_clock(self) -> bool {
        RESTS_ON_WALL_CLOCK.contains(&self)
    }

    /// Whether it cannot be told while somebody else uses the same accounts.
    pub fn rests_on_own_account(self) -> bool {
        RESTS_ON_OWN_ACCOUNT.contains(&self)
    }
}

/// Clauses with a time limit, on an answer, an event or a clock, and those that hold only while a
/// session is pinged or a connection used in time.
const RESTS_ON_DEADLINE: [ClauseId; 16] = [
    ClauseId::Connect2,
    ClauseId::Connect6,
    ClauseId::Env3,
    ClauseId::Env8,
    ClauseId::Init10,
    ClauseId::Resume2,
    ClauseId::Ping2,
    ClauseId::Ping4,
    ClauseId::Send5,
    ClauseId::Upload5,
    ClauseId::Unread2,
    ClauseId::Event1,
    ClauseId::Event7,
    ClauseId::Event8,
    ClauseId::Event9,
    ClauseId::Event11,
];

/// Clauses with an instant of the server's in them, or that excuse what a token's expiry may cause.
const RESTS_ON_WALL_CLOCK: [ClauseId; 4] =
    [ClauseId::Connect1, ClauseId::Connect6, ClauseId::Init10, ClauseId::Send5];

/// Unread messages are counted over all sessions of a tenant, and events of sessions that nobody
/// in the run opened may be a stranger's or the tenant's own.
const RESTS_ON_OWN_ACCOUNT: [ClauseId; 3] =
    [ClauseId::Unread2, ClauseId::Event6, ClauseId::Event10];

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

impl<'de> Deserialize<'de> for ClauseId {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let id = String::deserialize(from)?;
        Self::parse(&id).ok_or_else(|| D::Error::custom(format!("there is no clause `{id}`")))
    }
}
