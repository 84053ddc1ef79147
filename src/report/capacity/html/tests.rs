//! What holds for the page as a whole: what a browser may load of it, and whose markup stands in it.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use regex::Regex;
use sha2::{Digest as _, Sha256};

use crate::capacity::CapacityRecord;
use crate::report::capacity::sample;

use super::{page, write};

fn page_of(record: &CapacityRecord) -> String {
    let mut bytes = Vec::new();
    write(record, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

/// The elements of a page by name, each with its attributes; what stands in styles is none.
fn elements(page: &str) -> Vec<(String, Vec<(String, String)>)> {
    let inner = Regex::new("(?s)(<style[^>]*>).*?</style>").unwrap();
    let tag = Regex::new(r"<([a-zA-Z][a-zA-Z0-9]*)([^>]*)>").unwrap();
    let attribute = Regex::new(r#"([a-zA-Z-]+)(?:="([^"]*)")?"#).unwrap();
    let page = inner.replace_all(page, "$1");
    let attributes = |text: &str| {
        let pair = |found: regex::Captures<'_>| {
            (found[1].to_owned(), found.get(2).map_or("", |value| value.as_str()).to_owned())
        };
        attribute.captures_iter(text).map(pair).collect()
    };
    tag.captures_iter(&page).map(|tag| (tag[1].to_owned(), attributes(&tag[2]))).collect()
}

fn every_record() -> Vec<(&'static str, CapacityRecord)> {
    let endings = sample::every_ending().into_iter().map(|record| ("ending", record));
    sample::every_record().into_iter().chain(endings).collect()
}

#[test]
fn styles_are_allowed_by_their_hash_and_no_script_stands_in_the_page() {
    let page = page_of(&sample::found());
    for style in page::STYLES {
        let hash = BASE64_STANDARD.encode(Sha256::digest(style));
        assert!(page.contains(&format!("'sha256-{hash}'")));
        assert!(!style.contains("url(") && !style.contains("@import"), "{style}");
    }
    assert!(!page.contains("<script") && !page.contains("unsafe"));
}

#[test]
fn nothing_is_loaded_from_elsewhere_run_by_an_attribute_or_led_to_outside_the_folder() {
    for (name, record) in every_record() {
        for (element, attributes) in elements(&page_of(&record)) {
            for (attribute, value) in attributes {
                let is_ours = match attribute.as_str() {
                    "style" => false,
                    "href" | "src" | "data" => {
                        let is_below = !value.contains(':') && !value.starts_with(['/', '.']);
                        value == "data:," || is_below
                    }
                    attribute => !attribute.starts_with("on"),
                };
                assert!(is_ours, "{name}: <{element} {attribute}={value:?}>");
            }
        }
    }
}

#[test]
fn every_way_within_the_page_leads_somewhere_and_ids_are_unique() {
    for (name, record) in every_record() {
        let elements = elements(&page_of(&record));
        let of = |wanted: &str| -> Vec<String> {
            let all = elements.iter().flat_map(|(_, attributes)| attributes);
            all.filter(|(name, _)| name == wanted).map(|(_, value)| value.clone()).collect()
        };
        let ids = of("id");
        let known: BTreeSet<_> = ids.iter().map(String::as_str).collect();
        assert_eq!(known.len(), ids.len(), "{name}: {ids:?}");
        let labels = of("aria-labelledby");
        let labels = labels.iter().flat_map(|ids| ids.split(' '));
        let ways = of("href");
        let ways = ways.iter().filter_map(|href| href.strip_prefix('#'));
        for to in ways.chain(labels) {
            assert!(known.contains(to), "{name}: #{to}");
        }
    }
}

#[test]
fn hostile_text_appears_as_text_and_nowhere_as_markup() {
    let page = page_of(&sample::hostile());
    assert!(page.contains("&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;"));
    assert!(!elements(&page).iter().any(|(element, _)| element == "img" || element == "script"));
    let is_obeyed = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
    assert!(!page.contains(is_obeyed), "{:?}", page.chars().find(|c| is_obeyed(*c)));
}

#[test]
fn every_drawing_has_a_name_a_description_and_only_numbers_for_places() {
    for (name, record) in every_record() {
        let page = page_of(&record);
        let drawings = page.matches("<svg class=\"drawing\"").count();
        assert_eq!(page.matches("role=\"img\"").count(), drawings);
        assert_eq!(page.matches("<desc").count(), drawings, "{name}");
        assert!(!page.contains("NaN") && !page.contains("inf "), "{name}");
    }
}

#[test]
fn numbers_without_sense_draw_nothing_and_break_nothing() {
    for odd in [f64::NAN, f64::INFINITY, 0.0, -1.0, f64::MAX, f64::MIN_POSITIVE] {
        let mut record = sample::found();
        for level in &mut record.levels {
            level.load = odd;
            (level.concurrency, level.throughput_per_s, level.errors) =
                (Some(odd), Some(odd), Some(odd));
            for figure in [&mut level.p50, &mut level.p99].into_iter().flatten() {
                (figure.value, figure.low, figure.high) = (odd, odd, odd);
            }
        }
        if let Some(law) = &mut record.law {
            (law.sigma, law.kappa, law.measured_to) = (odd, odd, odd);
        }
        let page = page_of(&record);
        assert!(!page.contains("NaN"), "{odd}");
    }
}
