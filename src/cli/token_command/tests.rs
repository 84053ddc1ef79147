//! Commands that print tokens, and others that do not.

use super::*;

fn ran(command: &str, tenant: Option<u64>) -> Result<AccessToken, TokenCommandError> {
    let command = TokenCommand {
        time_limit: Duration::from_secs(60),
        ..TokenCommand::new(command.to_owned())
    };
    command.run(tenant.map(TenantId))
}

#[track_caller]
fn check(command: &str, tenant: Option<u64>, expected: Result<&str, &str>) {
    let expected = expected.map(|text| AccessToken::new(text.into())).map_err(str::to_owned);
    assert_eq!(ran(command, tenant).map_err(|error| error.to_string()), expected);
}

#[test]
fn what_it_prints_is_the_token_of_its_tenant() {
    check("echo token-of-$DESKBELL_TENANT", Some(34), Ok("token-of-34"));
    check("printf ' alone\\r\\n\\n'; echo ${DESKBELL_TENANT+set} >&2", None, Ok("alone"));
    check("cat; echo done", None, Ok("done"));
}

#[test]
fn what_fails_is_told_with_its_redacted_complaint() {
    check(
        "echo opaque-token-one; echo 'no opaque-token-one at' https://h.example.com/?key=1 >&2; exit 7",
        None,
        Err("it failed with exit status 7: no [redacted] at https://h.example.com/?[redacted]"),
    );
    check("exit 1", None, Err("it failed with exit status 1"));
    check("echo a; echo b >&2; kill -9 $$", None, Err("it was killed by signal 9: b"));
    let error = ran("no-such-program-anywhere", None).unwrap_err();
    assert!(matches!(error, TokenCommandError::Failed { status: 127, .. }), "{error}");
}

#[test]
fn what_is_no_single_token_is_told() {
    check("true", None, Err("it printed nothing; the token belongs on its standard output"));
    check(
        "echo token >&2",
        None,
        Err("it printed nothing: token; the token belongs on its standard output"),
    );
    check("echo a; echo b", None, Err("it printed several lines; print the token alone"));
    for text in ["echo Token: a", "printf 'a\\001b'", "printf 'a\\377'"] {
        assert_eq!(ran(text, None), Err(TokenCommandError::NoToken), "{text}");
    }
    assert_eq!(ran("yes", None), Err(TokenCommandError::TooLong));
}

#[test]
fn what_hangs_is_ended_with_all_that_it_has_started() {
    let limit = Duration::from_millis(200);
    let command = TokenCommand {
        time_limit: limit,
        ..TokenCommand::new("echo $$ >&2; sleep 1000 & sleep 1000".into())
    };
    let Err(TokenCommandError::Hung(_, complaint)) = command.run(None) else {
        panic!("it is not taken for hanging")
    };
    let group: i32 = complaint.trim_start_matches(": ").parse().unwrap();
    let group = Pid::from_raw(group).unwrap();
    let began_at = Instant::now();
    // Killed processes are gone once whoever adopts them has noticed.
    while rustix::process::test_kill_process_group(group).is_ok() {
        assert!(began_at.elapsed() < Duration::from_secs(60), "the group lives on");
        thread::yield_now();
    }
}

#[test]
fn children_that_are_left_behind_hold_nothing_up() {
    check("sleep 1000 & echo token", None, Ok("token"));
}

#[test]
fn a_command_is_ended_with_the_run() {
    let command = Arc::new(TokenCommand::new("sleep 1000".into()));
    let running = thread::spawn({
        let command = Arc::clone(&command);
        move || command.run(None)
    });
    command.give_up();
    assert_eq!(running.join().unwrap(), Err(TokenCommandError::GivenUp));
}

#[track_caller]
fn check_accounts(command: &str, tenants: &[u64], expected: Result<&[&str], &str>) {
    let accounts = TokenCommand::new(command.into()).accounts(tenants, &Secrets::default());
    let names = accounts.map(|all| all.iter().map(Account::name).collect::<Vec<_>>());
    let expected = expected.map(|all| all.iter().map(|&name| name.to_owned()).collect());
    assert_eq!(names, expected.map_err(str::to_owned));
}

#[test]
fn each_tenant_has_an_account() {
    check_accounts("echo $DESKBELL_TENANT-x", &[34, 35], Ok(&["tenant 34", "tenant 35"]));
    check_accounts("echo x", &[], Ok(&["an account of no known tenant"]));
}

#[test]
fn mistakes_are_told_once_with_all_their_tenants() {
    check_accounts(
        "exit 1",
        &[34, 35],
        Err("error: --token-command: for tenants 34, 35: it failed with exit status 1"),
    );
    check_accounts("exit 1", &[], Err("error: --token-command: it failed with exit status 1"));
    check_accounts(
        "echo same-one",
        &[34, 35],
        Err("error: --token-command: it printed one token for tenant 34 and tenant 35; it \
             finds the tenant in DESKBELL_TENANT"),
    );
}
