//! What of a run's command line a repetition of one scenario needs beside its load and seed.

use crate::run::{Origin, Shard};

use super::precedence::Resolved;
use super::run::RunArgs;

/// The options that decide on what is found, by this share of the plan. Tokens and secrets are left out, as
/// reports show this.
pub(super) fn repeat_with(args: &RunArgs, resolved: &Resolved, shard: Shard) -> Vec<String> {
    let mut options = Vec::new();
    let mut is_secret = false;
    for arg in &args.server_arg {
        let was_secret = std::mem::replace(&mut is_secret, arg == "--secret");
        if !was_secret && !arg.starts_with("--secret") {
            options.push(format!("--server-arg={arg}"));
        }
    }
    let said = |from: Origin| matches!(from, Origin::Flag | Origin::Environment);
    let profile = args.endpoint.profile.iter();
    options.extend(profile.map(|file| format!("--profile={}", file.display())));
    let upload_origin = resolved.upload_origin.iter().filter(|origin| said(origin.from));
    options.extend(
        upload_origin
            .filter_map(|origin| origin.value.split('?').next())
            .map(|origin| format!("--upload-origin={origin}")),
    );
    let hosts = resolved.allow.iter().filter(|host| said(host.from));
    options.extend(hosts.map(|host| format!("--allow={}", host.value)));
    // A proxy that asks for a password is to be given as it was.
    let proxy = args.endpoint.proxy.iter().filter(|proxy| !proxy.contains('@'));
    options.extend(proxy.map(|proxy| format!("--proxy={proxy}")));
    let ca_cert = args.endpoint.ca_cert.iter();
    options.extend(ca_cert.map(|file| format!("--ca-cert={}", file.display())));
    options.extend(args.endpoint.set.iter().map(|setting| format!("--set={setting}")));
    options.extend(args.threshold.iter().map(|threshold| format!("--threshold={threshold}")));
    options.extend(args.schemas.iter().map(|folder| format!("--schemas={}", folder.display())));
    options.extend(args.endpoint.dialect.iter().map(|asked| format!("--dialect={asked}")));
    options.extend(args.waivers.iter().map(|file| format!("--waivers={}", file.display())));
    options.extend(shard.is_part().then(|| format!("--shard={shard}")));
    options
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        run: RunArgs,
    }

    #[track_caller]
    fn check(line: &[&str], expected: &[&str]) {
        let line = Line::try_parse_from(["deskbell"].iter().chain(line)).unwrap();
        let env = |name: &str| (name == "DESKBELL_ALLOW").then(|| "of.environment".to_owned());
        let resolved = Resolved::of(&line.run.endpoint, &env, None).unwrap();
        assert_eq!(repeat_with(&line.run, &resolved, Shard::WHOLE), expected);
        let of_shard = repeat_with(&line.run, &resolved, Shard { index: 2, count: 4 });
        assert_eq!(of_shard, [expected, &["--shard=2/4"]].concat());
    }

    #[test]
    fn what_decides_on_the_findings_is_kept_and_secrets_are_not() {
        let of_environment = "--allow=of.environment";
        check(&[], &[of_environment]);
        check(
            &["--server-arg=--defect=ack-never", "--server-arg", "--secret", "--server-arg", "s"],
            &["--server-arg=--defect=ack-never", of_environment],
        );
        check(
            &["--server-arg=--secret=s", "--server-arg=--ack=off"],
            &["--server-arg=--ack=off", of_environment],
        );
        check(
            &["--token", "t", "--allow", "uat.example.com", "--waivers", "known.yaml"],
            &[of_environment, "--allow=uat.example.com", "--waivers=known.yaml"],
        );
        check(
            &["--profile", "uat.yaml", "--set", "ack=accept", "--threshold", "errors.rate < 1%"],
            &[
                "--profile=uat.yaml",
                of_environment,
                "--set=ack=accept",
                "--threshold=errors.rate < 1%",
            ],
        );
        check(&["--proxy=http://me:secret@p.example.com"], &[of_environment]);
        check(
            &["--proxy=http://p.example.com", "--ca-cert=ca.pem"],
            &[of_environment, "--proxy=http://p.example.com", "--ca-cert=ca.pem"],
        );
    }
}
