//! Which of several givers of a value is heard: flag, then environment, then profile; after those
//! come scenario and default, for whoever asks.
//!
//! It reads nothing and connects nowhere: environment and profile are handed in. Start from
//! [`Resolved::of`] for what every command that connects needs, and from [`Asked::of`] for a run.

mod load;
#[cfg(test)]
mod tests;

use std::io;
use std::path::PathBuf;

use crate::device::allowed_host;
use crate::protocol::TenantId;
use crate::run::Origin;
use crate::scenario::{self, Caps, Profile, Setting, Settings};

use super::colour;
use super::endpoint::EndpointArgs;

pub(super) use load::{Asked, ConnectRate};

/// A value, and who gave it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sourced<T> {
    pub(super) value: T,
    pub(super) from: Origin,
}

/// Whose tokens there are.
#[derive(Clone, PartialEq)]
pub(super) enum Accounts {
    /// One access token.
    Token(String),
    /// A CSV of them.
    File(PathBuf),
    /// A command that prints a tenant's.
    Command(String),
}

/// What is given of an endpoint, each value by the first who gives one. Secrets stand in it, so that
/// it has no `Debug`.
#[derive(Clone, Default)]
pub(super) struct Resolved {
    pub(super) target: Option<Sourced<String>>,
    pub(super) upload_origin: Option<Sourced<String>>,
    /// Of all givers together, none twice.
    pub(super) allow: Vec<Sourced<String>>,
    /// One kind: whoever goes first replaces the other kinds, too.
    pub(super) accounts: Option<Sourced<Accounts>>,
    /// Whom the token command is asked for; may be empty.
    pub(super) tenants: Sourced<Vec<TenantId>>,
    /// A password may stand in it.
    pub(super) proxy: Option<Sourced<String>>,
    pub(super) ca_cert: Option<Sourced<PathBuf>>,
    /// What takes the place of the settings of scenarios, no key twice.
    pub(super) settings: Vec<Sourced<Setting>>,
    pub(super) caps: Sourced<Caps>,
    /// The profile's file.
    pub(super) profile: Option<String>,
}

impl<T> Sourced<T> {
    pub(super) fn new(value: T, from: Origin) -> Self {
        Self { value, from }
    }
}

impl<T: Default> Default for Sourced<T> {
    fn default() -> Self {
        Self::new(T::default(), Origin::Default)
    }
}

/// The first value that is given.
pub(super) fn first<T>(
    givers: impl IntoIterator<Item = (Option<T>, Origin)>,
) -> Option<Sourced<T>> {
    givers.into_iter().find_map(|(value, from)| Some(Sourced::new(value?, from)))
}

/// Values of several givers: one takes the place of another one that it is `like`.
fn merged<T>(
    givers: impl IntoIterator<Item = (Vec<T>, Origin)>,
    like: impl Fn(&T, &T) -> bool,
) -> Vec<Sourced<T>> {
    let mut merged: Vec<Sourced<T>> = Vec::new();
    for (values, from) in givers {
        for value in values {
            merged.retain(|known| !like(&known.value, &value));
            merged.push(Sourced::new(value, from));
        }
    }
    merged
}

impl Resolved {
    /// What flags, environment and profile come to. `env` tells no variable that is set but empty.
    ///
    /// # Errors
    /// Settings that are wrong, rendered.
    pub(super) fn of(
        args: &EndpointArgs,
        env: &dyn Fn(&str) -> Option<String>,
        profile: Option<&Profile>,
    ) -> Result<Self, String> {
        use Origin::{Environment, Flag, Profile as FromProfile};
        let text = |flag: &Option<String>, variables: &[&str], profile: Option<String>| {
            let variable = variables.iter().find_map(|name| env(name));
            first([(flag.clone(), Flag), (variable, Environment), (profile, FromProfile)])
        };
        let path = |flag: &Option<PathBuf>, profile: Option<PathBuf>| {
            first([(flag.clone(), Flag), (profile, FromProfile)])
        };
        let hosts = env("DESKBELL_ALLOW").unwrap_or_default();
        let hosts = hosts.split(',').map(str::trim).filter(|host| !host.is_empty());
        let hosts: Result<Vec<_>, _> = hosts.map(allowed_host).collect();
        let hosts = hosts.map_err(|error| format!("error: DESKBELL_ALLOW: {error}"))?;
        let allow = [
            (profile.map_or(Ok(Vec::new()), allowed_by)?, FromProfile),
            (hosts, Environment),
            (args.allow.clone(), Flag),
        ];
        let settings = [
            (profile.map_or_else(Vec::new, |profile| profile.settings.clone()), FromProfile),
            (flagged_settings(args)?, Flag),
        ];
        let given = |tenants: &[TenantId]| (!tenants.is_empty()).then(|| tenants.to_vec());
        let flagged: Vec<_> = args.tenant.iter().copied().map(TenantId).collect();
        let listed = profile.and_then(|profile| given(&profile.tenants));
        let caps = profile.map(|profile| profile.caps).filter(|caps| *caps != Caps::default());
        let of_profile = |of: fn(&Profile) -> &Option<String>| profile.and_then(|p| of(p).clone());
        let file_of = |of: fn(&Profile) -> &Option<PathBuf>| profile.and_then(|p| of(p).clone());
        Ok(Self {
            target: text(&args.target, &["DESKBELL_TARGET"], of_profile(|p| &p.target)),
            upload_origin: text(
                &args.upload_origin,
                &["DESKBELL_UPLOAD_ORIGIN"],
                of_profile(|p| &p.upload_origin),
            ),
            allow: merged(allow, |known, host| known.eq_ignore_ascii_case(host)),
            accounts: accounts(args, env, profile),
            tenants: first([(given(&flagged), Flag), (listed, FromProfile)]).unwrap_or_default(),
            proxy: text(&args.proxy, &["https_proxy", "HTTPS_PROXY"], of_profile(|p| &p.proxy)),
            ca_cert: path(&args.ca_cert, file_of(|p| &p.ca_cert)),
            settings: merged(settings, |known, one| known.key() == one.key()),
            caps: first([(caps, FromProfile)]).unwrap_or_default(),
            profile: profile.map(|profile| profile.file.clone()),
        })
    }

