//! What a display tells of a run, in lines that fit. Pure: a snapshot and a size give the same lines.

#[cfg(test)]
pub(super) mod tests;

use std::time::Duration;

use console::{Style, measure_text_width, pad_str, truncate_str};

use crate::report::{brief, counted, grouped, one_line, throttled_since};
use crate::run::{NewestViolation, RecentLatency, ScenarioSnapshot, ScenarioState, Snapshot};

/// Columns of the bar, its edges included.
const BAR: usize = 32;

/// The least columns in which a bar says anything.
const LEAST_BAR: usize = 12;

/// The most columns of a scenario's name.
const NAME: usize = 32;

const CUT: &str = "...";

/// A piece of a line that is not broken.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Part {
    text: String,
    tone: Tone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tone {
    Plain,
    Dim,
    Wrong,
}

/// A run in lines for a terminal of so many rows and columns: narrower than that, and fewer.
pub(super) fn lines(
    snapshot: &Snapshot,
    (rows, columns): (usize, usize),
    is_coloured: bool,
) -> Vec<String> {
    // The last column stays free, for a full line may wrap; so does the row that the cursor rests on.
    let (rows, columns) = (rows.saturating_sub(1).max(1), columns.saturating_sub(1).max(1));
    let time = bar(snapshot, columns).into_iter().chain(time(snapshot));
    let mut lines = flowing(time, columns);
    lines.extend(flowing(figures(snapshot), columns));
    lines.extend(flowing(latency(snapshot.latency), columns));
    lines.extend(throttled(snapshot).map(|part| vec![part]));
    lines.extend(snapshot.newest.iter().map(|one| vec![dim("newest"), wrong(newest(one))]));
    if snapshot.scenarios.len() > 1 {
        let room = rows.saturating_sub(lines.len());
        lines.extend(scenarios(&snapshot.scenarios, room, columns));
    }
    lines.truncate(rows);
    lines.into_iter().map(|line| painted(&line, columns, is_coloured)).collect()
}

/// `50/50 devices  412 sends/s  830 events/s  send_to_event p50 1.2 ms  p95 3.9 ms  p99 8.4 ms
/// 0 errors  1 violation  12 s left`, all in one line.
pub(super) fn plain(snapshot: &Snapshot) -> String {
    let all = figures(snapshot).into_iter().chain(latency(snapshot.latency));
    let mut texts: Vec<_> = all.chain(throttled(snapshot)).map(|part| part.text).collect();
    if snapshot.scenarios.len() > 1 {
        let (done, of) = (count(&snapshot.scenarios, ScenarioState::Done), &snapshot.scenarios);
        texts.push(format!("{done}/{} scenarios", of.len()));
    }
    texts.extend(snapshot.left.map(|left| format!("{} left", whole_seconds(left))));
    texts.join("  ")
}

/// `EVENT-1 in chat on device 3: message 133 did not arrive`
pub(super) fn newest(
    NewestViolation { clause, scenario, device, message }: &NewestViolation,
) -> String {
    one_line(&format!("{clause} in {scenario} on device {device}: {message}")).into_owned()
}

fn bar(snapshot: &Snapshot, columns: usize) -> Option<Part> {
    let (elapsed, left) = (snapshot.elapsed.as_secs_f64(), snapshot.left?.as_secs_f64());
    let width = BAR.min(columns);
    if width < LEAST_BAR || elapsed + left <= 0.0 {
        return None;
    }
    let cells = width - 2;
    let done = ((elapsed / (elapsed + left) * cells as f64) as usize).min(cells);
    let head = if done < cells { ">" } else { "" };
    let rest = cells - done - head.len();
    Some(shown(format!("[{}{head}{}]", "=".repeat(done), " ".repeat(rest))))
}

fn time(snapshot: &Snapshot) -> Vec<Part> {
    let elapsed = Duration::from_secs(snapshot.elapsed.as_secs());
    let left = snapshot.left.map(|left| dim(&format!("{} left", whole_seconds(left))));
    [shown(whole_seconds(elapsed))].into_iter().chain(left).collect()
}

