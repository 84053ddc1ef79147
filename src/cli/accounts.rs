//! The accounts file: a CSV with the header `token,tenant` and an optional `expires_at`.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::time::Duration;

use csv::{ReaderBuilder, StringRecord};
use thiserror::Error;

use crate::device::AccessToken;
use crate::protocol::TenantId;
use crate::run::Account;

use super::token_command::is_token;

/// The largest file that is read, in bytes: a hundred thousand tokens.
const LARGEST: u64 = 256 * 1024 * 1024;

/// The longest line that can hold an account, in bytes.
const LONGEST_LINE: usize = 64 * 1024;

/// How many mistakes are told.
const MISTAKES_TOLD: usize = 20;

/// How many lines are named of those that have expired.
const LINES_NAMED: usize = 10;

/// What an accounts file gives.
#[derive(Debug)]
pub(super) struct Given {
    /// The accounts that have not expired; never empty.
    pub(super) accounts: Vec<Account>,
    /// One that has: it serves only to show that it is refused.
    pub(super) expired_token: Option<AccessToken>,
    /// What is to be said of those that have expired.
    pub(super) warning: Option<String>,
}

/// Why an accounts file gives none.
#[derive(Debug, PartialEq, Eq, Error)]
pub(super) enum AccountsError {
    /// Every mistake in it, a line each.
    #[error("{}", lines(.0))]
    Wrong(Vec<String>),
    /// No token in it is good any more.
    #[error("error: {0}")]
    Expired(String),
}

/// Reads accounts, and tells those expired at `now` (since the Unix epoch) apart.
///
/// # Errors
/// Every mistake in the file, none of them quoting a token; or that all have expired.
pub(super) fn read(path: &Path, now: Duration) -> Result<Given, AccountsError> {
    let name = path.display();
    let wrong = |told: String| AccountsError::Wrong(vec![told]);
    let mut bytes = Vec::new();
    let file = File::open(path).map(|file| file.take(LARGEST + 1));
    file.and_then(|mut file| file.read_to_end(&mut bytes))
        .map_err(|error| wrong(format!("cannot read the accounts file {name}: {error}")))?;
    if bytes.len() as u64 > LARGEST {
        return Err(wrong(format!("the accounts file {name} has more than {LARGEST} bytes")));
    }
    let named = |told: String| format!("{name}:{told}");
    parse(&bytes, now).map(|given| Given { warning: given.warning.map(named), ..given }).map_err(
        |error| match error {
            AccountsError::Wrong(told) => {
                AccountsError::Wrong(told.into_iter().map(named).collect())
            }
            AccountsError::Expired(told) => AccountsError::Expired(named(told)),
        },
    )
}

fn parse(bytes: &[u8], now: Duration) -> Result<Given, AccountsError> {
    let text = text_of(bytes).map_err(|told| AccountsError::Wrong(vec![told]))?;
    let mut reader = ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let header = reader.headers().cloned().unwrap_or_default();
    let Some(columns) = Columns::of(&header) else {
        let told = "1: the first line must be `token,tenant` or `token,tenant,expires_at`";
        return Err(AccountsError::Wrong(vec![told.into()]));
    };
    let (mut accounts, mut expired, mut mistakes) = (Vec::new(), Vec::new(), Vec::new());
    let mut known = HashMap::new();
    for row in reader.records() {
        let Ok(row) = row else {
            mistakes.push("1: no CSV".into());
            break;
        };
        let at = row.position().map_or(0, csv::Position::line);
        match account(&row, columns, &mut known) {
            Err(mistake) => mistakes.push(format!("{at}: {mistake}")),
            Ok(account) if account.token().expires_at().is_some_and(|end| end <= now) => {
                expired.push((at, account));
            }
            Ok(account) => accounts.push(account),
        }
    }
    if !mistakes.is_empty() {
        let beyond = mistakes.len().saturating_sub(MISTAKES_TOLD);
        mistakes.truncate(MISTAKES_TOLD);
        if beyond > 0 {
            mistakes.push(format!(" {beyond} more mistakes"));
        }
        return Err(AccountsError::Wrong(mistakes));
    }
    let which = named(&expired);
    match (accounts.is_empty(), expired.last()) {
        (true, None) => Err(AccountsError::Wrong(vec!["1: no account follows the header".into()])),
        (true, Some(_)) => {
            Err(AccountsError::Expired(format!(" every access token has expired: {which}")))
        }
        (false, last) => {
            let warning = last.map(|_| {
                format!(" expired, so they serve only to show that they are refused: {which}")
            });
            let expired_token = last.map(|(_, account)| account.token());
            Ok(Given { accounts, expired_token, warning })
        }
    }
}

