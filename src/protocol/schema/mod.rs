//! The JSON Schemas of everything that crosses the wire, compiled once.
//!
//! It knows what the document's shapes are, and nothing of what a deviation means: which clause
//! is broken, and whether that matters, is `conformance`'s.
//! Start from [`SchemaSet`].

mod drift;
mod embedded;
mod error;
mod load;
mod name;
mod shape;
mod violation;
mod widen;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, LazyLock, OnceLock};

use jsonschema::Validator;
use serde_json::Value;

use super::{Dialect, Json};
use drift::Known;
pub use error::{SchemaError, SchemaFlaw};
pub use name::SchemaName;
use shape::Shape;
pub use violation::Violation;

/// A compiled set of schemas: one per route side, event and upload call.
#[derive(Debug)]
pub struct SchemaSet {
    /// In the order of the schemas' names.
    schemas: Vec<Schema>,
    documents: Documents,
    dialect: Dialect,
    /// The same, taking digits in either spelling; compiled when it is first asked for.
    lenient: OnceLock<Arc<Self>>,
}

/// The files of a set by their `$id`.
type Documents = BTreeMap<String, Value>;

#[derive(Debug)]
struct Schema {
    validator: Validator,
    known: Known,
    shape: Option<Shape>,
    /// In a lenient set, the shape with digits in either spelling.
    wide: Option<Shape>,
}

static BUILTIN: LazyLock<Arc<SchemaSet>> = LazyLock::new(|| {
    Arc::new(load::builtin().expect("the embedded schemas compile, as every test of them shows"))
});

impl SchemaSet {
    fn new(schemas: Vec<Schema>, documents: Documents, dialect: Dialect) -> Self {
        Self { schemas, documents, dialect, lenient: OnceLock::new() }
    }

    /// The set that is built in, compiled on first use.
    pub fn builtin() -> Arc<Self> {
        Arc::clone(&BUILTIN)
    }

    /// Reads a set from a folder laid out as the built-in one: `requests/`, `responses/`,
    /// `events/`, `http/` and `types/`, every `$ref` between them relative.
    ///
    /// # Errors
    /// Every file that is missing or cannot be used, and why.
    pub fn load(dir: &Path) -> Result<Self, SchemaError> {
        load::from_dir(dir).map_err(|flaws| SchemaError { dir: dir.to_owned(), flaws })
    }

    /// The set in a dialect; of a lenient one, itself. Responses and events differ; what we send
    /// and the calls over HTTP are as documented in either.
    pub fn in_dialect(self: Arc<Self>, dialect: Dialect) -> Arc<Self> {
        if dialect == self.dialect || self.dialect == Dialect::Lenient {
            return self;
        }
        Arc::clone(self.lenient.get_or_init(|| {
            let lenient = load::lenient(&self.documents);
            Arc::new(lenient.expect("what compiles does so with more types allowed"))
        }))
    }

    /// Whether a value is as the document has it, as far as a quick look tells: valid, no key
    /// beyond the document's, and digits in its spelling. False where [`validate`](Self::validate) and [`drift`](Self::drift) have to be asked.
    pub fn fits(&self, name: SchemaName<'_>, value: &Json) -> bool {
        self.schema(name)
            .is_none_or(|schema| schema.shape.as_ref().is_some_and(|shape| shape.fits(value)))
    }

    /// Holds a value to its schema; for a frame, the whole of it. Routes and events that the
    /// document does not have have no schema, so anything passes. Cheap where the value is valid.
    ///
    /// # Errors
    /// Where the value deviates: the first few places, or in a huge value the first.
    pub fn validate(&self, name: SchemaName<'_>, value: &Json) -> Result<(), Vec<Violation>> {
        let Some(schema) = self.schema(name) else { return Ok(()) };
        if schema.wide.as_ref().is_some_and(|shape| shape.fits(value)) {
            return Ok(());
        }
        let value = value.to_value();
        if schema.validator.is_valid(&value) {
            return Ok(());
        }
        Err(violation::list(&schema.validator, &self.documents, &value))
    }

    /// JSON pointers to the keys that the document does not have, array indexes written `*`;
    /// in a lenient set also to digits in another spelling than the document's, and which. The
    /// first few, none twice. What stands in `metadata` and under such a key is not looked at.
    pub fn drift(&self, name: SchemaName<'_>, value: &Json) -> Vec<String> {
        self.schema(name).map_or_else(Vec::new, |schema| schema.known.strays(value))
    }

    fn schema(&self, name: SchemaName<'_>) -> Option<&Schema> {
        name.index().map(|at| &self.schemas[at])
    }
}
