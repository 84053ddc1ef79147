//! Whole files in, scenarios or exact diagnostics out.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

use proptest::prelude::*;

use super::*;

/// From the crate's folder, where tests run, so that goldens hold no path of a machine.
const TESTDATA: &str = "src/scenario/testdata";

fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    fs::read(path)
}

fn list_folder(path: &Path) -> io::Result<Listing> {
    if !fs::metadata(path)?.is_dir() {
        return Ok(None);
    }
    fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>().map(Some)
}

fn environment(name: &str) -> Option<String> {
    match name {
        "HOTEL" => Some("Example Residence".into()),
        "EMPTY" => Some(String::new()),
        _ => None,
    }
}

fn context() -> ParseContext<'static> {
    ParseContext { env: &environment, read_file: &read_file, list_folder: &list_folder }
}

/// The scenario files of a folder of test data, by name.
fn testdata(folder: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(format!("{TESTDATA}/{folder}")).expect("the folder is there");
    let paths = entries.map(|entry| entry.expect("it can be listed").path());
    let mut files: Vec<_> =
        paths.filter(|path| path.extension().is_some_and(|end| end == "yaml")).collect();
    files.sort();
    files
}

fn read_testdata(path: &Path) -> Result<Scenario, Diagnostics> {
    let name = path.file_name().expect("files have names").to_string_lossy();
    let text = fs::read_to_string(path).expect("test data is text");
    parse(SourceFile::new(name, text), path.parent(), &context())
}

/// A flow of the steps, as a file.
fn flow(steps: &str) -> String {
    format!("name: test\nflow:\n{steps}")
}

fn parse_text(text: &str) -> Result<Scenario, Diagnostics> {
    parse(SourceFile::new("test.yaml", text), Some(Path::new(TESTDATA)), &context())
}

#[track_caller]
fn accepted(text: &str) -> Scenario {
    parse_text(text).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

#[test]
fn each_bad_scenario_is_told_exactly() {
    let update = env::var_os("UPDATE_GOLDEN").is_some();
    let files = testdata("bad");
    assert!(files.len() >= 25, "{} bad scenarios", files.len());
    for path in files {
        let mistakes = read_testdata(&path).expect_err(&format!("{} is bad", path.display()));
        let told = render(&mistakes, false);
        let golden = path.with_extension("txt");
        if update {
            fs::write(&golden, &told).expect("goldens can be written");
        }
        let expected = fs::read_to_string(&golden).unwrap_or_default();
        assert_eq!(told, expected, "{}", path.display());
    }
}

#[test]
fn each_good_scenario_is_read() {
    let files = testdata("ok");
    assert!(!files.is_empty());
    for path in files {
        if let Err(mistakes) = read_testdata(&path) {
            panic!("{mistakes}");
        }
    }
}

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
}

/// The pieces of a text between two marks.
fn between<'a>(text: &'a str, before: &str, after: &str) -> Vec<&'a str> {
    let pieces = text.split(before).skip(1);
    pieces.map(|piece| piece.split(after).next().unwrap_or_default()).collect()
}

