//! The scenarios that are shipped, and the files beside them.

/// The text of a shipped file.
macro_rules! scenario {
    ($name:literal) => {
        ($name, include_str!(concat!("../../../scenarios/", $name, ".yaml")))
    };
}

/// The bytes of a shipped file.
macro_rules! file {
    ($path:literal) => {
        ($path, include_bytes!(concat!("../../../scenarios/", $path)).as_slice())
    };
}

/// Names and texts, folder by folder, those of `conformance` in the document's order.
pub(super) const SCENARIOS: [(&str, &str); 29] = [
    scenario!("chat"),
    scenario!("tour"),
    scenario!("probe"),
    scenario!("conformance/connect"),
    scenario!("conformance/envelope"),
    scenario!("conformance/init"),
    scenario!("conformance/resume"),
    scenario!("conformance/list"),
    scenario!("conformance/ping"),
    scenario!("conformance/send"),
    scenario!("conformance/contents"),
    scenario!("conformance/metadata"),
    scenario!("conformance/upload"),
    scenario!("conformance/unsend"),
    scenario!("conformance/seen"),
    scenario!("conformance/unread"),
    scenario!("conformance/end"),
    scenario!("conformance/events"),
    scenario!("conformance/isolation"),
    scenario!("conformance/faults"),
    scenario!("load/fan-out"),
    scenario!("load/idle"),
    scenario!("load/steady"),
    scenario!("load/ramp"),
    scenario!("load/spike"),
    scenario!("load/soak"),
    scenario!("load/reconnect-storm"),
    scenario!("load/roll-over"),
    scenario!("load/capacity"),
];

/// Files that they upload or read, by their paths below `scenarios/`.
pub(super) const FILES: [(&str, &[u8]); 6] = [
    file!("data/room.png"),
    file!("data/menu.txt"),
    file!("data/guests.csv"),
    file!("data/error.schema.json"),
    file!("conformance/data/room.png"),
    file!("conformance/data/menu.txt"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use super::*;

    /// Every file below `scenarios/`, as a path from there.
    fn all_files(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).expect("the folder is there") {
            let path = entry.expect("it can be listed").path();
            if path.is_dir() {
                all_files(&path, found);
            } else {
                let below = path.strip_prefix("scenarios").expect("it is below");
                found.insert(below.to_string_lossy().into_owned());
            }
        }
    }

    #[test]
    fn every_shipped_file_is_built_in() {
        let mut files = BTreeSet::new();
        all_files(Path::new("scenarios"), &mut files);
        files.remove("README.md");
        let scenarios = SCENARIOS.iter().map(|(name, _)| format!("{name}.yaml"));
        let built_in = scenarios.chain(FILES.iter().map(|(path, _)| (*path).to_owned()));
        assert_eq!(built_in.collect::<BTreeSet<_>>(), files);
    }

    #[test]
    fn every_scenario_names_its_schema_and_tells_who_runs_it() {
        for (name, text) in SCENARIOS {
            let up = "../".repeat(name.matches('/').count() + 1);
            let schema =
                format!("# yaml-language-server: $schema={up}schemas/scenario.schema.json\n# ");
            assert!(text.starts_with(&schema), "{name}");
        }
    }
}
