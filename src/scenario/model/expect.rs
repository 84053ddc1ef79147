//! What an answer or an event must be.

use crate::scenario::template::Template;

use super::step::Slot;

/// What a request step's answer must be.
#[derive(Clone, Debug)]
pub enum Expect {
    /// Status 200.
    Ok,
    /// A status of 400 or more, or the gateway's error; of a `connect`, a refused upgrade.
    Error,
    /// The same, or the server ends the connection.
    ErrorOrClose,
    /// Anything.
    Any,
    /// This status and body.
    Reply {
        /// The status; `None`: 200.
        status: Option<i64>,
        /// What the body must hold.
        body: Option<Pattern>,
    },
}

/// What a value must be: objects match as subsets, arrays and scalars exactly.
#[derive(Clone, Debug)]
pub enum Pattern {
    /// This scalar.
    Scalar(Template),
    /// A list whose elements match one by one.
    List(Vec<Self>),
    /// An object with at least these keys.
    Object(Vec<(String, Self)>),
    /// A value of this type (`$type`).
    Type(JsonType),
    /// A text that this regular expression finds something in (`$match`).
    Match(regex::Regex),
    /// Anything that is there (`$any`).
    Any,
    /// Anything that is there, saved (`$save`).
    Save(Slot),
}

/// A type of JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonType {
    /// `null`
    Null,
    /// `boolean`
    Boolean,
    /// `integer`: a number without a fraction.
    Integer,
    /// `number`
    Number,
    /// `string`
    String,
    /// `array`
    Array,
    /// `object`
    Object,
}