    /// Settings with those that were given in their place.
    pub(super) fn over(&self, settings: Settings) -> Settings {
        self.settings.iter().fold(settings, |settings, one| one.value.over(settings))
    }

    /// Anything that only makes sense with an endpoint of somebody's own, by the name it was given
    /// with; the target itself aside.
    pub(super) fn hint_of_target(&self) -> Option<&'static str> {
        let accounts =
            self.accounts.as_ref().map(|accounts| match (&accounts.value, accounts.from) {
                (Accounts::Token(_), Origin::Environment) => "DESKBELL_TOKEN",
                (Accounts::Token(_), _) => "--token",
                (Accounts::File(_), _) => "--accounts",
                (Accounts::Command(_), _) => "--token-command",
            });
        let upload_origin = self.upload_origin.as_ref().map(|origin| match origin.from {
            Origin::Environment => "DESKBELL_UPLOAD_ORIGIN",
            _ => "--upload-origin",
        });
        let tenants = (!self.tenants.value.is_empty()).then_some("--tenant");
        accounts.or(upload_origin).or(tenants)
    }
}

/// Every `--set`; mistakes of all of them at once.
fn flagged_settings(args: &EndpointArgs) -> Result<Vec<Setting>, String> {
    let dialect = args.dialect.iter().map(|dialect| format!("dialect={dialect}"));
    let dialect = dialect.map(|text| Setting::parse("--dialect", &text));
    let read = args.set.iter().map(|text| Setting::parse("--set", text)).chain(dialect);
    let (settings, mistakes): (Vec<_>, Vec<_>) = read.partition(Result::is_ok);
    if mistakes.is_empty() {
        return Ok(settings.into_iter().flatten().collect());
    }
    let is_coloured = colour::suits(&io::stderr());
    let told = mistakes.into_iter().filter_map(Result::err);
    let told: Vec<_> = told.map(|mistakes| scenario::render(&mistakes, is_coloured)).collect();
    Err(told.join("\n"))
}

/// The hosts that a profile allows, each in its one spelling.
fn allowed_by(profile: &Profile) -> Result<Vec<String>, String> {
    let hosts: Result<Vec<_>, _> = profile.allow.iter().map(|host| allowed_host(host)).collect();
    hosts.map_err(|error| {
        let mistake = profile.mistake("allow", &error.to_string(), "");
        scenario::render(&mistake, colour::suits(&io::stderr())).trim_end().to_owned()
    })
}

fn accounts(
    args: &EndpointArgs,
    env: &dyn Fn(&str) -> Option<String>,
    profile: Option<&Profile>,
) -> Option<Sourced<Accounts>> {
    let file = |path: &Option<PathBuf>| path.clone().map(Accounts::File);
    let command = |command: &Option<String>| command.clone().map(Accounts::Command);
    let token = args.token.clone().map(Accounts::Token);
    let flagged = token.or(file(&args.accounts)).or(command(&args.token_command));
    let of_profile =
        profile.and_then(|profile| file(&profile.accounts).or(command(&profile.token_command)));
    first([
        (flagged, Origin::Flag),
        (env("DESKBELL_TOKEN").map(Accounts::Token), Origin::Environment),
        (of_profile, Origin::Profile),
    ])
}
