//! Which share of a plan is run here: `--shard 2/4`, or `--shard auto`, where the engine that started this
//! process says so.
//!
//! It reads no environment by itself. Start from [`chosen`].

mod engines;

use std::fmt;

use crate::load::Shard;
use crate::run::Origin;

use super::refusal::Refusal;

/// What `--shard` asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ShardArg {
    /// This one.
    Given(Shard),
    /// The one that the variables of an engine say.
    Auto,
}

/// Which share is run here, and which engine said so where one did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Chosen {
    pub(super) shard: Shard,
    pub(super) said_by: Option<&'static str>,
}

impl Chosen {
    /// Who gave it.
    pub(super) fn origin(self) -> Origin {
        self.said_by.map_or(Origin::Flag, |_| Origin::Environment)
    }
}

/// In words: `2/4`, or `2/4, as GitLab CI says`.
impl fmt::Display for Chosen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shard.fmt(f)?;
        self.said_by.map_or(Ok(()), |engine| write!(f, ", as {engine} says"))
    }
}

/// Reads `--shard`.
pub(super) fn parse(text: &str) -> Result<ShardArg, String> {
    if text == "auto" {
        return Ok(ShardArg::Auto);
    }
    let (index, count) = text.split_once('/').ok_or(MALFORMED)?;
    match (whole(index)?, whole(count)?) {
        (_, 0) => Err("there is no shard of none: 1/1 is all of it".into()),
        (0, count) => Err(format!("shards are counted from 1: the first is 1/{count}")),
        (index, count) if index > count => {
            Err(format!("there are only {count} of them: the last is {count}/{count}"))
        }
        (index, count) => Ok(ShardArg::Given(Shard { index, count })),
    }
}

const MALFORMED: &str = "write it like 2/4, the second of four shards, or `auto`";

/// A whole number in digits and nothing else.
fn whole(text: &str) -> Result<u32, String> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(MALFORMED.into());
    }
    text.parse().map_err(|_| format!("{text} is more than the {} that there may be", u32::MAX))
}

/// The share that is asked for, against a server that all shards are told of or not. `env` tells the
/// variables that are set, and is asked by `auto` alone.
///
/// # Errors
/// An engine that does not say which share it is, or several shards that no server is common to.
pub(super) fn chosen(
    asked: Option<ShardArg>,
    has_target: bool,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<Option<Chosen>, Refusal> {
    let chosen = match asked {
        None => return Ok(None),
        Some(ShardArg::Given(shard)) => Chosen { shard, said_by: None },
        Some(ShardArg::Auto) => engines::said(env)
            .map_err(|why| Refusal::usage(format!("error: --shard auto: {why}")))?,
    };
    if chosen.shard.is_part() && !has_target {
        return Err(Refusal::usage(format!(
            "error: --shard {} without --target: each shard would embed a server of its own, and no two \
             of them would meet; start one for all by `deskbell serve`, and give each shard its --target",
            chosen.shard
        )));
    }
    Ok(Some(chosen))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<(u32, u32), &str>) {
        match (parse(text), expected) {
            (Ok(ShardArg::Given(shard)), Ok((index, count))) => {
                assert_eq!(shard, Shard { index, count }, "{text}");
            }
            (Err(told), Err(says)) => assert!(told.contains(says), "{text}: {told}"),
            (read, _) => panic!("{text}: {read:?}"),
        }
    }

    #[test]
    fn a_shard_is_counted_from_one_and_what_is_not_says_how_to_mend_it() {
        check("2/4", Ok((2, 4)));
        check("1/1", Ok((1, 1)));
        check("4294967295/4294967295", Ok((u32::MAX, u32::MAX)));
        check("0/4", Err("the first is 1/4"));
        check("5/4", Err("the last is 4/4"));
        check("2/0", Err("1/1 is all of it"));
        check("1/4294967296", Err("4294967296 is more than the 4294967295"));
        for nonsense in ["2", "a/b", "", "/", "2/", "/4", "+2/4", "2/-4", " 2/4", "2/4/8", "AUTO"] {
            check(nonsense, Err("write it like 2/4"));
        }
        assert_eq!(parse("auto"), Ok(ShardArg::Auto));
    }

    #[test]
    fn several_shards_have_to_have_a_server_in_common() {
        let chosen = |text: &str, has_target| {
            chosen(parse(text).ok(), has_target, &|_| None).map_err(|refusal| refusal.text)
        };
        assert_eq!(chosen("1/1", false).unwrap().unwrap().to_string(), "1/1");
        assert_eq!(chosen("2/4", true).unwrap().unwrap().to_string(), "2/4");
        assert!(chosen("2/4", false).unwrap_err().contains("`deskbell serve`"));
        assert!(chosen("auto", true).unwrap_err().contains("--shard auto: "));
    }
}
