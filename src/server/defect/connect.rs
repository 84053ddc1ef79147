//! Connections: who is let in, acknowledged, kept.

use std::time::Duration;

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use crate::protocol::{Route, TenantId};
use crate::server::TokenError;

use super::hook::{Hook, Knock, Scene, Verdict};
use super::notes::Notes;
use super::reply::is_nth_answer;
use super::turn::{Cause, Told, Turn, What};
use super::{Defect, Kind};

/// Whom a server takes somebody for whose token it does not read.
const ANYBODY: TenantId = TenantId(1);

pub(super) const DEFECTS: &[Defect] = &[
    Defect::new(
        Kind::Lifecycle,
        "connect-every-third-refused",
        "Every third valid connect is answered with 503.",
        &["CONNECT-1"],
        &[Hook::Door(|notes, knock| {
            (knock.is_good() && notes.is_nth("", 3)).then_some(Verdict::Refuse(503))
        })],
    ),
    Defect::new(
        Kind::Lifecycle,
        "connect-token-once",
        "A token that was accepted before is refused with 401 every other time.",
        &["CONNECT-1"],
        &[Hook::Door(|notes, knock| {
            let token = knock.token.unwrap_or_default();
            (knock.is_good() && notes.is_nth(token, 2)).then_some(Verdict::Refuse(401))
        })],
    ),
    Defect::new(
        Kind::Loss,
        "ack-never",
        "A new connection gets no acknowledgment.",
        &["CONNECT-2"],
        &[Hook::Tell(|_, _, turn, told| {
            if turn.cause == Cause::Connect {
                told.clear();
            }
        })],
    ),
    Defect::new(
        Kind::Duplication,
        "ack-twice",
        "A new connection is acknowledged twice.",
        &["ENV-10"],
        &[Hook::Tell(|_, _, turn, told| {
            if turn.cause == Cause::Connect {
                told.extend_from_within(..);
            }
        })],
    ),
    Defect::new(
        Kind::Timing,
        "ack-late",
        "The acknowledgment comes eight seconds after the connection.",
        &["CONNECT-2"],
        &[Hook::Tell(|_, _, turn, told| {
            if turn.cause == Cause::Connect {
                told.iter_mut().for_each(|one| one.after = Duration::from_secs(8));
            }
        })],
    ),
    Defect::new(
        Kind::Loss,
        "sent-before-ack-lost",
        "What a client sends in the same millisecond as it connects is passed over.",
        &["ENV-3"],
        &[
            Hook::Tell(|notes, _, turn, _| {
                if let Some(socket) = turn.socket.filter(|_| turn.cause == Cause::Connect) {
                    notes.keep(socket.0, json!(turn.now.0));
                }
            }),
            Hook::Ask(|notes, _, turn| {
                let connected_at = notes.kept(turn.socket?.0).as_u64()?;
                (connected_at == turn.now.0).then(Vec::new)
            }),
        ],
    ),
    Defect::new(
        Kind::Leniency,
        "auth-not-required",
        "Whoever brings no token is let in.",
        &["CONNECT-3"],
        &[Hook::Door(|_, knock| knock.token.is_none().then_some(Verdict::LetIn(ANYBODY)))],
    ),
    Defect::new(
        Kind::Leniency,
        "auth-checked-too-late",
        "Whoever brings no token is let in, and turned out only after two answers.",
        &["CONNECT-3"],
        &[
            Hook::Door(|_, knock| knock.token.is_none().then_some(Verdict::LetIn(NOBODY))),
            Hook::Tell(|notes, scene, turn, told| {
                let Some(socket) = turn.socket else { return };
                let is_nobody = scene.state.tenant_of(socket) == Some(NOBODY);
                if is_nobody && turn.cause == Cause::Request && notes.count(socket.0) == 2 {
                    told.push(Told::close(socket, CloseCode::Policy));
                }
            }),
        ],
    ),
    Defect::new(
        Kind::Leniency,
        "token-never-verified",
        "The claims of a token are read, its signature is not.",
        &["CONNECT-4"],
        &[Hook::Door(|_, knock| match knock.verified {
            Some(Err(TokenError::Invalid)) => Some(Verdict::LetIn(claimed(knock))),
            _ => None,
        })],
    ),
    Defect::new(
        Kind::Leniency,
        "token-never-expires",
        "Expired tokens are accepted.",
        &["CONNECT-4"],
        &[Hook::Door(|_, knock| match knock.verified {
            Some(Err(TokenError::Expired)) => Some(Verdict::LetIn(claimed(knock))),
            _ => None,
        })],
    ),
    Defect::new(
        Kind::Leniency,
        "device-id-not-required",
        "Whoever brings a token and no deviceId is let in.",
        &["CONNECT-5"],
        &[Hook::Door(|_, knock| match (knock.verified, knock.device_id) {
            (Some(Ok(tenant)), None) => Some(Verdict::LetIn(tenant)),
            _ => None,
        })],
    ),
    Defect::new(
        Kind::Lifecycle,
        "close-after-twelve-answers",
        "A connection is closed with 1011 after every twelfth answer.",
        &["CONNECT-6"],
        &[Hook::Tell(|notes, _, turn, told| {
            if let Some(socket) = turn.socket.filter(|_| is_nth_answer(notes, turn, told, 12)) {
                told.push(Told::close(socket, CloseCode::Error));
            }
        })],
    ),
    Defect::new(
        Kind::Lifecycle,
        "cut-without-goodbye",
        "A connection is dropped without a closing handshake after every tenth answer.",
        &["CONNECT-6"],
        &[Hook::Tell(|notes, _, turn, told| {
            if let Some(socket) = turn.socket.filter(|_| is_nth_answer(notes, turn, told, 10)) {
                let cut = Told::now(vec![socket], What::Cut);
                told.push(cut.later(Duration::from_millis(1)));
            }
        })],
    ),
    Defect::new(
        Kind::Lifecycle,
        "close-after-an-error",
        "The connection is closed after each request that is refused.",
        &["ENV-6"],
        &[Hook::Tell(|_, _, turn, told| {
            if let Some(socket) = turn.socket
                && told.iter().any(Told::is_refusal)
            {
                told.push(Told::close(socket, CloseCode::Policy));
            }
        })],
    ),
    Defect::new(
        Kind::Lifecycle,
        "one-device-per-tenant",
        "A new connection closes those that its tenant has, whatever their deviceId.",
        &["CONNECT-7", "CONNECT-6"],
        &[Hook::Tell(|_, scene, turn, told| {
            let Some(newest) = turn.socket.filter(|_| turn.cause == Cause::Connect) else { return };
            let tenant = scene.state.tenant_of(newest);
            let older = scene.state.sockets().filter(|(socket, _)| *socket != newest);
            let older = older.filter(|(_, other)| Some(*other) == tenant);
            told.extend(older.map(|(socket, _)| Told::close(socket, CloseCode::Policy)));
        })],
    ),
    Defect::new(
        Kind::WrongRecipient,
        "answers-to-the-first-device",
        "What is asked of a session is answered to the device that opened it, whoever asks.",
        &["CONNECT-7", "ENV-3", "ENV-10"],
        &[Hook::Tell(|_, scene, turn, told| {
            let opener = scene.state.participants(turn.session()).first();
            if let Some(opener) = opener.filter(|_| turn.is_request()) {
                told.iter_mut().filter(|one| one.is_ok()).for_each(|one| one.to = vec![*opener]);
            }
        })],
    )
    .related(&["INIT-5"]),
    Defect::new(
        Kind::Lifecycle,
        "process-of-its-own",
        "Every other connection reaches a process that knows nothing of the first one's sessions.",
        &["ENV-4"],
        &[
            Hook::Ask(ask_own_process),
            Hook::Tell(|notes, _, turn, told| note_own_process(notes, turn, told)),
        ],
    )
    .related(&["SEND-7", "RESUME-6"]),
    Defect::new(
        Kind::Value,
        "reconnect-describes-the-old-connection",
        "Replies on a new connection describe the first one of its device.",
        &["RESUME-7"],
        &[Hook::Reply(|notes, _, body| {
            if let Some(device) = body["connection"]["deviceId"].as_str().map(str::to_owned) {
                body["connection"] = notes.first(device, &body["connection"]);
            }
        })],
    ),
    Defect::new(
        Kind::Value,
        "reconnect-keeps-the-first-device",
        "Replies describe the first device that the tenant ever connected.",
        &["RESUME-7", "INIT-5"],
        &[Hook::Reply(|notes, _, body| {
            if body["connection"].is_object() {
                let tenant = body["connection"]["entityId"].to_string();
                body["connection"] = notes.first(tenant, &body["connection"]);
            }
        })],
    )
    .related(&["CONNECT-7"]),
];

