//! The precedence of everything that can be given in more than one place, as a table.

use std::path::Path;

use clap::Parser;

use crate::cli::run::RunArgs;
use crate::scenario::{NamedFiles, ParseContext, load_profile};

use super::*;

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    run: RunArgs,
}

const PROFILE: &str = "target: ws://profile.example.com/uat\n\
    upload_origin: http://profile.example.com\nallow: [profile.example.com, both.example.com]\n\
    accounts: profile.csv\ntenants: [1]\nproxy: http://profile.example.com:1\nca_cert: profile.pem\n\
    settings: { delivery_timeout: 1s, own_echo: never }\n\
    thresholds: [errors.rate < 1%, connect.p99 < 1s]\nwaivers: profile.waivers.yaml\n\
    caps: { devices: 10, connect_rate: 20/s }\n\
    load: { devices: 6, iterations: 7, rate: 8/s, ramp_up: 9s, abort_on: errors.rate > 50% }\n";

fn profile(text: &str) -> Profile {
    let read_file = |_: &Path| Ok(text.as_bytes().to_vec());
    let context =
        ParseContext { env: &|_| None, read_file: &read_file, list_folder: &|_| Ok(None) };
    load_profile(Path::new("uat/profile.yaml"), NamedFiles::Left, &context)
        .unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

/// Everything that is given, a line each: key, value, giver.
fn told(flags: &[&str], env: &[(&str, &str)], profile: Option<&str>) -> Vec<String> {
    let line = Line::try_parse_from(["deskbell"].iter().chain(flags)).unwrap();
    let variable = |name: &str| {
        env.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
    };
    let profile = profile.map(self::profile);
    let resolved = Resolved::of(&line.run.endpoint, &variable, profile.as_ref()).unwrap();
    let asked = Asked::of(&line.run, profile.as_ref(), true);
    [of_endpoint(&resolved), of_run(&asked)].concat()
}

fn line(key: &str, value: &str, from: Origin) -> String {
    format!("{key} {value} {}", from.as_str())
}

fn texts(key: &str, given: Option<&Sourced<String>>) -> Vec<String> {
    given.iter().map(|given| line(key, &given.value, given.from)).collect()
}

fn paths(key: &str, given: Option<&Sourced<PathBuf>>) -> Vec<String> {
    given.iter().map(|given| line(key, &given.value.to_string_lossy(), given.from)).collect()
}

fn of_endpoint(resolved: &Resolved) -> Vec<String> {
    let accounts = resolved.accounts.iter().map(|given| match &given.value {
        Accounts::Token(token) => line("token", token, given.from),
        Accounts::File(path) => line("accounts", &path.to_string_lossy(), given.from),
        Accounts::Command(command) => line("token_command", command, given.from),
    });
    let tenants = &resolved.tenants;
    let tenants = tenants.value.iter().map(|id| line("tenant", &id.0.to_string(), tenants.from));
    let settings = resolved.settings.iter().map(|one| {
        let values = one.value.over(Settings::default()).by_key();
        let (key, value) = values.iter().find(|(key, _)| *key == one.value.key()).unwrap();
        line(key, value.as_str().unwrap(), one.from)
    });
    let allow = resolved.allow.iter().map(|host| line("allow", &host.value, host.from));
    let caps = resolved.caps.value.devices;
    let caps = caps.map(|devices| line("caps", &devices.to_string(), resolved.caps.from));
    let listed = allow.chain(accounts).chain(tenants).chain(settings).chain(caps);
    [
        texts("target", resolved.target.as_ref()),
        texts("upload_origin", resolved.upload_origin.as_ref()),
        texts("proxy", resolved.proxy.as_ref()),
        paths("ca_cert", resolved.ca_cert.as_ref()),
        listed.collect(),
    ]
    .concat()
}

fn of_run(asked: &Asked) -> Vec<String> {
    let thresholds = asked.thresholds.iter();
    let thresholds = thresholds.map(|one| line("threshold", &one.value.to_string(), one.from));
    let load = asked.load_from.iter().map(|(name, from)| line("load", name, *from));
    let rate = asked.connect_rate.value.per_s();
    let rate = rate.map_or_else(|| "max".to_owned(), |rate| rate.to_string());
    let rate = line("connect_rate", &rate, asked.connect_rate.from);
    let waivers = paths("waivers", asked.waivers.as_ref());
    thresholds.chain(load).chain([rate]).chain(waivers).collect()
}

/// With flags, environment and the profile above, these lines are among what is told, and of the keys
/// in them no others.
#[track_caller]
fn check(flags: &[&str], env: &[(&str, &str)], expected: &[&str]) {
    let told = told(flags, env, Some(PROFILE));
    let key = |line: &str| line.split(' ').next().unwrap().to_owned();
    let keys: Vec<_> = expected.iter().map(|line| key(line)).collect();
    let of_keys: Vec<_> = told.into_iter().filter(|line| keys.contains(&key(line))).collect();
    assert_eq!(of_keys, expected, "{flags:?} {env:?}");
}

#[test]
fn a_flag_goes_before_the_environment_and_that_before_the_profile() {
    let (flag, variable) = ("ws://flag.example.com/", "ws://variable.example.com/");
    let env = [("DESKBELL_TARGET", variable)];
    check(&["--target", flag], &env, &["target ws://flag.example.com/ flag"]);
    check(&[], &env, &["target ws://variable.example.com/ environment"]);
    check(&[], &[], &["target ws://profile.example.com/uat profile"]);
    let env = [("DESKBELL_UPLOAD_ORIGIN", "http://v")];
    check(&["--upload-origin", "http://f"], &env, &["upload_origin http://f flag"]);
    check(&[], &env, &["upload_origin http://v environment"]);
    check(&[], &[], &["upload_origin http://profile.example.com profile"]);
    for name in ["HTTPS_PROXY", "https_proxy"] {
        let env = [(name, "http://v")];
        check(&["--proxy", "http://f"], &env, &["proxy http://f flag"]);
        check(&[], &env, &["proxy http://v environment"]);
    }
    check(&[], &[], &["proxy http://profile.example.com:1 profile"]);
    check(&["--ca-cert", "f.pem"], &[], &["ca_cert f.pem flag"]);
    check(&[], &[], &["ca_cert uat/profile.pem profile"]);
    check(&["--waivers", "f.yaml"], &[], &["waivers f.yaml flag"]);
    check(&[], &[], &["waivers uat/profile.waivers.yaml profile"]);
}

#[test]
fn one_kind_of_accounts_replaces_the_others() {
    let env = [("DESKBELL_TOKEN", "v")];
    let kinds = |lines: &[String]| {
        let is_kind = |line: &&String| {
            ["token ", "accounts ", "token_command "].iter().any(|kind| line.starts_with(kind))
        };
        lines.iter().filter(is_kind).cloned().collect::<Vec<_>>()
    };
    let check = |flags: &[&str], env: &[(&str, &str)], expected: &str| {
        assert_eq!(kinds(&told(flags, env, Some(PROFILE))), [expected]);
    };
    check(&["--token", "f"], &env, "token f flag");
    check(&["--accounts", "f.csv"], &env, "accounts f.csv flag");
    check(&["--token-command", "f"], &env, "token_command f flag");
    check(&[], &env, "token v environment");
    check(&[], &[], "accounts uat/profile.csv profile");
    assert_eq!(kinds(&told(&[], &[], Some("token_command: p"))), ["token_command p profile"]);
}

#[test]
fn hosts_of_all_givers_add_up() {
    check(
        &["--allow", "flag.example.com", "--allow", "BOTH.example.com"],
        &[("DESKBELL_ALLOW", "a.example.com, b.example.com")],
        &[
            "allow profile.example.com profile",
            "allow a.example.com environment",
            "allow b.example.com environment",
            "allow flag.example.com flag",
            "allow both.example.com flag",
        ],
    );
}

#[test]
fn settings_and_thresholds_are_replaced_one_by_one() {
    check(
        &["--set", "delivery_timeout=2s", "--set", "ack=accept", "--set", "delivery_timeout=3s"],
        &[],
        &["own_echo never profile", "ack accept flag", "delivery_timeout 3s flag"],
    );
    check(
        &["--threshold", "errors.rate < 2%", "--threshold", "connect.p50 < 1s"],
        &[],
        &[
            "threshold connect.p99 < 1s profile",
            "threshold errors.rate < 2% flag",
            "threshold connect.p50 < 1s flag",
        ],
    );
    check(&["--tenant", "5", "--tenant", "6"], &[], &["tenant 5 flag", "tenant 6 flag"]);
    check(&[], &[], &["tenant 1 profile"]);
}

#[test]
fn a_load_is_replaced_field_by_field() {
    check(
        &["--duration", "3s", "-d", "4"],
        &[],
        &[
            "load duration flag",
            "load devices flag",
            "load rate profile",
            "load ramp_up profile",
            "load abort_on profile",
        ],
    );
    let staged = Some("load: { stages: [{ rate: 5/s, for: 1s }] }");
    assert!(told(&[], &[], staged).contains(&"load stages profile".to_owned()));
    let flagged = told(&["--rate", "1/s"], &[], staged);
    assert!(flagged.contains(&"load rate flag".to_owned()));
    assert!(!flagged.iter().any(|line| line.starts_with("load stages")), "{flagged:?}");
}

#[test]
fn a_cap_holds_over_the_connect_rate_that_is_asked_for() {
    check(&[], &[], &["caps 10 profile", "connect_rate 20 profile"]);
    check(&["--connect-rate", "max"], &[], &["connect_rate 20 profile"]);
    check(&["--connect-rate", "5/s"], &[], &["connect_rate 5 flag"]);
    assert_eq!(told(&[], &[], None), ["connect_rate 50 default"]);
    assert_eq!(told(&["--connect-rate", "max"], &[], None), ["connect_rate max flag"]);
}

#[test]
fn every_wrong_setting_is_told_at_once() {
    let args = EndpointArgs {
        set: vec!["delivery_timeout=3".into(), "ack=maybe".into()],
        ..EndpointArgs::default()
    };
    let mistakes = Resolved::of(&args, &|_| None, None).err().unwrap();
    for part in ["--set:1:18", "--set:1:5", "a duration needs a unit", "`ack` can't be `maybe`"] {
        assert!(mistakes.contains(part), "{mistakes}");
    }
}
