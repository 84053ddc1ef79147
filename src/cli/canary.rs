//! The last look at what a run leaves behind: a file that holds a secret in use is removed.
//!
//! Whatever is kept of a run was cleaned before; this is there to find the hole in that.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::PathBuf;

use crate::protocol::{SecretKind, Secrets};

/// How much of a file is looked at at once, beside what two such pieces share. Bytes.
const PIECE: usize = 64 << 10;

/// A file that held a secret.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Leak {
    file: PathBuf,
    kind: SecretKind,
    /// Whether the file is gone.
    is_removed: bool,
}

impl fmt::Display for Leak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, kind, is_removed } = self;
        let fate = if *is_removed { "it was removed" } else { "it cannot be removed: do so" };
        write!(f, "{} held {kind}, and {fate}", file.display())
    }
}

/// Removes each of the files that holds a secret in use. One that is not there, or is no file, holds
/// nothing.
///
/// # Errors
/// A file that cannot be read, which may hold anything.
pub(super) fn remove_leaks(
    files: impl IntoIterator<Item = PathBuf>,
    secrets: &Secrets,
) -> Result<Vec<Leak>, (PathBuf, io::Error)> {
    let mut leaks = Vec::new();
    for file in files.into_iter().filter(|file| file.is_file()) {
        match File::open(&file).and_then(|bytes| find(bytes, secrets)) {
            Ok(None) => {}
            Ok(Some(kind)) => {
                let is_removed = fs::remove_file(&file).is_ok();
                leaks.push(Leak { file, kind, is_removed });
            }
            Err(error) => return Err((file, error)),
        }
    }
    Ok(leaks)
}

/// The first secret that stands in a text, read piece by piece.
fn find(mut text: impl Read, secrets: &Secrets) -> io::Result<Option<SecretKind>> {
    let shared = secrets.longest().saturating_sub(1);
    let mut window = Vec::with_capacity(shared + PIECE);
    loop {
        let before = window.len();
        let read = text.by_ref().take(PIECE as u64).read_to_end(&mut window)?;
        if read == 0 {
            return Ok(None);
        }
        if let Some(kind) = secrets.find(&window) {
            return Ok(Some(kind));
        }
        window.drain(..(before + read).saturating_sub(shared));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = r#"opaque/token+of="somebody"&<34>"#;

    fn secrets() -> Secrets {
        let secrets = Secrets::default();
        secrets.add(SECRET);
        secrets.add_upload_url("https://u.example.com/a?Expires=1&Signature=c2lnbmF0dXJl");
        secrets
    }

    /// Gives a few bytes at a time.
    struct Drops<'a>(&'a [u8], usize);

    impl Read for Drops<'_> {
        fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
            let length = self.1.min(to.len());
            self.0.read(&mut to[..length])
        }
    }

    #[track_caller]
    fn check(text: &str, expected: Option<SecretKind>) {
        assert_eq!(find(text.as_bytes(), &secrets()).unwrap(), expected, "{text}");
        assert_eq!(find(Drops(text.as_bytes(), 5), &secrets()).unwrap(), expected, "{text}");
    }

    #[test]
    fn a_leak_is_found_in_every_format_and_spelling() {
        let percent = "opaque%2Ftoken%2Bof%3D%22somebody%22%26%3C34%3E";
        let xml = "opaque/token+of=&quot;somebody&quot;&amp;&lt;34&gt;";
        let json = serde_json::to_string(SECRET).unwrap();
        let nested = serde_json::to_string(&json).unwrap();
        for text in [
            format!("plain {SECRET}"),
            format!(r#"{{"target":"ws://h.example.com/?Auth={percent}"}}"#),
            format!("<failure message=\"{xml}\"/>"),
            format!("{{\"actual\":{json}}}"),
            format!("{{\"frame\":{nested}}}"),
            "b3BhcXVlL3Rva2VuK29mPSJzb21lYm9keSImPDM0Pg==".to_owned(),
        ] {
            check(&text, Some(SecretKind::Credential));
        }
        check("a.png?Expires=1&Signature=c2lnbmF0dXJl", Some(SecretKind::UploadQuery));
        check("[redacted] and opaque/token of somebody else", None);
    }

    #[test]
    fn a_leak_is_found_wherever_two_pieces_meet() {
        for at in (PIECE - SECRET.len() - 1)..=PIECE {
            let text = format!("{}{SECRET}", "x".repeat(at));
            assert_eq!(find(text.as_bytes(), &secrets()).unwrap(), Some(SecretKind::Credential));
        }
        let long = "x".repeat(4 * PIECE);
        assert_eq!(find(long.as_bytes(), &secrets()).unwrap(), None);
    }

    #[test]
    fn files_that_leak_are_removed_and_the_others_stay() {
        let root = tempfile::tempdir().unwrap();
        let path = |name: &str| root.path().join(name);
        for (name, text) in [
            ("junit.xml", "<testsuites/>"),
            ("run.json", SECRET),
            ("copy.csv", SECRET),
            ("mine.txt", SECRET),
        ] {
            fs::write(path(name), text).unwrap();
        }
        let asked = ["junit.xml", "run.json", "copy.csv", "absent.csv"].map(path);
        let leaks = remove_leaks(asked, &secrets()).unwrap();
        let files: Vec<_> = leaks.iter().map(|leak| leak.file.clone()).collect();
        assert_eq!(files, ["run.json", "copy.csv"].map(path));
        assert!(files.iter().all(|file| !file.exists()));
        assert!(path("junit.xml").exists() && path("mine.txt").exists(), "what leaks not, stays");
        let told = leaks[0].to_string();
        assert!(told.contains("run.json held an access token or a password"), "{told}");
        assert!(!told.contains("opaque"), "{told}");
    }
}
