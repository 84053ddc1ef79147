//! YAML text to a tree of nodes with places.
//!
//! It takes YAML 1.2 with its core schema: `no` is a text. Keys are texts and stand once. Anchors
//! and aliases are followed within a bound; merge keys, tags and several documents are refused. It
//! knows nothing of the language. Start from [`parse`].

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use granit_parser::{Event, Parser, ScalarStyle, options};

use super::diagnostic::{Diagnostic, quoted};
use super::node::{Entry, Key, Node, NodeValue};
use super::scalar::plain;
use super::source::{SourceFile, Span};
use super::syntax::{syntax_error, too_deep};

/// Lists and maps inside each other, aliases followed.
pub(super) const DEEPEST: usize = 64;
/// The key of YAML 1.1 that merges maps.
const MERGE: &str = "<<";
/// Values of a file, aliases followed.
const MOST_NODES: usize = 250_000;

/// Reads a file's only document, and gives the mistakes that don't hide what it means.
///
/// # Errors
/// Where the reading had to stop: the mistakes up to there.
pub(super) fn parse(source: &Arc<SourceFile>) -> Result<(Node, Vec<Diagnostic>), Vec<Diagnostic>> {
    let options = options! {
        emit_comments: false,
        disallow_directives: true,
        flow_nesting_limit: DEEPEST,
        block_nesting_limit: DEEPEST,
    };
    let mut tree = Tree::new(source);
    for event in Parser::new_from_str_with_options(&source.text, options) {
        let step = match event {
            Ok((event, span)) => tree.take(event, &span),
            Err(error) => Err(syntax_error(source, &error)),
        };
        if let Err(mistake) = step {
            tree.mistakes.push(mistake);
            return Err(tree.mistakes);
        }
    }
    let nothing = Node { span: Span::new(0, 0), value: NodeValue::Null };
    Ok((tree.root.unwrap_or(nothing), tree.mistakes))
}

/// A list or map that is not closed yet.
struct Open {
    node: Node,
    anchor: usize,
    key: Option<Key>,
    /// Levels below it.
    height: usize,
}

/// A node that an alias may name.
struct Anchored {
    node: Node,
    height: usize,
    size: usize,
}

struct Tree<'a> {
    source: &'a Arc<SourceFile>,
    open: Vec<Open>,
    root: Option<Node>,
    documents: usize,
    nodes: usize,
    anchored: HashMap<usize, Anchored>,
    mistakes: Vec<Diagnostic>,
}

impl<'a> Tree<'a> {
    fn new(source: &'a Arc<SourceFile>) -> Self {
        Self {
            source,
            open: Vec::new(),
            root: None,
            documents: 0,
            nodes: 0,
            anchored: HashMap::new(),
            mistakes: Vec::new(),
        }
    }

