//! Every report of the sample records against the files in `testdata/capacity/`, as the reports of runs
//! are held to theirs.

use std::path::Path;

use crate::capacity::{CapacityRecord, CapacityVerdict};
use crate::report::golden::{check, check_jenkins};
use crate::report::{Look, Style};

use super::{CapacityFormat, html, sample, write_capacity_closing};

fn written(format: CapacityFormat, record: &CapacityRecord) -> Vec<u8> {
    let mut bytes = Vec::new();
    format.write(record, &mut bytes).unwrap();
    bytes
}

fn closing(record: &CapacityRecord, look: Look) -> String {
    let mut bytes = Vec::new();
    let folder = Path::new("reports/20260102-030405-abcd");
    write_capacity_closing(record, Some(folder), look, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn every_format_tells_the_sample_as_before() {
    for format in CapacityFormat::ALL {
        let written = match format {
            // Styles stand in files of their own, and markup in a line by itself.
            CapacityFormat::Html => {
                html::body(&sample::found()).into_string().replace("><", ">\n<").into()
            }
            _ => written(format, &sample::found()),
        };
        check(&format!("capacity/{}", format.file_name()), &written);
    }
}

#[test]
fn every_way_to_end_is_told_as_before() {
    for (name, record) in sample::every_record() {
        check(&format!("capacity/closing-{name}.txt"), closing(&record, Look::PLAIN).as_bytes());
        let of = |format| written(format, &record);
        check(&format!("capacity/summary-{name}.md"), &of(CapacityFormat::Markdown));
        check(&format!("capacity/junit-{name}.xml"), &of(CapacityFormat::Junit));
    }
}

#[test]
fn junit_of_every_way_to_end_is_valid_by_the_jenkins_schema() {
    for (name, record) in sample::every_record() {
        let xml = String::from_utf8(written(CapacityFormat::Junit, &record)).unwrap();
        check_jenkins(name, &xml);
    }
}

#[test]
fn colour_comes_only_when_asked_for_and_tells_nothing_more() {
    for (_, record) in sample::every_record() {
        let plain = closing(&record, Look::PLAIN);
        assert!(!plain.contains('\x1b'));
        let coloured = closing(&record, Look { style: Style::Colour, ..Look::PLAIN });
        assert!(coloured.contains("\x1b[1;3"), "{coloured}");
        assert_eq!(console::strip_ansi_codes(&coloured), plain);
    }
}

#[test]
fn the_closing_summary_fits_its_terminal_between_60_and_120_columns() {
    for (_, record) in sample::every_record() {
        for (columns, most) in [(20, 60), (60, 60), (80, 80), (100, 100), (300, 120)] {
            let text = closing(&record, Look { columns, ..Look::PLAIN });
            let copied = ["target ", "report ", "levels ", "next "];
            for line in text.lines().filter(|line| !copied.iter().any(|one| line.starts_with(one)))
            {
                assert!(line.chars().count() <= most, "{columns}: {line}");
            }
        }
    }
}

#[test]
fn every_ending_is_named_and_every_lower_bound_is_said_to_be_one() {
    for record in sample::every_ending() {
        let page = html::body(&record).into_string();
        let word = super::words::ended(record.ended.by);
        assert!(page.contains(word) && closing(&record, Look::PLAIN).contains(word), "{word}");
    }
    for (name, record) in sample::every_record() {
        if record.verdict == CapacityVerdict::Beyond {
            assert!(closing(&record, Look::PLAIN).contains("at least"), "{name}");
            assert!(html::body(&record).into_string().contains("lower bound"), "{name}");
        }
    }
}

#[test]
fn no_report_holds_a_control_character() {
    for (name, record) in sample::every_record() {
        for format in CapacityFormat::ALL {
            // JSON has them escaped.
            let text = String::from_utf8(written(format, &record)).unwrap();
            assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "{name}");
        }
    }
}
