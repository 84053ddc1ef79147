//! `deskbell serve`: the reference server.

mod running;

use std::ffi::OsString;
use std::io::Write;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::builder::{NonEmptyStringValueParser, TypedValueParser};
use clap::error::ErrorKind;
use clap::{Args, Parser, ValueEnum};
use secrecy::SecretString;

use crate::protocol::{PayloadKey, Spelling};
use crate::scenario::parse_duration;
use crate::server::{Concierge, Config, Defect, EpochMillis, Needs, Part, Wire};

use super::defects;
use super::exit::Exit;
use super::gateway::GatewayArgs;
use super::mistake;
use super::preflight::raise_open_files;
use super::service::ServiceArgs;

/// Options of `serve`.
#[derive(Args, Clone, Debug)]
pub(super) struct ServeArgs {
    /// Address to listen on: sockets at /uat, uploads at /file-new/get-upload-url, the back office
    /// at /desk
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080", value_parser = address)]
    listen: SocketAddr,
    /// Speaks TLS, wss:// and https://, with cert.pem and key.pem of this folder; makes them, and
    /// ca.pem for clients to trust, where it has neither
    #[arg(long, value_name = "DIR")]
    tls: Option<PathBuf>,
    /// Name beside localhost that the certificate is made for; repeatable
    #[arg(long, value_name = "NAME", requires = "tls")]
    tls_name: Vec<String>,
    /// Secret that access tokens are signed with (HS256); needed off loopback
    #[arg(
        long,
        value_name = "S",
        env = "DESKBELL_SECRET",
        hide_env_values = true,
        value_parser = NonEmptyStringValueParser::new().map(SecretString::from)
    )]
    secret: Option<SecretString>,
    /// Keeps sessions, messages and uploads in this SQLite file; a server that is killed and started
    /// again with it has lost nothing that it acknowledged. Left out: in memory
    #[arg(long, value_name = "FILE")]
    db: Option<PathBuf>,
    /// Feeds every random id; random where not given
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// How far the concierge takes part
    #[arg(long, value_name = "PART", value_enum, default_value_t = PartArg::Reply)]
    concierge: PartArg,
    /// From a new session to the concierge's joining
    #[arg(long, value_name = "D", default_value = "40ms", value_parser = parse_duration)]
    join_after: Duration,
    /// From a text to the concierge's reply
    #[arg(long, value_name = "D", default_value = "60ms", value_parser = parse_duration)]
    reply_after: Duration,
    /// From a message to the concierge's marking it as seen; never where not given
    #[arg(long, value_name = "D", value_parser = parse_duration)]
    seen_after: Option<Duration>,
    /// From the concierge's joining to its ending the session; never where not given
    #[arg(long, value_name = "D", value_parser = parse_duration)]
    concierge_ends_after: Option<Duration>,
    /// The concierge unsends each of its replies
    #[arg(long)]
    concierge_unsends: bool,
    /// Key that events carry their payload under
    #[arg(long, value_name = "KEY", value_enum, default_value_t = KeyArg::Payload)]
    event_key: KeyArg,
    /// Whether a new connection gets an acknowledgment
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = Switch::On)]
    ack: Switch,
    /// Whether a connection gets the events that it caused itself
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = Switch::On)]
    own_echo: Switch,
    /// Most messages on one page of a listing
    #[arg(long, value_name = "N", default_value_t = Wire::default().page_cap,
        value_parser = clap::value_parser!(u32).range(1..))]
    page_cap: u32,
    /// How ids and times are spelled: as the document has them in each place, or all one way
    #[arg(long, value_name = "SPELLING", value_enum, default_value_t = IdsArg::Documented)]
    ids: IdsArg,
    /// Something to get wrong on purpose, repeatable; `deskbell defects` lists them
    #[arg(long = "defect", value_name = "NAME", value_parser = defects::find)]
    defects: Vec<&'static Defect>,
    #[command(flatten)]
    service: ServiceArgs,
    #[command(flatten)]
    gateway: GatewayArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum PartArg {
    Off,
    Join,
    Reply,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum KeyArg {
    Payload,
    Body,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum IdsArg {
    Documented,
    Strings,
    Numbers,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Switch {
    On,
    Off,
}

/// What a command line asks of a server.
#[derive(Clone, Debug)]
pub(super) struct ServePlan {
    /// The address to listen on.
    pub(super) listen: SocketAddr,
    /// The folder of the certificate, where TLS is spoken.
    pub(super) tls: Option<PathBuf>,
    /// The file of the database, where there is one.
    pub(super) db: Option<PathBuf>,
    /// Names that a certificate is made for, beside those of this machine.
    tls_names: Vec<String>,
    /// The server's settings.
    pub(super) config: Config,
}

/// Reads the options of an embedded server, which are those of `serve`.
///
/// # Errors
/// What is wrong with them, in one sentence.
pub(super) fn parse_serve_args<T>(args: impl IntoIterator<Item = T>) -> Result<ServePlan, String>
where
    T: Into<OsString> + Clone,
{
    let plan = ServeLine::try_parse_from(args).and_then(|line| line.args.plan());
    plan.map_err(|error| mistake::sentence(&error))
}

#[derive(Parser)]
#[command(name = "serve", no_binary_name = true)]
struct ServeLine {
    #[command(flatten)]
    args: ServeArgs,
}

impl ServeArgs {
    fn plan(self) -> Result<ServePlan, clap::Error> {
        self.check_restarts()?;
        let defaults = Config::default();
        let secret = match self.secret {
            Some(secret) => secret,
            None if self.listen.ip().is_loopback() => defaults.secret.clone(),
            None => {
                let message = format!(
                    "--secret is needed to listen on {}, which is not loopback: the development \
                     secret is public",
                    self.listen
                );
                let kind = ErrorKind::MissingRequiredArgument;
                return Err(clap::Error::raw(kind, message));
            }
        };
        let config = Config {
            service: self.service.service()?,
            gateway: self.gateway.gateway()?,
            secret,
            seed: self.seed.unwrap_or_else(rand::random),
            epoch_at_start: now(),
            wire: Wire {
                event_key: match self.event_key {
                    KeyArg::Payload => PayloadKey::Payload,
                    KeyArg::Body => PayloadKey::Body,
                },
                ack: self.ack == Switch::On,
                own_echo: self.own_echo == Switch::On,
                page_cap: self.page_cap,
                ids: match self.ids {
                    IdsArg::Documented => None,
                    IdsArg::Strings => Some(Spelling::Text),
                    IdsArg::Numbers => Some(Spelling::Number),
                },
            },
            concierge: Concierge {
                part: match self.concierge {
                    PartArg::Off => Part::Off,
                    PartArg::Join => Part::Join,
                    PartArg::Reply => Part::Reply,
                },
                join_after: self.join_after,
                reply_after: self.reply_after,
                seen_after: self.seen_after,
                ends_after: self.concierge_ends_after,
                unsends: self.concierge_unsends,
            },
            defects: self.defects,
            ..defaults
        };
        Ok(ServePlan {
            listen: self.listen,
            tls: self.tls,
            db: self.db,
            tls_names: self.tls_name,
            config,
        })
    }

    /// What only a restart shows needs something that outlives it.
    fn check_restarts(&self) -> Result<(), clap::Error> {
        let restart = self.defects.iter().find(|defect| defect.needs == Needs::Restart);
        if let (Some(defect), None) = (restart, &self.db) {
            let message = format!(
                "--defect {} is about what is written, and without --db nothing is: give both, as in \
                 --db chat.db --defect {0}",
                defect.name
            );
            return Err(clap::Error::raw(ErrorKind::MissingRequiredArgument, message));
        }
        Ok(())
    }
}

/// Runs the server until SIGINT, SIGTERM or SIGHUP; a second one does not wait for clients to leave.
pub(super) fn serve(args: ServeArgs, out: &mut dyn Write, err: &mut dyn Write) -> Exit {
    let plan = match args.plan() {
        Ok(plan) => plan,
        Err(error) => {
            let _ = writeln!(err, "{error}");
            return Exit::Usage;
        }
    };
    raise_open_files();
    running::run(plan, out, err)
}

fn address(text: &str) -> Result<SocketAddr, String> {
    let example = "write it like 127.0.0.1:8080 or [::1]:8080";
    let mut addresses = text.to_socket_addrs().map_err(|error| format!("{error}; {example}"))?;
    addresses.next().ok_or_else(|| format!("no such host; {example}"))
}

/// The system's wall time.
pub(super) fn now() -> EpochMillis {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    EpochMillis(0).after(since_epoch)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::server::{Gateway, Service};

    use super::*;

    /// Reads a line of options, blanks between them.
    #[track_caller]
    fn check(line: &str, expected: Result<fn(&ServePlan) -> bool, &str>) {
        match (parse_serve_args(line.split_whitespace()), expected) {
            (Ok(plan), Ok(holds)) => assert!(holds(&plan), "{plan:?}"),
            (Err(error), Err(text)) => {
                let error = error.to_string();
                assert!(error.contains(text), "{error}");
            }
            (read, _) => panic!("{line}: {read:?}"),
        }
    }

    #[test]
    fn options_reach_the_servers_settings() {
        check("", Ok(|plan| plan.listen.port() == 8080 && plan.config.wire == Wire::default()));
        check("", Ok(|plan| plan.config.concierge == Concierge::default()));
        check("--listen [::1]:9", Ok(|plan| plan.listen.to_string() == "[::1]:9"));
        check("--event-key body", Ok(|plan| plan.config.wire.event_key == PayloadKey::Body));
        check(
            "--ack off --own-echo off",
            Ok(|plan| !plan.config.wire.ack && !plan.config.wire.own_echo),
        );
        check(
            "--page-cap 20 --seed 7",
            Ok(|plan| plan.config.wire.page_cap == 20 && plan.config.seed == 7),
        );
        check("--ids strings", Ok(|plan| plan.config.wire.ids == Some(Spelling::Text)));
        check(
            "--concierge join --join-after 1s --seen-after 2m",
            Ok(|plan| {
                let concierge = plan.config.concierge;
                concierge.part == Part::Join
                    && concierge.join_after == Duration::from_secs(1)
                    && concierge.seen_after == Some(Duration::from_secs(120))
            }),
        );
        check(
            "--concierge-ends-after 5s --concierge-unsends",
            Ok(|plan| {
                let concierge = plan.config.concierge;
                concierge.unsends && concierge.ends_after == Some(Duration::from_secs(5))
            }),
        );
        check(
            "--defect ack-never --defect content-trimmed",
            Ok(|plan| {
                let names: Vec<_> = plan.config.defects.iter().map(|defect| defect.name).collect();
                names == ["ack-never", "content-trimmed"]
            }),
        );
        check(
            "--latency 20ms..80ms --stall 10s,1s --capacity 8",
            Ok(|plan| {
                let Service { time, stall, capacity } = plan.config.service;
                time.is_some() && stall.is_some() && capacity.is_some_and(|n| n.get() == 8)
            }),
        );
        check("", Ok(|plan| plan.config.service == Service::default()));
        check("", Ok(|plan| plan.config.gateway.is_none()));
        check(
            "--gateway emulate",
            Ok(|plan| plan.config.gateway.as_ref() == Some(&Gateway::default())),
        );
        check(
            "--db chat.db --defect acknowledged-before-written",
            Ok(|plan| plan.db.as_deref() == Some(Path::new("chat.db"))),
        );
        check("--listen 0.0.0.0:0 --secret s", Ok(|plan| plan.listen.ip().is_unspecified()));
    }

    #[test]
    fn mistakes_are_told_with_what_to_do() {
        check("--listen 0.0.0.0:0", Err("--secret is needed to listen on 0.0.0.0:0"));
        check("--listen nowhere", Err("write it like 127.0.0.1:8080"));
        check("--reply-after 60", Err("a duration needs a unit; did you mean `60s`?"));
        check("--page-cap 0", Err("invalid value '0' for '--page-cap"));
        check("--ack maybe", Err("possible values: on, off"));
        check("--latency 50", Err("a duration needs a unit; did you mean `50s`?"));
        check("--latency 1ms --capacity 0", Err("--capacity"));
        check("--capacity 8", Err("give both, as in --latency 50ms --capacity 8"));
        check("--secret=", Err("--secret"));
        check("--defect ack-nver", Err("did you mean `ack-never`? `deskbell defects` lists them"));
        check("--tls-name uat.example.com", Err("--tls"));
        check("--defect acknowledged-before-written", Err("as in --db chat.db --defect"));
        check("--defect x", Err("there is no such defect; `deskbell defects` lists them"));
    }

    #[test]
    fn the_secret_is_never_shown() {
        let line = ServeLine::try_parse_from(["--secret", "very-secret"]).unwrap();
        assert!(!format!("{:?}", line.args).contains("very-secret"));
        assert!(!format!("{:?}", line.args.plan()).contains("very-secret"));
    }
}