/// Who brought no token, and is to be told later.
const NOBODY: TenantId = TenantId(2);

/// The tenant that a token claims, unverified.
fn claimed(knock: &Knock<'_>) -> TenantId {
    let claims = knock.token.and_then(|token| token.split('.').nth(1)).unwrap_or_default();
    let claims = base64_url(claims);
    let claims: Value = serde_json::from_slice(&claims).unwrap_or_default();
    let tenant = claims["sub"].as_str().and_then(|sub| sub.parse().ok());
    tenant.map_or(ANYBODY, TenantId)
}

/// Reads base64url without padding (RFC 4648 section 5), as far as it is some.
fn base64_url(text: &str) -> Vec<u8> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (mut bytes, mut bits, mut n_bits) = (Vec::new(), 0_u32, 0);
    for letter in text.bytes() {
        let Some(six) = ALPHABET.iter().position(|known| *known == letter) else { break };
        bits = (bits << 6 | six as u32) & 0xffff;
        n_bits += 6;
        if n_bits >= 8 {
            n_bits -= 8;
            bytes.push((bits >> n_bits) as u8);
        }
    }
    bytes
}

/// A session is known to the process that opened it.
fn note_own_process(notes: &mut Notes, turn: &Turn, told: &[Told]) {
    if let Some(socket) = turn.socket
        && turn.is_opening()
    {
        for one in told.iter().filter(|one| one.is_ok()) {
            let session = one.inside()["chatSessionId"].as_str().unwrap_or_default();
            notes.keep(session, json!(socket.0 % 2));
        }
    }
}

fn ask_own_process(notes: &mut Notes, _: &Scene<'_>, turn: &mut Turn) -> Option<Vec<Told>> {
    let known_to = notes.kept(turn.session()).as_u64()?;
    let is_elsewhere = turn.route != Route::Unread && known_to != turn.socket?.0 % 2;
    is_elsewhere.then(|| turn.answer(404, &json!({ "message": "there is no such chat session" })))
}
