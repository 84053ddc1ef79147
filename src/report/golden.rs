//! Every report of the sample records against the files in `testdata/`. `UPDATE_GOLDEN=1` rewrites
//! those instead: look at what changed before it is committed.

use std::fs;
use std::path::Path;

use quick_xml::Reader;
use quick_xml::events::Event;

use crate::run::{RunRecord, Verdict};

use super::{Format, Look, Style, html, sample, write_closing};

#[track_caller]
pub(super) fn check(file: &str, actual: &[u8]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/report/testdata").join(file);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, actual).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap();
    assert_eq!(String::from_utf8_lossy(actual), expected, "{file}; UPDATE_GOLDEN=1 rewrites it");
}

fn written(format: Format, record: &RunRecord) -> Vec<u8> {
    let mut bytes = Vec::new();
    format.write(record, &mut bytes).unwrap();
    bytes
}

fn closing(record: &RunRecord, look: Look) -> String {
    let mut bytes = Vec::new();
    write_closing(record, Some(Path::new("reports/20260102-030405-abcd")), look, &mut bytes)
        .unwrap();
    String::from_utf8(bytes).unwrap()
}

fn with(verdict: Verdict, why: &str) -> RunRecord {
    RunRecord { verdict, why: vec![why.to_owned()], ..sample::record() }
}

fn at_an_own_endpoint(record: RunRecord) -> RunRecord {
    RunRecord { target: "wss://uat.example.com/uat".to_owned(), ..record }
}

/// A record of each verdict, by its name.
pub(super) fn every_record() -> [(&'static str, RunRecord); 7] {
    [
        ("failed", sample::record()),
        ("passed", sample::passed()),
        ("error", sample::unstarted()),
        ("invalid", with(Verdict::Invalid, "p99 lateness 38 ms is above 10 ms")),
        ("merged", sample::merged()),
        ("shard", sample::shard()),
        ("interrupted", at_an_own_endpoint(with(Verdict::Interrupted, "interrupted by a person"))),
    ]
}

#[test]
fn every_format_tells_the_sample_as_before() {
    for format in Format::ALL {
        let written = match format {
            // Styles and scripts stand in files of their own, and markup in a line by itself.
            Format::Html => {
                html::body(&sample::record()).into_string().replace("><", ">\n<").into()
            }
            _ => written(format, &sample::record()),
        };
        check(format.file_name(), &written);
    }
}

#[test]
fn the_page_tells_a_merged_run_as_before() {
    let body = html::body(&sample::merged()).into_string().replace("><", ">\n<");
    check("report-merged.html", body.as_bytes());
}

#[test]
fn the_closing_summary_tells_each_verdict_as_before() {
    for (verdict, record) in every_record() {
        check(&format!("closing-{verdict}.txt"), closing(&record, Look::PLAIN).as_bytes());
    }
}

#[test]
fn the_summary_for_a_merge_request_tells_each_verdict_as_before() {
    for (verdict, record) in every_record().into_iter().skip(1) {
        check(&format!("summary-{verdict}.md"), &written(Format::Summary, &record));
    }
}

#[test]
fn what_is_seen_on_no_device_is_told_without_one() {
    let mut record = sample::record();
    record.findings.iter_mut().for_each(|found| found.finding.device = None);
    let told = |format| String::from_utf8(written(format, &record)).unwrap();
    assert!(told(Format::Violations).contains(r#""device":null"#));
    assert!(told(Format::Summary).contains("first in `chat`: "));
    assert!(closing(&record, Look::PLAIN).contains("chat, at 1.2"));
    let page = html::body(&record).into_string();
    assert_eq!(page.matches("<dt>On</dt>").count(), record.every_unmet().count());
}

#[test]
fn colour_comes_only_when_asked_for_and_tells_nothing_more() {
    for (_, record) in every_record() {
        let plain = closing(&record, Look::PLAIN);
        assert!(!plain.contains('\x1b'));
        let coloured = closing(&record, Look { style: Style::Colour, ..Look::PLAIN });
        assert!(coloured.contains("\x1b[1;3"), "{coloured}");
        assert_eq!(console::strip_ansi_codes(&coloured), plain);
    }
}

#[test]
fn the_closing_summary_fits_its_terminal_between_60_and_120_columns() {
    for (_, record) in every_record() {
        for (columns, most) in [(20, 60), (60, 60), (80, 80), (100, 100), (300, 120)] {
            let text = closing(&record, Look { columns, ..Look::PLAIN });
            let copied = ["target ", "report ", "open ", "next "];
            for line in text.lines().filter(|line| !copied.iter().any(|one| line.starts_with(one)))
            {
                assert!(line.chars().count() <= most, "{columns}: {line}");
            }
        }
    }
}

#[test]
fn junit_of_every_verdict_is_valid_by_the_jenkins_schema() {
    for (verdict, record) in every_record() {
        check_jenkins(verdict, &String::from_utf8(written(Format::Junit, &record)).unwrap());
    }
}

#[test]
fn junit_of_every_verdict_is_written_as_before() {
    for (verdict, record) in every_record().into_iter().skip(1) {
        check(&format!("junit-{verdict}.xml"), &written(Format::Junit, &record));
    }
}

/// What junit-10.xsd of Jenkins' xunit plugin allows of the elements that stand in ours: the
/// element, its parents, and its attributes.
const JENKINS: [(&str, &[&str], &[&str]); 9] = [
    ("testsuites", &[""], &["name", "time", "tests", "failures", "errors"]),
    (
        "testsuite",
        &["testsuites", "testsuite"],
        &["name", "tests", "failures", "errors", "time", "skipped", "timestamp", "file"],
    ),
    ("properties", &["testsuite"], &[]),
    ("property", &["properties"], &["name", "value"]),
    ("testcase", &["testsuite"], &["name", "time", "classname"]),
    ("skipped", &["testcase"], &["type", "message"]),
    ("system-out", &["testcase"], &[]),
    ("failure", &["testcase"], &["type", "message"]),
    ("error", &["testcase"], &["type", "message"]),
];

/// Holds a report to the schema.
#[track_caller]
pub(super) fn check_jenkins(verdict: &str, xml: &str) {
    let mut reader = Reader::from_str(xml);
    let mut open = vec![String::new()];
    loop {
        let event = reader.read_event().unwrap();
        let (Event::Start(tag) | Event::Empty(tag)) = &event else {
            match event {
                Event::End(_) => drop(open.pop()),
                Event::Eof => break,
                _ => {}
            }
            continue;
        };
        let name = String::from_utf8(tag.name().as_ref().to_vec()).unwrap();
        let Some((_, parents, attributes)) = JENKINS.iter().find(|(known, ..)| *known == name)
        else {
            panic!("{verdict}: <{name}>");
        };
        let parent = open.last().unwrap().as_str();
        assert!(parents.contains(&parent), "{verdict}: <{name}> in <{parent}>");
        for attribute in tag.attributes() {
            let key = String::from_utf8(attribute.unwrap().key.as_ref().to_vec()).unwrap();
            assert!(attributes.contains(&key.as_str()), "{verdict}: <{name} {key}>");
        }
        if matches!(event, Event::Start(_)) {
            open.push(name);
        }
    }
    assert_eq!(open, [""]);
}

#[test]
fn no_report_holds_a_secret_personal_data_or_a_control_character() {
    for format in Format::ALL {
        let text = String::from_utf8(written(format, &sample::record())).unwrap();
        for secret in ["eyJ", "X-Signature", "Auth=e", "somchai@example.com"] {
            assert!(!text.contains(secret), "{secret} in {}", format.file_name());
        }
        assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "{}", format.file_name());
    }
}
