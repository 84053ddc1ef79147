//! Files that steps upload.

use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use crate::scenario::MAX_UPLOAD;
use crate::scenario::diagnostic::quoted;
use crate::scenario::model::Action;
use crate::scenario::node::Node;

use super::Resolver;

const KIND: &str = "chat-images";

impl Resolver<'_> {
    pub(super) fn upload(&mut self, value: &Node) -> Option<Action> {
        let node = value.get("file")?;
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
        if bytes.len() > MAX_UPLOAD {
            let message = format!("{} is larger than 10 MiB", quoted(file));
            self.complain(node.span, message, "take a smaller file");
            return None;
        }
        let text = |key| value.get(key).and_then(Node::text);
        let mime = text("mime")?;
        if !is_media_type(mime) {
            let span = value.get("mime").map_or(value.span, |node| node.span);
            let message = format!("{} is no media type", quoted(mime));
            self.complain(span, message, "write it like `image/png`");
        }
        let kind = text("type").unwrap_or(KIND).to_owned();
        Some(Action::Upload { file: file.into(), bytes, mime: mime.into(), kind })
    }
}

impl Resolver<'_> {
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

/// `type/subtype`, in characters that an HTTP header takes.
fn is_media_type(text: &str) -> bool {
    let token = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b))
    };
    let essence = text.split(';').next().unwrap_or_default().trim_end();
    let printable = text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
    printable && essence.split_once('/').is_some_and(|(kind, sub)| token(kind) && token(sub))
}
