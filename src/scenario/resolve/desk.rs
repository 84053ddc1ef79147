//! Actors that play the concierge on an endpoint of their own, and the steps that they make.

use secrecy::SecretString;
use url::Url;

use crate::scenario::model::{Action, Actor, ActorIndex, Auth, AwaitedEvent, Desk, Expect, Join};
use crate::scenario::node::Node;
use crate::scenario::source::Span;

use super::Resolver;

impl Resolver<'_> {
    /// Adds an actor with a `url` and a `token`. `has_tenant` tells whether one stands before it.
    pub(super) fn add_desk(&mut self, name: &str, value: &Node, has_tenant: bool) {
        for (key, other) in [("url", "token"), ("token", "url")] {
            if let (Some(entry), None) = (value.entry(key), value.entry(other)) {
                let message = format!("an actor with a `{key}` needs a `{other}`");
                let help = "both make it a concierge on an endpoint of its own";
                self.complain(entry.key.span, message, help);
            }
        }
        for key in ["tenant", "join"] {
            if let Some(entry) = value.entry(key) {
                let message = format!("a concierge with a `url` has no `{key}`");
                self.complain(entry.key.span, message, format!("take `{key}` out"));
            }
        }
        if !has_tenant {
            let message = "the first actor has to be a tenant's device";
            self.complain(value.span, message, "put one without a `url` before this");
        }
        let (url, token) = (self.desk_url(value), self.secret(value, "token"));
        let desk = url.zip(token).map(|(url, token)| Desk { url, token });
        if desk.is_none() {
            self.unsure = true;
        }
        let join = Join::Manual;
        self.add_all(value, Actor { name: name.to_owned(), tenant: 0, join, desk });
    }

    fn desk_url(&mut self, value: &Node) -> Option<SecretString> {
        let node = value.get("url")?;
        let text = self.fixed_text(node)?;
        let is_origin = Url::parse(&text).is_ok_and(|url| {
            matches!(url.scheme(), "ws" | "wss")
                && url.has_host()
                && url.username().is_empty()
                && url.password().is_none()
        });
        if !is_origin {
            let help = "it begins with `ws://` or `wss://`, and has no user or password in it";
            self.complain(node.span, "this `url` is no socket origin", help);
        }
        is_origin.then(|| text.into())
    }

    fn secret(&mut self, value: &Node, key: &str) -> Option<SecretString> {
        let node = value.get(key)?;
        let text = self.fixed_text(node)?;
        if text.is_empty() {
            self.complain(node.span, format!("this `{key}` is empty"), "");
        }
        Some(text.into())
    }

    /// The text of a template of variables and the environment, which are all that has a value here.
    fn fixed_text(&mut self, node: &Node) -> Option<String> {
        let template = self.template(node)?;
        template.as_constant()?.as_str().map(str::to_owned)
    }

    /// Whether an actor plays the concierge.
    pub(super) fn is_desk(&self, actor: ActorIndex) -> bool {
        self.actors.get(actor.0).is_some_and(|actor| actor.desk.is_some())
    }

    /// Tells a step that the actor cannot make: a concierge makes none of a tenant's, and a tenant
    /// awaits no frame that is no event.
    pub(super) fn check_maker(
        &mut self,
        by: ActorIndex,
        (action, expect): (&Action, &Expect),
        (name, span): (&str, Span),
        value: &Node,
    ) {
        if !self.is_desk(by) {
            if matches!(action, Action::Await(wanted) if wanted.event == AwaitedEvent::Frame) {
                let help = "Which kind of event. For example `event: message`";
                self.complain(span, "`await` needs `event`", help);
            }
            return;
        }
        if value.get("by").is_none() {
            // That the first actor is one was told.
            return;
        }
        match action {
            Action::Call { .. } | Action::Frame(_) | Action::Disconnect(_) => {}
            Action::Think(_) | Action::Barrier(_) => {}
            Action::Repeat { .. } | Action::ForEach { .. } | Action::Parallel(_) => {}
            Action::Connect { auth: Auth::Valid, .. } if matches!(expect, Expect::Ok) => {}
            Action::Connect { .. } => {
                let message = "a concierge connects as itself, and is let in";
                self.complain(span, message, "take `auth` and `expect` out");
            }
            Action::Await(_) => {
                if let Some(entry) = value.entry("event") {
                    let message = "a concierge with a `url` awaits whole frames";
                    self.complain(entry.key.span, message, "take `event` out, and use `match`");
                }
                for key in ["from", "required"] {
                    if let Some(entry) = value.entry(key) {
                        let message = format!("`{key}` is for a tenant's `await`");
                        self.complain(entry.key.span, message, format!("take `{key}` out"));
                    }
                }
            }
            _ => {
                let actor = &self.actors[by.0].name;
                let message = format!("`{name}` is a tenant's step, and `{actor}` is a concierge");
                self.complain(span, message, "use `call` or `frame`");
            }
        }
    }
}
