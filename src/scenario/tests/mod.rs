//! Whole files in, scenarios or exact diagnostics out.

mod golden;
mod hostile;
mod library;

use std::path::Path;
use std::{fs, io};

use crate::load::{Leg, Spacing};

use super::*;

/// From the crate's folder, where tests run, so that goldens hold no path of a machine.
const TESTDATA: &str = "src/scenario/testdata";

/// The YAML files of a folder of test data, by name.
pub(super) fn yaml_files(folder: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the folder is there");
    let paths = entries.map(|entry| entry.expect("it can be listed").path());
    let mut files: Vec<_> =
        paths.filter(|path| path.extension().is_some_and(|end| end == "yaml")).collect();
    files.sort();
    files
}

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
        "DESK_URL" => Some("wss://desk.example.com/desk".into()),
        "DESK_TOKEN" => Some("a-made-up-token".into()),
        "EMPTY" => Some(String::new()),
        _ => None,
    }
}

fn context() -> ParseContext<'static> {
    ParseContext { env: &environment, read_file: &read_file, list_folder: &list_folder }
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
    let Action::Repeat { pace: Pace::Times(2), steps } = &scenario.flow[1].action else {
        panic!("a repeat")
    };
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
fn stages_tell_how_long_and_how_many() {
    let load = |load: &str| accepted(&format!("name: test\nload: {load}\nflow: [init, end]")).load;
    let devices = load("{ stages: [{ devices: 2, for: 1s }, { devices: 5, for: 2s }] }");
    assert_eq!(devices.devices.map(|devices| devices.get()), Some(5));
    assert_eq!(devices.until, Until::Elapsed(std::time::Duration::from_secs(3)));
    assert!(!devices.is_open() && load("{ rate: 1/s }").is_open());
    let rates = load("{ devices: 7, stages: [{ rate: 30/m, for: 1s }, { rate: 0/s, for: 1s }] }");
    assert!(rates.is_open() && rates.devices.is_some_and(|devices| devices.get() == 7));
    let second = std::time::Duration::from_secs(1);
    assert_eq!(rates.stages[0], Stage::Rate(Leg::flat(0.5, second)));
    let ramps = load("{ arrival: poisson, stages: [{ rate: 1/s..9/s, for: 1s }] }");
    assert_eq!(ramps.stages, [Stage::Rate(Leg { from: 1.0, to: 9.0, time: second })]);
    assert_eq!(ramps.arrival, Spacing::Poisson);
    let crowd = load("{ stages: [{ devices: 0..7, for: 1s }, { devices: 7..2, for: 1s }] }");
    assert_eq!(crowd.stages[1], Stage::Devices(Leg { from: 7, to: 2, time: second }));
    assert_eq!(crowd.devices.map(|devices| devices.get()), Some(7));
    assert!(load("{ stages: [] }").stages.is_empty());
}

#[test]
fn rows_are_those_of_the_file() {
    let text = "name: test\ndata: { file: ok/data/guests.csv, pick: once }\nflow: [init, { send: \"${data.room}\" }]";
    let data = accepted(text).data.expect("it has data");
    assert_eq!((data.pick, data.columns), (Pick::Once, vec!["name".into(), "room".into()]));
    assert_eq!(data.rows[1], ["Mali, of the third floor", "4"]);
}

#[test]
fn a_mutated_request_is_whole_and_its_fields_are_pointers() {
    let scenario = accepted(&flow(
        "- init\n- mutate: { call: send, fields: [contentType, /metdata/topic], kinds: [missing] }\n",
    ));
    let Action::Mutate { call, fields, kinds } = &scenario.flow[1].action else {
        panic!("a mutate")
    };
    assert!(matches!(call.action, Action::Send { .. }));
    assert_eq!((call.name, call.line, call.no), ("send", 4, scenario.flow[1].no));
    assert_eq!(fields.as_deref(), Some(&["/contentType".into(), "/metdata/topic".into()][..]));
    assert_eq!(kinds, &[Mutation::Missing]);
}

#[test]
fn branches_share_what_they_saved_afterwards() {
    let scenario = accepted(
        "name: test\nactors: { phone: {}, tablet: {} }\nflow:\n- init\n\
         - parallel: [[{ send: { text: a, as: a } }], [{ send: { text: b, by: tablet, as: b } }, { await: { event: message, from: phone, by: tablet } }]]\n\
         - unsend: a\n- unsend: { message: b, by: tablet }\n",
    );
    let Action::Parallel(branches) = &scenario.flow[1].action else { panic!("a parallel") };
    assert_eq!(branches.iter().map(Vec::len).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(scenario.steps().map(|step| step.no.0).collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5, 6]);
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
