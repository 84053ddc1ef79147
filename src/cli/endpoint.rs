//! Where to connect, and as whom: the options that every command which connects has, and what they
//! come to.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use clap::builder::{NonEmptyStringValueParser, PossibleValuesParser};
use secrecy::ExposeSecret;
use url::Url;

use crate::device::{AccessToken, Network, Target, allowed_host, is_loopback};
use crate::protocol::{Dialect, Secrets, TenantId};
use crate::run::{Account, Origin, RunPlan};
use crate::scenario::{NamedFiles, Profile, load_profile};
use crate::server::{EpochMillis, mint};

use super::accounts::{self, AccountsError, Given};
use super::embedded::Embedded;
use super::exit::Exit;
use super::facts::{Facts, check_combination, facts, rendered};
use super::files;
use super::network::network;
use super::precedence::{Accounts, Resolved};
use super::refusal::Refusal;
use super::serve::{now, parse_serve_args};
use super::token_age;
use super::token_command::TokenCommand;

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
    /// How ids and times may be spelled: as the document has them in each place, or as strings and
    /// numbers alike; as `--set dialect=...`
    #[arg(long, value_parser = PossibleValuesParser::new(Dialect::ALL.map(Dialect::as_str)))]
    pub(super) dialect: Option<String>,
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
    /// Tenant that the token command is run for, or that the one token is of; repeatable
    #[arg(long, value_name = "N")]
    pub(super) tenant: Vec<u64>,
    /// Proxy that connections go through by HTTP CONNECT; else HTTPS_PROXY (wss://, https://) and
    /// HTTP_PROXY (ws://, http://); NO_PROXY holds for all of them
    #[arg(long, value_name = "URL", value_parser = given())]
    pub(super) proxy: Option<String>,
    /// PEM file of a certificate authority to trust beside those of the system
    #[arg(long, value_name = "FILE")]
    pub(super) ca_cert: Option<PathBuf>,
    /// Host beside loopback that may be spoken to, added to those of the profile; repeatable
    /// [env: DESKBELL_ALLOW]
    #[arg(long, value_name = "HOST", value_delimiter = ',', value_parser = allowed_host)]
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
    pub(super) upload_origin: Option<Url>,
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
    /// What is allowed and better done otherwise, a sentence each.
    pub(super) warnings: Vec<String>,
    /// Every secret that is known so far.
    pub(super) secrets: Secrets,
    pub(super) device_prefix: Option<String>,
    pub(super) shows_personal_data: bool,
    /// What options, environment and profile come to.
    pub(super) resolved: Resolved,
    pub(super) embedded: Option<Embedded>,
}

impl Aim {
    /// Says what is allowed and better done otherwise.
    pub(super) fn warn(&self, err: &mut dyn Write) {
        for warning in &self.warnings {
            // Where even stderr is closed, nobody is there to be warned.
            let _ = writeln!(err, "warning: {warning}");
        }
    }

    /// A plan of nothing there.
    pub(super) fn plan(&self) -> RunPlan {
        let plan = RunPlan::against(self.target.clone());
        let plan = RunPlan {
            target_label: self.label.clone(),
            upload_origin: self.upload_origin.clone(),
            is_embedded: self.embedded.is_some(),
            allowed_hosts: self.allowed_hosts.clone(),
            network: self.network.clone(),
            accounts: self.accounts.clone(),
            expired_token: self.expired_token.clone(),
            secrets: self.secrets.clone(),
            shows_personal_data: self.shows_personal_data,
            device_prefix: self.device_prefix.clone().unwrap_or(plan.device_prefix),
            account_warnings: self.warnings.clone(),
            ..plan
        };
        plan.note_tokens();
        plan
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
            network: network_of(&resolved)?,
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
        let secrets = Secrets::default();
        self.network.tell_secrets(&secrets);
        let Given { accounts, expired_token, warning } = given_by(&self.resolved, &secrets)?;
        let tokens = accounts.iter().map(Account::token).chain(expired_token.clone());
        tokens.for_each(|token| token.keep_in(&secrets));
        let shown = token_age::shown_to_all(self.args.token.as_deref());
        // A server on this machine is taken for one that serves uploads on its own port.
        let origin = target.origin();
        let scheme = if origin.is_tls { "https" } else { "http" };
        let own_port = || Url::parse(&format!("{scheme}://{}:{}", origin.host, origin.port)).ok();
        let guessed = if is_loopback(target.host()) { own_port() } else { None };
        Ok(Aim {
            label: target.to_string(),
            upload_origin: self.upload_origin.or(guessed),
            allowed_hosts: self.allowed_hosts,
            network: self.network,
            accounts,
            expired_token,
            warnings: self.warnings.into_iter().chain(shown).chain(warning).collect(),
            secrets,
            device_prefix: self.args.device_prefix,
            shows_personal_data: self.args.show_personal_data,
            resolved: self.resolved,
            embedded: None,
            target,
        })
    }

