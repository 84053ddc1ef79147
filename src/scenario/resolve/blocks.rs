//! Steps that hold steps, and steps that wait.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use crate::scenario::diagnostic::quoted;
use crate::scenario::duration::parse_pause;
use crate::scenario::model::{Action, Items, Pace, Pause, Step};
use crate::scenario::node::{Entry, Node};
use crate::scenario::source::Span;
use crate::scenario::template::{SavedKind, Template, ValueTemplate};

use super::Resolver;
use super::limits::{duration, rate};
use super::saved::each_saved;

/// Turns of one paced `repeat`.
const MOST_TURNS: f64 = 1e9;

/// Branches of one `parallel`.
const MOST_BRANCHES: usize = 100;

impl Resolver<'_> {
    pub(super) fn repeat(&mut self, value: &Node) -> Option<Action> {
        let times = value.get("times").and_then(Node::count).and_then(|n| u32::try_from(n).ok());
        let (per_s, time) = (rate(value.get("rate")), duration(value.get("for")));
        let given = ["times", "rate", "for"].map(|key| value.entry(key));
        let span = value.entries().first().map_or(value.span, |entry| entry.key.span);
        match given {
            [Some(_), Some(Entry { key, .. }), _] | [Some(_), _, Some(Entry { key, .. })] => {
                let message = format!(
                    "a `repeat` has either `times` or `rate` and `for`, and `{}` is there as well as `times`",
                    key.name
                );
                self.complain(key.span, message, "take one of them out");
            }
            [None, Some(Entry { key, .. }), None] => {
                let help = "tell how long, for example `for: 2s`";
                self.complain(key.span, "a `repeat` at a `rate` needs `for`", help);
            }
            [None, None, Some(Entry { key, .. })] => {
                let help = "tell how many turns a second, for example `rate: 10/s`";
                self.complain(key.span, "a `repeat` `for` a while needs `rate`", help);
            }
            [None, None, None] => {
                let help = "tell how often, for example `times: 5`, or `rate: 10/s` and `for: 2s`";
                self.complain(span, "a `repeat` needs `times`, or `rate` and `for`", help);
            }
            _ => {}
        }
        let list = value.get("steps")?;
        self.names.repeats += 1;
        let steps = self.inner(list, "`repeat`");
        self.names.repeats -= 1;
        let pace = match (times, per_s, time) {
            (Some(times), _, _) => Pace::Times(times),
            (None, Some(per_s), Some(time)) => {
                self.turns(value, per_s, time);
                Pace::Planned { per_s, time }
            }
            _ => return None,
        };
        Some(Action::Repeat { pace, steps })
    }

    /// A paced `repeat` makes a turn at least, and not more than can be numbered.
    fn turns(&mut self, value: &Node, per_s: f64, time: Duration) {
        let Some(entry) = value.entry("rate") else { return };
        let (turns, most) = ((per_s * time.as_secs_f64()).round(), MOST_TURNS);
        if turns < 1.0 {
            let message = "at this rate the `repeat` makes no turn in its time";
            self.complain(entry.key.span, message, "take a higher rate, or a longer time");
        } else if turns > most {
            let message = format!("that is {turns} turns; a `repeat` makes at most {most}");
            self.complain(entry.key.span, message, "take a lower rate, or a shorter time");
        }
    }

    /// Steps inside a step.
    fn inner(&mut self, list: &Node, what: &str) -> Vec<Step> {
        if list.describe() == "a list" && list.elements().is_empty() {
            let message = format!("a {what} has at least one step");
            self.complain(list.span, message, "for example `[ping]`");
        }
        self.steps(list)
    }

    pub(super) fn for_each(&mut self, value: &Node) -> Option<Action> {
        let found = value.get("in").and_then(|node| self.items(node));
        let node = value.get("as")?;
        let name = node.text()?;
        self.refuse_variable(node, name);
        let hidden = self.names.saved.get(name).copied();
        if hidden.is_some() {
            let message = format!("{} is saved by a step before", quoted(name));
            self.complain(node.span, message, "give the item another name");
        }
        let kind = found.as_ref().map_or(SavedKind::Any, |(_, kind)| *kind);
        let slot = self.save_name(node, name, kind);
        let steps = value.get("steps").map(|list| self.inner(list, "`for_each`"));
        self.names.saved.remove(name);
        Some(Action::ForEach { items: found?.0, slot, steps: steps? })
    }

    /// The items, and what each of them is.
    fn items(&mut self, node: &Node) -> Option<(Items, SavedKind)> {
        if node.describe() == "a list" {
            if node.elements().is_empty() {
                self.complain(node.span, "there are no items", "for example `[1, 2, 50]`");
            }
            let items: Vec<_> = node.elements().iter().map(|item| self.value(item)).collect();
            let items = items.into_iter().collect::<Option<_>>()?;
            return Some((Items::List(items), SavedKind::Any));
        }
        let text = node.text()?;
        let template = self.template(node)?;
        let help = "write a list, like `[1, 2, 50]`, or name a saved one, like `\"${history}\"`";
        if let Some(constant) = template.as_constant() {
            let Value::Array(items) = constant else {
                self.complain(node.span, "`in` is no list", help);
                return None;
            };
            let constant = |item: &Value| ValueTemplate::Scalar(Template::constant(item.clone()));
            return Some((Items::List(items.iter().map(constant).collect()), SavedKind::Any));
        }
        let name = text.trim().strip_prefix("${").and_then(|text| text.strip_suffix('}'));
        let saved = name.and_then(|name| self.names.saved.get(name.trim()));
        let kind = match saved.map(|saved| saved.kind) {
            Some(SavedKind::List) => SavedKind::Message,
            Some(kind @ (SavedKind::Number | SavedKind::Upload | SavedKind::Message)) => {
                let message = format!("this is {}, not a list", kind.describe());
                self.complain(node.span, message, help);
                return None;
            }
            _ => SavedKind::Any,
        };
        Some((Items::Of(template), kind))
    }

    pub(super) fn parallel(&mut self, value: &Node, span: Span) -> Option<Action> {
        let branches = value.elements();
        if value.describe() != "a list" {
            return None;
        }
        if branches.is_empty() || branches.len() > MOST_BRANCHES {
            let message = format!("a `parallel` has one to {MOST_BRANCHES} lists of steps");
            self.complain(span, message, "for example `- parallel: [[ping], [{ send: hello }]]`");
            return None;
        }
        self.refuse_races(branches);
        let before = self.names.saved.clone();
        let mut after = before.clone();
        let mut made = Vec::new();
        for branch in branches {
            self.names.saved.clone_from(&before);
            made.push(self.inner(branch, "branch of a `parallel`"));
            after.append(&mut self.names.saved);
        }
        self.names.saved = after;
        Some(Action::Parallel(made))
    }

    /// Tells names that two branches save at the same time.
    fn refuse_races(&mut self, branches: &[Node]) {
        let mut owners: BTreeMap<String, usize> = BTreeMap::new();
        for (at, branch) in branches.iter().enumerate() {
            let mut twice = Vec::new();
            each_saved(branch, &mut |name, node| {
                if *owners.entry(name.to_owned()).or_insert(at) != at {
                    twice.push((node.span, quoted(name)));
                }
            });
            for (span, name) in twice {
                let message = format!("{name} is saved by two branches at the same time");
                self.complain(span, message, "give one of them another name");
            }
        }
    }

    pub(super) fn barrier(&mut self, value: &Node) -> Option<Action> {
        let name = value.text()?;
        let known = self.barriers.iter().position(|known| known == name);
        Some(Action::Barrier(known.unwrap_or_else(|| {
            self.barriers.push(name.to_owned());
            self.barriers.len() - 1
        })))
    }

    pub(super) fn think(&mut self, value: &Node) -> Option<Action> {
        if let Some(text) = value.text() {
            return parse_pause(text).ok().map(Action::Think);
        }
        let [normal, sd, exponential] =
            ["normal", "sd", "exponential"].map(|key| duration(value.get(key)));
        let given = ["normal", "sd", "exponential"].map(|key| value.entry(key).is_some());
        match given {
            [true, true, false] => Some(Action::Think(Pause::Normal(normal?, sd?))),
            [false, false, true] => Some(Action::Think(Pause::Exponential(exponential?))),
            _ if value.describe() == "a map" => {
                let span = value.entries().first().map_or(value.span, |entry| entry.key.span);
                let help = "for example `{ normal: 2s, sd: 500ms }` or `{ exponential: 2s }`";
                self.complain(span, "`think` has `normal` with `sd`, or `exponential`", help);
                None
            }
            _ => None,
        }
    }
}
