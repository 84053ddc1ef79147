//! `deskbell run --dry-run`: what the run would do. It connects to nothing, looks nothing up, runs
//! no command and starts no server.

use std::io::{self, Write};
use std::time::Duration;

use crate::report::{brief, counted, grouped};
use crate::run::{Nearness, Outlook, Quota, ScenarioOutlook, Shard};

use super::exit::Exit;
use super::planning;
use super::refusal::Refusal;
use super::run::{OutputFormat, RunArgs};
use super::serve::parse_serve_args;

/// Tells the plan.
pub(super) fn tell(args: &RunArgs, out: &mut dyn Write) -> Result<Exit, Refusal> {
    let outline = planning::outline(args)?;
    if outline.endpoint.target.is_none() {
        parse_serve_args(&args.server_arg)
            .map_err(|error| Refusal::usage(format!("error: --server-arg: {error}")))?;
    }
    let accounts = outline.accounts()?;
    outline.check_share(accounts.0)?;
    let outlook = outline.outlook(accounts);
    let written = match args.format {
        OutputFormat::Json => serde_json::to_writer_pretty(&mut *out, &outlook)
            .map_err(io::Error::from)
            .and_then(|()| writeln!(out)),
        OutputFormat::Text => write_text(&outlook, out),
    };
    written.map_err(|error| Refusal::of_stdout(&error))?;
    Ok(Exit::Passed)
}

/// The width that long lines are broken at.
const WIDTH: usize = 80;

/// The width of the column of keys.
const KEY: usize = 10;

fn write_text(outlook: &Outlook, out: &mut dyn Write) -> io::Result<()> {
    line(out, "target", &outlook.target)?;
    line(out, "dry run", "nothing was connected to; without --dry-run this would happen")?;
    if outlook.shard.is_part() {
        let what = "devices, sockets and connects are told of it, all else of the whole plan";
        line(out, "shard", &format!("{}: {what}", outlook.shard))?;
    }
    if let Some(start_at) = &outlook.start_at {
        line(out, "start", &format!("at {start_at}, once everything is prepared"))?;
    }
    writeln!(out)?;
    for scenario in &outlook.scenarios {
        write_scenario(scenario, outlook.shard, out)?;
    }
    writeln!(out)?;
    write_whole(outlook, out)?;
    writeln!(out)?;
    let mut key = "quotas";
    for quota in &outlook.quotas {
        line(out, key, &quota_in_words(quota))?;
        key = "";
    }
    line(out, "cost", &cost(outlook))?;
    line(out, "people", &people(outlook))
}

fn write_scenario(scenario: &ScenarioOutlook, shard: Shard, out: &mut dyn Write) -> io::Result<()> {
    let ScenarioOutlook { name, model, .. } = scenario;
    if let Some(why) = &scenario.skipped {
        return line(out, "skipped", &format!("{name}: {why}"));
    }
    let devices = part(scenario.devices_here.into(), scenario.devices.into(), "device", shard);
    let flows = part(scenario.instances_here.into(), scenario.instances.into(), "flow", shard);
    line(out, "run", &format!("{name}: {devices} in {flows}, {model}"))?;
    let least = at_least(scenario.is_least);
    let messages = counted(scenario.messages_per_flow, "message");
    let (sends, events) = (grouped(scenario.sends_per_flow), scenario.events_per_flow);
    let events = counted(events, "event");
    line(out, "", &format!("a flow: {least}{messages}, {sends} of them to the desk; {events}"))?;
    for told in scenario.cut_down.iter().chain(&scenario.shortfall) {
        line(out, "", told)?;
    }
    for told in &scenario.steps_skipped {
        line(out, "", &format!("leaves out {told}"))?;
    }
    Ok(())
}

fn write_whole(outlook: &Outlook, out: &mut dyn Write) -> io::Result<()> {
    let devices = part(outlook.devices_here, outlook.devices, "device", outlook.shard);
    let (at_once, files) = (grouped(outlook.devices_at_once), grouped(outlook.open_files));
    line(out, "sockets", &format!("{devices}, {at_once} connected at once; {files} open files"))?;
    let needed = outlook.accounts_needed;
    let accounts = match outlook.accounts {
        None => format!("{needed} needed, as many as are wanted"),
        Some(given) => format!("{needed} needed, {given} given"),
    };
    line(out, "accounts", &format!("{accounts}; one token each, shared by its devices"))?;
    let connecting = match outlook.connects_per_s.zip(outlook.connects_per_s_here) {
        None => "as fast as they can".to_owned(),
        Some((rate, here)) => {
            let of = if outlook.shard.is_part() {
                format!(" of {}/s", figure(rate))
            } else {
                String::new()
            };
            let time = told(outlook.connecting_s);
            format!("at most {}/s{of} over all scenarios, {time} in all", figure(here))
        }
    };
    line(out, "connects", &connecting)?;
    let rate = per_s(outlook.messages_per_s);
    let least = at_least(outlook.is_least);
    let in_all = |count| format!("; {least}{} in all, pings aside", grouped(count));
    let total = outlook.messages.map(in_all).unwrap_or_default();
    line(out, "messages", &format!("{rate}{total}"))?;
    let rate = per_s(outlook.events_per_s);
    let total = outlook.events.map(|count| format!("; {} in all", grouped(count)));
    let total = total.unwrap_or_default();
    line(out, "events", &format!("{rate}{total}, and what the concierge writes"))?;
    let length = told(outlook.length_s);
    line(out, "time", &format!("{length}, and as long as answers take"))
}

