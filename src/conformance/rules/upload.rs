//! UPLOAD: the two HTTP calls of an upload, and the message that carries what was uploaded
//! (document: 5b. Send Message with Image/File Payload). The query of an `uploadURL` is a secret:
//! no finding shows it.

use std::collections::VecDeque;

use crate::conformance::finding::words;
use crate::conformance::{ClauseId, Finding, Reading, Sink};
use crate::protocol::{Json, Observation, SchemaName, SchemaSet, Sent, UploadExchange};

/// How many uploads are remembered, until a message carries them.
const MOST: usize = 32;

/// Longer than this, a URL is not remembered. In bytes.
const LONGEST_URL: usize = 4096;

/// What was uploaded.
#[derive(Debug, Default)]
pub(super) struct Uploads(VecDeque<Box<str>>);

impl Uploads {
    /// Whether a send carries what was uploaded, as an image or a file.
    pub(super) fn is_carried_by(&self, sent: &Sent) -> bool {
        let body = &sent.request.body;
        let is_media = body["contentType"] == "IMAGE" || body["contentType"] == "FILE";
        let content = body["messageContent"].as_str().filter(|_| is_media && !self.0.is_empty());
        content.is_some_and(|content| self.0.iter().any(|url| **url == *content))
    }

    /// UPLOAD-1 to UPLOAD-4, UPLOAD-6, on one upload as far as it came.
    pub(super) fn judge(
        &mut self,
        schemas: &SchemaSet,
        seen: &Observation<'_>,
        upload: &UploadExchange,
        to: &mut dyn Sink,
    ) {
        let judge = Judge { seen, upload };
        judge.granted(schemas, to);
        if !judge.is_granted() {
            return;
        }
        judge.agrees(to);
        judge.is_query(to);
        judge.put(to);
        judge.served(to);
        let url = judge.text("resourceUrl").filter(|url| url.len() <= LONGEST_URL);
        if let Some(url) = url.filter(|_| upload.put == Some(200)) {
            self.0.truncate(MOST - 1);
            self.0.push_front(url.into());
        }
    }
}

struct Judge<'a> {
    seen: &'a Observation<'a>,
    upload: &'a UploadExchange,
}