    fn aim_at_embedded(self, server_args: &[String], tenants: usize) -> Result<Aim, Refusal> {
        let of_a_target =
            [("--proxy", self.args.proxy.is_some()), ("--ca-cert", self.args.ca_cert.is_some())];
        if let Some((name, _)) = of_a_target.iter().find(|(_, is_given)| *is_given) {
            return Err(Refusal::usage(format!(
                "error: {name} is given without a target: the embedded server is reached without it"
            )));
        }
        let free_port = ["--listen", "127.0.0.1:0"].map(str::to_owned);
        let plan = parse_serve_args(free_port.iter().chain(server_args))
            .map_err(|error| Refusal::usage(format!("error: --server-arg: {error}")))?;
        if plan.db.is_some() {
            return Err(Refusal::usage(
                "error: --server-arg: --db is not for the embedded server: start `deskbell serve --db \
                 FILE`, and run with --target",
            ));
        }
        if plan.tls.is_some() {
            return Err(Refusal::usage(
                "error: --server-arg: --tls is not for the embedded server: start `deskbell serve \
                 --tls DIR`, and run with --target and --ca-cert DIR/ca.pem",
            ));
        }
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
            warnings: self.warnings,
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

/// What connections go by. Where no other machine may be spoken to, no proxy of the environment is
/// used.
fn network_of(resolved: &Resolved) -> Result<Network, Refusal> {
    let is_lonely = resolved.allow.is_empty();
    let variable = |name: &str| std::env::var(name).ok().filter(|_| !is_lonely);
    let named = resolved.proxy.as_ref().filter(|proxy| proxy.from != Origin::Environment);
    let ca_cert = resolved.ca_cert.as_ref().map(|path| path.value.as_path());
    network(named.map(|proxy| proxy.value.as_str()), ca_cert, &variable)
}

/// The accounts that are given: none of them has expired.
fn given_by(resolved: &Resolved, secrets: &Secrets) -> Result<Given, Refusal> {
    let now = Duration::from_millis(now().0);
    let tenants: Vec<_> = resolved.tenants.value.iter().map(|tenant| tenant.0).collect();
    let accounts = match resolved.accounts.as_ref().map(|accounts| &accounts.value) {
        Some(Accounts::File(path)) => {
            return accounts::read(path, now).map_err(|error| match error {
                AccountsError::Wrong(_) => Refusal::usage(error.to_string()),
                AccountsError::Expired(told) => Refusal::not_done(&told),
            });
        }
        Some(Accounts::Token(token)) => {
            let tenant = tenants.first().copied().map(TenantId);
            vec![Account::new(AccessToken::new(token.clone()), tenant)]
        }
        Some(Accounts::Command(command)) => TokenCommand::new(command.clone())
            .accounts(&tenants, secrets)
            .map_err(|text| Refusal { exit: Exit::NotDone, text })?,
        None => Vec::new(),
    };
    match token_age::expired(&accounts, now) {
        Some(told) => Err(Refusal::not_done(&told)),
        None => Ok(Given { accounts, expired_token: None, warning: None }),
    }
}