/// What a shard has of something, and of how many.
fn part(here: u64, all: u64, what: &str, shard: Shard) -> String {
    let all = counted(all, what);
    if shard.is_part() { format!("{} of {all}", grouped(here)) } else { all }
}

fn quota_in_words(quota: &Quota) -> String {
    let Quota { name, unit, limit, used, nearness, .. } = quota;
    let limit = figure(*limit);
    match used {
        None => format!("{name}: as fast as answers come, of {limit} {unit}"),
        Some(used) => {
            let share = figure((used / quota.limit * 100.0).ceil());
            let warning = match nearness {
                Nearness::Far | Nearness::Unknown => String::new(),
                near => format!(", {}", near.as_str()),
            };
            format!("{name}: {} of {limit} {unit} ({share} %{warning})", figure(*used))
        }
    }
}

fn cost(outlook: &Outlook) -> String {
    let cost = &outlook.cost;
    let minutes = counted(whole(cost.connection_minutes.ceil()), "connection minute");
    match cost.messages {
        None => format!("{minutes}, and as many messages as answers allow"),
        Some(messages) => {
            format!("{}: {} of 32 KiB, {minutes}", cost.class, counted(messages, "message"))
        }
    }
}

fn people(outlook: &Outlook) -> String {
    match outlook.desk_messages {
        None => "the desk sees as many chat messages as answers allow".to_owned(),
        Some(count) => {
            let least = at_least(outlook.is_least);
            format!("the desk sees {least}{}", counted(count, "chat message"))
        }
    }
}

fn at_least(is_least: bool) -> &'static str {
    if is_least { "at least " } else { "" }
}

fn per_s(rate: Option<f64>) -> String {
    rate.map_or("as fast as answers come".into(), |rate| format!("up to {}/s", figure(rate)))
}

fn told(seconds: f64) -> String {
    brief(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX))
}

/// A number with one decimal where it is small, and groups of digits where it is large.
fn figure(number: f64) -> String {
    let rounded = (number * 10.0).round() / 10.0;
    if rounded < 100.0 && rounded.fract() > 0.0 {
        format!("{rounded:.1}")
    } else {
        grouped(whole(number.round()))
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a cast of a float saturates, and no figure here is negative"
)]
fn whole(number: f64) -> u64 {
    number as u64
}

/// A key and what is told under it, broken between words.
fn line(out: &mut dyn Write, key: &str, text: &str) -> io::Result<()> {
    let mut row = format!("{key:<KEY$}");
    for word in text.split(' ') {
        if row.len() > KEY && row.len() + 1 + word.len() > WIDTH {
            writeln!(out, "{}", row.trim_end())?;
            row = " ".repeat(KEY);
        }
        if row.len() > KEY {
            row.push(' ');
        }
        row.push_str(word);
    }
    writeln!(out, "{}", row.trim_end())
}

#[cfg(test)]
mod tests {
    use crate::run::{Given, LoadOverride, plan_scenarios};
    use crate::scenario::{SourceFile, parse};

    use super::*;

    #[test]
    fn a_shard_is_told_with_what_it_is_a_share_of() {
        let text = "name: shared\nactors: { a: {}, b: {} }\nload: { devices: 10, rate: 9/s, \
                    duration: 10s }\nsetup: [init]\nflow: [ping]\n";
        let scenario = parse(SourceFile::new("x.yaml", text), None, &crate::cli::files::context());
        let plans = plan_scenarios(vec![scenario.unwrap()], &LoadOverride::default()).unwrap();
        let given = Given {
            target: "wss://uat.example.com/uat",
            shard: Shard { index: 2, count: 3 },
            start_at: None,
            accounts: Some(2),
            has_expired_token: false,
            has_upload_origin: false,
            connects_per_s: Some(30.0),
            most_sends_per_s: None,
            jobs: 1,
            sockets_each: 1,
            spare_files: 64,
        };
        let mut out = Vec::new();
        write_text(&Outlook::of(&plans, &given), &mut out).unwrap();
        let out = String::from_utf8(out).unwrap();
        for told in [
            "shard     2/3: devices, sockets and connects are told of it",
            "run       shared: 4 of 10 devices in 2 of 5 flows, 90 flows begun within 10s",
            "sockets   4 of 10 devices, 4 connected at once; 68 open files",
            "connects  at most 10/s of 30/s over all scenarios",
        ] {
            assert!(out.contains(told), "{told}:\n{out}");
        }
    }
}
