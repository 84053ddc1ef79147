//! The documents that a newcomer reads first.

use std::fs;
use std::path::Path;

use deskbell::run::BLAMED;

use crate::leaks::mentions;

#[test]
fn every_link_between_documents_leads_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for name in [
        "README.md",
        "CHANGELOG.md",
        "SECURITY.md",
        "docs/aws-batch.md",
        "docs/capacity.md",
        "docs/ci.md",
        "docs/compare.md",
        "docs/desk.md",
        "docs/endpoint.md",
        "docs/errors.md",
        "docs/faults.md",
        "docs/first-hour.md",
        "docs/gateway.md",
        "docs/kubernetes.md",
        "docs/load.md",
        "docs/merge.md",
        "docs/performance.md",
        "docs/planning.md",
        "docs/profile.md",
        "docs/readings.md",
        "docs/run-folder.md",
        "docs/server.md",
        "docs/self-test.md",
        "docs/shards.md",
        "docs/slurm.md",
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

/// The kinds that the page tells of a layer: the first cells of the table in its section.
fn kinds_told(page: &str, layer: &str) -> Vec<String> {
    let section = page.split(&format!("\n## {layer}\n")).nth(1).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.map(|row| row.split('`').next().unwrap().to_owned()).collect()
}

#[test]
fn every_kind_of_error_stands_in_the_page_of_errors_below_its_layer() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/errors.md");
    let page = fs::read_to_string(page).unwrap();
    for (layer, kinds) in BLAMED {
        assert_eq!(kinds_told(&page, layer.as_str()), kinds, "{}", layer.as_str());
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
