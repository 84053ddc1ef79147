//! What of a run's command line a repetition of one scenario needs beside its load and seed.

use super::run::RunArgs;

/// The options that decide on what is found. Tokens and secrets are left out, as reports show this.
pub(super) fn repeat_with(args: &RunArgs) -> Vec<String> {
    let mut options = Vec::new();
    let mut is_secret = false;
    for arg in &args.server_arg {
        let was_secret = std::mem::replace(&mut is_secret, arg == "--secret");
        if !was_secret && !arg.starts_with("--secret") {
            options.push(format!("--server-arg={arg}"));
        }
    }
    let upload_origin =
        args.endpoint.upload_origin.iter().filter_map(|origin| origin.split('?').next());
    options.extend(upload_origin.map(|origin| format!("--upload-origin={origin}")));
    options.extend(args.endpoint.allow.iter().map(|host| format!("--allow={host}")));
    options.extend(args.schemas.iter().map(|folder| format!("--schemas={}", folder.display())));
    options
        .extend(args.dialect.iter().map(|asked| format!("--dialect={}", asked.dialect().as_str())));
    options.extend(args.waivers.iter().map(|file| format!("--waivers={}", file.display())));
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
        assert_eq!(repeat_with(&line.run), expected);
    }

    #[test]
    fn what_decides_on_the_findings_is_kept_and_secrets_are_not() {
        check(&[], &[]);
        check(
            &["--server-arg=--defect=ack-never", "--server-arg", "--secret", "--server-arg", "s"],
            &["--server-arg=--defect=ack-never"],
        );
        check(&["--server-arg=--secret=s", "--server-arg=--ack=off"], &["--server-arg=--ack=off"]);
        check(
            &["--token", "t", "--allow", "uat.example.com", "--waivers", "known.yaml"],
            &["--allow=uat.example.com", "--waivers=known.yaml"],
        );
    }
}