#[test]
fn the_readme_shows_only_what_is_read() {
    let readme = fs::read_to_string("scenarios/README.md").expect("the readme is there");
    let files = between(&readme, "```yaml\n", "```");
    assert!(!files.is_empty());
    for text in files {
        accepted(text);
    }
    let steps = between(&readme, "`- ", "`");
    assert!(steps.len() >= 14, "{steps:?}");
    for step in steps {
        let text = format!(
            "name: test\nactors: {{ phone: {{}}, tablet: {{}} }}\nflow:\n- init\n\
             - upload: {{ file: data/room.png, mime: image/png, as: photo }}\n\
             - send: {{ text: hello, as: question }}\n- {step}\n",
        );
        let source = SourceFile::new("README.md", text);
        if let Err(mistakes) = parse(source, Some(Path::new("scenarios")), &context()) {
            panic!("{mistakes}");
        }
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

#[test]
fn actors_are_counted_labelled_and_joined() {
    let scenario = accepted(
        "name: test\nactors: { phone: { tenant: a }, tablet: { tenant: a }, audience: { tenant: b, count: 2 } }\n\
         flow: [init, { init: { by: \"audience[1]\" } }, { ping: { by: audience } }]",
    );
    let actors: Vec<_> =
        scenario.actors.iter().map(|a| (a.name.as_str(), a.tenant, a.join)).collect();
    let expected = [
        ("phone", 0, Join::Manual),
        ("tablet", 0, Join::Auto),
        ("audience[0]", 1, Join::Manual),
        ("audience[1]", 1, Join::Manual),
    ];
    assert_eq!(actors, expected);
    assert_eq!(scenario.tenants, 2);
    let by: Vec<usize> = scenario.flow.iter().map(|step| step.by.0).collect();
    assert_eq!(by, [0, 3, 2, 3]);
}

#[test]
fn steps_keep_their_lines_and_names() {
    let scenario =
        accepted(&flow("- init\n- repeat:\n    times: 2\n    steps:\n    - ping\n- end\n"));
    let lines: Vec<_> = scenario.flow.iter().map(|step| (step.line, step.name)).collect();
    assert_eq!(lines, [(3, "init"), (4, "repeat"), (8, "end")]);
    let Action::Repeat { times: 2, steps } = &scenario.flow[1].action else { panic!("a repeat") };
    assert_eq!((steps[0].line, steps[0].name), (7, "ping"));
    let numbers: Vec<usize> = scenario.steps().map(|step| step.no.0).collect();
    assert_eq!(numbers, [0, 1, 2, 3]);
}

#[test]
fn names_saved_in_setup_outlive_an_iteration_and_keep_their_slots() {
    let scenario = accepted(
        "name: test\nsetup: [{ init: { as: a } }, { ping: { as: b } }]\n\
         flow: [{ ping: { as: a } }, { ping: { as: a } }, { send: \"${a.x}${b.x}\" }]\n\
         teardown: [{ send: \"${a.x}\" }, end]",
    );
    let saves = |steps: &[Step]| steps.iter().filter_map(|step| step.save).collect::<Vec<_>>();
    assert_eq!(saves(&scenario.setup), [Slot(0), Slot(1)]);
    assert_eq!(saves(&scenario.flow), [Slot(2), Slot(2)]);
    assert_eq!(scenario.slots, 3);
}

#[test]
fn a_scenario_crosses_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Scenario>();
    shared::<Diagnostics>();
}

#[test]
fn line_ends_of_windows_and_a_byte_order_mark_are_taken() {
    let scenario = accepted("\u{feff}name: test\r\nflow:\r\n- init\r\n- send: hello\r\n");
    let Action::Send { content, .. } = &scenario.flow[1].action else { panic!("a send") };
    assert_eq!(content.as_constant(), Some(&"hello".into()));
    assert_eq!(scenario.flow[1].line, 4);
}

#[test]
fn a_step_that_may_be_refused_asks_for_nothing_before_it() {
    accepted(
        "name: test\nactors: { phone: {}, tablet: { join: manual } }\n\
         flow: [{ send: { text: early, expect: error } }, { init: { expect: any } }, \
         { resume: { by: tablet, expect: any } }, { await: { event: message, by: tablet } }]",
    );
}

#[track_caller]
fn told_quickly(text: &str) {
    let started = std::time::Instant::now();
    let mistakes = parse_text(text).expect_err("it is wrong").to_string();
    assert!(mistakes.len() < 1_000_000, "{} bytes of mistakes", mistakes.len());
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
}

#[test]
fn a_megabyte_of_mistakes_is_told_quickly() {
    let saves: String =
        (0..30_000).map(|n| format!("- send: {{ text: \"${{x{n}}}\", as: a{n} }}\n")).collect();
    told_quickly(&flow(&saves));
    told_quickly(&flow(&"- snd: hi\n".repeat(100_000)));
    told_quickly(&flow(&format!("- init\n- send: |\n{}", "    ${x} ${y}\n".repeat(80_000))));
    let keys: String = (0..50_000).map(|n| format!("key{n}: 1\n")).collect();
    told_quickly(&keys);
    let actors: String = (0..30_000).map(|n| format!("  a{n}: {{ count: 1000 }}\n")).collect();
    told_quickly(&format!("name: test\nactors:\n{actors}flow:\n- init: {{ by: a0 }}\n"));
    let nested =
        format!("{}ping{}", "{ repeat: { times: 2, steps: [".repeat(15), "] } }".repeat(15));
    told_quickly(&flow(&format!("- init\n- {nested}\n- end\n- ping\n")));
    let many = "- ping: { by: a }\n".repeat(1_000);
    told_quickly(&format!("name: test\nactors: {{ a: {{ count: 1000 }} }}\nflow:\n- init\n{many}"));
}

proptest! {
    #[test]
    fn arbitrary_text_never_panics(text in "\\PC{0,200}") {
        let _ = parse_text(&text).map_err(|mistakes| mistakes.to_string());
    }

    #[test]
    fn arbitrary_lines_of_the_language_never_panic(
        lines in proptest::collection::vec("[ ]{0,6}(- )?(send|as|by|flow|name|repeat|await|seen|unsend|think|actors|load|devices|expect|vars)?:? ?[\\[\\]{}\"'$&*!|>a-z0-9. ,:-]{0,16}", 0..12),
    ) {
        let _ = parse_text(&lines.join("\n")).map_err(|mistakes| mistakes.to_string());
        let _ = parse_text(&flow(&lines.join("\n"))).map_err(|mistakes| mistakes.to_string());
    }

    #[test]
    fn arbitrary_templates_never_panic(text in "[a-z0-9.$(){}\\[\\], ส-]{0,30}") {
        let quoted = serde_json::to_string(&text).expect("texts are JSON");
        let text = flow(&format!("- init\n- send: {quoted}\n- seen: {quoted}\n"));
        let _ = parse_text(&text).map_err(|mistakes| mistakes.to_string());
    }
}
