//! Completions and manual pages by the programs that read them, where these are installed; and that
//! a binary is all it takes.

use std::fs;
use std::process::Command;

use crate::process::Desk;

/// A shell, and how it reads a script without running it.
const SHELLS: [(&str, &[&str]); 3] =
    [("bash", &["bash", "-n"]), ("zsh", &["zsh", "-n"]), ("fish", &["fish", "--no-execute"])];

/// Programs that say what is wrong with a manual page.
const READERS: [&[&str]; 2] =
    [&["groff", "-man", "-Tutf8", "-ww", "-z"], &["mandoc", "-Tlint", "-Wwarning"]];

/// What a program says of a file; `None` where there is no such program.
fn said(program: &[&str], desk: &Desk, file: &str) -> Option<String> {
    let ended = Command::new(program[0]).args(&program[1..]).arg(desk.path(file)).output().ok()?;
    let said = [&ended.stdout[..], &ended.stderr].concat();
    let is_fine = ended.status.success();
    Some(if is_fine { String::from_utf8(said).unwrap() } else { format!("{ended:?}") })
}

#[test]
fn shells_read_their_completions() {
    let desk = Desk::new();
    for (shell, read) in SHELLS {
        let script = desk.run(&["completions", shell]);
        assert_eq!((script.code, script.err.as_str()), (Some(0), ""));
        desk.write(shell, script.out);
        if let Some(said) = said(read, &desk, shell) {
            assert_eq!(said, "", "{shell}");
        }
    }
}

#[test]
fn bash_completes_commands_options_and_values() {
    let desk = Desk::new();
    desk.write("script", desk.run(&["completions", "bash"]).out);
    for (words, expected) in [
        ("deskbell compl", "completions"),
        ("deskbell run --iter", "--iterations"),
        ("deskbell run --fail-on sh", "should"),
        ("deskbell run --require EVENT-1", "EVENT-1"),
        ("deskbell serve --defect ack-n", "ack-never"),
        ("deskbell run --metr", "--metrics"),
        ("deskbell run --shar", "--shard"),
    ] {
        let last = words.split(' ').count() - 1;
        let asked = format!(
            "source ./script; COMP_WORDS=({words}); COMP_CWORD={last}; \
             _deskbell deskbell \"${{COMP_WORDS[-1]}}\" \"${{COMP_WORDS[-2]}}\"; \
             echo \"${{COMPREPLY[*]}}\""
        );
        let mut bash = Command::new("bash");
        let bash = bash.args(["-c", &asked]).current_dir(desk.path(""));
        let Ok(ended) = bash.output() else { return };
        let offered = String::from_utf8(ended.stdout).unwrap();
        let offers = offered.split_whitespace().any(|offered| offered == expected);
        assert!(offers, "{words}: {offered}");
    }
}

#[test]
fn the_manual_is_read_without_complaint() {
    let desk = Desk::new();
    let ended = desk.run(&["man", "--out", "man"]);
    assert_eq!((ended.code, ended.out.as_str(), ended.err.as_str()), (Some(0), "", ""));
    for page in desk.names().iter().filter(|name| name.ends_with(".1")) {
        for said in READERS.iter().filter_map(|reader| said(reader, &desk, page)) {
            assert_eq!(said, "", "{page}");
        }
    }
    assert_eq!(desk.run(&["man"]).out, desk.read("man/deskbell.1"));
    assert_eq!(desk.run(&["man", "run"]).out, desk.read("man/deskbell-run.1"));
}

#[test]
fn a_binary_works_from_any_folder() {
    let desk = Desk::new();
    fs::create_dir(desk.path("bin")).unwrap();
    // A file that this process has open for writing, another thread's child may hold open as well: it
    // could not be run.
    let copied =
        Command::new("cp").arg(env!("CARGO_BIN_EXE_deskbell")).arg(desk.path("bin")).status();
    assert!(copied.unwrap().success());
    fs::create_dir(desk.path("elsewhere")).unwrap();
    for args in [
        &["run", "builtin:chat", "-d", "2", "--out", "run", "--progress", "none"][..],
        &["check", "builtin:conformance", "builtin:load"],
        &["clauses"],
        &["completions", "zsh"],
        &["man", "serve"],
    ] {
        let mut command = Command::new(desk.path("bin/deskbell"));
        let command = command.args(args).current_dir(desk.path("elsewhere")).env_clear();
        let ended = command.output().unwrap();
        assert!(ended.status.success(), "{args:?}: {}", String::from_utf8_lossy(&ended.stderr));
    }
    fs::remove_file(desk.path("bin/deskbell")).unwrap();
    assert!(desk.path("elsewhere/run/report.html").exists());
}
