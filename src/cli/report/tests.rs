//! Records written, and read again.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;
use std::time::Duration;

use proptest::prelude::*;
use tempfile::TempDir;

use crate::archive::{self, ArchiveError, Latencies};
use crate::metrics::{Distribution, Metric, Recorder};
use crate::report::{Existing, Format, IntervalLog, RunFolder, sample};
use crate::run::{
    CONVERSATIONS_FILE, LATENCY_FILE, RUN_FILE, RunRecord, Second, TIMELINE_FILE, VIOLATIONS_FILE,
};

const SOURCES: [&str; 5] =
    [RUN_FILE, VIOLATIONS_FILE, CONVERSATIONS_FILE, TIMELINE_FILE, LATENCY_FILE];

/// What was measured in a second.
fn measured(second: u64) -> Recorder {
    let mut recorder = Recorder::default();
    for us in [3, 700 + second, 131_072 * (second + 1), 599_999_999] {
        let time = Duration::from_micros(us);
        recorder.planned_latency(Metric::SendToPeer, time, Some(time / 2));
        recorder.named_latency("rtt.of a, b\n%20", time);
        recorder.late_by(time / 1000);
    }
    recorder
}

/// The fixed record, with latencies that were measured in its seconds, in a folder of its own.
fn written() -> (TempDir, RunRecord) {
    let folder = tempfile::tempdir().unwrap();
    let mut log = IntervalLog::new(Vec::new());
    log.begin("2026-01-02T03:04:05.678Z".parse().unwrap()).unwrap();
    let mut whole = Recorder::default();
    for no in 0..5 {
        let recorder = measured(no);
        whole.merge(&recorder);
        log.write(&Second { no, devices: 0, recorder }).unwrap();
    }
    fs::write(folder.path().join(LATENCY_FILE), log.into_inner()).unwrap();
    let latencies = || whole.latencies().map(|(metric, latency)| (metric.into_owned(), latency));
    let record = RunRecord {
        latency: latencies().map(|(metric, one)| (metric, one.summary().unwrap())).collect(),
        distributions: latencies().map(|(metric, one)| (metric, Distribution::of(one))).collect(),
        ..sample::record()
    };
    let unwritten = RunFolder::create(folder.path(), Existing::Refuse).unwrap().write(&record);
    assert!(unwritten.is_empty(), "{unwritten:?}");
    (folder, record)
}

/// The files that a record is read from, written once.
static FILES: LazyLock<Vec<(&str, Vec<u8>)>> = LazyLock::new(|| {
    let (folder, _) = written();
    SOURCES.map(|name| (name, fs::read(folder.path().join(name)).unwrap())).into()
});

/// A folder with a copy of them.
fn copied() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    FILES.iter().for_each(|(name, bytes)| fs::write(folder.path().join(name), bytes).unwrap());
    folder
}

#[test]
fn a_record_is_read_as_it_was_written() {
    let (folder, record) = written();
    let again = archive::read(folder.path()).unwrap();
    assert_eq!(again, record);
    let latencies = archive::whole_latencies(folder.path(), &again).unwrap();
    assert_eq!(latencies.len(), 3);
    for (metric, latency) in latencies {
        assert_eq!(latency.summary().unwrap(), record.latency[&metric], "{metric}");
    }
}

#[test]
fn latencies_are_read_second_by_second() {
    let folder = copied();
    let mut latencies = Latencies::open(folder.path()).unwrap();
    let mut seconds = Vec::new();
    while let Some(one) = latencies.next_of(|metric| metric == "lateness").unwrap() {
        assert_eq!(one.latency.count(), 4);
        seconds.push(one.second);
    }
    assert_eq!(seconds, [0, 1, 2, 3, 4]);
}

