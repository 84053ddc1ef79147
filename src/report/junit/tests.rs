use std::collections::BTreeSet;

use proptest::prelude::*;
use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::Event;

use crate::conformance::CATALOGUE;
use crate::report::golden::{check_jenkins, every_record};
use crate::report::sample;
use crate::run::FoundViolation;

use super::*;

fn written(record: &RunRecord) -> String {
    let mut bytes = Vec::new();
    write(record, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

/// Every attribute and text of a document, unescaped: `message` or `#text`, and its value.
fn texts(xml: &str) -> Vec<(String, String)> {
    let mut reader = Reader::from_str(xml);
    let (mut told, mut text) = (Vec::new(), String::new());
    loop {
        match reader.read_event().unwrap() {
            Event::Start(tag) | Event::Empty(tag) => {
                for attribute in tag.attributes().map(Result::unwrap) {
                    let name = String::from_utf8(attribute.key.as_ref().to_vec()).unwrap();
                    let value = String::from_utf8(attribute.value.to_vec()).unwrap();
                    told.push((name, unescape(&value).unwrap().into_owned()));
                }
            }
            Event::Text(part) => text += &part.decode().unwrap(),
            Event::GeneralRef(name) => {
                let name = format!("&{};", name.decode().unwrap());
                text += &unescape(&name).unwrap();
            }
            Event::End(_) => told.push(("#text".to_owned(), std::mem::take(&mut text))),
            Event::Eof => return told,
            _ => {}
        }
    }
}

/// The record with a text wherever others have a word in it.
fn saying(text: &str) -> RunRecord {
    let mut record = sample::record();
    let long = text.to_owned();
    for found in &mut record.findings {
        let finding = &mut found.finding;
        for field in
            [&mut finding.message, &mut finding.expected, &mut finding.actual, &mut finding.pointer]
        {
            field.clone_from(&long);
        }
    }
    for scenario in &mut record.scenarios {
        scenario.errors.iter_mut().for_each(|error| error.clone_from(&long));
        for unmet in &mut scenario.unmet {
            for field in [&mut unmet.message, &mut unmet.expected, &mut unmet.actual] {
                field.clone_from(&long);
            }
        }
    }
    for waiver in &mut record.waivers {
        waiver.reason.clone_from(&long);
    }
    for clause in &mut record.clauses {
        clause.note = clause.note.is_some().then(|| long.clone());
    }
    for field in [&mut record.target, &mut record.run_id, &mut record.scenarios[1].name] {
        field.clone_from(&long);
    }
    record.why = vec![long];
    record
}

fn any_text() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        any::<char>().prop_map(String::from),
        proptest::char::range('\0', '\u{9f}').prop_map(String::from),
        Just("]]>".to_owned()),
        Just("\\ud800\\udfff".to_owned()),
        Just("&#0;&#xFFFE;&amp;<![CDATA[".to_owned()),
        Just("\u{fffe}\u{ffff}\u{feff}\u{2028}\r\n\t".to_owned()),
        Just("\u{1b}[31m\u{1b}]8;;x\u{7}".to_owned()),
        Just("</failure><!--".to_owned()),
    ];
    proptest::collection::vec(part, 1..12).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn any_text_is_told_as_far_as_xml_allows(text in any_text()) {
        let xml = written(&saying(&text));
        check_jenkins("any", &xml);
        let told = texts(&xml);
        let holds = |name: &str, part: &str| {
            told.iter().any(|(known, value)| known == name && value.contains(part))
        };
        prop_assert!(holds("message", &one_line(&text)), "{text:?} in {xml}");
        let lines = printable(&text).replace('\t', " ");
        prop_assert!(lines.split('\n').all(|line| holds("#text", line)), "{text:?} in {xml}");
    }
}

fn names(record: &RunRecord) -> Vec<String> {
    let xml = written(record);
    let cases = xml.split("<testcase ").skip(1);
    cases.map(|case| case.split(" time=").next().unwrap().to_owned()).collect()
}

#[test]
fn names_hold_no_figure_of_a_run() {
    let record = sample::record();
    let mut other = record.clone();
    other.seed = 987_654_321;
    other.run_id = "20270405-060708-9999".to_owned();
    other.target = "wss://other.example.com:9443/uat".to_owned();
    for scenario in &mut other.scenarios {
        for step in &mut scenario.steps {
            (step.line, step.passed, step.failed) = (step.line + 1_000, step.failed, step.passed);
        }
        for clause in &mut scenario.clauses {
            (clause.checked, clause.violated) = (clause.checked + 7, clause.violated + 7);
        }
        for threshold in &mut scenario.thresholds {
            threshold.value = Some(123_456.0);
        }
    }
    for threshold in &mut other.thresholds {
        threshold.expr = threshold.expr.replace("0.1%", "7.5%");
    }
    assert_eq!(names(&record), names(&other));
    let unique: BTreeSet<_> = names(&record).into_iter().collect();
    assert_eq!(unique.len(), names(&record).len());
}

#[test]
fn two_cases_never_have_one_name() {
    let mut record = sample::record();
    record.scenarios = vec![record.scenarios[0].clone(), record.scenarios[0].clone()];
    record.waivers = vec![record.waivers[3].clone(), record.waivers[3].clone()];
    let unique: BTreeSet<_> = names(&record).into_iter().collect();
    assert_eq!(unique.len(), names(&record).len());
}

#[test]
fn every_reader_finds_times_and_what_is_wrong() {
    for (verdict, record) in every_record() {
        let xml = written(&record);
        for tag in xml.split('<').filter(|tag| tag.starts_with("test")) {
            assert!(tag.contains(" time=\""), "{verdict}: {tag}");
        }
        // The text of a failure begins with its message.
        for failure in xml.split("<failure message=\"").skip(1) {
            let (message, rest) = failure.split_once('"').unwrap();
            let text = rest.split_once('>').unwrap().1.replace('\n', " ");
            assert!(text.starts_with(message), "{verdict}: {failure}");
        }
    }
    let passed = written(&sample::passed());
    assert_eq!(passed.matches("time=\"12.345\"").count(), 2, "the run, and its one scenario");
}

#[test]
fn a_huge_run_is_told_in_bounded_size() {
    let mut record = saying(&"long ".repeat(20_000));
    let found = record.findings[0].clone();
    record.findings = (0..1_000)
        .map(|nth| {
            let mut finding = found.finding.clone();
            finding.clause = CATALOGUE[nth % CATALOGUE.len()].id;
            FoundViolation { finding, ..found.clone() }
        })
        .collect();
    let xml = written(&record);
    check_jenkins("huge", &xml);
    assert!(xml.len() < 200_000, "{}", xml.len());
}
