//! A scenario's settings and variables.

use std::time::Duration;

use crate::protocol::{Dialect, MetadataKey};
use crate::scenario::diagnostic::quoted;
use crate::scenario::duration::{parse_backoff, parse_duration};
use crate::scenario::model::{Habit, Settings};
use crate::scenario::node::{Entry, Node};
use crate::scenario::rate::{parse_counts, parse_rate, parse_rates};
use crate::scenario::template::is_name;

use super::Resolver;

impl Resolver<'_> {
    pub(super) fn settings(&mut self, root: &Node) -> Settings {
        let node = root.get("settings");
        settings_over(Settings::default(), node)
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

/// Settings with those of a node in their place.
pub(in crate::scenario) fn settings_over(base: Settings, node: Option<&Node>) -> Settings {
    let get = |key: &str| node.and_then(|node| node.get(key));
    let limit = |key: &str, otherwise: Duration| duration(get(key)).unwrap_or(otherwise);
    let codes = get("close_codes").map(|list| {
        let codes = list.elements().iter().filter_map(Node::count);
        codes.filter_map(|code| u16::try_from(code).ok()).collect()
    });
    let backoff = get("reconnect").and_then(Node::text);
    let backoff = backoff.and_then(|text| parse_backoff(text).ok());
    let retries = get("retries").and_then(Node::count);
    let retries = retries.and_then(|count| u32::try_from(count).ok());
    let metadata_key = get("metadata_key").and_then(Node::text).and_then(MetadataKey::parse);
    let dialect = get("dialect").and_then(Node::text).and_then(Dialect::parse);
    Settings {
        response_timeout: limit("response_timeout", base.response_timeout),
        connect_timeout: limit("connect_timeout", base.connect_timeout),
        delivery_timeout: limit("delivery_timeout", base.delivery_timeout),
        ack_timeout: limit("ack_timeout", base.ack_timeout),
        grace: limit("grace", base.grace),
        ping_every: limit("ping_every", base.ping_every),
        clock_tolerance: limit("clock_tolerance", base.clock_tolerance),
        idle_timeout: limit("idle_timeout", base.idle_timeout),
        lifetime: limit("lifetime", base.lifetime),
        close_codes: codes.unwrap_or(base.close_codes),
        reconnect: backoff.unwrap_or(base.reconnect),
        retries: retries.unwrap_or(base.retries),
        own_echo: habit(get("own_echo"), base.own_echo),
        ack: habit(get("ack"), base.ack),
        metadata_key: metadata_key.unwrap_or(base.metadata_key),
        dialect: dialect.unwrap_or(base.dialect),
    }
}

/// The duration of a node that holds one.
pub(super) fn duration(node: Option<&Node>) -> Option<Duration> {
    node.and_then(Node::text).and_then(|text| parse_duration(text).ok())
}

/// The rate of a node that holds one, a second.
pub(super) fn rate(node: Option<&Node>) -> Option<f64> {
    node.and_then(Node::text).and_then(|text| parse_rate(text).ok())
}

/// The rates of a node that holds one or two, a second.
pub(super) fn rates(node: Option<&Node>) -> Option<(f64, f64)> {
    node.and_then(Node::text).and_then(|text| parse_rates(text).ok())
}

/// The numbers of a node that holds one or two.
pub(super) fn counts(node: Option<&Node>) -> Option<(u32, u32)> {
    let node = node?;
    let one = node.count().and_then(|count| u32::try_from(count).ok());
    one.map(|one| (one, one)).or_else(|| parse_counts(node.text()?))
}

fn habit(node: Option<&Node>, otherwise: Habit) -> Habit {
    match node.and_then(Node::text) {
        Some("expect") => Habit::Expect,
        Some("accept") => Habit::Accept,
        Some("never") => Habit::Never,
        _ => otherwise,
    }
}
