//! Who takes part.

use std::ops::Range;

use crate::scenario::diagnostic::{quoted, suggest};
use crate::scenario::model::{Actor, ActorIndex, Join};
use crate::scenario::node::{Entry, Node};
use crate::scenario::template::is_name;

use super::Resolver;

/// The actor of a file that names none.
const ONLY_ACTOR: &str = "device";
/// Actors of one flow; they share a worker thread.
const MOST_ACTORS: usize = 1_000;
/// The other side of every chat, in `from:`.
pub(super) const CONCIERGE: &str = "concierge";

impl Resolver<'_> {
    /// Reads `actors`, and tells how many tenants they belong to.
    pub(super) fn read_actors(&mut self, root: &Node) -> usize {
        let entries = root.get("actors").map_or(&[][..], Node::entries);
        if let Some(Entry { key, value }) = root.entry("actors")
            && value.describe() == "a map"
            && entries.is_empty()
        {
            self.complain(key.span, "there are no actors", "leave `actors` out for one, `device`");
        }
        let mut labels: Vec<&str> = Vec::new();
        for Entry { key, value } in entries {
            if !is_name(&key.name) && key.name != ONLY_ACTOR || key.name == CONCIERGE {
                let message = format!("{} can't be an actor's name", quoted(&key.name));
                let help =
                    "a name holds letters, digits, `_` and `-`, and is none of the language's own";
                self.complain(key.span, message, help);
            }
            if value.entry("url").is_some() || value.entry("token").is_some() {
                self.add_desk(&key.name, value, !labels.is_empty());
                continue;
            }
            let label = value.get("tenant").and_then(Node::text).unwrap_or_default();
            let tenant = labels.iter().position(|known| *known == label).unwrap_or_else(|| {
                labels.push(label);
                labels.len() - 1
            });
            self.add_actor(&key.name, value, tenant);
        }
        if self.actors.is_empty() {
            let (name, join) = (ONLY_ACTOR.into(), Join::Manual);
            self.actors.push(Actor { name, tenant: 0, join, desk: None });
            self.groups.insert(ONLY_ACTOR.into(), 0..1);
        }
        labels.len().max(1)
    }

    fn add_actor(&mut self, name: &str, value: &Node, tenant: usize) {
        let given = value.get("join");
        let join = match given.and_then(Node::text) {
            Some("manual") => Join::Manual,
            Some("auto") if tenant != 0 => {
                let span = given.map_or(value.span, |node| node.span);
                let help = "it has a session of its own: `- init: { by: ... }`";
                self.complain(span, "an actor of another tenant never joins by itself", help);
                Join::Manual
            }
            _ if self.actors.is_empty() || tenant != 0 => Join::Manual,
            _ => Join::Auto,
        };
        self.add_all(value, Actor { name: name.to_owned(), tenant, join, desk: None });
    }

    /// Adds an actor as often as its `count` says.
    pub(super) fn add_all(&mut self, value: &Node, actor: Actor) {
        let first = self.actors.len();
        let count = value.get("count").and_then(Node::count).filter(|count| *count <= 1_000);
        let room = MOST_ACTORS.saturating_sub(first);
        let wanted = count.map_or(1, |count| usize::try_from(count).unwrap_or(usize::MAX));
        if wanted > room {
            let message = format!("a flow has at most {MOST_ACTORS} actors");
            self.complain(value.span, message, "take a smaller `count`, and more flows");
        }
        for n in 0..wanted.min(room) {
            let name = count.map_or_else(|| actor.name.clone(), |_| format!("{}[{n}]", actor.name));
            let join = if self.actors.is_empty() { Join::Manual } else { actor.join };
            self.actors.push(Actor { name, join, ..actor.clone() });
        }
        self.groups.insert(actor.name, first..self.actors.len());
    }

    /// The actors behind `by:`; the first one where there is none.
    pub(super) fn by(&mut self, value: &Node) -> Range<usize> {
        let Some(node) = value.get("by") else { return 0..1 };
        self.actor(node, &[]).unwrap_or(0..1)
    }

    /// The only actor behind a name.
    pub(super) fn one_actor(&mut self, node: &Node) -> Option<ActorIndex> {
        let actors = self.actor(node, &[CONCIERGE])?;
        if actors.len() > 1 {
            let name = node.text().unwrap_or_default();
            let message = format!("`{name}` is {} actors", actors.len());
            self.complain(node.span, message, format!("name one of them, like `{name}[0]`"));
        }
        Some(ActorIndex(actors.start))
    }

    fn actor(&mut self, node: &Node, also: &[&str]) -> Option<Range<usize>> {
        let written = node.text()?;
        let (name, index) = match written.strip_suffix(']').and_then(|text| text.split_once('[')) {
            Some((name, index)) => (name, Some(index)),
            None => (written, None),
        };
        let Some(actors) = self.groups.get(name).cloned() else {
            let known: Vec<&str> = self.groups.keys().map(String::as_str).collect();
            let known = known.into_iter().chain(also.iter().copied());
            let help = suggest(name, known, "the actors");
            self.complain(node.span, format!("there is no actor {}", quoted(name)), help);
            return None;
        };
        let Some(index) = index else { return Some(actors) };
        let at = index.parse::<usize>().ok().filter(|at| *at < actors.len());
        if at.is_none() {
            let message = format!("there is no actor {}", quoted(written));
            let last = actors.len() - 1;
            let help = match last {
                0 => format!("there is one: `{name}`"),
                last => format!("they are `{name}[0]` to `{name}[{last}]`"),
            };
            self.complain(node.span, message, help);
        }
        at.map(|at| actors.start + at..actors.start + at + 1)
    }
}
