//! What stands in the lines of a trace, read: callers, requests, endings, uploads, pages.

use std::rc::Rc;

use serde_json::{Value, json};

use crate::protocol::{
    AccountNo, Broken, Caller, ContentType, Ending, Fetched, MessageId, NotOpened, Request,
    SessionId, TenantId, TokenKind, UploadExchange, UploadRequest,
};

use super::EPOCH;

/// Makes a listing of these ids, as the page of a limit: `c` stands after one of the concierge's,
/// `s` after one that was seen.
pub(super) fn put_page(frame: &mut Value, page: &str, ids: &str, now: u64) {
    let (page, limit) = page.split_once('/').expect(page);
    let (page, limit): (u64, u64) = (page.parse().unwrap(), limit.parse().unwrap());
    let template = frame["body"]["messages"][0].clone();
    let message = |word: &str| {
        let id = word.trim_end_matches(['c', 's']);
        let sent_at = (EPOCH + id.parse::<u64>().unwrap()).to_string();
        let mut message = template.clone();
        message["id"] = json!(id);
        message["messageContent"] = json!("hello");
        (message["sentAt"], message["deliveredAt"]) = (json!(sent_at), json!(sent_at));
        if word.contains('c') {
            message["senderEntityType"] = json!("BACKEND_USER");
            message["senderEntityId"] = json!("32314");
        }
        if word.contains('s') {
            (message["status"], message["seenAt"]) = (json!(4), json!(now.to_string()));
        }
        message
    };
    let messages = ids.split(',').filter(|word| *word != "none").map(message);
    frame["body"]["messages"] = messages.collect();
    frame["body"]["paginate"] =
        json!({ "per_page": limit, "offset": (page - 1) * limit, "page": page });
    frame["channel"] = json!(format!("client/get-chat-messages?page={page}&limit={limit}"));
}

pub(super) fn remove(frame: &mut Value, pointer: &str) {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    frame.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(key).unwrap();
}

pub(super) fn put(frame: &mut Value, pointer: &str, value: Value) {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    frame.pointer_mut(parent).unwrap()[key] = value;
}

/// Who connects, as `account=1 token=garbled device=none` has it.
pub(super) fn caller((device, _): (u32, u32), words: &str) -> Rc<Caller> {
    let mut caller = Caller {
        account: AccountNo(0),
        tenant: None,
        token: TokenKind::Valid,
        device_id: Some(format!("device-{device}").into()),
    };
    for word in words.split(' ') {
        match word.split_once('=') {
            Some(("account", no)) => caller.account = AccountNo(no.parse().unwrap()),
            Some(("tenant", id)) => caller.tenant = Some(TenantId(id.parse().unwrap())),
            Some(("device", "none")) => caller.device_id = None,
            Some(("device", id)) => caller.device_id = Some(id.into()),
            Some(("token", "none")) => caller.token = TokenKind::None,
            Some(("token", "garbled")) => caller.token = TokenKind::Garbled,
            Some(("token", "resigned")) => caller.token = TokenKind::Resigned,
            Some(("token", "expired")) => caller.token = TokenKind::Expired,
            // When the token expires is no part of who calls.
            Some(("expires", _)) => {}
            _ => assert!(matches!(word, "" | "again"), "nothing is named {word}"),
        }
    }
    Rc::new(caller)
}

/// Why a connection was not opened: a status, or in words.
pub(super) fn not_opened(why: &str) -> NotOpened {
    match why {
        "handshake" => NotOpened::Handshake,
        "timeout" => NotOpened::Timeout,
        "network" => NotOpened::Network,
        status => NotOpened::Status(status.parse().expect(status)),
    }
}

/// The session of a letter.
pub(super) fn session(letter: &str) -> SessionId {
    SessionId::new(format!("{:0>8}-0000-4000-8000-000000000000", letter.to_lowercase()))
}

pub(super) fn request(line: &str) -> Request {
    if let Some((line, changes)) = line.split_once(" | ") {
        let mut request = request(line);
        let changes: Value = serde_json::from_str(changes).expect(changes);
        let mut body = request.body.to_value();
        for (key, value) in changes.as_object().unwrap() {
            body[key] = value.clone();
        }
        request.body = body.into();
        return request;
    }
    let mut words = line.splitn(3, ' ');
    let name = words.next().unwrap();
    let of = session(words.next().unwrap_or("A"));
    let rest = words.next().unwrap_or("hello");
    let message = || MessageId(rest.parse().unwrap());
    match name {
        "init" => Request::init(),
        "session" => Request::session(&of),
        "resume" => Request::resume(&of),
        "messages" => {
            let (page, limit) = rest.split_once(' ').unwrap_or(("1", "50"));
            Request::messages(&of, page.parse().unwrap(), limit.parse().unwrap())
        }
        "ping" => Request::ping(&of),
        "send" => Request::send(&of, &ContentType::Text, rest, None),
        "unsend" => Request::unsend(&of, message()),
        "seen" => Request::seen(&of, message()),
        "unread" => Request::unread(),
        "end" => Request::end(&of),
        other => panic!("no request is named {other}"),
    }
}

pub(super) fn ending(verb: &str, rest: &str) -> Ending {
    match (verb, rest) {
        ("close", _) => Ending::ByUs,
        ("closed", code) => Ending::ByServer(code.parse().ok()),
        ("broken", "reset") => Ending::Broken(Broken::Reset),
        ("broken", "protocol") => Ending::Broken(Broken::Protocol),
        ("broken", "not-utf8") => Ending::Broken(Broken::NotUtf8),
        ("broken", "too-large") => Ending::Broken(Broken::TooLarge),
        _ => panic!("nothing is named {verb} {rest}"),
    }
}

/// An upload by the book, but for what these say: `filename`, `status`, `put`, `fetched`, and keys
/// of its grant.
pub(super) fn upload_of(changes: &Value) -> UploadExchange {
    let url = "https://uploads.example.com/chat-images/1.png";
    let mut grant = json!({
        "uploadURL": format!("{url}?Signature=secret"),
        "fileName": "room.png",
        "uploadPath": "/chat-images/1.png",
        "resourceUrl": url,
    });
    for (key, value) in changes.as_object().unwrap() {
        if grant.get(key).is_some() {
            grant[key] = value.clone();
        }
    }
    let status = |key: &str, usual: u64| changes[key].as_u64().unwrap_or(usual) as u16;
    let content_type = changes["served"].as_str().unwrap_or("image/png").to_owned();
    UploadExchange {
        request: UploadRequest {
            filename: changes["filename"].as_str().unwrap_or("room.png").to_owned(),
            mime_type: "image/png".to_owned(),
            kind: "chat-images".to_owned(),
        },
        status: status("status", 200),
        answer: json!({ "data": { "uploadUrlData": grant }, "message": "done" }),
        put: Some(status("put", 200)),
        fetched: Some(Fetched {
            status: status("fetched", 200),
            content_type: Some(content_type),
            length: 3,
            is_same: changes["same"] != false,
        }),
    }
}
