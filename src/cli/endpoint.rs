//! Where to connect, and as whom: the options that every command which connects has, and what they
//! come to.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use secrecy::ExposeSecret;
use url::Url;

use crate::device::{AccessToken, Network, Target, is_loopback};
use crate::protocol::{Secrets, TenantId};
use crate::run::{Account, RunPlan, is_allowed};
use crate::server::{EpochMillis, mint};

use super::accounts::{self, Given};
use super::embedded::Embedded;
use super::network::network;
use super::refusal::Refusal;
use super::serve::{now, parse_serve_args};

/// The first tenant of the embedded server; each further one is one more.
const FIRST_TENANT: u64 = 34;

/// How long tokens of the embedded server are valid.
const EMBEDDED_TTL: Duration = Duration::from_secs(24 * 3600);

/// Options of every command that connects.
#[derive(Args, Clone, Debug)]
pub(super) struct EndpointArgs {
    /// Socket origin, `ws://...` or `wss://...`; without one, an embedded reference server
    #[arg(short, long, value_name = "URL", env = "DESKBELL_TARGET", value_parser = given())]
    pub(super) target: Option<String>,
    /// One endpoint's facts, YAML
    #[arg(long, value_name = "FILE")]
    pub(super) profile: Option<PathBuf>,
    /// A setting, over everything: `delivery_timeout=3s`; repeatable
    #[arg(long, value_name = "KEY=VALUE")]
    pub(super) set: Vec<String>,
    /// Origin that upload URLs are asked of
    #[arg(long, value_name = "URL", env = "DESKBELL_UPLOAD_ORIGIN", value_parser = given())]
    pub(super) upload_origin: Option<String>,
    /// Access token of the one tenant
    #[arg(
        long,
        value_name = "T",
        env = "DESKBELL_TOKEN",
        hide_env_values = true,
        value_parser = given(),
        conflicts_with_all = ["accounts", "token_command"]
    )]
    pub(super) token: Option<String>,
    /// CSV of access tokens, with the header `token,tenant`
    #[arg(long, value_name = "FILE")]
    pub(super) accounts: Option<PathBuf>,
    /// Command that prints a tenant's access token; it finds the tenant in DESKBELL_TENANT
    #[arg(long, value_name = "CMD", value_parser = given())]
    pub(super) token_command: Option<String>,
    /// Proxy that connections go through by HTTP CONNECT; HTTPS_PROXY and NO_PROXY are read
    #[arg(long, value_name = "URL", value_parser = given())]
    pub(super) proxy: Option<String>,
    /// PEM file of a certificate authority to trust beside those of the system
    #[arg(long, value_name = "FILE")]
    pub(super) ca_cert: Option<PathBuf>,
    /// Host beside loopback that may be spoken to; repeatable
    #[arg(
        long,
        value_name = "HOST",
        env = "DESKBELL_ALLOW",
        value_delimiter = ',',
        value_parser = given()
    )]
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
    /// What options come to.
    ///
    /// # Errors
    /// Whatever is wrong with them, exit 2.
    pub(super) fn of(args: &EndpointArgs, has_server_args: bool) -> Result<Self, Refusal> {
        let target = args.target.as_deref().map(parse_target).transpose()?;
        check_combination(args, has_server_args)?;
        let upload_origin = args.upload_origin.as_deref().map(parse_origin).transpose()?;
        check_hosts(args, target.as_ref(), upload_origin.as_ref())?;
        let allowed_hosts = args.allow.clone();
        // Where no other machine may be spoken to, no proxy of the environment is used.
        let variable = |name: &str| std::env::var(name).ok().filter(|_| !allowed_hosts.is_empty());
        let network = network(args.proxy.as_deref(), args.ca_cert.as_deref(), &variable)?;
        Ok(Self { target, upload_origin, allowed_hosts, network, args: args.clone() })
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
        let Given { accounts, expired_token } = match (&self.args.token, &self.args.accounts) {
            (_, Some(path)) => accounts::read(path, now().0).map_err(|mistakes| {
                let lines: Vec<_> = mistakes.iter().map(|told| format!("error: {told}")).collect();
                Refusal::usage(lines.join("\n"))
            })?,
            (Some(token), None) => {
                let account = Account::new(AccessToken::new(token.clone()), None);
                Given { accounts: vec![account], expired_token: None }
            }
            (None, None) => Given { accounts: Vec::new(), expired_token: None },
        };
        let secrets = Secrets::default();
        self.network.tell_secrets(&secrets);
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
            secrets,
            device_prefix: self.args.device_prefix,
            shows_personal_data: self.args.show_personal_data,
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
            secrets: Secrets::default(),
            device_prefix: self.args.device_prefix,
            shows_personal_data: self.args.show_personal_data,
            target,
            embedded: Some(embedded),
        })
    }
}

fn parse_target(text: &str) -> Result<Target, Refusal> {
    Target::parse(text).map_err(|error| Refusal::usage(format!("error: --target: {error}")))
}

fn parse_origin(text: &str) -> Result<Url, Refusal> {
    let url = Url::parse(text).ok();
    let url = url.filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    url.ok_or_else(|| {
        Refusal::usage("error: --upload-origin: write it like https://uat.example.com")
    })
}

/// Options that go only with a target, or only without one.
fn check_combination(args: &EndpointArgs, has_server_args: bool) -> Result<(), Refusal> {
    let with_target = [
        ("--token", args.token.is_some()),
        ("--accounts", args.accounts.is_some()),
        ("--token-command", args.token_command.is_some()),
        ("--profile", args.profile.is_some()),
        ("--upload-origin", args.upload_origin.is_some()),
    ];
    let given = with_target.iter().find(|(_, is_given)| *is_given);
    match (&args.target, given) {
        (None, Some((name, _))) => Err(Refusal::usage(format!(
            "error: {name} is given without a target: name one with --target ws://HOST/PATH, or \
             leave {name} out to run against the embedded server"
        ))),
        (Some(_), _) if has_server_args => Err(Refusal::usage(
            "error: --server-arg is for the embedded server, which a run with --target has not",
        )),
        (Some(_), None) | (Some(_), Some(("--upload-origin", _)))
            if args.token.is_none() && args.accounts.is_none() && args.token_command.is_none() =>
        {
            Err(Refusal::usage(
                "error: a target needs --token TOKEN (or DESKBELL_TOKEN) or --accounts FILE",
            ))
        }
        _ => Ok(()),
    }
}

fn check_hosts(
    args: &EndpointArgs,
    target: Option<&Target>,
    upload_origin: Option<&Url>,
) -> Result<(), Refusal> {
    let target = target.map(|target| ("--target", target.host()));
    let upload = upload_origin.map(|url| ("--upload-origin", url.host_str().unwrap_or_default()));
    for (option, host) in target.into_iter().chain(upload) {
        if !is_allowed(host, &args.allow) {
            return Err(Refusal::usage(format!(
                "error: {option}: the host {host} is neither loopback nor allowed: give \
                 --allow {host} if load may be sent to it"
            )));
        }
    }
    Ok(())
}
