//! Files beside the scenario.

use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use crate::scenario::diagnostic::quoted;
use crate::scenario::node::Node;

use super::Resolver;

impl Resolver<'_> {
    /// The bytes of the file that a node names, `most` at most.
    pub(super) fn file(&mut self, node: &Node, most: usize) -> Option<Arc<[u8]>> {
        let file = node.text()?;
        if !stays_below(Path::new(file)) {
            let help = "put the file beside the scenario, and name it from there";
            self.complain(node.span, "a file is in the scenario's folder or below it", help);
            return None;
        }
        let path = self.folder.map_or_else(|| PathBuf::from(file), |folder| folder.join(file));
        let bytes = match self.read_once(path) {
            Ok(bytes) => bytes,
            Err(error) => {
                let problem = match error.kind() {
                    io::ErrorKind::NotFound => "is not there".to_owned(),
                    io::ErrorKind::IsADirectory => "is a folder".to_owned(),
                    _ => format!("can't be read: {error}"),
                };
                let folder = self.folder.map_or("the built-in files".into(), |folder| match folder
                    .to_string_lossy()
                {
                    here if here.is_empty() => "the current folder".to_owned(),
                    folder => quoted(&folder),
                });
                let help = format!("files are looked for in {folder}");
                self.complain(node.span, format!("the file {} {problem}", quoted(file)), help);
                return None;
            }
        };
        if bytes.len() > most {
            let message = format!("{} is larger than {} MiB", quoted(file), most >> 20);
            self.complain(node.span, message, "take a smaller file");
            return None;
        }
        Some(bytes)
    }

    fn read_once(&mut self, path: PathBuf) -> io::Result<Arc<[u8]>> {
        if let Some(bytes) = self.files.get(&path) {
            return Ok(Arc::clone(bytes));
        }
        let bytes: Arc<[u8]> = (self.context.read_file)(&path)?.into();
        self.files.insert(path, Arc::clone(&bytes));
        Ok(bytes)
    }
}

/// Whether a path never leaves the folder that it starts from, links aside.
fn stays_below(path: &Path) -> bool {
    let mut depth = 0_usize;
    for component in path.components() {
        match component {
            Component::Normal(_) => depth += 1,
            Component::CurDir => {}
            Component::ParentDir if depth > 0 => depth -= 1,
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => return false,
        }
    }
    depth > 0
}