    fn take(&mut self, event: Event<'_>, at: &granit_parser::Span) -> Result<(), Diagnostic> {
        let range = at.byte_range().unwrap_or(0..0);
        let span = Span::new(range.start, range.end.max(range.start));
        if event.tag().is_some() {
            let help = "quote a text that should stay a text";
            self.complain(span, "tags like `!!str` are not supported", help);
        }
        match event {
            Event::DocumentStart(..) => self.document(span),
            Event::Scalar(text, style, anchor, _) => self.scalar(text, style, anchor, span),
            Event::SequenceStart(_, anchor, _) => {
                self.begin(NodeValue::List(Vec::new()), anchor, span)
            }
            Event::MappingStart(_, anchor, _) => {
                self.begin(NodeValue::Map(Vec::new()), anchor, span)
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(span),
            Event::Alias(anchor) => self.alias(anchor, span),
            _ => Ok(()),
        }
    }

    fn document(&mut self, span: Span) -> Result<(), Diagnostic> {
        self.documents += 1;
        if self.documents == 1 {
            return Ok(());
        }
        Err(Diagnostic::at(self.source, span, "a scenario file holds one YAML document")
            .help("put the second one into a file of its own"))
    }

    fn scalar(
        &mut self,
        text: Cow<'_, str>,
        style: ScalarStyle,
        anchor: usize,
        span: Span,
    ) -> Result<(), Diagnostic> {
        if self.wants_key() {
            return self.key(text.into_owned(), span);
        }
        let value = match style {
            ScalarStyle::Plain => plain(&text),
            _ => Some(NodeValue::Text(text.clone().into_owned())),
        };
        if value.is_none() {
            let message = format!("{} is no number that can be sent", quoted(&text));
            self.complain(span, message, "quote it to make it a text");
        }
        self.count(1, span)?;
        self.place(Node { span, value: value.unwrap_or(NodeValue::Null) }, anchor, 0)
    }

    fn begin(&mut self, value: NodeValue, anchor: usize, span: Span) -> Result<(), Diagnostic> {
        if self.wants_key() {
            return Err(Diagnostic::at(self.source, span, "a key must be a text")
                .help("`{{ x }}` is a map inside a map to YAML; quote it to make it a text"));
        }
        self.count(1, span)?;
        self.reach(self.open.len() + 1, span)?;
        self.open.push(Open { node: Node { span, value }, anchor, key: None, height: 0 });
        Ok(())
    }

    fn end(&mut self, span: Span) -> Result<(), Diagnostic> {
        let Some(mut closed) = self.open.pop() else { return Ok(()) };
        closed.node.span.end = self.trimmed(closed.node.span.start, span.end);
        self.refuse_twins(&closed.node);
        self.place(closed.node, closed.anchor, closed.height + 1)
    }

    fn alias(&mut self, anchor: usize, span: Span) -> Result<(), Diagnostic> {
        if self.wants_key() {
            return Err(Diagnostic::at(self.source, span, "an alias can't be a key"));
        }
        let Some(target) = self.anchored.get(&anchor) else {
            return Err(Diagnostic::at(
                self.source,
                span,
                "this alias stands inside its own anchor",
            ));
        };
        let (height, size) = (target.height, target.size);
        self.reach(self.open.len() + height, span)?;
        self.count(size, span)?;
        let node = self.anchored[&anchor].node.clone();
        self.place(node, 0, height)
    }

    /// Whether the innermost open node is a map that waits for a key.
    fn wants_key(&self) -> bool {
        self.open
            .last()
            .is_some_and(|open| matches!(open.node.value, NodeValue::Map(_)) && open.key.is_none())
    }

    fn key(&mut self, name: String, span: Span) -> Result<(), Diagnostic> {
        self.count(1, span)?;
        if name == MERGE {
            self.complain(span, "merge keys are not part of YAML 1.2", "write the keys out");
        }
        let Some(open) = self.open.last_mut() else { return Ok(()) };
        open.key = Some(Key { span, name });
        Ok(())
    }

    /// The end of a list or map without the blank lines behind it.
    fn trimmed(&self, start: usize, end: usize) -> usize {
        let text = self.source.slice(Span::new(start, end.max(start)));
        start + text.trim_end().len()
    }

    fn refuse_twins(&mut self, map: &Node) {
        let mut seen = HashSet::new();
        for Entry { key, .. } in map.entries() {
            if !seen.insert(key.name.as_str()) {
                let message = format!("{} stands twice in one map", quoted(&key.name));
                self.complain(key.span, message, "keep one of the two");
            }
        }
    }

    /// Puts a finished node where it belongs.
    fn place(&mut self, node: Node, anchor: usize, height: usize) -> Result<(), Diagnostic> {
        if anchor != 0 {
            let size = size(&node);
            self.count(size, node.span)?;
            self.anchored.insert(anchor, Anchored { node: node.clone(), height, size });
        }
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        open.height = open.height.max(height);
        match (&mut open.node.value, open.key.take()) {
            (NodeValue::Map(_), Some(key)) if key.name == MERGE => {}
            (NodeValue::Map(entries), Some(key)) => entries.push(Entry { key, value: node }),
            (NodeValue::List(elements), _) => elements.push(node),
            _ => {}
        }
        Ok(())
    }

    fn count(&mut self, nodes: usize, span: Span) -> Result<(), Diagnostic> {
        self.nodes += nodes;
        if self.nodes <= MOST_NODES {
            return Ok(());
        }
        let message = format!("a file holds at most {MOST_NODES} values, aliases followed");
        Err(Diagnostic::at(self.source, span, message))
    }

    fn reach(&self, depth: usize, span: Span) -> Result<(), Diagnostic> {
        if depth <= DEEPEST { Ok(()) } else { Err(too_deep(self.source, span)) }
    }

    fn complain(&mut self, span: Span, message: impl Into<String>, help: &str) {
        self.mistakes.push(Diagnostic::at(self.source, span, message).help(help));
    }
}

/// How many values a node holds, itself included.
fn size(node: &Node) -> usize {
    let elements = node.elements().iter().map(size).sum::<usize>();
    let entries = node.entries().iter().map(|entry| 1 + size(&entry.value)).sum::<usize>();
    1 + elements + entries
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tree as JSON, or the first mistake.
    fn read(text: &str) -> Result<String, String> {
        fn json(node: &Node) -> serde_json::Value {
            match &node.value {
                NodeValue::List(elements) => elements.iter().map(json).collect(),
                NodeValue::Map(entries) => entries
                    .iter()
                    .map(|entry| (entry.key.name.clone(), json(&entry.value)))
                    .collect(),
                _ => node.scalar().expect("lists and maps are handled above"),
            }
        }
        let source = Arc::new(SourceFile::new("a.yaml", text));
        match parse(&source) {
            Ok((node, mistakes)) if mistakes.is_empty() => Ok(json(&node).to_string()),
            Ok((_, mistakes)) | Err(mistakes) => Err(mistakes[0].message.clone()),
        }
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(read(text).as_deref(), Ok(expected));
    }

    #[track_caller]
    fn refused(text: &str, expected: &str) {
        assert_eq!(read(text), Err(expected.to_owned()));
    }

    #[test]
    fn scalars_are_those_of_the_core_schema() {
        check("[no, yes, on, ~, null, true, False]", r#"["no","yes","on",null,null,true,false]"#);
        check("[1, -2, 0x1F, 0o17, 017, 1_000]", r#"[1,-2,31,15,17,"1_000"]"#);
        check(
            "[1.5, 1e3, '1', \"2\", 12:30:45, 1.2.3]",
            r#"[1.5,1000.0,"1","2","12:30:45","1.2.3"]"#,
        );
        check("a:\nb: |\n  two\n  lines\n", r#"{"a":null,"b":"two\nlines\n"}"#);
        check("", "null");
    }

    #[test]
    fn aliases_are_followed() {
        check("a: &x [1, 2]\nb: *x\n", r#"{"a":[1,2],"b":[1,2]}"#);
        refused("a: &x [1, *x]", "this alias stands inside its own anchor");
        refused("a: *x", "this alias names no anchor before it");
    }

    #[test]
    fn traps_of_yaml_are_refused() {
        refused("a: 1\na: 2", "`a` stands twice in one map");
        refused("a: {<<: {b: 1}}", "merge keys are not part of YAML 1.2");
        refused("a: !!str 1", "tags like `!!str` are not supported");
        refused("a: 1\n---\nb: 2", "a scenario file holds one YAML document");
        refused("a: {{ b }}", "a key must be a text");
        refused("a:\n\t- b", "a tab can't indent YAML");
        refused("a: b: c", "a `:` can't stand here");
        refused("a: .nan", "`.nan` is no number that can be sent");
    }

    #[test]
    fn bombs_are_refused_at_once() {
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for n in 1..12 {
            let aliases = vec![format!("*a{}", n - 1); 10].join(", ");
            bomb.push_str(&format!("a{n}: &a{n} [{aliases}]\n"));
        }
        refused(&bomb, "a file holds at most 250000 values, aliases followed");
        let deep = "lists and maps stand at most 64 deep inside each other";
        refused(&"[".repeat(500_000), deep);
        refused(&"- ".repeat(500_000), deep);
        refused(&"{a: ".repeat(200_000), deep);
        let mut chain = format!("a0: &a0 {}{}\n", "[".repeat(60), "]".repeat(60));
        chain.push_str("a1: &a1 [[[*a0]]]\na2: [[[*a1]]]\n");
        refused(&chain, deep);
    }

    #[test]
    fn a_large_file_is_read() {
        let text = "- { send: { text: hello } }\n".repeat(30_000);
        assert!(read(&text).is_ok());
    }
}