impl Judge<'_> {
    fn text(&self, key: &str) -> Option<&str> {
        self.upload.answer["data"]["uploadUrlData"][key].as_str()
    }

    fn is_granted(&self) -> bool {
        (200..300).contains(&self.upload.status) && self.text("uploadURL").is_some()
    }

    fn found(&self, clause: ClauseId, key: &str, texts: [String; 3], to: &mut dyn Sink) {
        let [message, expected, actual] = texts;
        let pointer =
            if key.is_empty() { String::new() } else { format!("/data/uploadUrlData/{key}") };
        to.found(Finding { message, expected, actual, pointer, ..Finding::on(self.seen, clause) });
    }

    /// UPLOAD-1
    fn granted(&self, schemas: &SchemaSet, to: &mut dyn Sink) {
        to.checked(ClauseId::Upload1);
        let status = self.upload.status;
        if !(200..300).contains(&status) {
            let texts = ["asking for an upload URL was refused".into(), "a status of 2xx".into()];
            let [message, expected] = texts;
            return self.found(ClauseId::Upload1, "", [message, expected, status.to_string()], to);
        }
        let name = SchemaName::UploadResponse;
        let answer = Json::from(&self.upload.answer);
        for violation in schemas.validate(name, &answer).err().unwrap_or_default() {
            to.found(Finding {
                message: "the answer does not validate against its schema".into(),
                expected: violation.expected,
                actual: violation.actual,
                pointer: words(&violation.pointer),
                ..Finding::plain(self.seen, ClauseId::Upload1)
            });
        }
        for pointer in schemas.drift(name, &answer) {
            to.reading(Reading::Drift { schema: name.file().unwrap_or_default(), pointer });
        }
    }

    /// UPLOAD-2
    fn agrees(&self, to: &mut dyn Sink) {
        let asked = &self.upload.request;
        let (name, path, url) =
            (self.text("fileName"), self.text("uploadPath"), self.text("resourceUrl"));
        to.checked(ClauseId::Upload2);
        let mut wrong = |key: &str, expected: String, actual: &str| {
            let message = format!("{key} does not agree with what was asked for");
            self.found(ClauseId::Upload2, key, [message, expected, words(bare(actual))], to);
        };
        if let Some(name) = name.filter(|name| *name != asked.filename) {
            wrong("fileName", words(&asked.filename), name);
        }
        let Some(path) = path else { return };
        let extension = extension(&asked.filename);
        if !path.starts_with(&format!("/{}/", asked.kind)) {
            wrong("uploadPath", words(&format!("a path that starts with /{}/", asked.kind)), path);
        } else if extension.is_some_and(|extension| self::extension(path) != Some(extension)) {
            let extension = extension.unwrap_or_default();
            wrong("uploadPath", words(&format!("a path that ends with .{extension}")), path);
        }
        if let Some(url) = url.filter(|url| !url.ends_with(path)) {
            wrong("resourceUrl", words(&format!("a URL that ends with {path}")), url);
        }
    }

    /// UPLOAD-6
    fn is_query(&self, to: &mut dyn Sink) {
        let (Some(upload), Some(resource)) = (self.text("uploadURL"), self.text("resourceUrl"))
        else {
            return;
        };
        to.checked(ClauseId::Upload6);
        let rest = upload.strip_prefix(resource);
        if !rest.is_some_and(|rest| rest.starts_with('?')) {
            let message = "uploadURL is not resourceUrl with a query".into();
            let expected = words(&format!("{} and a query", bare(resource)));
            let actual = words(bare(upload));
            self.found(ClauseId::Upload6, "uploadURL", [message, expected, actual], to);
        }
    }

    /// UPLOAD-3
    fn put(&self, to: &mut dyn Sink) {
        let Some(status) = self.upload.put else { return };
        to.checked(ClauseId::Upload3);
        if status != 200 {
            let message = "the bytes were not taken at uploadURL".into();
            let actual = format!("status {status}");
            self.found(ClauseId::Upload3, "", [message, "status 200".into(), actual], to);
        }
    }

    /// UPLOAD-4
    fn served(&self, to: &mut dyn Sink) {
        let (Some(fetched), Some(200)) = (&self.upload.fetched, self.upload.put) else { return };
        to.checked(ClauseId::Upload4);
        let mime = &self.upload.request.mime_type;
        let shown = fetched.content_type.as_deref().unwrap_or("none");
        let (expected, actual) = if fetched.status != 200 {
            ("status 200".into(), format!("status {}", fetched.status))
        } else if !fetched.is_same {
            ("the bytes that were put".into(), format!("{} other bytes", fetched.length))
        } else if !is_same_type(shown, mime) {
            (words(mime), words(shown))
        } else {
            return;
        };
        let message = "resourceUrl does not serve what was put".into();
        self.found(ClauseId::Upload4, "resourceUrl", [message, expected, actual], to);
    }
}

/// Media types are told apart without case, and their parameters are separated by any blanks (RFC
/// 9110 section 8.3.1).
fn is_same_type(one: &str, two: &str) -> bool {
    let parts = |text: &str| text.split(';').map(|part| part.trim().to_ascii_lowercase()).collect();
    let (one, two): (Vec<String>, Vec<String>) = (parts(one), parts(two));
    one == two || (one.len() > two.len() && one.starts_with(&two))
}

/// The extension of a file's name, without its dot.
fn extension(name: &str) -> Option<&str> {
    let (stem, extension) = name.rsplit('/').next()?.rsplit_once('.')?;
    (!stem.is_empty() && !extension.is_empty()).then_some(extension)
}

/// A URL without its query, which may be a secret.
fn bare(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or_default()
}
