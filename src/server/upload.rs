//! Uploads: pre-signed URLs, and the files put to them. Time is a parameter.
//!
//! It knows nothing of HTTP but the values of its headers. Start from [`Uploads`].

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, crypto};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use secrecy::{ExposeSecret, SecretString};

use crate::protocol::{UploadGrant, UploadRequest};

use super::{Bounds, EpochMillis};

/// How long an upload URL can be used.
const VALID_FOR: Duration = Duration::from_secs(15 * 60);

/// The files of a server, bounded in number and size: the oldest give way to new ones.
#[derive(Debug)]
pub(super) struct Uploads {
    secret: SecretString,
    bounds: Bounds,
    rng: StdRng,
    files: BTreeMap<Arc<str>, File>,
    /// Oldest first.
    paths: VecDeque<Arc<str>>,
    bytes: usize,
}

/// A file as it was put. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct File {
    pub(super) content_type: Arc<str>,
    pub(super) content: Bytes,
}

/// Why no upload URL is given. The text goes to the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum NoGrant {
    #[error("filename is empty, longer than 255 bytes, or has control characters")]
    FileName,
    #[error("mimeType is no media type, such as image/png")]
    MimeType,
    #[error("type is not 1 to 64 letters, digits, dashes or underscores")]
    Kind,
}

/// Why a file is not taken. The text goes to the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum NotSigned {
    #[error("the signature does not match the request")]
    Mismatch,
    #[error("the upload URL has expired")]
    Expired,
}

impl Uploads {
    pub(super) fn new(secret: SecretString, bounds: Bounds, seed: u64) -> Self {
        Self {
            secret,
            bounds,
            // Another stream than the state's, which is seeded alike.
            rng: StdRng::seed_from_u64(seed ^ u64::from_be_bytes(*b"uploads\0")),
            files: BTreeMap::new(),
            paths: VecDeque::new(),
            bytes: 0,
        }
    }

    /// Signs a URL below `origin` for one file (document: 5b).
    pub(super) fn grant(
        &mut self,
        request: &UploadRequest,
        origin: &str,
        now: EpochMillis,
    ) -> Result<UploadGrant, NoGrant> {
        check(request)?;
        let name = uuid::Builder::from_random_bytes(self.rng.random()).into_uuid();
        let extension = extension(&request.filename);
        let upload_path = format!("/{}/{name}{extension}", request.kind);
        let expires = now.after(VALID_FOR).to_string();
        let signature = self.sign(&ticket(&upload_path, &request.mime_type, &expires));
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("Content-Type", &request.mime_type)
            .append_pair("Expires", &expires)
            .append_pair("Signature", &signature)
            .finish();
        let resource_url = format!("{origin}{upload_path}");
        Ok(UploadGrant {
            upload_url: format!("{resource_url}?{query}"),
            file_name: request.filename.clone(),
            upload_path,
            resource_url,
        })
    }

    /// Checks that a `PUT` is one that was granted: path, content type and time.
    pub(super) fn check_signature(
        &self,
        path: &str,
        query: &str,
        content_type: &str,
        now: EpochMillis,
    ) -> Result<(), NotSigned> {
        let field = |name| {
            let mut pairs = url::form_urlencoded::parse(query.as_bytes());
            pairs.find(|(key, _)| key == name).map(|(_, value)| value).ok_or(NotSigned::Mismatch)
        };
        let (expires, signature) = (field("Expires")?, field("Signature")?);
        let key = DecodingKey::from_secret(self.secret.expose_secret().as_bytes());
        let ticket = ticket(path, content_type, &expires);
        let is_ours = crypto::verify(&signature, ticket.as_bytes(), &key, Algorithm::HS256);
        if field("Content-Type")? != content_type || !is_ours.unwrap_or(false) {
            return Err(NotSigned::Mismatch);
        }
        let expires = expires.parse().map_err(|_| NotSigned::Mismatch)?;
        if now >= EpochMillis(expires) { Err(NotSigned::Expired) } else { Ok(()) }
    }

    /// Keeps a file, in the place of one put to the same path before. The paths of those that gave way.
    pub(super) fn put(&mut self, path: Arc<str>, file: File) -> Vec<Arc<str>> {
        self.bytes += file.content.len();
        match self.files.insert(Arc::clone(&path), file) {
            Some(before) => self.bytes -= before.content.len(),
            None => self.paths.push_back(path),
        }
        let mut gone = Vec::new();
        while self.paths.len() > self.bounds.uploads || self.bytes > self.bounds.uploads_bytes {
            let Some(oldest) = self.paths.pop_front() else { break };
            if let Some(file) = self.files.remove(&oldest) {
                self.bytes -= file.content.len();
            }
            gone.push(oldest);
        }
        gone
    }

    /// The file put to this path, if it is still kept.
    pub(super) fn file(&self, path: &str) -> Option<File> {
        self.files.get(path).cloned()
    }

    fn sign(&self, ticket: &str) -> String {
        let key = EncodingKey::from_secret(self.secret.expose_secret().as_bytes());
        crypto::sign(ticket.as_bytes(), &key, Algorithm::HS256)
            .expect("HMAC takes a key of any length")
    }
}

/// What a signature covers. Its line breaks keep it apart from what an access token signs.
fn ticket(path: &str, content_type: &str, expires: &str) -> String {
    format!("PUT\n{path}\n{content_type}\n{expires}")
}

fn check(request: &UploadRequest) -> Result<(), NoGrant> {
    let name = &request.filename;
    if name.is_empty() || name.len() > 255 || name.chars().any(char::is_control) {
        return Err(NoGrant::FileName);
    }
    if !is_media_type(&request.mime_type) {
        return Err(NoGrant::MimeType);
    }
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if !(1..=64).contains(&request.kind.len()) || !request.kind.bytes().all(is_word) {
        return Err(NoGrant::Kind);
    }
    Ok(())
}

