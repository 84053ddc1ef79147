//! What holds for the page as a whole: what a browser may load of it, and whose markup stands in it.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use regex::Regex;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::conformance::Finding;
use crate::report::sample;
use crate::run::{InForce, Occasion, Origin, RunRecord, ScenarioRecord, Verdict};

use super::{assets, body, write};

fn page(record: &RunRecord) -> String {
    let mut bytes = Vec::new();
    write(record, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

fn every_record() -> [RunRecord; 9] {
    let with = |verdict| RunRecord { verdict, ..sample::record() };
    [
        sample::record(),
        sample::passed(),
        sample::unstarted(),
        with(Verdict::Invalid),
        with(Verdict::Interrupted),
        hostile(&mut Fields::default()),
        sample::merged(),
        sample::merged_of(100),
        sample::shard(),
    ]
}

/// The elements of a page by name, each with its attributes; what stands in styles and scripts is none.
fn elements(page: &str) -> Vec<(String, Vec<(String, String)>)> {
    let inner = Regex::new("(?s)(<(?:style|script)[^>]*>).*?</(?:style|script)>").unwrap();
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

#[test]
fn every_style_and_script_of_the_page_is_allowed_by_its_hash_and_nothing_else_is() {
    let policy = assets::policy(&assets::STYLES, &assets::SCRIPTS);
    let page = page(&sample::record());
    let inner = Regex::new("(?s)<(style|script)>(.*?)</(?:style|script)>").unwrap();
    let mut count = 0;
    for found in inner.captures_iter(&page) {
        let hash = BASE64_STANDARD.encode(Sha256::digest(&found[2]));
        let directive = policy.split("; ").find(|one| one.starts_with(&found[1])).unwrap();
        assert!(directive.contains(&format!("'sha256-{hash}'")), "{} {}", &found[1], &found[2]);
        count += 1;
    }
    assert_eq!(count, assets::STYLES.len() + assets::SCRIPTS.len());
    assert!(page.contains(&maud::html! { meta content=(policy); }.into_string()[5..]));
    assert!(!policy.contains("unsafe") && !policy.contains("http"), "{policy}");
}

#[test]
fn nothing_of_the_page_is_loaded_from_elsewhere_or_run_by_an_attribute() {
    for record in every_record() {
        for (element, attributes) in elements(&page(&record)) {
            for (name, value) in attributes {
                let is_ours = match name.as_str() {
                    "style" => false,
                    "href" | "src" | "srcset" | "action" | "data" | "poster" => {
                        value.starts_with('#') || value == "data:," || !value.contains([':', '/'])
                    }
                    name => !name.starts_with("on"),
                };
                assert!(is_ours, "<{element} {name}={value:?}>");
            }
        }
    }
    for style in assets::STYLES {
        assert!(!style.contains("url(") && !style.contains("@import"), "{style}");
    }
}

#[test]
fn the_page_of_a_hundred_shards_tells_each_once_and_stays_small() {
    let page = page(&sample::merged_of(100));
    assert!(page.len() < 1_000_000, "{} bytes", page.len());
    for index in 1..=100 {
        let row = format!("data-shard=\"{index}\"");
        assert_eq!(page.matches(&row).count(), 1, "{index}");
    }
}

#[test]
fn every_way_within_the_page_leads_somewhere() {
    for record in every_record() {
        let elements = elements(&body(&record).into_string());
        let of = |wanted: &str| -> Vec<String> {
            let all = elements.iter().flat_map(|(_, attributes)| attributes);
            all.filter(|(name, _)| name == wanted).map(|(_, value)| value.clone()).collect()
        };
        let ids = of("id");
        let known: BTreeSet<_> = ids.iter().collect();
        assert_eq!(known.len(), ids.len(), "{ids:?}");
        for to in of("href").iter().filter_map(|href| href.strip_prefix('#')) {
            let is_there = known.iter().any(|id| *id == to);
            assert!(is_there, "#{to}");
        }
    }
}

#[test]
fn the_list_of_parts_leaves_out_what_is_empty() {
    let page = body(&sample::unstarted()).into_string();
    let parts = page.split_once("<nav").unwrap().1.split_once("</nav>").unwrap().0;
    let link = Regex::new("href=\"#([a-z]+)\"").unwrap();
    let told: Vec<_> = link.captures_iter(parts).map(|found| found[1].to_owned()).collect();
    assert_eq!(told, ["verdict", "ran", "generator", "settings"]);
}

#[test]
fn hostile_text_appears_as_text_and_nowhere_as_markup() {
    let mut fields = Fields::default();
    let record = hostile(&mut fields);
    let page = page(&record);
    for (no, name) in fields.0.iter().enumerate() {
        let told = format!("field-{no} &lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;]]&gt;");
        assert!(page.contains(&told), "{name} is not told");
    }
    assert!(!elements(&page).iter().any(|(element, _)| element == "img"));
    let body = body(&record).into_string();
    assert!(!body.contains("<img"));
    let is_obeyed = |c: char| {
        (c.is_control() && c != '\n' && c != '\t') || matches!(c, '\u{202e}' | '\u{2066}')
    };
    assert!(!body.contains(is_obeyed), "{:?}", body.chars().find(|c| is_obeyed(*c)));
    let open = page.matches("<script").count();
    assert_eq!(open, page.matches("</script").count());
    assert!(open <= assets::SCRIPTS.len() + 1);
}

/// The names of fields that were given a hostile text; their place is told in it.
#[derive(Default)]
struct Fields(Vec<&'static str>);

impl Fields {
    fn text(&mut self, name: &'static str) -> String {
        self.0.push(name);
        format!("field-{} {}", self.0.len() - 1, hostile_text())
    }
}

fn hostile_text() -> String {
    let line = "a line of 4 KiB ".repeat(256);
    let word = "W".repeat(500);
    format!(
        "</script><img src=x onerror=alert(1)>]]>\" onload='x' --> \u{0}\u{7}\u{1b}[2J\u{9b}\u{202e}\
         \u{2066}\u{fffe}\r\n{word} {line}"
    )
}

/// A record in which every text is hostile.
fn hostile(fields: &mut Fields) -> RunRecord {
    let mut record = sample::record();
    let plain = hostile_text();
    record.run_id = fields.text("run_id");
    record.plan = fields.text("plan");
    record.started_at = fields.text("started_at");
    record.ended_at.clone_from(&plain);
    record.why = vec![fields.text("why")];
    record.target = fields.text("target");
    record.in_force = vec![InForce {
        key: fields.text("in_force.key"),
        value: json!(fields.text("in_force.value")),
        from: Origin::Flag,
        scenario: Some(fields.text("in_force.scenario")),
    }];
    record.repeat_with = vec![fields.text("repeat_with")];
    record.readings = BTreeMap::from([
        (fields.text("readings.name"), json!([fields.text("readings.value"), 1])),
        ("limits.x".to_owned(), json!({ fields.text("readings.field"): 1 })),
    ]);
    record.machine.os = fields.text("machine.os").into();
    record.machine.arch = fields.text("machine.arch").into();
    record.thresholds[0].expr = fields.text("threshold.expr");
    record.clauses[0].note = Some(fields.text("clause.note"));
    record.generator.notes = vec![plain.clone()];
    record.generator.why = vec![plain.clone()];
    record.waivers[0].waives = fields.text("waiver.waives");
    record.waivers[0].reason = fields.text("waiver.reason");
    record.waivers[0].ticket = Some(fields.text("waiver.ticket"));
    record.waivers[0].until = fields.text("waiver.until");
    hostile_scenario(&mut record.scenarios[0], fields);
    for found in &mut record.findings {
        found.scenario.clone_from(&record.scenarios[0].name);
        found.waived = found.waived.as_ref().map(|_| plain.clone());
        found.finding = Finding {
            message: plain.clone(),
            expected: plain.clone(),
            actual: plain.clone(),
            pointer: plain.clone(),
            event: Some(plain.as_str().into()),
            ..found.finding.clone()
        };
    }
    for conversation in &mut record.conversations {
        conversation.scenario.clone_from(&record.scenarios[0].name);
        if let Occasion::Step { file, step, message, expected, actual, .. } = &mut conversation.of {
            for text in [file, step, message, expected, actual] {
                text.clone_from(&plain);
            }
        }
    }
    let latency = record.latency["connect"];
    record.latency.insert(plain, latency);
    record
}

fn hostile_scenario(scenario: &mut ScenarioRecord, fields: &mut Fields) {
    scenario.name = fields.text("scenario.name");
    scenario.file = fields.text("scenario.file");
    scenario.errors = vec![fields.text("scenario.errors")];
    scenario.thresholds[0].expr = fields.text("scenario.threshold.expr");
    let step = fields.text("step");
    let failed = scenario.steps.iter_mut().find(|step| step.failed > 0).unwrap();
    failed.step.clone_from(&step);
    let unmet = &mut scenario.unmet[0];
    unmet.step = step;
    unmet.message = fields.text("unmet.message");
    unmet.expected = fields.text("unmet.expected");
    unmet.actual = fields.text("unmet.actual");
}