/// The text of a file, whose lines are short enough.
fn text_of(bytes: &[u8]) -> Result<&str, String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    for (nth, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        if line.len() > LONGEST_LINE {
            return Err(format!("{}: the line has more than {LONGEST_LINE} bytes", nth + 1));
        }
        if str::from_utf8(line).is_err() {
            return Err(format!("{}: the line is no UTF-8", nth + 1));
        }
    }
    str::from_utf8(bytes).map_err(|_| "1: the file is no UTF-8".into())
}

fn named(expired: &[(u64, Account)]) -> String {
    let name = |(line, account): &(u64, Account)| match account.tenant {
        Some(tenant) => format!("line {line} (tenant {tenant})"),
        None => format!("line {line}"),
    };
    let mut names: Vec<_> = expired.iter().take(LINES_NAMED).map(name).collect();
    if let Some(beyond) = expired.len().checked_sub(LINES_NAMED).filter(|beyond| *beyond > 0) {
        names.push(format!("{beyond} more"));
    }
    names.join(", ")
}

fn lines(mistakes: &[String]) -> String {
    let lines: Vec<_> = mistakes.iter().map(|told| format!("error: {told}")).collect();
    lines.join("\n")
}

#[derive(Clone, Copy)]
struct Columns {
    token: usize,
    tenant: usize,
    expires_at: Option<usize>,
    count: usize,
}

impl Columns {
    /// The columns that a header names; none where it names another, or one twice.
    fn of(header: &StringRecord) -> Option<Self> {
        let names: Vec<_> = header.iter().map(str::trim).collect();
        let column = |name: &str| names.iter().position(|known| *known == name);
        let (token, tenant, expires_at) =
            (column("token")?, column("tenant")?, column("expires_at"));
        let count = 2 + usize::from(expires_at.is_some());
        (names.len() == count).then_some(Self { token, tenant, expires_at, count })
    }
}

