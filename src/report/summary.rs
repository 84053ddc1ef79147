//! `summary.md`: the result in a page, for a merge request or the summary of a CI job.
//!
//! It is read on GitHub and on GitLab, and knows neither: tables, lists, `<details>` and code. What
//! others wrote goes through [`markdown`], so that it stays text. Start from [`write`].

mod wrong;

use std::io;
use std::time::Duration;

use crate::run::{ClauseStatus, RunRecord, ScenarioRecord, ShardRecord, Verdict};

use super::figure::{brief, counted, grouped};
use super::markdown::{block, code, sentence};
use super::{Format, evidence, layers, repeat, shards, span, terminal};

/// The longest page, in bytes: a comment on GitHub holds 65 536 characters.
const LONGEST_PAGE: usize = 60_000;

/// How many rows a table or a list has at most.
const MOST: usize = 15;

/// How many clauses are named for one reason.
const NAMED: usize = 30;

const BEYOND_PAGE: &str = "More is told in `report.html`.\n";

const LATENCIES: [&str; 4] = ["send_to_ack", "send_to_event", "send_to_peer", "connect"];

/// Writes the page: what came out and why, what was run, what is wrong, the figures, how to repeat it.
pub(super) fn write(record: &RunRecord, to: &mut dyn io::Write) -> io::Result<()> {
    let blocks = [
        head(record),
        scenarios(record),
        by_shard(record),
        wrong::clauses(record),
        wrong::steps(record),
        wrong::not_run(record),
        wrong::thresholds(record),
        latencies(record),
        errors(record),
        coverage(record),
        without_verdict(record),
        commands(record),
        files(),
    ];
    to.write_all(page(blocks.into_iter().flatten()).as_bytes())
}

/// The blocks one after another, as far as there is room for them.
pub(super) fn page(blocks: impl Iterator<Item = String>) -> String {
    let mut page = String::new();
    let mut is_whole = true;
    for block in blocks {
        if page.len() + block.len() + BEYOND_PAGE.len() < LONGEST_PAGE {
            page += &block;
            page.push('\n');
        } else {
            is_whole = false;
        }
    }
    if is_whole {
        page.pop();
    } else {
        page += BEYOND_PAGE;
    }
    page
}

fn head(record: &RunRecord) -> Option<String> {
    let verdict = record.verdict.as_str();
    let mut text = format!("## deskbell: {verdict}\n\n");
    text += &list(record.why.iter().map(|why| sentence(why)), "reasons");
    if !record.why.is_empty() {
        text.push('\n');
    }
    let took = span::took(record).map_or(String::new(), |took| format!(" for {}", brief(took)));
    let (target, run, started) =
        (code(&record.target), code(&record.run_id), code(&record.started_at));
    let (seed, version) = (record.seed, &record.version);
    text += &format!(
        "**Target** {target}\n\n**Run** {run} from {started}{took}, seed {seed}, deskbell {version}"
    );
    if let Some(share) = shards::share(record) {
        text += &format!(", {share}");
    }
    text.push('\n');
    Some(text)
}

/// Each shard of a merged run, or those that matter most where there are many.
fn by_shard(record: &RunRecord) -> Option<String> {
    let (told, rest) = shards::told(record);
    let first = shards::first_began(record);
    let row = |shard: &ShardRecord| {
        let verdict = shard.verdict.as_str();
        let is_passed = shard.verdict == Verdict::Passed;
        let totals = &shard.totals;
        let cells = [
            shard.index.to_string(),
            if is_passed { verdict.to_owned() } else { format!("**{verdict}**") },
            grouped(totals.devices),
            grouped(totals.sends),
            grouped(totals.events),
            grouped(shard.errors.total()),
            shards::busiest(shard).unwrap_or_default(),
            shards::lateness(shard),
            shards::began(first, shard),
        ];
        cells.to_vec()
    };
    let header = [
        "shard",
        "verdict",
        "devices",
        "sent",
        "events",
        "errors",
        "busiest worker",
        "lateness p99",
        "began",
    ];
    let table = table(&header, told.into_iter().map(row), "shards")?;
    let more = shards::more(&rest).map_or(String::new(), |more| format!("\nand {more}\n"));
    Some(table + &more)
}

fn scenarios(record: &RunRecord) -> Option<String> {
    let row = |scenario: &ScenarioRecord| {
        let violated = scenario.clauses.iter();
        let violated = violated.filter(|one| one.status == ClauseStatus::Violated).count();
        let crossed = scenario.thresholds.iter().filter(|one| !one.ok).count();
        let totals = &scenario.totals;
        // The load is that of all shards.
        let planned = if record.shard.is_part() { 0 } else { scenario.load.devices };
        vec![
            code(&scenario.name),
            grouped(totals.devices.max(planned)),
            grouped(totals.sends),
            grouped(totals.events),
            some(violated),
            some(scenario.failed_steps()),
            some(crossed),
        ]
    };
    let header = [
        "scenario",
        "devices",
        "sent",
        "events",
        "clauses violated",
        "steps unmet",
        "thresholds crossed",
    ];
    table(&header, record.scenarios.iter().map(row), "scenarios")
}

fn some(count: usize) -> String {
    if count == 0 { "none".to_owned() } else { format!("**{}**", grouped(count as u64)) }
}

fn latencies(record: &RunRecord) -> Option<String> {
    let told = LATENCIES.iter().filter_map(|name| Some((*name, record.latency.get(*name)?)));
    let rows = told.map(|(name, of)| {
        let figures = [of.p50_us, of.p95_us, of.p99_us, of.max_us];
        let figures = figures.map(|us| brief(Duration::from_micros(us)));
        [vec![code(name), grouped(of.count)], figures.to_vec()].concat()
    });
    table(&["latency", "samples", "p50", "p95", "p99", "max"], rows, "metrics")
}

