//! Uploads: the grants of URLs, and the files behind them.

use bytes::Bytes;
use serde_json::json;

use super::change::{change, remove, set};
use super::hook::Hook;
use super::{Defect, Kind};

pub(super) const DEFECTS: &[Defect] = &[
    upload(
        "upload-grant-without-a-path",
        "The grant of an upload URL has no uploadPath.",
        &["UPLOAD-1"],
        &[Hook::Grant(|_, grant| remove(grant, "uploadPath"))],
    ),
    upload(
        "upload-grant-without-a-resource",
        "The grant of an upload URL has no resourceUrl.",
        &["UPLOAD-1"],
        &[Hook::Grant(|_, grant| remove(grant, "resourceUrl"))],
    ),
    upload(
        "upload-name-in-lower-case",
        "fileName is the one sent, in lower case with blanks as dashes.",
        &["UPLOAD-2"],
        &[Hook::Grant(|request, grant| {
            set(grant, "/fileName", request.filename.to_lowercase().replace(' ', "-"));
        })],
    ),
    upload(
        "upload-extension-lost",
        "uploadPath lacks the file's extension.",
        &["UPLOAD-2"],
        &[Hook::Grant(|_, grant| {
            change(grant, "/uploadPath", |path| {
                let text = path.as_str().unwrap_or_default();
                *path = json!(text.rsplit_once('.').map_or(text, |(stem, _)| stem));
            });
        })],
    ),
    upload(
        "upload-path-of-another-type",
        "uploadPath begins with /uploads/, whatever the type.",
        &["UPLOAD-2"],
        &[Hook::Grant(|_, grant| {
            change(grant, "/uploadPath", |path| {
                let name =
                    path.as_str().and_then(|path| path.rsplit('/').next()).unwrap_or_default();
                *path = json!(format!("/uploads/{name}"));
            });
        })],
    ),
    upload(
        "upload-resource-elsewhere",
        "resourceUrl leads to another path than uploadPath.",
        &["UPLOAD-2", "UPLOAD-6", "UPLOAD-4"],
        &[Hook::Grant(|_, grant| {
            change(grant, "/resourceUrl", |url| {
                *url = json!(format!("{}.bak", url.as_str().unwrap_or_default()));
            });
        })],
    ),
    upload(
        "upload-put-created",
        "A PUT is answered with 201.",
        &["UPLOAD-3"],
        &[Hook::PutStatus(201)],
    ),
    upload(
        "upload-put-refused",
        "A PUT is answered with 403, although it is signed.",
        &["UPLOAD-3"],
        &[Hook::PutStatus(403)],
    ),
    upload(
        "upload-signature-cut",
        "uploadURL lacks the end of its signature.",
        &["UPLOAD-3"],
        &[Hook::Grant(|_, grant| {
            change(grant, "/uploadURL", |url| {
                let mut text = url.as_str().unwrap_or_default().to_owned();
                text.truncate(text.len().saturating_sub(4));
                *url = json!(text);
            });
        })],
    ),
    upload(
        "upload-type-lost",
        "Files are served as application/octet-stream.",
        &["UPLOAD-4"],
        &[Hook::Store(|file| {
            file.content_type = "application/octet-stream".into();
        })],
    ),
    upload(
        "upload-bytes-cut",
        "Files are cut after 64 bytes.",
        &["UPLOAD-4"],
        &[Hook::Store(|file| {
            file.content = file.content.slice(..file.content.len().min(64));
        })],
    ),
    upload(
        "upload-bytes-as-text",
        "Files are stored as text: what is no UTF-8 becomes replacement characters.",
        &["UPLOAD-4"],
        &[Hook::Store(|file| {
            file.content = Bytes::from(String::from_utf8_lossy(&file.content).into_owned());
        })],
    ),
    upload(
        "upload-url-of-another-path",
        "uploadURL goes by a detour: a slash too many before its path.",
        &["UPLOAD-6", "UPLOAD-3"],
        &[Hook::Grant(|_, grant| {
            change(grant, "/uploadURL", |url| {
                let text = url.as_str().unwrap_or_default();
                let doubled = text.split_once("://").and_then(|(scheme, rest)| {
                    let (host, path) = rest.split_once('/')?;
                    Some(format!("{scheme}://{host}//{path}"))
                });
                *url = json!(doubled);
            });
        })],
    ),
    upload(
        "upload-urls-differ-in-case",
        "resourceUrl has its scheme in upper case, uploadURL has not.",
        &["UPLOAD-6"],
        &[Hook::Grant(|_, grant| {
            change(grant, "/resourceUrl", |url| {
                let text = url.as_str().unwrap_or_default();
                let loud = text.split_once("://").and_then(|(scheme, rest)| {
                    let (host, path) = rest.split_once('/')?;
                    Some(format!("{}://{host}/{path}", scheme.to_uppercase()))
                });
                *url = json!(loud);
            });
        })],
    ),
];

const fn upload(
    name: &'static str,
    title: &'static str,
    clauses: &'static [&'static str],
    hooks: &'static [Hook],
) -> Defect {
    Defect::new(Kind::Upload, name, title, clauses, hooks)
}