/// A row's account.
fn account(
    row: &StringRecord,
    columns: Columns,
    known: &mut HashMap<String, u64>,
) -> Result<Account, String> {
    let cell = |at: usize| row.get(at).unwrap_or_default().trim();
    let number = |name: &str, text: &str| match text {
        "" => Ok(None),
        digits => digits.parse().map(Some).map_err(|_| format!("`{name}` is not a whole number")),
    };
    if row.len() > columns.count {
        return Err(format!("more cells than the {} of the first line", columns.count));
    }
    let text = cell(columns.token);
    if text.is_empty() {
        return Err("the token is empty".into());
    }
    if !is_token(text) {
        return Err("the token has blanks or control characters in it".into());
    }
    let tenant = number("tenant", cell(columns.tenant))?.map(TenantId);
    let expires_at = columns.expires_at.map(|at| number("expires_at", cell(at))).transpose()?;
    let at = row.position().map_or(0, csv::Position::line);
    if let Some(first) = known.insert(text.to_owned(), at) {
        return Err(format!("the same token as in line {first}"));
    }
    let token = AccessToken::new(text.to_owned());
    let token = match expires_at.flatten() {
        Some(millis) => token.expiring_at(Duration::from_millis(millis)),
        None => token,
    };
    Ok(Account::new(token, tenant))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;

    const JWT_OF_5_S: &str = "a.eyJleHAiOjV9.c";

    #[track_caller]
    fn check(text: impl AsRef<[u8]>, expected: Result<&[Option<u64>], &[&str]>) {
        let tenants = parse(text.as_ref(), Duration::from_secs(5));
        let tenants = tenants.map(|given| {
            given.accounts.iter().map(|account| account.tenant.map(|id| id.0)).collect::<Vec<_>>()
        });
        let tenants = tenants.map_err(|error| match error {
            AccountsError::Wrong(lines) => lines,
            AccountsError::Expired(line) => vec![line],
        });
        let expected = expected.map(<[_]>::to_vec);
        let expected = expected.map_err(|lines| lines.iter().map(|l| (*l).to_owned()).collect());
        assert_eq!(tenants, expected);
    }

    #[test]
    fn a_tenant_may_be_unknown_and_expired_rows_are_left_out() {
        check("token,tenant\na,34\nb,\n", Ok(&[Some(34), None]));
        check("token,tenant,expires_at\na,1,5000\nb,2,5001\nc,3,\n", Ok(&[Some(2), Some(3)]));
        check(format!("tenant,token\n34,{JWT_OF_5_S}\n35,b"), Ok(&[Some(35)]));
        check(format!("token,tenant,expires_at\n{JWT_OF_5_S},34,6000\n"), Ok(&[Some(34)]));
    }

    #[test]
    fn what_a_spreadsheet_writes_is_read() {
        check("\u{feff}token,tenant\r\n\"a\",34\r\n\r\n b , 35 \r\n", Ok(&[Some(34), Some(35)]));
    }

    #[test]
    fn every_mistake_is_told_with_its_line_and_no_token() {
        check(
            "token,tenant\n,34\nsecret,x\nse cret,1\ntwice,2\ntwice,3\nsecret,1,2\n",
            Err(&[
                "2: the token is empty",
                "3: `tenant` is not a whole number",
                "4: the token has blanks or control characters in it",
                "6: the same token as in line 5",
                "7: more cells than the 2 of the first line",
            ]),
        );
        let header = "1: the first line must be `token,tenant` or `token,tenant,expires_at`";
        for text in ["", "a,b\n", "token,tenant,expires\na,1,5\n", "token,tenant,tenant\n"] {
            check(text, Err(&[header]));
        }
        check("token,tenant\n", Err(&["1: no account follows the header"]));
    }

    #[test]
    fn what_is_too_long_or_no_text_is_told_with_its_line() {
        let long = format!("token,tenant\n{},1\n", "x".repeat(LONGEST_LINE));
        check(long, Err(&["2: the line has more than 65536 bytes"]));
        check(b"token,tenant\na,1\n\xff,2\n", Err(&["3: the line is no UTF-8"]));
        let many = format!("token,tenant\n{}", ",1\n".repeat(MISTAKES_TOLD + 2));
        let Err(AccountsError::Wrong(told)) = parse(many.as_bytes(), Duration::ZERO) else {
            panic!("empty tokens are taken")
        };
        assert_eq!((told.len(), told[MISTAKES_TOLD].as_str()), (21, " 2 more mistakes"));
    }

    #[test]
    fn those_that_have_expired_are_named_by_line_and_tenant() {
        check(
            format!("token,tenant,expires_at\na,1,5\n{JWT_OF_5_S},,\n"),
            Err(&[" every access token has expired: line 2 (tenant 1), line 3"]),
        );
        let given = parse(b"token,tenant,expires_at\na,1,5\nb,2,\n", Duration::from_secs(5));
        let warning = given.unwrap().warning.unwrap();
        assert!(warning.ends_with("refused: line 2 (tenant 1)"), "{warning}");
    }

    /// What rows are made of.
    const PIECES: [&str; 16] = [
        "secret",
        "secret2",
        "\"secret\"",
        "\"",
        ",",
        ",",
        "\n",
        "\r\n",
        "34",
        "-1",
        " ",
        "\0",
        "é",
        "99999999999999999999",
        "1893456000000",
        JWT_OF_5_S,
    ];

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        #[test]
        fn any_rows_are_accounts_or_mistakes_without_a_token(
            header in select(&["token,tenant\n", "token,tenant,expires_at\r\n", "tenant,token\n", ""][..]),
            pieces in proptest::collection::vec(select(&PIECES[..]), 0..80),
        ) {
            let text = header.to_owned() + &pieces.concat();
            match parse(text.as_bytes(), Duration::from_secs(5)) {
                Ok(given) => prop_assert!(!given.accounts.is_empty()),
                Err(error) => {
                    let told = error.to_string();
                    prop_assert!(!told.contains("secret"), "{}", told);
                    prop_assert!(told.lines().count() <= MISTAKES_TOLD + 1, "{}", told);
                }
            }
        }

        #[test]
        fn any_bytes_are_accounts_or_mistakes(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let text = [&b"token,tenant\n"[..], &bytes].concat();
            for bytes in [&bytes, &text] {
                if let Ok(given) = parse(bytes, Duration::ZERO) {
                    prop_assert!(!given.accounts.is_empty());
                }
            }
        }
    }
}
