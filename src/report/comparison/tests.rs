//! The reports of the sample comparisons against the files in `testdata/`, and what holds for all of them.

use std::collections::BTreeSet;
use std::path::Path;

use regex::Regex;

use crate::comparison::Comparison;
use crate::report::golden::{check, check_jenkins};
use crate::report::{Look, Style};

use super::{ComparisonFormat, html, sample, write_comparison_closing};

fn every_comparison() -> [(&'static str, Comparison); 3] {
    [("failed", sample::failed()), ("passed", sample::passed()), ("empty", sample::empty())]
}

fn written(format: ComparisonFormat, comparison: &Comparison) -> String {
    let mut bytes = Vec::new();
    format.write(comparison, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

fn closing(comparison: &Comparison, look: Look) -> String {
    let mut bytes = Vec::new();
    write_comparison_closing(comparison, Some(Path::new("compared")), look, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn every_format_tells_the_sample_as_before() {
    let sample = sample::failed();
    for format in ComparisonFormat::ALL {
        let (file, text) = match format {
            // Styles and scripts stand in files of their own, and markup in a line by itself.
            ComparisonFormat::Html => {
                ("comparison.html", html::body(&sample).into_string().replace("><", ">\n<"))
            }
            ComparisonFormat::Junit => ("comparison-junit.xml", written(format, &sample)),
            ComparisonFormat::Markdown => ("comparison.md", written(format, &sample)),
            ComparisonFormat::Json => ("comparison.json", written(format, &sample)),
        };
        check(file, text.as_bytes());
    }
}

#[test]
fn the_closing_summary_and_the_page_for_a_merge_request_tell_each_comparison_as_before() {
    for (name, comparison) in every_comparison() {
        let closing = closing(&comparison, Look::PLAIN);
        check(&format!("comparison-closing-{name}.txt"), closing.as_bytes());
        let page = written(ComparisonFormat::Markdown, &comparison);
        if name != "failed" {
            check(&format!("comparison-{name}.md"), page.as_bytes());
        }
    }
}

#[test]
fn colour_comes_only_when_asked_for_and_tells_nothing_more() {
    for (_, comparison) in every_comparison() {
        let plain = closing(&comparison, Look::PLAIN);
        assert!(!plain.contains('\x1b'));
        let coloured = closing(&comparison, Look { style: Style::Colour, ..Look::PLAIN });
        assert!(coloured.contains("\x1b[1;3"), "{coloured}");
        assert_eq!(console::strip_ansi_codes(&coloured), plain);
    }
}

#[test]
fn the_closing_summary_fits_its_terminal_between_60_and_120_columns() {
    for (_, comparison) in every_comparison() {
        for (columns, most) in [(20, 60), (60, 60), (80, 80), (100, 100), (300, 120)] {
            let text = closing(&comparison, Look { columns, ..Look::PLAIN });
            for line in text.lines() {
                assert!(line.chars().count() <= most, "{columns}: {line}");
            }
        }
    }
}

#[test]
fn junit_of_every_comparison_is_valid_by_the_jenkins_schema() {
    for (name, comparison) in every_comparison() {
        check_jenkins(name, &written(ComparisonFormat::Junit, &comparison));
    }
}

#[test]
fn what_fails_the_gate_is_what_fails_in_junit() {
    let failed = written(ComparisonFormat::Junit, &sample::failed());
    assert_eq!(failed.matches("<failure").count(), 5, "{failed}");
    let passed = written(ComparisonFormat::Junit, &sample::passed());
    assert!(!passed.contains("<failure") && !passed.contains("<skipped"), "{passed}");
}

#[test]
fn every_report_says_what_the_intervals_are_evidence_of_and_how_they_came_about() {
    for (name, comparison) in every_comparison() {
        let evidence = super::wording::evidence(comparison.method.evidence);
        let closing = closing(&comparison, Look { columns: 120, ..Look::PLAIN });
        let formats = [ComparisonFormat::Markdown, ComparisonFormat::Junit, ComparisonFormat::Html];
        let reports = formats.map(|format| written(format, &comparison));
        for report in reports.iter().chain([&closing]) {
            assert!(report.contains(evidence), "{name}: {report}");
            assert!(report.contains("drawn with replacement"), "{name}: {report}");
        }
    }
}

#[test]
fn no_report_holds_a_control_character_or_markup_of_others() {
    let sample = sample::failed();
    let reports = ComparisonFormat::ALL.map(|format| written(format, &sample));
    for report in reports.iter().chain([&closing(&sample, Look::PLAIN)]) {
        assert!(!report.contains(|c: char| c.is_control() && c != '\n'));
    }
    let page = written(ComparisonFormat::Html, &sample);
    assert!(!page.contains("<script>alert"), "{page}");
}

#[test]
fn the_page_loads_nothing_has_no_style_of_its_own_and_every_way_in_it_leads_somewhere() {
    let [id, href] =
        ["id", "href"].map(|name| Regex::new(&format!(" {name}=\"([^\"]*)\"")).unwrap());
    for (name, comparison) in every_comparison() {
        let body = html::body(&comparison).into_string();
        let of = |pattern: &Regex| -> Vec<String> {
            pattern.captures_iter(&body).map(|found| found[1].to_owned()).collect()
        };
        let ids = of(&id);
        let known: BTreeSet<_> = ids.iter().map(String::as_str).collect();
        assert_eq!(known.len(), ids.len(), "{name}: {ids:?}");
        for way in of(&href) {
            let to = way.strip_prefix('#');
            assert!(to.is_some_and(|to| known.contains(to)), "{name}: {way}");
        }
        // The page's policy would refuse these.
        for refused in [" style=", " src=", " onload=", "<script", "<style", "url("] {
            assert!(!body.contains(refused), "{name}: {refused}");
        }
        let page = written(ComparisonFormat::Html, &comparison);
        assert_eq!(page.matches("<script").count(), page.matches("</script").count());
        assert!(page.contains("default-src &#39;none&#39;") || page.contains("default-src 'none'"));
    }
}