fn errors(record: &RunRecord) -> Option<String> {
    let rows = record.errors.layers().map(|(layer, kinds)| {
        let told = kinds.iter().take(MOST);
        let told: Vec<_> = told
            .map(|(kind, count)| format!("{} {}", code(&kind.to_string()), grouped(*count)))
            .collect();
        let more = if kinds.len() > MOST { ", ..." } else { "" };
        let since = layers::first(record, layer).map(Duration::from_secs);
        vec![
            layer.as_str().to_owned(),
            grouped(kinds.values().sum()),
            since.map_or(String::new(), layers::elapsed),
            format!("{}{more}", told.join(", ")),
        ]
    });
    let by_layer = table(&["errors in layer", "count", "since", "of these"], rows, "layers");
    let throttling = record.throttling.as_ref();
    let throttling = throttling
        .map(|one| format!("**Throttling** the gateway {}\n", layers::throttled_since(one)));
    let says: Vec<_> = layers::gateway_says(record).map(code).collect();
    let says = (!says.is_empty()).then(|| format!("**The gateway says** {}\n", says.join(", ")));
    let closes = layers::closes(record.closes).map(|text| format!("**No errors** {text}\n"));
    let told: Vec<_> = [by_layer, throttling, says, closes].into_iter().flatten().collect();
    (!told.is_empty()).then(|| told.join("\n"))
}

fn coverage(record: &RunRecord) -> Option<String> {
    let checks = record.clauses.iter().map(|clause| clause.checked).sum();
    Some(format!("**Clauses** {}; {}\n", terminal::coverage(record), counted(checks, "check")))
}

/// Clauses that are waived, inconclusive or not exercised, gathered by why.
fn without_verdict(record: &RunRecord) -> Option<String> {
    let told = [
        (ClauseStatus::Waived, "Waived"),
        (ClauseStatus::Inconclusive, "Inconclusive"),
        (ClauseStatus::NotExercised, "Not exercised"),
    ]
    .into_iter()
    .filter_map(|(status, title)| {
        let by_note = evidence::by_note(record, status);
        let count: usize = by_note.values().map(Vec::len).sum();
        let reasons = by_note.iter().map(|(note, ids)| {
            let named: Vec<_> = ids.iter().take(NAMED).map(|id| code(id)).collect();
            let more = ids.len().saturating_sub(NAMED);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            format!("{}: {}{more}", sentence(note), named.join(", "))
        });
        let reasons = list(reasons, "reasons");
        (count > 0)
            .then(|| folded(&format!("{title}: {}", counted(count as u64, "clause")), &reasons))
    });
    let told: Vec<_> = told.collect();
    (!told.is_empty()).then(|| told.join("\n"))
}

/// The commands that repeat what is wrong, or else the run.
fn commands(record: &RunRecord) -> Option<String> {
    let at_fault: Vec<_> =
        record.scenarios.iter().filter(|one| repeat::fails(record, one)).collect();
    let told: Vec<_> =
        if at_fault.is_empty() { record.scenarios.iter().collect() } else { at_fault };
    let blocks = told.iter().take(3).map(|one| block("sh", &repeat::at_fault(record, one)));
    let blocks: Vec<_> = blocks.collect();
    let title = "**Repeat it**, with the token or accounts that it was given:";
    (!blocks.is_empty()).then(|| format!("{title}\n\n{}", blocks.join("\n")))
}

fn files() -> Option<String> {
    let named = |format: Format| code(format.file_name());
    Some(format!(
        "**Files of the run folder** {} (all of it as a page), {} (as tests), {} and {} (each finding \
         and what was seen until it), {} (for programs)\n",
        named(Format::Html),
        named(Format::Junit),
        named(Format::Violations),
        named(Format::Conversations),
        named(Format::RunJson),
    ))
}

/// A table, of at most so many rows; figures stand on the right.
fn table(header: &[&str], rows: impl Iterator<Item = Vec<String>>, what: &str) -> Option<String> {
    let rows: Vec<_> = rows.collect();
    if rows.is_empty() {
        return None;
    }
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let header: Vec<_> = header.iter().map(|&title| title.to_owned()).collect();
    let is_figure = |at: usize| at > 0 && rows[0][at].starts_with(|c: char| c.is_ascii_digit());
    let rules = (0..header.len()).map(|at| if is_figure(at) { "---:" } else { "---" });
    let rules: Vec<_> = rules.map(str::to_owned).collect();
    let told: String = rows.iter().take(MOST).map(|row| line(row)).collect();
    let rest = rest(rows.len(), what).map_or(String::new(), |rest| format!("\n{rest}\n"));
    Some(line(&header) + &line(&rules) + &told + &rest)
}

/// A list, of at most so many items.
fn list(items: impl Iterator<Item = String>, what: &str) -> String {
    let items: Vec<_> = items.collect();
    let told = items.iter().take(MOST).cloned().chain(rest(items.len(), what));
    told.map(|item| format!("- {item}\n")).collect()
}

fn rest(count: usize, what: &str) -> Option<String> {
    let more = count.saturating_sub(MOST);
    (more > 0).then(|| format!("and {} more {what} in `run.json`", grouped(more as u64)))
}

/// Text below a line that unfolds it.
fn folded(title: &str, text: &str) -> String {
    format!("<details>\n<summary>{title}</summary>\n\n{text}\n</details>\n")
}

#[cfg(test)]
mod tests;