/// `type/subtype`, perhaps with parameters (RFC 9110 section 8.3.1).
fn is_media_type(text: &str) -> bool {
    let is_token = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
    };
    let essence = text.split(';').next().unwrap_or_default().trim_end();
    let is_printable = text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    text.len() <= 255
        && is_printable
        && essence.split_once('/').is_some_and(|(kind, sub)| is_token(kind) && is_token(sub))
}

/// The name's extension with its dot, where it can stand in a path as it is.
fn extension(name: &str) -> &str {
    let Some(dot) = name.rfind('.') else { return "" };
    let extension = &name[dot + 1..];
    let is_plain = extension.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if (1..=16).contains(&extension.len()) && is_plain { &name[dot..] } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: EpochMillis = EpochMillis(1_727_938_788_101);

    fn uploads(bounds: Bounds) -> Uploads {
        Uploads::new(SecretString::from("s"), bounds, 0)
    }

    fn request(filename: &str, mime_type: &str, kind: &str) -> UploadRequest {
        UploadRequest { filename: filename.into(), mime_type: mime_type.into(), kind: kind.into() }
    }

    fn file(length: usize) -> File {
        File { content_type: "image/png".into(), content: Bytes::from(vec![7; length]) }
    }

    #[track_caller]
    fn check_grant(request: &UploadRequest, expected: Result<&str, NoGrant>) {
        let grant = uploads(Bounds::default()).grant(request, "http://example.com", NOW);
        match (grant, expected) {
            (Ok(grant), Ok(extension)) => {
                let path = &grant.upload_path;
                assert!(path.starts_with(&format!("/{}/", request.kind)), "{path}");
                assert!(path.ends_with(extension), "{path}");
                assert_eq!(grant.resource_url, format!("http://example.com{path}"));
                assert!(grant.upload_url.starts_with(&format!("{}?", grant.resource_url)));
                assert_eq!(grant.file_name, request.filename);
            }
            (grant, expected) => assert_eq!(grant.err(), expected.err()),
        }
    }

    #[track_caller]
    fn check_put(
        path: Option<&str>,
        query: &str,
        mime: &str,
        at: u64,
        expected: Option<NotSigned>,
    ) {
        let mut uploads = uploads(Bounds::default());
        let request = request("512x512.png", "image/png", "chat-images");
        let grant = uploads.grant(&request, "", NOW).unwrap();
        let granted = grant.upload_url.split_once('?').unwrap().1;
        let query = query.replace("GRANTED", granted);
        let path = path.unwrap_or(&grant.upload_path);
        let at = EpochMillis(NOW.0 + at);
        assert_eq!(uploads.check_signature(path, &query, mime, at).err(), expected);
    }

    #[test]
    fn a_grant_keeps_the_extension_that_a_path_can_carry() {
        check_grant(&request("512x512.png", "image/png", "chat-images"), Ok(".png"));
        check_grant(&request("ห้อง 7.JPEG", "image/jpeg", "chat-images"), Ok(".JPEG"));
        check_grant(&request("a.tar.gz", "application/gzip", "files"), Ok(".gz"));
        check_grant(&request("README", "text/plain; charset=utf-8", "files"), Ok(""));
        check_grant(&request("odd.p n/g?", "image/png", "files"), Ok(""));
    }

    #[test]
    fn a_grant_is_refused_for_what_is_no_name_type_or_kind() {
        check_grant(&request("", "image/png", "k"), Err(NoGrant::FileName));
        check_grant(&request("a\n.png", "image/png", "k"), Err(NoGrant::FileName));
        for mime_type in ["", "png", "image/", "/png", "image/p ng", "image/png\r\nX: y"] {
            check_grant(&request("a.png", mime_type, "k"), Err(NoGrant::MimeType));
        }
        for kind in ["", "../etc", "a/b", "ก", &"k".repeat(65)] {
            check_grant(&request("a.png", "image/png", kind), Err(NoGrant::Kind));
        }
    }

    #[test]
    fn a_put_must_be_the_one_that_was_signed() {
        check_put(None, "GRANTED", "image/png", 0, None);
        check_put(None, "GRANTED", "image/jpeg", 0, Some(NotSigned::Mismatch));
        check_put(Some("/chat-images/x.png"), "GRANTED", "image/png", 0, Some(NotSigned::Mismatch));
        check_put(None, "", "image/png", 0, Some(NotSigned::Mismatch));
        check_put(None, "Expires=9&GRANTED", "image/png", 0, Some(NotSigned::Mismatch));
    }

    #[test]
    fn a_put_is_refused_once_its_time_is_over() {
        let valid_for = VALID_FOR.as_millis() as u64;
        check_put(None, "GRANTED", "image/png", valid_for - 1, None);
        check_put(None, "GRANTED", "image/png", valid_for, Some(NotSigned::Expired));
    }

    #[test]
    fn the_oldest_files_give_way() {
        let bounds = Bounds { uploads: 2, uploads_bytes: 10, ..Bounds::default() };
        let mut uploads = uploads(bounds);
        for path in ["/a", "/b", "/c"] {
            uploads.put(path.into(), file(1));
        }
        assert_eq!(
            ["/a", "/b", "/c"].map(|path| uploads.file(path).is_some()),
            [false, true, true]
        );
        uploads.put("/c".into(), file(4));
        let gone = uploads.put("/d".into(), file(7));
        assert_eq!(gone, ["/b".into(), "/c".into()]);
        assert_eq!(
            ["/b", "/c", "/d"].map(|path| uploads.file(path).is_some()),
            [false, false, true]
        );
        assert_eq!(uploads.bytes, 7);
    }
}
