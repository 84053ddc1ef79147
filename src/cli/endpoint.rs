//! Where to connect, and as whom: the options that every command which connects has, and what they
//! come to.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use secrecy::ExposeSecret;
use url::Url;

use crate::device::{AccessToken, Network, Target};
use crate::protocol::{Secrets, TenantId};
use crate::run::{Account, RunPlan, is_loopback};
use crate::scenario::{NamedFiles, Profile, load_profile};
use crate::server::{EpochMillis, mint};

use super::accounts::{self, Given};
use super::embedded::Embedded;
use super::facts::{Facts, check_combination, facts, rendered};
use super::files;
use super::precedence::{Accounts, Resolved};
use super::refusal::Refusal;
use super::serve::{now, parse_serve_args};

/// The first tenant of the embedded server; each further one is one more.
const FIRST_TENANT: u64 = 34;

/// How long tokens of the embedded server are valid.
const EMBEDDED_TTL: Duration = Duration::from_secs(24 * 3600);

/// Options of every command that connects.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct EndpointArgs {
    /// Socket origin, `ws://...` or `wss://...`; where nothing of a target is given, an embedded
    /// reference server [env: DESKBELL_TARGET]
    #[arg(short, long, value_name = "URL", value_parser = given())]
    pub(super) target: Option<String>,
    /// One endpoint's facts, YAML; options and variables of the environment go before it
    #[arg(long, value_name = "FILE")]
    pub(super) profile: Option<PathBuf>,
    /// A setting, over those of profile and scenarios: `delivery_timeout=3s`; repeatable
    #[arg(long, value_name = "KEY=VALUE")]
    pub(super) set: Vec<String>,
    /// Origin that upload URLs are asked of [env: DESKBELL_UPLOAD_ORIGIN]
    #[arg(long, value_name = "URL", value_parser = given())]
    pub(super) upload_origin: Option<String>,
    /// Access token of the one tenant [env: DESKBELL_TOKEN]
    #[arg(
        long,
        value_name = "T",
        value_parser = given(),
        conflicts_with_all = ["accounts", "token_command"]
    )]
    pub(super) token: Option<String>,
    /// CSV of access tokens, with the header `token,tenant`
    #[arg(long, value_name = "FILE", conflicts_with = "token_command")]
    pub(super) accounts: Option<PathBuf>,
    /// Command that prints a tenant's access token; it finds the tenant in DESKBELL_TENANT
    #[arg(long, value_name = "CMD", value_parser = given())]
    pub(super) token_command: Option<String>,
    /// Tenant that the token command is asked for; repeatable
    #[arg(long, value_name = "N")]
    pub(super) tenant: Vec<u64>,
    /// Proxy that connections go through by HTTP CONNECT; HTTPS_PROXY and NO_PROXY are read
    #[arg(long, value_name = "URL", value_parser = given())]
    pub(super) proxy: Option<String>,
    /// PEM file of a certificate authority to trust beside those of the system
    #[arg(long, value_name = "FILE")]
    pub(super) ca_cert: Option<PathBuf>,
    /// Host beside loopback that may be spoken to, added to those of the profile; repeatable
    /// [env: DESKBELL_ALLOW]
    #[arg(long, value_name = "HOST", value_delimiter = ',', value_parser = given())]
    pub(super) allow: Vec<String>,
    /// What the ids of devices begin with; the run's id and the device's number follow
    #[arg(long, value_name = "TEXT", value_parser = given())]
    pub(super) device_prefix: Option<String>,
    /// Leaves tenants' fields and messages of others as they are
    #[arg(long)]
    pub(super) show_personal_data: bool,
}

fn given() -> NonEmptyStringValueParser {
    NonEmptyStringValueParser::new()
}

/// An endpoint as options describe it: nothing has been connected to, no command run.
pub(super) struct Endpoint {
    /// The socket origin; the embedded server's where there is none.
    pub(super) target: Option<Target>,
    upload_origin: Option<Url>,
    pub(super) allowed_hosts: Vec<String>,
    pub(super) network: Network,
    /// What options, environment and profile come to.
    pub(super) resolved: Resolved,
    pub(super) profile: Option<Profile>,
    /// What is allowed and better done otherwise, a sentence each.
    pub(super) warnings: Vec<String>,
    args: EndpointArgs,
}

/// Where to connect, and as whom.
pub(super) struct Aim {
    pub(super) target: Target,
    /// The target as reports name it.
    pub(super) label: String,
    pub(super) upload_origin: Option<Url>,
    pub(super) allowed_hosts: Vec<String>,
    pub(super) network: Network,
    /// Never empty.
    pub(super) accounts: Vec<Account>,
    pub(super) expired_token: Option<AccessToken>,
    /// Every secret that is known so far.
    pub(super) secrets: Secrets,
    pub(super) device_prefix: Option<String>,
    pub(super) shows_personal_data: bool,
    /// What options, environment and profile come to.
    pub(super) resolved: Resolved,
    pub(super) embedded: Option<Embedded>,
}

impl Aim {
    /// A plan of nothing there.
    pub(super) fn plan(&self) -> RunPlan {
        let plan = RunPlan::against(self.target.clone());
        RunPlan {
            target_label: self.label.clone(),
            upload_origin: self.upload_origin.clone(),
            allowed_hosts: self.allowed_hosts.clone(),
            network: self.network.clone(),
            accounts: self.accounts.clone(),
            expired_token: self.expired_token.clone(),
            secrets: self.secrets.clone(),
            shows_personal_data: self.shows_personal_data,
            device_prefix: self.device_prefix.clone().unwrap_or(plan.device_prefix),
            ..plan
        }
    }
}

