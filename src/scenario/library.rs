//! Finds scenarios: files, folders of files, and the built-in ones.
//!
//! It knows no disk: files come through the context. Start from [`load`].

mod shipped;

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::diagnostic::{Diagnostic, Diagnostics, quoted, suggest};
use super::model::Scenario;
use super::source::{SourceFile, Span};
use super::{ParseContext, read};

use shipped::{FILES, SCENARIOS};

/// What a built-in scenario's name begins with.
pub const BUILTIN: &str = "builtin:";

const DEFAULT: &str = "builtin:chat";
/// The largest scenario file, in bytes.
const MAX_SOURCE: usize = 4 << 20;
/// Folders inside each other.
const DEEPEST_FOLDER: usize = 8;

/// Loads what a command line names: files, folders with all `*.yaml` below them, and built-in
/// scenarios like `builtin:chat`, which is also what no name means.
///
/// # Errors
/// Every mistake of every file, those that can't be read included.
pub fn load(paths: &[String], context: &ParseContext<'_>) -> Result<Vec<Scenario>, Diagnostics> {
    let default = [DEFAULT.to_owned()];
    let paths = if paths.is_empty() { &default } else { paths };
    let mut library = Library { context, files: Vec::new(), mistakes: None };
    for path in paths {
        if let Err(mistake) = library.find(path) {
            library.fail(mistake.into());
        }
    }
    let scenarios = library.read_all();
    match library.mistakes {
        Some(mistakes) => Err(mistakes),
        None => Ok(scenarios),
    }
}

/// A file that is to be read.
enum Found {
    Builtin(&'static str, &'static str),
    File(PathBuf),
}

struct Library<'a> {
    context: &'a ParseContext<'a>,
    files: Vec<Found>,
    mistakes: Option<Diagnostics>,
}

