//! `deskbell token`: an access token for the reference server.

use std::io::Write;
use std::time::Duration;

use clap::Args;
use clap::builder::{NonEmptyStringValueParser, TypedValueParser};
use secrecy::{ExposeSecret, SecretString};

use crate::protocol::TenantId;
use crate::scenario::parse_duration;
use crate::server::{DEVELOPMENT_SECRET, mint, mint_desk};

use super::catalogue::printed;
use super::exit::Exit;
use super::serve;

/// Options of `token`.
#[derive(Args, Clone, Debug)]
pub(super) struct TokenArgs {
    /// Tenant that the token is for
    #[arg(long, value_name = "ID", required_unless_present = "desk")]
    tenant: Option<u64>,
    /// A token of the concierge instead, for the server's back office at /desk
    #[arg(long, conflicts_with = "tenant")]
    desk: bool,
    /// How long the token is valid
    #[arg(long, value_name = "D", default_value = "1h", value_parser = parse_duration)]
    ttl: Duration,
    /// Secret of the server; its development secret where not given
    #[arg(
        long,
        value_name = "S",
        env = "DESKBELL_SECRET",
        hide_env_values = true,
        value_parser = NonEmptyStringValueParser::new().map(SecretString::from)
    )]
    secret: Option<SecretString>,
}

/// Prints a token.
pub(super) fn token(args: TokenArgs, out: &mut dyn Write, err: &mut dyn Write) -> Exit {
    let secret = args.secret.unwrap_or_else(|| SecretString::from(DEVELOPMENT_SECRET));
    let token = match args.tenant.filter(|_| !args.desk) {
        Some(tenant) => mint(&secret, TenantId(tenant), args.ttl, serve::now()),
        None => mint_desk(&secret, args.ttl, serve::now()),
    };
    printed(writeln!(out, "{}", token.expose_secret()), err)
}
