//! The accounts file: a CSV with the header `token,tenant` and an optional `expires_at`.

use std::path::Path;

use csv::{ReaderBuilder, StringRecord};

use crate::device::AccessToken;
use crate::protocol::TenantId;
use crate::run::Account;

/// What an accounts file gives.
#[derive(Debug)]
pub(super) struct Given {
    /// The accounts that have not expired; never empty.
    pub(super) accounts: Vec<Account>,
    /// One that has: it serves only to show that it is refused.
    pub(super) expired_token: Option<AccessToken>,
}

/// Reads accounts, and tells those expired at `now_ms` (epoch) apart.
///
/// # Errors
/// Every mistake in the file, a line each, none of them quoting a token.
pub(super) fn read(path: &Path, now_ms: u64) -> Result<Given, Vec<String>> {
    let name = path.display();
    let text = std::fs::read_to_string(path)
        .map_err(|error| vec![format!("cannot read the accounts file {name}: {error}")])?;
    parse(&text, now_ms)
        .map_err(|mistakes| mistakes.into_iter().map(|told| format!("{name}:{told}")).collect())
}

fn parse(text: &str, now_ms: u64) -> Result<Given, Vec<String>> {
    let mut reader = ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let header = reader.headers().cloned().unwrap_or_default();
    let column = |name: &str| header.iter().position(|known| known.trim() == name);
    let (Some(token), Some(tenant)) = (column("token"), column("tenant")) else {
        return Err(vec![
            "1: the first line must be `token,tenant` or `token,tenant,expires_at`".into(),
        ]);
    };
    let columns = Columns { token, tenant, expires_at: column("expires_at") };
    let mut accounts = Vec::new();
    let mut expired_token = None;
    let mut mistakes = Vec::new();
    for record in reader.records() {
        match record {
            Ok(row) => match account(&row, columns, now_ms) {
                Ok((account, false)) => accounts.push(account),
                Ok((account, true)) => expired_token = Some(account.token()),
                Err(mistake) => mistakes.push(format!("{}: {mistake}", line(&row))),
            },
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                mistakes.push(format!("{line}: no CSV"));
            }
        }
    }
    match (mistakes.is_empty(), accounts.is_empty()) {
        (false, _) => Err(mistakes),
        (true, true) => Err(vec!["1: no account that has not expired".into()]),
        (true, false) => Ok(Given { accounts, expired_token }),
    }
}

#[derive(Clone, Copy)]
struct Columns {
    token: usize,
    tenant: usize,
    expires_at: Option<usize>,
}

fn line(row: &StringRecord) -> u64 {
    row.position().map_or(0, csv::Position::line)
}

/// A row's account, and whether it has expired.
fn account(row: &StringRecord, columns: Columns, now_ms: u64) -> Result<(Account, bool), String> {
    let cell = |at: usize| row.get(at).unwrap_or_default().trim();
    let number = |name: &str, text: &str| match text {
        "" => Ok(None),
        digits => digits.parse().map(Some).map_err(|_| format!("`{name}` is not a whole number")),
    };
    let token = cell(columns.token);
    if token.is_empty() {
        return Err("the token is empty".into());
    }
    let tenant = number("tenant", cell(columns.tenant))?.map(TenantId);
    let expires_at = columns.expires_at.map(|at| number("expires_at", cell(at))).transpose()?;
    let is_expired = expires_at.flatten().is_some_and(|at| at <= now_ms);
    let token = AccessToken::new(token.to_owned());
    Ok((Account::new(token, tenant), is_expired))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<&[Option<u64>], &[&str]>) {
        let tenants = parse(text, 1000).map(|accounts| {
            accounts
                .accounts
                .iter()
                .map(|account| account.tenant.map(|id| id.0))
                .collect::<Vec<_>>()
        });
        let expected = expected.map(<[_]>::to_vec);
        let expected = expected.map_err(|lines| lines.iter().map(|l| (*l).to_owned()).collect());
        assert_eq!(tenants, expected);
    }

    #[test]
    fn a_tenant_may_be_unknown_and_expired_rows_are_left_out() {
        check("token,tenant\na,34\nb,\n", Ok(&[Some(34), None]));
        check("token,tenant,expires_at\na,1,1000\nb,2,1001\nc,3,\n", Ok(&[Some(2), Some(3)]));
    }

    #[test]
    fn every_mistake_is_told_with_its_line_and_no_token() {
        check(
            "token,tenant\n,34\nsecret,x\n",
            Err(&["2: the token is empty", "3: `tenant` is not a whole number"]),
        );
        check(
            "a,b\n",
            Err(&["1: the first line must be `token,tenant` or `token,tenant,expires_at`"]),
        );
        check("token,tenant,expires_at\na,1,5\n", Err(&["1: no account that has not expired"]));
    }
}