fn figures(snapshot: &Snapshot) -> Vec<Part> {
    let devices = match snapshot.planned {
        0 => counted(snapshot.devices, "device"),
        planned => of(snapshot.devices, planned, "device"),
    };
    let mut parts = vec![
        shown(devices),
        shown(format!("{} sends/s", rate(snapshot.sends_per_s))),
        shown(format!("{} events/s", rate(snapshot.events_per_s))),
        wrong_if_any(snapshot.errors, "error"),
        wrong_if_any(snapshot.violations, "violation"),
    ];
    if snapshot.unmet > 0 {
        parts.push(wrong(format!("{} unmet", grouped(snapshot.unmet))));
    }
    parts
}

/// `gateway: throttled 132 requests since 0:41`
fn throttled(snapshot: &Snapshot) -> Option<Part> {
    let throttling = snapshot.throttling.as_ref()?;
    Some(wrong(format!("gateway: {}", throttled_since(throttling))))
}

fn latency(latency: Option<RecentLatency>) -> Vec<Part> {
    let Some(RecentLatency { metric, p50, p95, p99 }) = latency else { return Vec::new() };
    let first = shown(format!("{metric} p50 {}", brief(p50)));
    let others = [("p95", p95), ("p99", p99)];
    [first]
        .into_iter()
        .chain(others.map(|(name, at)| shown(format!("{name} {}", brief(at)))))
        .collect()
}

/// A line for each scenario; where they do not all fit, for those that run and those in trouble
/// first, and the rest counted.
fn scenarios(all: &[ScenarioSnapshot], room: usize, columns: usize) -> Vec<Vec<Part>> {
    if room == 0 {
        return Vec::new();
    }
    let mut picked: Vec<_> = (0..all.len()).collect();
    if all.len() > room {
        picked.sort_by_key(|at| urgency(&all[*at]));
        picked.truncate(room - 1);
        picked.sort_unstable();
    }
    let rows: Vec<_> = picked.iter().map(|at| cells(&all[*at])).collect();
    let widest = |at: usize, most: usize| {
        let widths = rows.iter().map(|row| measure_text_width(&row.0[at]));
        widths.max().unwrap_or_default().min(most)
    };
    let widths = [
        widest(0, columns),
        widest(1, NAME.min(columns / 2)),
        widest(2, columns),
        widest(3, columns),
    ];
    let line = |(row, trouble): &([String; 4], Vec<Part>)| -> Vec<Part> {
        let padded = row.iter().zip(widths).enumerate();
        let padded = padded.filter(|(_, (_, width))| *width > 0).map(|(at, (text, width))| {
            let text = pad_str(text, width, console::Alignment::Left, Some(CUT));
            if at == 0 { dim(&text) } else { shown(text.into_owned()) }
        });
        padded.chain(trouble.iter().cloned()).collect()
    };
    let mut lines: Vec<_> = rows.iter().map(line).collect();
    let rest: Vec<_> =
        (0..all.len()).filter(|at| !picked.contains(at)).map(|at| &all[at]).collect();
    if !rest.is_empty() {
        lines.push(vec![dim(&rest_of(&rest))]);
    }
    lines
}

fn urgency(scenario: &ScenarioSnapshot) -> u8 {
    match scenario.state {
        ScenarioState::Running => 0,
        _ if scenario.is_in_trouble() => 1,
        ScenarioState::Waiting => 2,
        ScenarioState::Done | ScenarioState::NotRun => 3,
    }
}

