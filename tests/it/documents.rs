//! The documents that a newcomer reads first.

use std::fs;
use std::path::Path;

use crate::leaks::mentions;

#[test]
fn every_link_between_documents_leads_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for name in [
        "README.md",
        "CHANGELOG.md",
        "SECURITY.md",
        "docs/ci.md",
        "docs/desk.md",
        "docs/endpoint.md",
        "docs/first-hour.md",
        "docs/performance.md",
        "docs/profile.md",
        "docs/readings.md",
        "docs/run-folder.md",
        "docs/terminal.md",
        "docs/threat-model.md",
        "docs/validity.md",
        "scenarios/README.md",
        "schemas/README.md",
    ] {
        let document = root.join(name);
        let text = fs::read_to_string(&document).unwrap();
        let links = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for link in links.filter(|link| !link.contains("://")) {
            let path = link.split('#').next().filter(|path| !path.is_empty());
            let is_there = path.is_none_or(|path| document.with_file_name(path).exists());
            assert!(is_there, "{name} links to {link}");
        }
    }
}

#[test]
fn every_test_that_the_threat_model_names_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let model = fs::read_to_string(root.join("docs/threat-model.md")).unwrap();
    let is_test = |name: &&str| name.matches('_').count() > 2;
    for name in model.split('`').skip(1).step_by(2).filter(is_test) {
        let declared = format!("fn {name}()");
        let mentions = ["src", "tests"].map(|folder| mentions(&root.join(folder), &[&declared]));
        assert_eq!(mentions.concat().len(), 1, "{name}");
    }
}

#[test]
fn the_readme_begins_with_the_main_job_and_the_tests() {
    let readme =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let block = readme.split("```sh\n").nth(1).unwrap().split("```").next().unwrap();
    let commands = block.lines().map(|line| line.split('#').next().unwrap().trim());
    assert_eq!(commands.collect::<Vec<_>>(), ["cargo run --release -- run", "cargo test"]);
}
