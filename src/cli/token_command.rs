//! The token command: a program of the user's that prints access tokens.
//!
//! Neither the command nor what it prints is ever shown, but for its redacted complaints.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};
use thiserror::Error;

use crate::device::AccessToken;
use crate::protocol::{Secrets, TenantId, cut, redact};
use crate::run::{Account, NoToken, TokenSource};

/// How long a command may take.
const TIME_LIMIT: Duration = Duration::from_secs(30);

/// The longest output that is read, in bytes: no server takes a longer URL.
const LONGEST: usize = 64 * 1024;

/// How much of a command's complaints is shown, in bytes.
const LONGEST_COMPLAINT: usize = 400;

/// How many commands run at once.
const SIDE_BY_SIDE: usize = 16;

/// How often a command is looked after.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// How long an output may stay open beyond its command's end.
const LINGER: Duration = Duration::from_millis(200);

/// A command that prints a tenant's access token, which it finds in `DESKBELL_TENANT`.
pub(super) struct TokenCommand {
    command: String,
    time_limit: Duration,
    is_given_up: AtomicBool,
}

/// Why a command gave no token.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Error)]
pub(super) enum TokenCommandError {
    #[error("cannot start sh: {0}")]
    NotStarted(String),
    #[error("it failed with exit status {status}{complaint}")]
    Failed { status: i32, complaint: String },
    #[error("it was killed by signal {signal}{complaint}")]
    Killed { signal: i32, complaint: String },
    #[error("it printed nothing{complaint}; the token belongs on its standard output")]
    Nothing { complaint: String },
    #[error("it printed several lines; print the token alone")]
    SeveralLines,
    #[error("it printed more than {LONGEST} bytes; print the token alone")]
    TooLong,
    #[error(
        "what it printed is no token: it has blanks or control characters in it, or is no UTF-8"
    )]
    NoToken,
    #[error("it was not done within {0:?}, and was ended{1}")]
    Hung(Duration, String),
    #[error("it was ended with the run")]
    GivenUp,
}

impl TokenCommand {
    pub(super) fn new(command: String) -> Self {
        Self { command, time_limit: TIME_LIMIT, is_given_up: AtomicBool::new(false) }
    }

    /// Accounts of these tenants, or one of a tenant that is not told; their tokens are kept among
    /// the secrets, and are had anew by the same command.
    ///
    /// # Errors
    /// All that went wrong, in lines.
    pub(super) fn accounts(
        self,
        tenants: &[u64],
        secrets: &Secrets,
    ) -> Result<Vec<Account>, String> {
        let whose: Vec<_> = match tenants {
            [] => vec![None],
            some => some.iter().map(|id| Some(TenantId(*id))).collect(),
        };
        let source = Arc::new(self);
        let outcomes = source.run_all(&whose);
        let mut mistakes: BTreeMap<TokenCommandError, Vec<Option<TenantId>>> = BTreeMap::new();
        let mut accounts: Vec<Account> = Vec::new();
        for (tenant, outcome) in whose.iter().zip(outcomes) {
            match outcome {
                Ok(token) => {
                    token.keep_in(secrets);
                    if let Some(same) = accounts.iter().find(|one| one.token() == token) {
                        let (one, other) = (same.name(), words(&[*tenant]));
                        return Err(format!(
                            "error: --token-command: it printed one token for {one} and {other}; \
                             it finds the tenant in DESKBELL_TENANT"
                        ));
                    }
                    let source = Arc::clone(&source) as Arc<dyn TokenSource>;
                    accounts.push(Account::renewable(token, *tenant, source));
                }
                Err(error) => mistakes.entry(error).or_default().push(*tenant),
            }
        }
        let line = |(error, whose): (_, &Vec<_>)| match whose[..] {
            [None] => format!("error: --token-command: {error}"),
            _ => format!("error: --token-command: for {}: {error}", words(whose)),
        };
        let lines: Vec<_> = mistakes.iter().map(line).collect();
        if lines.is_empty() { Ok(accounts) } else { Err(lines.join("\n")) }
    }

    /// What came of each tenant, in order.
    fn run_all(&self, whose: &[Option<TenantId>]) -> Vec<Result<AccessToken, TokenCommandError>> {
        let next = AtomicUsize::new(0);
        let outcomes = Mutex::new(BTreeMap::new());
        thread::scope(|scope| {
            for _ in 0..whose.len().min(SIDE_BY_SIDE) {
                scope.spawn(|| {
                    while let nth = next.fetch_add(1, Ordering::Relaxed)
                        && let Some(tenant) = whose.get(nth)
                    {
                        let outcome = self.run(*tenant);
                        let mut outcomes = outcomes.lock().unwrap_or_else(PoisonError::into_inner);
                        outcomes.insert(nth, outcome);
                    }
                });
            }
        });
        outcomes.into_inner().unwrap_or_else(PoisonError::into_inner).into_values().collect()
    }