/// Changes a file of a folder that can be read, and holds the error to these words.
#[track_caller]
fn check(file: &str, change: impl FnOnce(String) -> String, says: &str) {
    let folder = copied();
    let path = folder.path().join(file);
    fs::write(&path, change(fs::read_to_string(&path).unwrap())).unwrap();
    let told = archive::read(folder.path()).unwrap_err().to_string();
    assert!(told.starts_with(&path.display().to_string()), "{told}");
    assert!(told.contains(says), "does not say {says:?}: {told}");
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let replace = |from: &'static str, to: &'static str| {
        move |text: String| {
            assert!(text.contains(from), "{from}");
            text.replacen(from, to, 1)
        }
    };
    check(RUN_FILE, replace("deskbell.run/1", "deskbell.run/2"), "\"deskbell.run/2\", and this");
    check(RUN_FILE, replace("\"run_id\"", "\"id\""), "missing field `run_id`");
    check(RUN_FILE, replace("\"seed\": 42", "\"seed\": -1"), ":33:12: invalid value");
    check(RUN_FILE, replace("\"ENV-1\"", "\"ENV-99\""), "there is no clause `ENV-99`");
    check(RUN_FILE, replace("\"reset\"", "\"rest\""), "there is no kind of error `rest`");
    check(RUN_FILE, replace("\"sends\": 1000", "\"sends\": 10000000000000000"), "/totals/sends");
    check(RUN_FILE, |text| text[..100].to_owned(), "EOF while parsing");
    check(RUN_FILE, |_| String::new(), ":1:0: EOF while parsing");
    check(VIOLATIONS_FILE, replace("\"device\":2", "\"device\":-2"), ":2:");
    check(VIOLATIONS_FILE, replace("\n", "\n\n"), "EOF while parsing");
    check(VIOLATIONS_FILE, |_| String::new(), "holds 0 findings, and run.json counts 4");
    check(CONVERSATIONS_FILE, replace("\"violation\":2", "\"violation\":5"), ":2:1: it belongs to");
    check(CONVERSATIONS_FILE, replace("not-opened", "opend"), "unknown variant `opend`");
    check(TIMELINE_FILE, replace("\n1,", "\n2,"), ":3:1: it is no row of second 1");
    check(TIMELINE_FILE, replace("1000", "many"), ":5:4: invalid digit");
    check(TIMELINE_FILE, replace("1000", "999"), "holds 999 sends, and run.json counts 1000");
    check(TIMELINE_FILE, |_| String::new(), "no line of column names");
    check(LATENCY_FILE, replace("HISTFAA", "HJSTFAA"), ":6:1: it is no");
    check(LATENCY_FILE, replace("Tag=", "Tug="), ":6:1: it is no interval");
    check(LATENCY_FILE, |text| text[..text.len() - 9].to_owned(), "the line is cut off");
    let last = |text: String| text[..text[..text.len() - 1].rfind("Tag=send").unwrap()].to_owned();
    check(LATENCY_FILE, last, "samples of");
}

#[track_caller]
fn check_refused(folder: &Path, says: &str) {
    let told = archive::read(folder).unwrap_err().to_string();
    assert!(told.contains(says), "does not say {says:?}: {told}");
}

#[test]
fn a_folder_that_is_not_whole_is_refused() {
    let folder = copied();
    check_refused(&folder.path().join("absent"), "there is no folder");
    for name in &SOURCES[1..] {
        let path = folder.path().join(name);
        let bytes = fs::read(&path).unwrap();
        fs::remove_file(&path).unwrap();
        check_refused(folder.path(), &format!("{name} is missing"));
        fs::create_dir(&path).unwrap();
        check_refused(folder.path(), "it is no regular file");
        fs::remove_dir(&path).unwrap();
        fs::write(&path, bytes).unwrap();
    }
    fs::remove_file(folder.path().join(RUN_FILE)).unwrap();
    check_refused(folder.path(), "holds no run.json");
}

#[test]
fn a_file_that_never_ends_is_not_read() {
    for name in SOURCES {
        let folder = copied();
        let path = folder.path().join(name);
        fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink("/dev/zero", &path).unwrap();
        let refused = archive::read(folder.path()).unwrap_err();
        assert!(matches!(refused, ArchiveError::Unreadable { .. }), "{refused}");
    }
}

/// What is done to the bytes of a file.
#[derive(Clone, Debug)]
enum Harm {
    Cut(usize),
    Flip(usize, u8),
    Insert(usize, Vec<u8>),
    Remove(usize, usize),
}

fn harm() -> impl Strategy<Value = Harm> {
    let at = || any::<usize>();
    prop_oneof![
        at().prop_map(Harm::Cut),
        (at(), any::<u8>()).prop_map(|(at, byte)| Harm::Flip(at, byte)),
        (at(), proptest::collection::vec(any::<u8>(), 1..20))
            .prop_map(|(at, bytes)| Harm::Insert(at, bytes)),
        (at(), 1..200_usize).prop_map(|(at, length)| Harm::Remove(at, length)),
    ]
}

fn harmed(mut bytes: Vec<u8>, harm: Harm) -> Vec<u8> {
    let length = bytes.len();
    match harm {
        Harm::Cut(at) => bytes.truncate(at % length),
        Harm::Flip(at, byte) => bytes[at % length] = byte,
        Harm::Insert(at, more) => drop(bytes.splice(at % length..at % length, more)),
        Harm::Remove(at, many) => {
            let at = at % length;
            bytes.drain(at..length.min(at + many));
        }
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn whatever_a_file_holds_it_is_a_record_or_an_error(file in 0..SOURCES.len(), harm in harm()) {
        let folder = copied();
        let path = folder.path().join(SOURCES[file]);
        fs::write(&path, harmed(fs::read(&path).unwrap(), harm)).unwrap();
        if let Ok(record) = archive::read(folder.path()) {
            for format in Format::ALL {
                format.write(&record, &mut Vec::new()).unwrap();
            }
        }
    }
}
