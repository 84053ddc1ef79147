//! What a command line names: files, folders, and the scenarios that are shipped, with their readme.

use std::fs;
use std::path::Path;

use super::*;

#[test]
fn the_built_in_scenario_is_what_no_path_means() {
    let scenarios = load(&[], &context()).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let [chat] = scenarios.as_slice() else { panic!("{} scenarios", scenarios.len()) };
    assert_eq!((chat.name.as_str(), chat.file.as_str()), ("chat", "builtin:chat"));
    assert_eq!(chat.actors.len(), 2);
    assert_eq!(chat.load.devices.map(|devices| devices.get()), Some(1000));
}

#[test]
fn shipped_scenarios_are_read_from_their_folder_as_well() {
    let folder = "scenarios".to_owned();
    let scenarios = load(&[folder], &context()).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    assert!(scenarios.iter().any(|scenario| scenario.name == "chat"));
    let built_in = ["chat", "tour", "probe", "conformance", "load"];
    let built_in = built_in.map(|name| format!("builtin:{name}"));
    let built_in = load(&built_in, &context()).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    assert_eq!(built_in.len(), scenarios.len());
    let conformance = built_in.iter().filter(|scenario| scenario.name.starts_with("conformance/"));
    assert_eq!(conformance.count(), 17);
}

/// The pieces of a text between two marks.
fn between<'a>(text: &'a str, before: &str, after: &str) -> Vec<&'a str> {
    let pieces = text.split(before).skip(1);
    pieces.map(|piece| piece.split(after).next().unwrap_or_default()).collect()
}

/// The whole files that the readme shows, and each of its steps as the last one of the file that is
/// named `snippets`.
fn readme() -> (Vec<String>, Vec<String>) {
    let readme = fs::read_to_string("scenarios/README.md").expect("the readme is there");
    let files: Vec<String> =
        between(&readme, "```yaml\n", "```").into_iter().map(str::to_owned).collect();
    let frame = files.iter().find(|text| text.starts_with("name: snippets\n"));
    let frame = frame.expect("the readme has the file around its snippets");
    let steps = between(&readme, "`- ", "`").into_iter().map(|step| format!("{frame}  - {step}\n"));
    let steps = steps.collect();
    (files, steps)
}

/// A file of the readme.
#[track_caller]
fn shown(text: &str) -> Scenario {
    let source = SourceFile::new("README.md", text);
    let read = parse(source, Some(Path::new("scenarios")), &context());
    read.unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

#[test]
fn the_readme_shows_only_what_is_read_and_every_step() {
    let (files, steps) = readme();
    assert!(files.len() >= 5 && steps.len() >= 40, "{} and {}", files.len(), steps.len());
    files.iter().for_each(|text| drop(shown(text)));
    let last = |text: &String| shown(text).flow.last().map(|step| step.name);
    every_step(steps.iter().filter_map(last));
}

#[test]
fn the_tour_takes_every_step() {
    let tour = load(&["builtin:tour".to_owned()], &context());
    let tour = tour.unwrap_or_else(|mistakes| panic!("{mistakes}"));
    // `init` is made once per instance, `end` in the teardown; every other one in the flow.
    every_step(tour[0].steps().map(|step| step.name));
}

#[track_caller]
fn every_step(names: impl Iterator<Item = &'static str>) {
    let names: Vec<_> = names.collect();
    for key in grammar::STEP.keys() {
        assert!(names.contains(&key.name), "there is no `{}`", key.name);
    }
}

#[track_caller]
fn not_loaded(paths: &[&str], expected: &str) {
    let paths: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
    let mistakes = load(&paths, &context()).expect_err("they can't be loaded");
    assert!(mistakes.to_string().contains(expected), "{mistakes}");
}

#[test]
fn what_can_not_be_loaded_is_told_by_name() {
    not_loaded(&["builtin:chta"], "did you mean `builtin:chat`?");
    not_loaded(&["chat"], "did you mean `builtin:chat`?");
    not_loaded(&["nowhere.yaml"], "there is no file or folder `nowhere.yaml`");
    not_loaded(&["/dev/null/x.yaml"], "can't be read");
    let ok = &format!("{TESTDATA}/ok/short.yaml");
    not_loaded(&[ok, &format!("{TESTDATA}/twin.yml")], "is named `short` as well");
    not_loaded(&["nowhere.yaml", "builtin:none"], "there is no built-in scenario `builtin:none`");
    not_loaded(&["nowhere.yaml", "builtin:none"], "there is no file or folder `nowhere.yaml`");
    not_loaded(&[&format!("{TESTDATA}/latin1.yml")], "is not text in UTF-8");
    not_loaded(&[&format!("{TESTDATA}/empty")], "there is no scenario in the folder");
}

#[test]
fn a_file_named_twice_is_run_once() {
    let path = format!("{TESTDATA}/ok/short.yaml");
    assert_eq!(load(&[path.clone(), path], &context()).map(|scenarios| scenarios.len()), Ok(1));
}