    /// Runs the command once.
    fn run(&self, tenant: Option<TenantId>) -> Result<AccessToken, TokenCommandError> {
        let mut child = self
            .start(tenant)
            .map_err(|error| TokenCommandError::NotStarted(error.kind().to_string()))?;
        let out = read(child.stdout.take());
        let err = read(child.stderr.take());
        let ended = self.wait(&mut child);
        let (out, err) = (finish(&out, &child), finish(&err, &child));
        let complaint = complaint(&out, &err);
        let status = match ended {
            End::Itself(status) => status,
            End::Hung => return Err(TokenCommandError::Hung(self.time_limit, complaint)),
            End::GivenUp => return Err(TokenCommandError::GivenUp),
        };
        if out.len() > LONGEST {
            return Err(TokenCommandError::TooLong);
        }
        if let Some(signal) = status.signal() {
            return Err(TokenCommandError::Killed { signal, complaint });
        }
        if !status.success() {
            let status = status.code().unwrap_or_default();
            return Err(TokenCommandError::Failed { status, complaint });
        }
        let text = String::from_utf8(out).map_err(|_| TokenCommandError::NoToken)?;
        match text.trim() {
            "" => Err(TokenCommandError::Nothing { complaint }),
            lines if lines.contains('\n') => Err(TokenCommandError::SeveralLines),
            token if !is_token(token) => Err(TokenCommandError::NoToken),
            token => Ok(AccessToken::new(token.to_owned())),
        }
    }

    fn start(&self, tenant: Option<TenantId>) -> io::Result<Child> {
        let mut command = Command::new("sh");
        command.arg("-c").arg(&self.command).process_group(0);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        match tenant {
            Some(tenant) => command.env("DESKBELL_TENANT", tenant.to_string()),
            None => command.env_remove("DESKBELL_TENANT"),
        };
        command.spawn()
    }

    /// Waits for the command, which is ended with all that it has started where it takes too long.
    fn wait(&self, child: &mut Child) -> End {
        let began_at = Instant::now();
        loop {
            if let Ok(Some(status)) = child.try_wait() {
                return End::Itself(status);
            }
            let is_given_up = self.is_given_up.load(Ordering::Relaxed);
            if is_given_up || began_at.elapsed() >= self.time_limit {
                kill_group(child);
                // It cannot live on; what is left of it is taken off the system's hands.
                let _ = child.wait();
                return if is_given_up { End::GivenUp } else { End::Hung };
            }
            thread::sleep(LOOK_EVERY);
        }
    }
}

impl TokenSource for TokenCommand {
    fn token(&self, tenant: Option<TenantId>) -> Result<AccessToken, NoToken> {
        let named = |error| NoToken { why: format!("the token command gave none: {error}") };
        self.run(tenant).map_err(named)
    }

    fn give_up(&self) {
        self.is_given_up.store(true, Ordering::Relaxed);
    }
}

/// Whether a text can be a token: one word that can be seen.
pub(super) fn is_token(text: &str) -> bool {
    !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || c.is_control())
}

/// How a command came to its end.
enum End {
    Itself(ExitStatus),
    Hung,
    GivenUp,
}

/// Reads an output to its end, on a thread of its own, as far as it is of interest.
fn read(from: Option<impl Read + Send + 'static>) -> Receiver<Vec<u8>> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(from) = from {
            // What breaks off has been read until then.
            let _ = from.take(LONGEST as u64 + 1).read_to_end(&mut bytes);
        }
        // Nobody waits any more where a command's children have left its group.
        let _ = sender.send(bytes);
    });
    receiver
}

/// What was read. Children that a command leaves behind keep its output open, and are ended.
fn finish(output: &Receiver<Vec<u8>>, child: &Child) -> Vec<u8> {
    output.recv_timeout(LINGER).unwrap_or_else(|_| {
        kill_group(child);
        output.recv_timeout(LINGER).unwrap_or_default()
    })
}

fn kill_group(child: &Child) {
    if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        // It may be gone already.
        let _ = kill_process_group(group, Signal::KILL);
    }
}

/// What a command said on its standard error, on one line, without what it printed as a token.
fn complaint(out: &[u8], err: &[u8]) -> String {
    let printed = Secrets::default();
    String::from_utf8_lossy(out).split_whitespace().for_each(|word| printed.add(word));
    let text = String::from_utf8_lossy(err);
    let lines: Vec<_> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let text = lines.join("; ").replace(char::is_control, " ");
    let text = printed.redact(&text).into_owned();
    let text = redact(&text);
    if text.is_empty() { String::new() } else { format!(": {}", cut(&text, LONGEST_COMPLAINT)) }
}

fn words(whose: &[Option<TenantId>]) -> String {
    let ids: Vec<_> = whose.iter().flatten().map(ToString::to_string).collect();
    match &ids[..] {
        [one] => format!("tenant {one}"),
        several => format!("tenants {}", several.join(", ")),
    }
}
