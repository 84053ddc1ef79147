//! Profiles: one endpoint's facts, read with places and checked to the last key.
//!
//! It knows no command line, no network, and neither URLs nor tokens: what a text means, whoever
//! uses it says. Start from [`load_profile`] and [`Profile`].

mod environment;
mod masked;

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::metrics::Threshold;
use crate::protocol::TenantId;

use super::check::check_map;
use super::diagnostic::{Diagnostic, Diagnostics, quoted};
use super::grammar::PROFILE;
use super::library::read_source;
use super::model::LoadChange;
use super::node::{Entry, Node, NodeValue};
use super::rate::parse_rate;
use super::resolve::load_apart;
use super::setting::Setting;
use super::source::{SourceFile, Span};
use super::{ParseContext, yaml};

use environment::expanded;
use masked::{holds_password, masked};

/// One endpoint's facts. What stands in it may be secret, so that it has no `Debug`.
#[derive(Clone)]
pub struct Profile {
    /// Its file, as the user named it.
    pub file: String,
    /// The socket origin.
    pub target: Option<String>,
    /// The origin that upload URLs are asked of.
    pub upload_origin: Option<String>,
    /// Hosts beside loopback that may be spoken to.
    pub allow: Vec<String>,
    /// A CSV of access tokens.
    pub accounts: Option<PathBuf>,
    /// A command that prints a tenant's access token.
    pub token_command: Option<String>,
    /// The tenants that the command is asked for.
    pub tenants: Vec<TenantId>,
    /// The proxy; a password may stand in it.
    pub proxy: Option<String>,
    /// A PEM file of a certificate authority.
    pub ca_cert: Option<PathBuf>,
    /// Settings in place of those of the scenarios.
    pub settings: Vec<Setting>,
    /// What the figures of a whole run must be.
    pub thresholds: Vec<Threshold>,
    /// A waiver file.
    pub waivers: Option<PathBuf>,
    /// Bounds that hold whatever is asked for.
    pub caps: Caps,
    /// What takes the place of the load of scenarios.
    pub load: LoadChange,
    /// What is allowed and better done otherwise, a sentence each.
    pub warnings: Vec<String>,
    places: BTreeMap<String, (Arc<SourceFile>, Span)>,
}

/// Bounds that hold whatever scenarios and options ask for (`caps:`).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Caps {
    /// The most devices at once.
    pub devices: Option<NonZeroU32>,
    /// The most messages sent a second.
    pub sends_per_s: Option<f64>,
    /// The most connects a second.
    pub connects_per_s: Option<f64>,
}

/// What is done about the files that a profile names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NamedFiles {
    /// Nothing: they are read when they are used.
    Left,
    /// They have to be there.
    Looked,
}

impl Profile {
    /// A mistake at the value of a key, told with its place.
    pub fn mistake(&self, key: &str, message: &str, help: &str) -> Diagnostics {
        let mistake = match self.places.get(key) {
            Some((source, span)) => Diagnostic::at(source, *span, message),
            None => Diagnostic::placeless(format!("{}: {message}", self.file), ""),
        };
        mistake.help(help).into()
    }
}

/// Reads a profile. Its paths are those of its folder, and `${env.NAME}` in its texts is the
/// environment's.
///
/// # Errors
/// Every mistake in it, each with its place; no token or password is shown.
pub fn load_profile(
    path: &Path,
    files: NamedFiles,
    context: &ParseContext<'_>,
) -> Result<Profile, Diagnostics> {
    let source = Arc::new(read_source(path, context)?);
    let shown = Arc::new(SourceFile::new(source.name.clone(), masked(&source.text)));
    let read = yaml::parse(&source).map_err(|mistakes| in_source(&shown, mistakes))?;
    let (mut root, mistakes) = read;
    let mut reader = Reader { source: &source, context, mistakes };
    reader.refuse_token(&mut root);
    reader.check_shape(&root);
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut profile = reader.profile(&root, folder, &shown);
    if files == NamedFiles::Looked {
        reader.look_at_files(&root, &profile);
    }
    let mistakes = std::mem::take(&mut reader.mistakes);
    if mistakes.is_empty() {
        profile.file = source.name.clone();
        return Ok(profile);
    }
    Err(in_source(&shown, mistakes))
}

/// Whether a file has the shape of a profile: a map with keys of one, and none that only a scenario
/// has. A file that cannot be read has none.
pub fn holds_profile(path: &str, context: &ParseContext<'_>) -> bool {
    let root = read_source(Path::new(path), context)
        .ok()
        .and_then(|source| yaml::parse(&Arc::new(source)).ok())
        .map(|(root, _)| root);
    let is_scenario =
        |root: &Node| ["name", "flow", "setup", "actors"].iter().any(|key| root.get(key).is_some());
    let is_known = |entry: &Entry| {
        let name = entry.key.name.as_str();
        name == "token" || PROFILE.key(name).is_some()
    };
    root.is_some_and(|root| !is_scenario(&root) && root.entries().iter().any(is_known))
}

fn in_source(shown: &Arc<SourceFile>, mistakes: Vec<Diagnostic>) -> Diagnostics {
    let here = |mistake: Diagnostic| Diagnostic {
        place: mistake.place.map(|(_, span)| (Arc::clone(shown), span)),
        ..mistake
    };
    Diagnostics::sorted(mistakes.into_iter().map(here).collect())
}

