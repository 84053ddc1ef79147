//! A checked tree to the model: actors, saved names, templates, files and limits are resolved.
//!
//! It tells what the grammar can't: names that don't exist, files that aren't there, steps that
//! can't work. A value of the wrong shape was told before, and is passed over here. Start from
//! [`resolve`].

mod actors;
mod awaits;
mod blocks;
mod desk;
mod files;
mod limits;
mod load;
mod measured;
mod mutate;
mod order;
mod patterns;
mod requests;
mod rows;
mod saved;
mod steps;
mod upload;
mod values;
mod wire;

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use uuid::Uuid;

use super::ParseContext;
use super::diagnostic::Diagnostic;
use super::model::{Action, Actor, Data, Scenario, Step};
use super::node::{Entry, Node};
use super::source::{SourceFile, Span};
use super::template::Names;

pub(super) use limits::settings_over;
pub(super) use load::load_apart;

/// A file on its way to the model.
pub(super) struct Resolver<'a> {
    source: &'a Arc<SourceFile>,
    /// Where files are read from; `None` for a built-in scenario.
    folder: Option<&'a Path>,
    context: &'a ParseContext<'a>,
    names: Names<'a>,
    actors: Vec<Actor>,
    /// The actors behind each name: more than one where the file gives a `count`.
    groups: BTreeMap<String, Range<usize>>,
    /// The slots from here on belong to the section that is being resolved.
    first_slot: usize,
    /// Names of barriers, and of metrics of calls, by their numbers.
    barriers: Vec<String>,
    metrics: Vec<String>,
    /// The place of `abort_on`.
    abort_place: Option<Span>,
    /// The place of every step, by its number.
    places: Vec<Span>,
    /// How many steps there are once a step of several actors is several.
    made: usize,
    /// The files that steps upload, each read once.
    files: HashMap<PathBuf, Arc<[u8]>>,
    /// Whether a step could not be read, so that what it would have saved is unknown.
    unsure: bool,
    mistakes: Vec<Diagnostic>,
}

/// Resolves a tree. The scenario is whole only where there are no mistakes.
pub(super) fn resolve(
    source: &Arc<SourceFile>,
    root: &Node,
    folder: Option<&Path>,
    context: &ParseContext<'_>,
) -> (Scenario, Vec<Diagnostic>) {
    let mut resolver = Resolver::new(source, folder, context);
    let scenario = resolver.scenario(root);
    (scenario, resolver.mistakes)
}

impl<'a> Resolver<'a> {
    fn new(
        source: &'a Arc<SourceFile>,
        folder: Option<&'a Path>,
        context: &'a ParseContext<'a>,
    ) -> Self {
        Self {
            source,
            folder,
            context,
            names: Names::new(context.env),
            actors: Vec::new(),
            groups: BTreeMap::new(),
            first_slot: 0,
            barriers: Vec::new(),
            metrics: Vec::new(),
            abort_place: None,
            places: Vec::new(),
            made: 0,
            files: HashMap::new(),
            unsure: false,
            mistakes: Vec::new(),
        }
    }

    fn scenario(&mut self, root: &Node) -> Scenario {
        self.variables(root);
        let tenants = self.read_actors(root);
        let load = self.load(root);
        let settings = self.settings(root);
        let data = self.data(root);
        self.names.running = true;
        for section in ["setup", "flow", "teardown"] {
            root.get(section).into_iter().for_each(|steps| self.note_saved(steps));
        }
        let setup = self.section(root, "setup");
        let kept = self.names.saved.clone();
        self.names.has_row = true;
        let flow = self.section(root, "flow");
        self.names.has_row = false;
        self.names.saved = kept;
        let teardown = self.section(root, "teardown");
        let thresholds = self.thresholds(root);
        let sections = order::Sections { setup: &setup, flow: &flow, teardown: &teardown };
        if !self.unsure {
            let cast = order::Cast { actors: &self.actors, settings: &settings, load: &load };
            for flaw in order::check(&sections, cast, &self.places) {
                self.complain(flaw.span, flaw.message, flaw.help);
            }
            self.check_measured(&sections, &settings, &load, &thresholds);
        }
        let text = |key| root.get(key).and_then(Node::text).unwrap_or_default().to_owned();
        let tags = root.get("tags").map_or(&[][..], Node::elements);
        Scenario {
            name: self.name(root),
            description: text("description"),
            tags: tags.iter().filter_map(Node::text).map(str::to_owned).collect(),
            exclusive: root.get("exclusive").and_then(Node::flag).unwrap_or(false),
            file: self.source.name.clone(),
            folder: self.folder.map(Path::to_path_buf),
            actors: std::mem::take(&mut self.actors),
            tenants,
            load,
            own_settings: own_settings(root),
            settings,
            thresholds: thresholds.into_iter().map(|(threshold, _)| threshold).collect(),
            barriers: std::mem::take(&mut self.barriers),
            metrics: std::mem::take(&mut self.metrics),
            digest: digest(&self.source.text, [&setup, &flow, &teardown], data.as_ref()),
            data,
            setup,
            flow,
            teardown,
            slots: self.names.slots,
        }
    }

    fn name(&mut self, root: &Node) -> String {
        let Some(node) = root.get("name") else { return String::new() };
        let name = node.text().unwrap_or_default();
        if node.text().is_some() && (name.trim().is_empty() || name.contains(char::is_control)) {
            self.complain(node.span, "a scenario's name is one line, and not empty", "");
        }
        name.to_owned()
    }

    fn section(&mut self, root: &Node, name: &str) -> Vec<Step> {
        self.first_slot = self.names.slots;
        let Some(Entry { key, value }) = root.entry(name) else { return Vec::new() };
        if name == "flow" && matches!(value.elements(), []) && value.describe() == "a list" {
            self.complain(key.span, "a flow has at least one step", "for example `- init`");
        }
        self.steps(value)
    }

    fn complain(&mut self, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.mistakes.push(Diagnostic::at(self.source, span, message).help(help));
    }
}

/// The keys of the settings that a file gives.
fn own_settings(root: &Node) -> Vec<String> {
    let entries = root.get("settings").map_or(&[][..], Node::entries);
    entries.iter().map(|entry| entry.key.name.clone()).collect()
}

/// A digest of a file's text, of what its steps upload, of the schemas of its calls and of its
/// data.
fn digest(text: &str, sections: [&[Step]; 3], data: Option<&Data>) -> Uuid {
    let mut digest = Uuid::new_v5(&Uuid::NAMESPACE_OID, text.as_bytes());
    for step in sections.into_iter().flatten().flat_map(Step::with_inner) {
        match &step.action {
            Action::Upload(upload) => digest = Uuid::new_v5(&digest, &upload.bytes),
            Action::Call { schema: Some(schema), .. } => {
                digest = Uuid::new_v5(&digest, schema.to_string().as_bytes());
            }
            _ => {}
        }
    }
    for value in data.iter().flat_map(|data| data.rows.iter().flatten()) {
        digest = Uuid::new_v5(&digest, value.as_bytes());
    }
    digest
}
