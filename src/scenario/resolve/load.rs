//! How much of a scenario is run.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use crate::load::{Arrivals, Leg, Spacing};
use crate::metrics::Threshold;
use crate::scenario::ParseContext;
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::duration::LONGEST_DURATION;
use crate::scenario::model::{Load, LoadChange, Stage, Until};
use crate::scenario::node::Node;
use crate::scenario::source::{SourceFile, Span};

use super::Resolver;
use super::limits::{counts, duration, rate, rates};

/// What stages take the place of.
const WITHOUT_STAGES: [&str; 4] = ["ramp_up", "duration", "iterations", "rate"];

/// Reads a `load:` that belongs to no scenario, with what is wrong with it.
pub(in crate::scenario) fn load_apart(
    source: &Arc<SourceFile>,
    root: &Node,
    context: &ParseContext<'_>,
) -> (LoadChange, Vec<Diagnostic>) {
    let mut resolver = Resolver::new(source, None, context);
    let load = resolver.load(root);
    let gives = |key: &str| root.get("load").is_some_and(|load| load.entry(key).is_some());
    let is_bounded = gives("duration") || gives("iterations");
    let change = LoadChange {
        devices: load.devices.filter(|_| gives("devices")),
        until: (is_bounded && load.stages.is_empty()).then_some(load.until),
        rate: load.rate,
        arrival: gives("arrival").then_some(load.arrival),
        ramp_up: gives("ramp_up").then_some(load.ramp_up),
        stages: load.stages,
        abort_on: load.abort_on,
    };
    (change, resolver.mistakes)
}

