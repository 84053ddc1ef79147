//! Holds the modules to the arrows that the crate's documentation prints: src/lib.rs is the one
//! place where they stand.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;

/// What each module may import.
type Arrows = BTreeMap<String, BTreeSet<String>>;

#[test]
fn modules_import_only_what_the_table_allows() {
    let (allowed, mut wrong) = (arrows(), Vec::new());
    for (module, may_import) in &allowed {
        for file in files_of(module) {
            let imported = imports(&fs::read_to_string(&file).unwrap());
            let beyond =
                imported.iter().filter(|name| *name != module && !may_import.contains(*name));
            wrong.extend(beyond.map(|name| format!("{}: imports `{name}`", file.display())));
        }
    }
    assert!(wrong.is_empty(), "against the table of src/lib.rs:\n{}", wrong.join("\n"));
}

#[test]
fn the_table_has_every_module_and_no_other() {
    let lib = fs::read_to_string(sources().join("lib.rs")).unwrap();
    let declared = lib.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    let declared: BTreeSet<_> = declared.map(str::to_owned).collect();
    let arrows = arrows();
    assert_eq!(arrows.keys().cloned().collect::<BTreeSet<_>>(), declared);
    for (module, may_import) in arrows {
        assert!(may_import.is_subset(&declared), "`{module}` may import {may_import:?}");
    }
}

#[test]
fn the_arrows_never_lead_back() {
    let mut left = arrows();
    while !left.is_empty() {
        let free: Vec<_> = left
            .iter()
            .filter(|(_, may_import)| may_import.iter().all(|name| !left.contains_key(name)))
            .map(|(module, _)| module.clone())
            .collect();
        assert!(!free.is_empty(), "a circle among {:?}", left.keys());
        left.retain(|module, _| !free.contains(module));
    }
}

#[test]
fn no_file_climbs_past_its_parent() {
    for module in arrows().keys() {
        for file in files_of(module) {
            let climbs = fs::read_to_string(&file).unwrap().contains("super::super");
            assert!(!climbs, "{}: write `crate::...` instead of `super::super`", file.display());
        }
    }
}

/// `[lints]` holds for every target of the one package: library, binary, tests and benches. That no
/// source says otherwise also covers what is compiled for other systems alone.
#[test]
fn no_target_has_unsafe_code() {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest = fs::read_to_string(package.join("Cargo.toml")).unwrap();
    let lints = manifest.split_once("[lints.rust]").unwrap().1;
    let lints = lints.split("\n[").next().unwrap();
    assert!(lints.lines().any(|line| line == "unsafe_code = \"forbid\""), "{lints}");
    assert!(!manifest.contains("[workspace]"), "one package, one set of lints");
    let unsafe_code = Regex::new(r"\bunsafe\s*(\{|fn\b|impl\b|extern\b|trait\b)").unwrap();
    for folder in ["src", "tests", "benches"] {
        for file in files_below(&package.join(folder)) {
            let found =
                unsafe_code.find(&fs::read_to_string(&file).unwrap()).map(|found| found.start());
            assert_eq!(found, None, "{}", file.display());
        }
    }
}

#[track_caller]
fn check(source: &str, expected: &[&str]) {
    assert_eq!(imports(source).iter().map(String::as_str).collect::<Vec<_>>(), expected);
}

#[test]
fn every_way_to_name_a_module_is_found() {
    check("use crate::run::Plan;\npub use crate::load::Ramp;\n", &["load", "run"]);
    check(
        "use crate::{\n    device::{self, Target}, run,\n    server,\n};\n",
        &["device", "run", "server"],
    );
    check("let plan = crate::run::plan(crate::load::Ramp::new());", &["load", "run"]);
    check("/// As [`crate::cli::run`] tells.\n    // crate::server\nuse std::fs;\n", &[]);
}

fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The rows of the table: the module in the first cell, what it may import in the last one.
fn arrows() -> Arrows {
    let lib = fs::read_to_string(sources().join("lib.rs")).unwrap();
    let rows = lib.lines().filter(|line| line.starts_with("//! | [`"));
    rows.map(|row| {
        let cells: Vec<_> = row.split('|').map(quoted).collect();
        (cells[1][0].clone(), cells[cells.len() - 2].iter().cloned().collect())
    })
    .collect()
}

/// What stands between backticks.
fn quoted(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

fn files_of(module: &str) -> Vec<PathBuf> {
    let folder = sources().join(module);
    assert!(folder.is_dir(), "every module is a folder of its own: {}", folder.display());
    files_below(&folder)
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect()
}

/// The modules that a source names by a path from the crate's root, outside comments.
fn imports(source: &str) -> BTreeSet<String> {
    let code: Vec<_> = source.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    code.join("\n").split("crate::").skip(1).flat_map(first_names).collect()
}

/// The first name of a path, or of each path in a group such as `{a::b, c::{d, e}}`.
fn first_names(path: &str) -> Vec<String> {
    let Some(group) = path.strip_prefix('{') else { return vec![first_name(path)] };
    let mut depth = 0;
    let members = group.split(|character| {
        depth += match character {
            '{' => 1,
            '}' => -1,
            _ => 0,
        };
        depth < 0 || depth == 0 && character == ','
    });
    let members = members.map(str::trim);
    members.take_while(|member| !member.is_empty()).map(first_name).collect()
}

fn first_name(path: &str) -> String {
    path.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect()
}