struct Reader<'a> {
    source: &'a Arc<SourceFile>,
    context: &'a ParseContext<'a>,
    mistakes: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn complain(&mut self, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.mistakes.push(Diagnostic::at(self.source, span, message).help(help));
    }

    /// Takes a token out, which would be shared with whoever reads the profile.
    fn refuse_token(&mut self, root: &mut Node) {
        let NodeValue::Map(entries) = &mut root.value else { return };
        let Some(at) = entries.iter().position(|entry| entry.key.name == "token") else { return };
        let token = entries.remove(at);
        let help = "give it with DESKBELL_TOKEN or --token, or name a file in `accounts` or a command in `token_command`";
        self.complain(token.key.span, "an access token does not belong into a profile", help);
    }

    fn check_shape(&mut self, root: &Node) {
        match &root.value {
            NodeValue::Map(_) => {
                self.mistakes.extend(check_map(self.source, root, &PROFILE));
            }
            NodeValue::Null => {
                let help = "it begins with `target: wss://HOST/PATH`";
                self.complain(Span::new(0, 0), "the file holds no profile", help);
            }
            _ => {
                let message = format!("a profile is a map with `target:`, not {}", root.describe());
                self.complain(root.span, message, "");
            }
        }
        if let (Some(_), Some(command)) = (root.entry("accounts"), root.entry("token_command")) {
            let message = "a profile has either `accounts` or `token_command`";
            self.complain(command.key.span, message, "take one of them out");
        }
    }

    fn profile(&mut self, root: &Node, folder: &Path, shown: &Arc<SourceFile>) -> Profile {
        let (load, mistakes) = load_apart(self.source, root, self.context);
        self.mistakes.extend(mistakes);
        let allow = root.get("allow").map_or(&[][..], Node::elements);
        let tenants = root.get("tenants").map_or(&[][..], Node::elements);
        let settings = root.get("settings");
        let places = root.entries().iter();
        Profile {
            file: String::new(),
            target: self.text(root, "target"),
            upload_origin: self.text(root, "upload_origin"),
            allow: allow.iter().filter_map(|host| self.expand(host, "allow")).collect(),
            accounts: self.path(root, "accounts", folder),
            token_command: self.text(root, "token_command"),
            tenants: tenants.iter().filter_map(Node::count).map(TenantId).collect(),
            proxy: self.text(root, "proxy"),
            ca_cert: self.path(root, "ca_cert", folder),
            settings: settings.map_or_else(Vec::new, Setting::all),
            thresholds: self.thresholds(root),
            waivers: self.path(root, "waivers", folder),
            caps: caps(root),
            load,
            warnings: self.warnings(root),
            places: places
                .map(|Entry { key, value }| (key.name.clone(), (Arc::clone(shown), value.span)))
                .collect(),
        }
    }

    fn warnings(&self, root: &Node) -> Vec<String> {
        let proxy = root.get("proxy").filter(|node| node.text().is_some_and(holds_password));
        let warning = |node: &Node| {
            let (file, place) = (&self.source.name, self.source.position(node.span.start));
            format!(
                "{file}:{}:{}: `proxy` holds a password: put it into the environment, and \
                 `${{env.NAME}}` in its place",
                place.line, place.column
            )
        };
        proxy.map(warning).into_iter().collect()
    }

    fn thresholds(&mut self, root: &Node) -> Vec<Threshold> {
        let mut thresholds: Vec<Threshold> = Vec::new();
        for node in root.get("thresholds").map_or(&[][..], Node::elements) {
            let Some(threshold) = node.text().and_then(|text| Threshold::parse(text).ok()) else {
                continue;
            };
            if thresholds.iter().any(|known| known.measure() == threshold.measure()) {
                let message = "a threshold on this figure stands above";
                self.complain(node.span, message, "keep one of the two");
            }
            thresholds.push(threshold);
        }
        thresholds
    }

    fn path(&mut self, root: &Node, key: &str, folder: &Path) -> Option<PathBuf> {
        self.text(root, key).map(|path| folder.join(path))
    }

    fn text(&mut self, root: &Node, key: &str) -> Option<String> {
        self.expand(root.get(key)?, key)
    }

    /// The text of a node with the environment's values; `None` of what is no text, which was told.
    fn expand(&mut self, node: &Node, key: &str) -> Option<String> {
        let text = node.text()?;
        if text.trim().is_empty() {
            self.complain(node.span, format!("`{key}` is empty"), "leave it out");
            return None;
        }
        match expanded(text, self.context.env) {
            Ok(text) => Some(text),
            Err(flaws) => {
                for flaw in flaws {
                    let span = node.part(self.source, flaw.span);
                    self.complain(span, flaw.message, flaw.help);
                }
                None
            }
        }
    }

    fn look_at_files(&mut self, root: &Node, profile: &Profile) {
        let named = [
            ("accounts", &profile.accounts),
            ("ca_cert", &profile.ca_cert),
            ("waivers", &profile.waivers),
        ];
        for (key, path) in named {
            let (Some(node), Some(path)) = (root.get(key), path) else { continue };
            if let Err(error) = (self.context.read_file)(path) {
                let path = quoted(&path.to_string_lossy());
                self.complain(node.span, format!("{path} can't be read"), error.to_string());
            }
        }
    }
}

fn caps(root: &Node) -> Caps {
    let get = |key: &str| root.get("caps").and_then(|caps| caps.get(key));
    let rate = |key: &str| get(key).and_then(Node::text).and_then(|text| parse_rate(text).ok());
    let devices = get("devices").and_then(Node::count);
    Caps {
        devices: devices.and_then(|count| u32::try_from(count).ok()).and_then(NonZeroU32::new),
        sends_per_s: rate("rate"),
        connects_per_s: rate("connect_rate"),
    }
}

#[cfg(test)]
mod tests;