/// State, name, devices and flows of a scenario, and what is wrong in it.
fn cells(one: &ScenarioSnapshot) -> ([String; 4], Vec<Part>) {
    let is_running = one.state == ScenarioState::Running;
    let has_begun = is_running || one.state == ScenarioState::Done;
    let devices = match one.state {
        ScenarioState::Running => of(one.devices, one.planned, "device"),
        ScenarioState::Done => counted(one.planned, "device"),
        ScenarioState::Waiting | ScenarioState::NotRun => String::new(),
    };
    let flows = if has_begun { of(one.finished, one.flows, "flow") } else { String::new() };
    let counts = [(one.errors, "error"), (one.violations, "violation")];
    let counts = counts.into_iter().filter(|(count, _)| *count > 0);
    let mut trouble: Vec<_> = counts.map(|(count, noun)| wrong_if_any(count, noun)).collect();
    if one.unmet > 0 {
        trouble.push(wrong(format!("{} unmet", grouped(one.unmet))));
    }
    let name = one_line(&one.name).into_owned();
    ([state(one.state).to_owned(), name, devices, flows], trouble)
}

/// `and 12 more: 2 running, 7 waiting, 3 done`
fn rest_of(rest: &[&ScenarioSnapshot]) -> String {
    const STATES: [ScenarioState; 4] = [
        ScenarioState::Running,
        ScenarioState::Waiting,
        ScenarioState::Done,
        ScenarioState::NotRun,
    ];
    let many = |of: ScenarioState| rest.iter().filter(|one| one.state == of).count();
    let told = STATES.map(|of| (many(of), state(of))).into_iter().filter(|(count, _)| *count > 0);
    let told: Vec<_> = told.map(|(count, name)| format!("{count} {name}")).collect();
    format!("and {} more: {}", rest.len(), told.join(", "))
}

fn state(state: ScenarioState) -> &'static str {
    match state {
        ScenarioState::Waiting => "waiting",
        ScenarioState::Running => "running",
        ScenarioState::Done => "done",
        ScenarioState::NotRun => "not run",
    }
}

fn count(all: &[ScenarioSnapshot], state: ScenarioState) -> usize {
    all.iter().filter(|one| one.state == state).count()
}

/// `3/50 devices`
fn of(count: u64, planned: u64, noun: &str) -> String {
    format!("{}/{}", grouped(count), counted(planned, noun))
}

fn rate(per_s: f64) -> String {
    // Saturates: a rate is neither negative nor beyond u64.
    grouped(per_s.round() as u64)
}

fn whole_seconds(duration: Duration) -> String {
    let seconds = duration.as_millis().div_ceil(1000);
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
    }
}

fn shown(text: String) -> Part {
    Part { text, tone: Tone::Plain }
}

fn dim(text: &str) -> Part {
    Part { text: text.to_owned(), tone: Tone::Dim }
}

fn wrong(text: String) -> Part {
    Part { text, tone: Tone::Wrong }
}

fn wrong_if_any(count: u64, noun: &str) -> Part {
    let text = counted(count, noun);
    if count > 0 { wrong(text) } else { shown(text) }
}

/// Parts in as many lines as they need, none of them broken.
fn flowing(parts: impl IntoIterator<Item = Part>, columns: usize) -> Vec<Vec<Part>> {
    let mut lines: Vec<Vec<Part>> = Vec::new();
    let mut used = 0;
    for part in parts {
        let width = measure_text_width(&part.text);
        match lines.last_mut() {
            Some(line) if used + 2 + width <= columns => {
                used += 2 + width;
                line.push(part);
            }
            _ => {
                used = width;
                lines.push(vec![part]);
            }
        }
    }
    lines
}

/// A line as a terminal shows it, cut where it does not fit.
fn painted(line: &[Part], columns: usize, is_coloured: bool) -> String {
    let style = |tone| match tone {
        Tone::Plain => Style::new(),
        Tone::Dim => Style::new().dim(),
        Tone::Wrong => Style::new().red(),
    };
    let parts: Vec<_> = line
        .iter()
        .map(|part| style(part.tone).force_styling(is_coloured).apply_to(&part.text).to_string())
        .collect();
    let text = parts.join("  ");
    truncate_str(text.trim_end(), columns, if columns > 10 { CUT } else { "" }).into_owned()
}