impl Library<'_> {
    fn fail(&mut self, further: Diagnostics) {
        match &mut self.mistakes {
            Some(mistakes) => mistakes.append(further),
            None => self.mistakes = Some(further),
        }
    }

    fn find(&mut self, path: &str) -> Result<(), Diagnostic> {
        if let Some(name) = path.strip_prefix(BUILTIN) {
            return self.find_builtin(name);
        }
        let files = self.files.len();
        if self.walk(Path::new(path), 0).map_err(|error| unreadable(path, &error))? {
            self.add(PathBuf::from(path));
        } else if self.files.len() == files {
            let message = format!("there is no scenario in the folder {}", quoted(path));
            return Err(Diagnostic::placeless(message, "scenario files end in `.yaml`"));
        }
        Ok(())
    }

    fn find_builtin(&mut self, name: &str) -> Result<(), Diagnostic> {
        let mut found = false;
        for (known, text) in SCENARIOS {
            let within = known.strip_prefix(name);
            if within.is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) {
                found = true;
                self.files.push(Found::Builtin(known, text));
            }
        }
        if found {
            return Ok(());
        }
        let known: Vec<String> =
            SCENARIOS.iter().map(|(name, _)| format!("{BUILTIN}{name}")).collect();
        let written = format!("{BUILTIN}{name}");
        let help = suggest(&written, known.iter().map(String::as_str), "the built-in one");
        let message = format!("there is no built-in scenario {}", quoted(&written));
        Err(Diagnostic::placeless(message, help))
    }

    /// Adds the scenario files below a folder; `true` where the path is no folder.
    fn walk(&mut self, path: &Path, depth: usize) -> io::Result<bool> {
        let Some(mut inside) = (self.context.list_folder)(path)? else { return Ok(true) };
        inside.sort();
        for path in inside {
            let name =
                path.file_name().map_or_else(Default::default, |name| name.to_string_lossy());
            let is_scenario = path.extension().is_some_and(|end| end == "yaml" || end == "yml");
            if name.starts_with('.') || depth == DEEPEST_FOLDER {
                continue;
            }
            if is_scenario {
                self.add(path);
            } else if path.extension().is_none() {
                self.walk(&path, depth + 1)?;
            }
        }
        Ok(false)
    }

    fn add(&mut self, path: PathBuf) {
        let twice =
            self.files.iter().any(|found| matches!(found, Found::File(known) if *known == path));
        if !twice {
            self.files.push(Found::File(path));
        }
    }

    fn read_all(&mut self) -> Vec<Scenario> {
        let mut scenarios = Vec::new();
        let mut names: HashMap<String, String> = HashMap::new();
        for found in std::mem::take(&mut self.files) {
            let read = match found {
                Found::Builtin(name, text) => self.read_builtin(name, text),
                Found::File(path) => self.read_file(&path),
            };
            match read {
                Err(mistakes) => self.fail(mistakes),
                Ok((source, scenario, span)) => {
                    if let Some(first) = names.insert(scenario.name.clone(), source.name.clone()) {
                        let span = span.unwrap_or(Span::new(0, 0));
                        let message =
                            format!("{first} is named {} as well", quoted(&scenario.name));
                        let twin = Diagnostic::at(&source, span, message);
                        self.fail(twin.help("give one of them another name").into());
                    }
                    scenarios.push(scenario);
                }
            }
        }
        scenarios
    }

    fn read_builtin(&self, name: &str, text: &str) -> Result<Read, Diagnostics> {
        let source = Arc::new(SourceFile::new(format!("{BUILTIN}{name}"), text));
        let folder = Path::new(name).parent().unwrap_or(Path::new(""));
        let embedded = |path: &Path| {
            let path = folder.join(path);
            let file = FILES.iter().find(|(known, _)| Path::new(known) == path);
            file.map(|(_, bytes)| bytes.to_vec()).ok_or_else(|| io::ErrorKind::NotFound.into())
        };
        let context = ParseContext { read_file: &embedded, ..*self.context };
        let (scenario, span) = read(&source, None, &context)?;
        Ok((source, scenario, span))
    }

    fn read_file(&self, path: &Path) -> Result<Read, Diagnostics> {
        let source = Arc::new(read_source(path, self.context)?);
        let folder = path.parent().unwrap_or(Path::new(""));
        let (scenario, span) = read(&source, Some(folder), self.context)?;
        Ok((source, scenario, span))
    }
}

/// Reads a file that a user wrote.
///
/// # Errors
/// That it cannot be read, is too large, or no text.
pub(super) fn read_source(
    path: &Path,
    context: &ParseContext<'_>,
) -> Result<SourceFile, Diagnostic> {
    let name = path.to_string_lossy().into_owned();
    let bytes = (context.read_file)(path).map_err(|error| unreadable(&name, &error))?;
    if bytes.len() > MAX_SOURCE {
        let message = format!("{} is larger than 4 MiB", quoted(&name));
        return Err(Diagnostic::placeless(message, "is it a scenario?"));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let message = format!("{} is not text in UTF-8", quoted(&name));
        let help = format!("its byte {} is none", error.utf8_error().valid_up_to() + 1);
        Diagnostic::placeless(message, help)
    })?;
    Ok(SourceFile::new(name, text))
}

/// A file, its scenario, and where that one's name stands.
type Read = (Arc<SourceFile>, Scenario, Option<Span>);

fn unreadable(path: &str, error: &io::Error) -> Diagnostic {
    if error.kind() != io::ErrorKind::NotFound {
        return Diagnostic::placeless(format!("{} can't be read", quoted(path)), error.to_string());
    }
    let builtin = SCENARIOS.iter().find(|(name, _)| *name == path);
    let help = match builtin {
        Some((name, _)) => format!("did you mean `{BUILTIN}{name}`?"),
        None => "name a file, a folder, or a built-in scenario like `builtin:chat`".to_owned(),
    };
    Diagnostic::placeless(format!("there is no file or folder {}", quoted(path)), help)
}
