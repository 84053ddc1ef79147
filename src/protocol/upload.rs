//! The two HTTP calls of an upload (document: 5b. Send Message with Image/File Payload).

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Where upload URLs are asked for, below the upload origin.
pub const UPLOAD_PATH: &str = "/file-new/get-upload-url";

/// The body of `POST /file-new/get-upload-url`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadRequest {
    /// Name of the file to be uploaded.
    pub filename: String,
    /// Its media type.
    #[serde(rename = "mimeType")]
    pub mime_type: String,
    /// The kind of upload, `chat-images` in the document.
    #[serde(rename = "type")]
    pub kind: String,
}

/// `data.uploadUrlData` of its answer.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UploadGrant {
    /// Pre-signed URL to `PUT` the bytes to. Its query is a secret.
    #[serde(rename = "uploadURL")]
    pub upload_url: String,
    /// Name of the file to be uploaded.
    pub file_name: String,
    /// Path under which the file will be stored.
    pub upload_path: String,
    /// Public URL of the file once uploaded.
    pub resource_url: String,
}

impl std::fmt::Debug for UploadGrant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UploadGrant")
            .field("upload_url", &"[redacted]")
            .field("file_name", &self.file_name)
            .field("upload_path", &self.upload_path)
            .field("resource_url", &self.resource_url)
            .finish()
    }
}

/// One upload as far as it came: asking for a URL, putting the bytes there, reading them back.
/// Its answer holds a signature, so it must not be shown as it is.
#[derive(Clone, Debug, PartialEq)]
pub struct UploadExchange {
    /// What was asked for.
    pub request: UploadRequest,
    /// HTTP status of the answer to that.
    pub status: u16,
    /// The answer, `uploadURL` included; null where it is no JSON text.
    pub answer: Value,
    /// HTTP status of the `PUT`; `None` where none could be made.
    pub put: Option<u16>,
    /// What `resourceUrl` served afterwards; `None` where it was not asked.
    pub fetched: Option<Fetched>,
}

/// What a `resourceUrl` served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// HTTP status.
    pub status: u16,
    /// The media type.
    pub content_type: Option<String>,
    /// How many bytes.
    pub length: usize,
    /// Whether they are the bytes that were put.
    pub is_same: bool,
}
