//! How much of a scenario is run, and its limits.

use std::num::NonZeroU32;
use std::time::Duration;

use crate::scenario::diagnostic::quoted;
use crate::scenario::duration::parse_duration;
use crate::scenario::model::{Load, Settings, Until};
use crate::scenario::node::{Entry, Node};
use crate::scenario::template::is_name;

use super::Resolver;

impl Resolver<'_> {
    pub(super) fn load(&mut self, root: &Node) -> Load {
        let node = root.get("load");
        let get = |key: &str| node.and_then(|node| node.get(key));
        let count = |key: &str| get(key).and_then(Node::count).and_then(|n| u32::try_from(n).ok());
        if let (Some(_), Some(iterations)) =
            (get("duration"), node.and_then(|n| n.entry("iterations")))
        {
            let message = "a load has either `duration` or `iterations`";
            self.complain(iterations.key.span, message, "take one of them out");
        }
        let devices = count("devices").and_then(NonZeroU32::new);
        if let (Some(devices), Some(node)) = (devices, get("devices")) {
            self.even_share(devices.get(), node);
        }
        let elapsed = duration(get("duration")).map(Until::Elapsed);
        Load {
            given: node.is_some(),
            devices,
            ramp_up: duration(get("ramp_up")).unwrap_or_default(),
            until: elapsed.unwrap_or_else(|| Until::Iterations(count("iterations").unwrap_or(1))),
        }
    }

    fn even_share(&mut self, devices: u32, node: &Node) {
        let a_flow = u32::try_from(self.actors.len()).unwrap_or(u32::MAX);
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

    pub(super) fn settings(&mut self, root: &Node) -> Settings {
        let node = root.get("settings");
        let base = Settings::default();
        let limit = |key: &str, otherwise: Duration| {
            duration(node.and_then(|node| node.get(key))).unwrap_or(otherwise)
        };
        Settings {
            response_timeout: limit("response_timeout", base.response_timeout),
            connect_timeout: limit("connect_timeout", base.connect_timeout),
            delivery_timeout: limit("delivery_timeout", base.delivery_timeout),
            ack_timeout: limit("ack_timeout", base.ack_timeout),
            grace: limit("grace", base.grace),
            ping_every: limit("ping_every", base.ping_every),
        }
    }

    /// Reads `vars`, each with those above it.
    pub(super) fn variables(&mut self, root: &Node) {
        let Some(vars) = root.get("vars") else { return };
        for Entry { key, value } in vars.entries() {
            if !is_name(&key.name) {
                let message = format!("{} can't be a variable's name", quoted(&key.name));
                let help =
                    "a name holds letters, digits, `_` and `-`, and is none of the language's own";
                self.complain(key.span, message, help);
            }
            let constant = self.value(value).and_then(|value| value.as_constant());
            self.names.vars.insert(key.name.clone(), constant.unwrap_or_default());
        }
    }
}

/// The duration of a node that holds one.
pub(super) fn duration(node: Option<&Node>) -> Option<Duration> {
    node.and_then(Node::text).and_then(|text| parse_duration(text).ok())
}