impl Resolver<'_> {
    pub(super) fn load(&mut self, root: &Node) -> Load {
        let node = root.get("load");
        let get = |key: &str| node.and_then(|node| node.get(key));
        if let (Some(_), Some(iterations)) =
            (get("duration"), node.and_then(|n| n.entry("iterations")))
        {
            let message = "a load has either `duration` or `iterations`";
            self.complain(iterations.key.span, message, "take one of them out");
        }
        let given = get("devices").and_then(devices);
        if let (Some(devices), Some(node)) = (given, get("devices")) {
            self.even_share(devices.get(), node);
        }
        let stages = node.map_or_else(Vec::new, |node| self.stages(node));
        let staged = (!stages.is_empty()).then(|| stages.iter().map(Stage::time).sum());
        let most = stages.iter().filter_map(|stage| match stage {
            Stage::Devices(leg) => NonZeroU32::new(leg.from.max(leg.to)),
            Stage::Rate(_) => None,
        });
        let elapsed = staged.or(duration(get("duration"))).map(Until::Elapsed);
        let iterations = get("iterations").and_then(Node::count).and_then(|n| n.try_into().ok());
        let load = Load {
            given: node.is_some(),
            devices: most.max().or(given),
            ramp_up: duration(get("ramp_up")).unwrap_or_default(),
            until: elapsed.unwrap_or_else(|| Until::Iterations(iterations.unwrap_or(1))),
            rate: rate(get("rate")),
            arrival: get("arrival")
                .and_then(Node::text)
                .and_then(Spacing::parse)
                .unwrap_or_default(),
            stages,
            abort_on: get("abort_on").and_then(Node::text).and_then(|t| Threshold::parse(t).ok()),
        };
        if let Some(node) = node {
            self.sense(&load, node);
        }
        load
    }

    /// What each value allows, and all together do not.
    fn sense(&mut self, load: &Load, node: &Node) {
        if let Some(entry) = node.entry("arrival").filter(|_| !load.is_open()) {
            let help = "give a `rate`, or stages of rates; or take it out";
            self.complain(entry.key.span, "without a `rate` no start has an `arrival`", help);
        }
        let key = if load.stages.is_empty() { "rate" } else { "stages" };
        let Some(entry) = node.entry(key) else { return };
        let place = entry.key.span;
        let a_flow = u32::try_from(self.actors.len()).unwrap_or(u32::MAX).max(1);
        let instances = load.devices.map_or(1, |devices| devices.get().div_ceil(a_flow));
        let Some(arrivals) = load.arrivals(instances) else {
            let time: Duration = load.stages.iter().map(Stage::time).sum();
            return self.too_long(time, place);
        };
        let (time, starts) = (arrivals.end(), arrivals.count());
        let is_whole = entry.value.elements().len() == load.stages.len();
        if starts == 0 && is_whole && !load.stages.is_empty() {
            self.complain(place, "these stages start no flow", "give one of them a rate");
        } else if time > LONGEST_DURATION {
            self.too_long(time, place);
        } else if starts > Arrivals::MOST {
            let most = Arrivals::MOST;
            let message = format!("that is {starts} flows to start; a run has at most {most}");
            self.complain(place, message, "take a lower rate, or a shorter time");
        }
    }

    fn too_long(&mut self, time: Duration, place: Span) {
        if time > LONGEST_DURATION {
            let [hours, most] = [time, LONGEST_DURATION].map(|time| time.as_secs() / 3_600);
            let message = format!("that takes {hours}h in all; a load takes at most {most}h");
            self.complain(place, message, "take fewer, shorter or faster ones");
        }
    }

    fn stages(&mut self, load: &Node) -> Vec<Stage> {
        let Some(entry) = load.entry("stages") else { return Vec::new() };
        let mut stages = Vec::new();
        for node in entry.value.elements() {
            let span = node.entries().first().map_or(node.span, |entry| entry.key.span);
            match (node.entry("rate"), node.entry("devices")) {
                (Some(_), Some(entry)) => {
                    let message = "a stage has either `rate` or `devices`";
                    self.complain(entry.key.span, message, "take one of them out");
                }
                (None, None) => {
                    let help =
                        "for example `{ rate: 100/s, for: 30s }` or `{ devices: 500, for: 1m }`";
                    self.complain(span, "a stage needs `rate` or `devices`", help);
                }
                _ => {}
            }
            let Some(time) = duration(node.get("for")) else { continue };
            if let Some((from, to)) = rates(node.get("rate")) {
                stages.push(Stage::Rate(Leg { from, to, time }));
            } else if let (Some((from, to)), Some(node)) =
                (counts(node.get("devices")), node.get("devices"))
            {
                self.even_share(from, node);
                if to != from {
                    self.even_share(to, node);
                }
                stages.push(Stage::Devices(Leg { from, to, time }));
            }
            let are_mixed = stages.first().zip(stages.last()).is_some_and(|(first, last)| {
                matches!(first, Stage::Rate(..)) != matches!(last, Stage::Rate(..))
            });
            if are_mixed {
                stages.pop();
                let message = "the stages of a load are all of one kind: `rate` or `devices`";
                self.complain(span, message, "put the other kind into a scenario of its own");
            }
        }
        let Some(first) = stages.first() else { return stages };
        let devices = matches!(first, Stage::Devices(..)).then_some("devices");
        for key in WITHOUT_STAGES.into_iter().chain(devices) {
            if let Some(entry) = load.entry(key) {
                let message = format!("`stages` take the place of `{key}`");
                self.complain(entry.key.span, message, "take one of them out");
            }
        }
        stages
    }

    fn even_share(&mut self, devices: u32, node: &Node) {
        // A load that belongs to no scenario knows no actors.
        let a_flow = u32::try_from(self.actors.len()).unwrap_or(u32::MAX).max(1);
        let over = devices % a_flow;
        if over == 0 {
            return;
        }
        let left = if over == 1 { "one".to_owned() } else { over.to_string() };
        let message = format!("a flow takes {a_flow} devices: {devices} devices leave {left} over");
        let (fewer, more) = (devices - over, devices - over + a_flow);
        let help =
            if fewer == 0 { format!("take {more}") } else { format!("take {fewer} or {more}") };
        self.complain(node.span, message, help);
    }
}

fn devices(node: &Node) -> Option<NonZeroU32> {
    node.count().and_then(|count| u32::try_from(count).ok()).and_then(NonZeroU32::new)
}
