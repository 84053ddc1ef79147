//! Templates out of nodes.

use crate::scenario::node::{Entry, Node};
use crate::scenario::template::{Template, ValueTemplate};

use super::Resolver;

impl Resolver<'_> {
    /// The template of a scalar.
    pub(super) fn template(&mut self, node: &Node) -> Option<Template> {
        let Some(text) = node.text() else { return node.scalar().map(Template::constant) };
        match Template::parse(text, &self.names) {
            Ok(template) => Some(template),
            Err(flaws) => {
                for flaw in flaws {
                    let span = node.part(self.source, flaw.span);
                    self.complain(span, flaw.message, flaw.help);
                }
                None
            }
        }
    }

    /// The template of any value.
    pub(super) fn value(&mut self, node: &Node) -> Option<ValueTemplate> {
        match node.describe() {
            "a list" => {
                let elements = node.elements().iter().map(|element| self.value(element));
                let elements: Vec<_> = elements.collect();
                elements.into_iter().collect::<Option<_>>().map(ValueTemplate::List)
            }
            "a map" => self.object(node).map(ValueTemplate::Object),
            _ => self.template(node).map(ValueTemplate::Scalar),
        }
    }

    /// The templates of a map's values.
    pub(super) fn object(&mut self, node: &Node) -> Option<Vec<(String, ValueTemplate)>> {
        let entries = node.entries().iter();
        let values: Vec<_> = entries
            .map(|Entry { key, value }| self.value(value).map(|value| (key.name.clone(), value)))
            .collect();
        values.into_iter().collect()
    }
}
