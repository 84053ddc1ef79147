//! How much of a scenario is run.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use crate::metrics::Threshold;
use crate::scenario::ParseContext;
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::model::{Load, LoadChange, Stage, Until};
use crate::scenario::node::Node;
use crate::scenario::source::SourceFile;

use super::Resolver;
use super::limits::{duration, rate};

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
        let staged = stages.iter().map(|stage| match stage {
            Stage::Rate(_, time) | Stage::Devices(_, time) => *time,
        });
        let staged = (!stages.is_empty()).then(|| staged.sum::<Duration>());
        let most = stages.iter().filter_map(|stage| match stage {
            Stage::Devices(devices, _) => Some(*devices),
            Stage::Rate(..) => None,
        });
        let elapsed = staged.or(duration(get("duration"))).map(Until::Elapsed);
        let iterations = get("iterations").and_then(Node::count).and_then(|n| n.try_into().ok());
        Load {
            given: node.is_some(),
            devices: most.max().or(given),
            ramp_up: duration(get("ramp_up")).unwrap_or_default(),
            until: elapsed.unwrap_or_else(|| Until::Iterations(iterations.unwrap_or(1))),
            rate: rate(get("rate")),
            stages,
            abort_on: get("abort_on").and_then(Node::text).and_then(|t| Threshold::parse(t).ok()),
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
            if let Some(per_s) = rate(node.get("rate")) {
                stages.push(Stage::Rate(per_s, time));
            } else if let (Some(devices), Some(node)) =
                (node.get("devices").and_then(devices), node.get("devices"))
            {
                self.even_share(devices.get(), node);
                stages.push(Stage::Devices(devices, time));
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
