//! What the texts of an endpoint mean, and what is wrong with them.
//!
//! It connects nowhere. Start from [`facts`].

use std::io;
use std::path::Path;
use std::time::Duration;

use url::Url;

use crate::device::{Target, is_allowed};
use crate::run::Origin;
use crate::scenario::{self, Diagnostics, Profile};

use super::endpoint::EndpointArgs;
use super::precedence::{Accounts, Resolved};
use super::refusal::Refusal;
use super::serve::now;
use super::{accounts, colour, gate};

/// What texts of an endpoint mean.
pub(super) struct Facts {
    pub(super) target: Option<Target>,
    pub(super) upload_origin: Option<Url>,
}

/// The texts as what they mean, every mistake as a message of its own.
pub(super) fn facts(resolved: &Resolved, profile: Option<&Profile>) -> Result<Facts, Vec<String>> {
    let mut flaws = Vec::new();
    let mut flaw = |key: &Spelling, from: Origin, message: &str| {
        flaws.push(key.flaw(from, profile, message));
    };
    let allowed: Vec<_> = resolved.allow.iter().map(|host| host.value.clone()).collect();
    let target = resolved.target.as_ref().and_then(|given| {
        let parsed = Target::parse(&given.value).map_err(|error| error.to_string());
        let checked = parsed.and_then(|target| {
            check_host(target.host(), &allowed)?;
            Ok(target)
        });
        checked.map_err(|message| flaw(&TARGET, given.from, &message)).ok()
    });
    let upload_origin = resolved.upload_origin.as_ref().and_then(|given| {
        let checked = parse_origin(&given.value).and_then(|url| {
            check_host(url.host_str().unwrap_or_default(), &allowed)?;
            Ok(url)
        });
        checked.map_err(|message| flaw(&UPLOAD_ORIGIN, given.from, &message)).ok()
    });
    if flaws.is_empty() { Ok(Facts { target, upload_origin }) } else { Err(flaws) }
}

/// What is wrong with a profile beyond its shape, a message each: what its texts mean, and what
/// stands in the files that it names.
pub(super) fn flaws_of(profile: &Profile) -> Vec<String> {
    let resolved = Resolved::of(&EndpointArgs::default(), &|_| None, Some(profile));
    let resolved = match resolved {
        Ok(resolved) => resolved,
        Err(told) => return vec![told],
    };
    let mut flaws = facts(&resolved, Some(profile)).err().unwrap_or_default();
    if let Some(path) = &profile.accounts {
        let read = accounts::read(path, Duration::from_millis(now().0));
        flaws.extend(read.err().map(|error| error.to_string()));
    }
    let waivers = profile.waivers.as_deref().map(Path::to_string_lossy);
    let mistakes = waivers.and_then(|path| gate::read_waivers(&path).err());
    flaws.extend(mistakes.as_ref().map(rendered));
    flaws
}

/// What goes only with a target, or only without one.
pub(super) fn check_combination(resolved: &Resolved, has_server_args: bool) -> Result<(), Refusal> {
    let told = |text: String| Err(Refusal::usage(text));
    match (&resolved.target, &resolved.profile, resolved.hint_of_target()) {
        (None, Some(file), _) => told(format!(
            "error: the profile {file} names no target: write `target: wss://HOST/PATH` into it, or \
             give --target"
        )),
        (None, None, Some(name)) => told(format!(
            "error: {name} is given without a target: name one with --target ws://HOST/PATH, or \
             leave {name} out to run against the embedded server"
        )),
        (Some(_), _, _) if has_server_args => told(
            "error: --server-arg is for the embedded server, which a run with a target has not"
                .into(),
        ),
        (Some(_), _, _) if resolved.accounts.is_none() => told(
            "error: a target needs --token TOKEN (or DESKBELL_TOKEN), --accounts FILE or \
             --token-command CMD, or a profile with `accounts` or `token_command`"
                .into(),
        ),
        _ => check_tenants(resolved),
    }
}

/// Tenants that are named go with what they are named for.
fn check_tenants(resolved: &Resolved) -> Result<(), Refusal> {
    let tenants = &resolved.tenants.value;
    let twice = (1..tenants.len()).find(|nth| tenants[..*nth].contains(&tenants[*nth]));
    let told = match (resolved.accounts.as_ref().map(|accounts| &accounts.value), twice) {
        (Some(Accounts::File(_)), _) if !tenants.is_empty() => {
            "--tenant goes with --token-command or --token; an accounts file has its tenants in it"
                .into()
        }
        (Some(Accounts::Token(_)), _) if tenants.len() > 1 => {
            "--token is of one tenant: give one --tenant, or a token command for several".into()
        }
        (_, Some(nth)) => format!("--tenant {} is given twice", tenants[nth]),
        _ => return Ok(()),
    };
    Err(Refusal::usage(format!("error: {told}")))
}

/// Mistakes of a file as they are shown.
pub(super) fn rendered(mistakes: &Diagnostics) -> String {
    scenario::render(mistakes, colour::suits(&io::stderr())).trim_end().to_owned()
}

/// The names that a value can be given by.
struct Spelling {
    flag: &'static str,
    variable: &'static str,
    key: &'static str,
}

const TARGET: Spelling = Spelling { flag: "--target", variable: "DESKBELL_TARGET", key: "target" };

const UPLOAD_ORIGIN: Spelling =
    Spelling { flag: "--upload-origin", variable: "DESKBELL_UPLOAD_ORIGIN", key: "upload_origin" };

impl Spelling {
    /// What is wrong with a value, told by the name that it was given by.
    fn flaw(&self, from: Origin, profile: Option<&Profile>, message: &str) -> String {
        match (from, profile) {
            (Origin::Profile, Some(profile)) => rendered(&profile.mistake(self.key, message, "")),
            (Origin::Environment, _) => format!("error: {}: {message}", self.variable),
            _ => format!("error: {}: {message}", self.flag),
        }
    }
}

fn parse_origin(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).ok();
    let url = url.filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    url.ok_or_else(|| "write it like https://uat.example.com".into())
}

fn check_host(host: &str, allowed: &[String]) -> Result<(), String> {
    if is_allowed(host, allowed) {
        return Ok(());
    }
    Err(format!(
        "the host {host} is neither loopback nor allowed: give --allow {host}, or name it in the \
         profile's `allow`, if load may be sent to it"
    ))
}
