//! Whether what thresholds are about is ever measured.

use std::collections::BTreeSet;

use crate::metrics::{Counted, Measure, Metric, Threshold};
use crate::protocol::Call;
use crate::scenario::diagnostic::{quoted, suggest};
use crate::scenario::model::{
    Action, Actor, Expect, Fault, Habit, Join, Load, Pace, Settings, Step,
};
use crate::scenario::node::Node;
use crate::scenario::source::Span;

use super::Resolver;
use super::order::Sections;

impl Resolver<'_> {
    /// Every threshold of a file, with its place; `abort_on` is the last one.
    pub(super) fn thresholds(&mut self, root: &Node) -> Vec<(Threshold, Span)> {
        let list = root.get("thresholds").map_or(&[][..], Node::elements);
        let mut thresholds: Vec<(Threshold, Span)> = Vec::new();
        for node in list {
            let Some(threshold) = node.text().and_then(|text| Threshold::parse(text).ok()) else {
                continue;
            };
            if thresholds.iter().any(|(known, _)| *known == threshold) {
                self.complain(node.span, "this threshold stands twice", "keep one of the two");
            }
            thresholds.push((threshold, node.span));
        }
        if let Some(node) = root.get("load").and_then(|load| load.get("abort_on")) {
            self.abort_place = Some(node.span);
        }
        thresholds
    }

    /// Tells thresholds on what no step of the flow produces.
    pub(super) fn check_measured(
        &mut self,
        sections: &Sections<'_>,
        settings: &Settings,
        load: &Load,
        thresholds: &[(Threshold, Span)],
    ) {
        let abort_on = load.abort_on.as_ref().zip(self.abort_place);
        let all: Vec<_> =
            thresholds.iter().map(|(threshold, span)| (threshold, *span)).chain(abort_on).collect();
        if all.is_empty() {
            return;
        }
        let steps: Vec<&Step> = sections.all().collect();
        let measured = self.measured(&steps, settings);
        let is_planned = load.is_open() || steps.iter().any(|step| is_paced(step));
        for (threshold, span) in all {
            self.check_one(threshold.measure(), span, &measured, is_planned);
        }
    }

    fn check_one(
        &mut self,
        measure: &Measure,
        span: Span,
        measured: &BTreeSet<String>,
        is_planned: bool,
    ) {
        if *measure == Measure::PerSecond(Counted::Sends)
            && !measured.contains(Metric::SendToAck.name())
        {
            let help = "add a `send`, or take the threshold out";
            self.complain(span, "no step of this scenario sends a message", help);
        }
        let Some(metric) = measure.metric() else { return };
        let base = metric.strip_suffix(".service").unwrap_or(metric);
        if !measured.contains(base) {
            let message = format!("no step of this scenario is measured as {}", quoted(base));
            let known = measured.iter().map(String::as_str);
            self.complain(span, message, suggest(base, known, "measured here"));
        } else if base != metric && !is_planned {
            let message = format!("{} is measured at a `rate` only", quoted(metric));
            self.complain(span, message, format!("without one, `{base}` is the service time"));
        }
    }

    /// The metrics that steps are measured as.
    fn measured(&self, steps: &[&Step], settings: &Settings) -> BTreeSet<String> {
        let mut names = BTreeSet::from([Metric::Connect.name().to_owned()]);
        let mut add = |metric: Metric| {
            names.insert(metric.name().to_owned());
        };
        if settings.ack != Habit::Never {
            add(Metric::ConnectAck);
        }
        if self.actors.iter().any(|actor| actor.join == Join::Auto) {
            add(Metric::Rtt(Call::Session));
            add(Metric::Rtt(Call::Resume));
        }
        for step in steps {
            for metric in metrics_of(step, &self.actors, settings) {
                add(metric);
            }
        }
        for name in &self.metrics {
            names.insert(format!("rtt.{name}"));
        }
        names
    }
}

fn is_paced(step: &Step) -> bool {
    matches!(step.action, Action::Repeat { pace: Pace::Planned { .. }, .. })
}

/// What a step is measured as, where it succeeds.
fn metrics_of(step: &Step, actors: &[Actor], settings: &Settings) -> Vec<Metric> {
    let succeeds = !matches!(step.expect, Expect::Error | Expect::ErrorOrClose);
    let rtt = |call| vec![Metric::Rtt(call)];
    match &step.action {
        // A session that is open is pinged, and a concierge may write in it.
        Action::Init => {
            vec![Metric::Rtt(Call::Init), Metric::Rtt(Call::Ping), Metric::ConciergeToEvent]
        }
        Action::Session => rtt(Call::Session),
        Action::Resume => vec![Metric::Rtt(Call::Session), Metric::Rtt(Call::Resume)],
        Action::Messages { .. } => rtt(Call::Messages),
        Action::Ping => rtt(Call::Ping),
        Action::Send { .. } if succeeds => sent(step, actors, settings),
        Action::Send { .. } => rtt(Call::Send),
        Action::Fault(Fault::DoubleSend(_) | Fault::SendBeforeAck(Some(_))) => {
            sent(step, actors, settings)
        }
        Action::Fault(Fault::SendBeforeAck(None)) => rtt(Call::Resume),
        Action::Unsend(_) if succeeds => vec![Metric::Rtt(Call::Unsend), Metric::UnsendToEvent],
        Action::Unsend(_) => rtt(Call::Unsend),
        Action::Seen(_) => rtt(Call::Seen),
        Action::Unread => rtt(Call::Unread),
        Action::End if succeeds => vec![Metric::Rtt(Call::End), Metric::EndToEvent],
        Action::End => rtt(Call::End),
        Action::Upload(_) => vec![Metric::UploadUrl, Metric::UploadPut],
        Action::Call { metric: None, .. } => rtt(Call::Other),
        Action::Mutate { call, .. } => metrics_of(call, actors, settings),
        _ => Vec::new(),
    }
}

fn sent(step: &Step, actors: &[Actor], settings: &Settings) -> Vec<Metric> {
    let mut metrics = vec![Metric::Rtt(Call::Send), Metric::SendToAck];
    let tenant = actors[step.by.0].tenant;
    let has_peers = actors.iter().filter(|actor| actor.tenant == tenant).count() > 1;
    let has_echo = settings.own_echo != Habit::Never;
    metrics.extend((has_peers || has_echo).then_some(Metric::SendToEvent));
    metrics.extend(has_peers.then_some(Metric::SendToPeer));
    metrics.extend(has_echo.then_some(Metric::SendToSelf));
    metrics
}