impl Endpoint {
    /// What options, environment and profile come to.
    ///
    /// # Errors
    /// Whatever is wrong with them, exit 2.
    pub(super) fn of(args: &EndpointArgs, has_server_args: bool) -> Result<Self, Refusal> {
        let profile = args.profile.as_deref().map(read_profile).transpose()?;
        let env = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let resolved = Resolved::of(args, &env, profile.as_ref()).map_err(Refusal::usage)?;
        check_combination(&resolved, has_server_args)?;
        let Facts { target, upload_origin } =
            facts(&resolved, profile.as_ref()).map_err(|told| Refusal::usage(told.join("\n")))?;
        Ok(Self {
            target,
            upload_origin,
            allowed_hosts: resolved.allow.iter().map(|host| host.value.clone()).collect(),
            network: Network::default(),
            warnings: profile.as_ref().map_or_else(Vec::new, |one| one.warnings.clone()),
            resolved,
            profile,
            args: args.clone(),
        })
    }

    /// Whether it is another machine.
    pub(super) fn is_remote(&self) -> bool {
        self.target.as_ref().is_some_and(|target| !is_loopback(target.host()))
    }

    /// Finds the accounts, or starts the embedded server with `server_args` and makes up `tenants` of
    /// them.
    ///
    /// # Errors
    /// Accounts that cannot be had, or a server that cannot start.
    pub(super) fn enter(self, server_args: &[String], tenants: usize) -> Result<Aim, Refusal> {
        match self.target.clone() {
            Some(target) => self.aim_at(target),
            None => self.aim_at_embedded(server_args, tenants),
        }
    }

    fn aim_at(self, target: Target) -> Result<Aim, Refusal> {
        let Given { accounts, expired_token } = tokens(&self.resolved)?;
        // A server on this machine is taken for one that serves uploads on its own port.
        let own_port = || Url::parse(&format!("http://{}:{}", target.host(), target.port())).ok();
        let guessed = if is_loopback(target.host()) { own_port() } else { None };
        Ok(Aim {
            label: target.to_string(),
            upload_origin: self.upload_origin.or(guessed),
            allowed_hosts: self.allowed_hosts,
            network: self.network,
            accounts,
            expired_token,
            secrets: Secrets::default(),
            device_prefix: self.args.device_prefix,
            shows_personal_data: self.args.show_personal_data,
            resolved: self.resolved,
            embedded: None,
            target,
        })
    }

    fn aim_at_embedded(self, server_args: &[String], tenants: usize) -> Result<Aim, Refusal> {
        let free_port = ["--listen", "127.0.0.1:0"].map(str::to_owned);
        let plan = parse_serve_args(free_port.iter().chain(server_args))
            .map_err(|error| Refusal::usage(format!("error: --server-arg: {error}")))?;
        let embedded = Embedded::start(plan).map_err(|error| {
            Refusal::not_done(&format!("cannot start the embedded server: {error}"))
        })?;
        let address = embedded.address;
        let target = parse_target(&format!("ws://{address}/uat"))?;
        let token = |tenant, ttl, at| {
            let token = mint(&embedded.secret, tenant, ttl, at);
            AccessToken::new(token.expose_secret().to_owned())
        };
        let account = |nth: u64| {
            let tenant = TenantId(FIRST_TENANT + nth);
            Account::new(token(tenant, EMBEDDED_TTL, now()), Some(tenant))
        };
        let long_ago = EpochMillis(0);
        Ok(Aim {
            label: format!("{target} (embedded reference server)"),
            upload_origin: Url::parse(&format!("http://{address}")).ok(),
            allowed_hosts: self.allowed_hosts,
            network: self.network,
            accounts: (0..tenants.max(1) as u64).map(account).collect(),
            expired_token: Some(token(TenantId(FIRST_TENANT), Duration::ZERO, long_ago)),
            secrets: Secrets::default(),
            device_prefix: self.args.device_prefix,
            shows_personal_data: self.args.show_personal_data,
            resolved: self.resolved,
            target,
            embedded: Some(embedded),
        })
    }
}

/// Reads a profile for a command that is going to use it.
fn read_profile(path: &Path) -> Result<Profile, Refusal> {
    load_profile(path, NamedFiles::Left, &files::context())
        .map_err(|mistakes| Refusal::usage(rendered(&mistakes)))
}

fn parse_target(text: &str) -> Result<Target, Refusal> {
    Target::parse(text).map_err(|error| Refusal::usage(format!("error: --target: {error}")))
}

fn tokens(resolved: &Resolved) -> Result<Given, Refusal> {
    let accounts = resolved.accounts.as_ref().map(|accounts| &accounts.value);
    match accounts {
        Some(Accounts::File(path)) => accounts::read(path, now().0).map_err(|mistakes| {
            let lines: Vec<_> = mistakes.iter().map(|told| format!("error: {told}")).collect();
            Refusal::usage(lines.join("\n"))
        }),
        Some(Accounts::Token(token)) => {
            let account = Account::new(AccessToken::new(token.clone()), None);
            Ok(Given { accounts: vec![account], expired_token: None })
        }
        Some(Accounts::Command(_)) | None => {
            Err(Refusal::usage("error: this version of deskbell runs no token command"))
        }
    }
}
