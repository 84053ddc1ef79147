//! Every layer with every kind that is laid to it.

use crate::metrics::Layer;

/// What may be laid to each layer, by the names that reports use; an `N` stands for a digit. Where two
/// names of a layer fit, the one without `N` is meant.
pub const BLAMED: [(Layer, &[&str]); 7] = [
    (
        Layer::Network,
        &[
            "name_unresolved",
            "connect_refused",
            "connect_timeout",
            "connect_failed",
            "proxy",
            "tls_certificate",
            "tls_handshake",
            "handshake_invalid",
            "reset",
            "closed",
            "closed_NNNN",
            "closed_other",
            "websocket_protocol",
            "upload_failed",
            "cut_off",
        ],
    ),
    (
        Layer::Gateway,
        &[
            "handshake_429",
            "throttled",
            "forbidden",
            "bad_request_body",
            "gateway_error",
            "closed_1003",
            "closed_1009",
            "cut_off",
        ],
    ),
    (Layer::Authorizer, &["handshake_401", "handshake_403", "token_expired"]),
    (
        Layer::Integration,
        &["handshake_5NN", "endpoint_timeout", "internal_server_error", "response_timeout"],
    ),
    (
        Layer::Application,
        &[
            "handshake_NNN",
            "handshake_other",
            "status_NNN",
            "status_other",
            "no_status",
            "unasked_answer",
        ],
    ),
    (
        Layer::Schema,
        &[
            "invalid_frame",
            "invalid_upload_answer",
            "not_json",
            "not_utf8",
            "binary",
            "too_large",
            "unknown_frame",
        ],
    ),
    (
        Layer::Harness,
        &["files_exhausted", "ports_exhausted", "source_family", "inbox_overflow", "cut_off"],
    ),
];
