use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use serde_json::json;

use crate::report::sample;

use super::*;

fn written(record: &RunRecord) -> String {
    let mut bytes = Vec::new();
    write(record, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

fn events(page: &str) -> impl Iterator<Item = Event<'_>> {
    Parser::new_ext(page, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH)
}

/// The cells of each table, the header's among them.
fn tables(page: &str) -> Vec<Vec<Vec<String>>> {
    let mut tables: Vec<Vec<Vec<String>>> = Vec::new();
    let mut is_inside = false;
    for event in events(page) {
        let table = tables.last_mut();
        match (event, table) {
            (Event::Start(Tag::Table(_)), _) => tables.push(Vec::new()),
            (Event::Start(Tag::TableHead | Tag::TableRow), Some(table)) => table.push(Vec::new()),
            (Event::Start(Tag::TableCell), Some(table)) => {
                is_inside = true;
                table.last_mut().unwrap().push(String::new());
            }
            (Event::End(TagEnd::TableCell), _) => is_inside = false,
            (Event::Text(text) | Event::Code(text), Some(table)) if is_inside => {
                table.last_mut().unwrap().last_mut().unwrap().push_str(&text);
            }
            _ => {}
        }
    }
    tables
}

/// That it holds nothing but our own markup.
#[track_caller]
fn check_tame(page: &str) {
    const OURS: [&str; 2] = ["<details>\n", "</details>\n"];
    let mut is_code = false;
    for event in events(page) {
        match event {
            Event::Start(Tag::CodeBlock(_)) => is_code = true,
            Event::End(TagEnd::CodeBlock) => is_code = false,
            Event::Html(html) => {
                let is_summary = html.starts_with("<summary>")
                    && html.trim_end().ends_with("</summary>")
                    && html.matches('<').count() == 2;
                assert!(OURS.contains(&html.as_ref()) || is_summary, "{html}");
            }
            Event::InlineHtml(html) => panic!("{html}"),
            Event::Start(tag @ (Tag::Link { .. } | Tag::Image { .. })) => panic!("{tag:?}"),
            // What turns into links and mentions later is looked for in text, and not in code.
            Event::Text(text) if !is_code => assert!(!text.contains(['@', '#', '!']), "{text}"),
            _ => {}
        }
    }
    assert!(page.len() < LONGEST_PAGE, "{}", page.len());
}

#[test]
fn tables_hold_what_the_record_does() {
    let page = written(&sample::record());
    check_tame(&page);
    let tables = tables(&page);
    for table in &tables {
        assert!(table.iter().all(|row| row.len() == table[0].len()), "{table:?}");
    }
    let titles: Vec<_> = tables.iter().map(|table| table[0][0].as_str()).collect();
    assert_eq!(titles, ["scenario", "of", "latency", "errors in layer"]);
    let names: Vec<_> = tables[0][1..].iter().map(|row| row[0].as_str()).collect();
    assert_eq!(names, ["chat", "=cmd|' <&>\" \u{fffd}ก", "two tenants"]);
    assert_eq!(tables[1][1], ["the whole run", "errors.rate < 0.1%", "25 %"]);
    let latency = ["send_to_ack", "1 000", "2.4 ms", "12 ms", "48 ms", "3.6 s"];
    assert_eq!(tables[2][1], latency);
}

/// The record with a text wherever others have a word in it, and far more of all than a page holds.
fn flooded(text: &str, times: usize) -> RunRecord {
    let mut record = sample::record();
    let long = text.to_owned();
    record.target.clone_from(&long);
    record.why = vec![long.clone(); times];
    for found in &mut record.findings {
        found.scenario.clone_from(&long);
        let finding = &mut found.finding;
        for field in
            [&mut finding.message, &mut finding.expected, &mut finding.actual, &mut finding.pointer]
        {
            field.clone_from(&long);
        }
    }
    record.readings.insert("gateway_says".to_owned(), json!([long]));
    for clause in &mut record.clauses {
        clause.note = clause.note.is_some().then(|| long.clone());
    }
    for scenario in &mut record.scenarios {
        for field in [&mut scenario.name, &mut scenario.file] {
            field.clone_from(&long);
        }
        scenario.errors = vec![long.clone(); times.min(20)];
        for unmet in &mut scenario.unmet {
            for field in [&mut unmet.message, &mut unmet.expected, &mut unmet.actual] {
                field.clone_from(&long);
            }
        }
        for threshold in &mut scenario.thresholds {
            threshold.expr.clone_from(&long);
            threshold.ok = false;
        }
    }
    record.scenarios = record.scenarios.iter().cycle().take(3 * times.min(20)).cloned().collect();
    record.clauses = record.clauses.iter().cycle().take(9 * times).cloned().collect();
    record
}

#[test]
fn a_huge_run_fits_a_comment() {
    for text in ["x".repeat(5_000), "`|".repeat(2_000), "ก".repeat(2_000), "a b ".repeat(500)] {
        let page = written(&flooded(&text, 400));
        check_tame(&page);
        assert!(page.contains("more"), "{page}");
    }
}

#[test]
fn text_of_others_is_nothing_but_text() {
    for text in [
        "</summary></details><script>alert(1)</script>",
        "![x](https://example.com/x.png) [y](https://example.com)",
        "@everyone #1 !2 https://example.com www.example.com a@example.com",
        "| a | b |\n| --- | --- |",
        "```\n# title\n```",
        "<!-- ` --> ` | ` <b>",
        "[x]: https://example.com",
    ] {
        let page = written(&flooded(text, 1));
        check_tame(&page);
        let words = text.split_whitespace().next().unwrap();
        let told: String = events(&page)
            .filter_map(|event| match event {
                Event::Text(text) | Event::Code(text) => Some(text.into_string()),
                _ => None,
            })
            .collect();
        assert!(told.contains(words), "{words} in {told}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_text_leaves_the_page_as_it_is(text in "([a-z]|[!-/:-@\\[-`{-~ \n]){0,40}") {
        let page = written(&flooded(&text, 1));
        check_tame(&page);
        let shape: Vec<_> = tables(&page).iter().map(|table| (table.len(), table[0].len())).collect();
        prop_assert_eq!(shape, [(4, 7), (4, 3), (5, 6), (8, 4)]);
    }
}

#[test]
fn a_run_without_anything_is_told_too() {
    let page = written(&sample::unstarted());
    check_tame(&page);
    assert!(page.starts_with("## deskbell: error\n\n- cannot connect to `wss://uat.example.com/uat`: connection refused\n"), "{page}");
    assert!(page.contains("**Clauses** none checked"), "{page}");
}
