//! Isolation: tenants that reach what is another's.

use serde_json::{Value, json};

use crate::protocol::{Route, TenantId};
use crate::server::tenant;

use super::change::{change, number, renumber, set};
use super::hook::{Hook, Scene};
use super::turn::{Told, Turn};
use super::{Defect, Kind};

pub(super) const DEFECTS: &[Defect] = &[
    stranger(
        "stranger-gets-a-session",
        "Another tenant can get a session.",
        &[Hook::Ask(|_, scene, turn| let_in(scene, turn, &Route::Session))],
    ),
    stranger(
        "stranger-resumes",
        "Another tenant can resume a session.",
        &[Hook::Ask(|_, scene, turn| let_in(scene, turn, &Route::Init))],
    ),
    stranger(
        "stranger-lists",
        "Another tenant can list the messages of a session.",
        &[Hook::Ask(|_, scene, turn| let_in(scene, turn, &Route::Messages))],
    ),
    stranger(
        "stranger-pings",
        "Another tenant can ping a session.",
        &[Hook::Ask(|_, scene, turn| let_in(scene, turn, &Route::Ping))],
    ),
    stranger(
        "stranger-sends",
        "Another tenant can send to a session.",
        &[Hook::Ask(|_, scene, turn| let_in(scene, turn, &Route::Send))],
    ),
    stranger(
        "stranger-unsends",
        "Another tenant can unsend in a session.",
        &[Hook::Ask(|_, scene, turn| let_in(scene, turn, &Route::Unsend))],
    ),
    stranger(
        "stranger-marks-as-seen",
        "Another tenant can mark messages of a session as seen.",
        &[Hook::Ask(|_, scene, turn| let_in(scene, turn, &Route::Seen))],
    ),
    stranger(
        "stranger-ends",
        "Another tenant can end a session.",
        &[Hook::Ask(|_, scene, turn| let_in(scene, turn, &Route::End))],
    ),
    Defect::new(
        Kind::Isolation,
        "events-to-everybody",
        "Every connection gets the events of every session.",
        &["EVENT-6"],
        &[Hook::Tell(|_, scene, _, told| {
            for one in told.iter_mut().filter(|one| one.event().is_some()) {
                one.to = scene.state.sockets().map(|(socket, _)| socket).collect();
            }
        })],
    )
    .related(&["EVENT-10"]),
    Defect::new(
        Kind::WrongRecipient,
        "messages-to-one-stranger",
        "A message goes to one connection of another tenant as well.",
        &["EVENT-6"],
        &[Hook::Tell(|_, scene, _, told| {
            for one in told.iter_mut().filter(|one| one.is_message()) {
                let tenant = one.to.first().and_then(|socket| scene.state.tenant_of(*socket));
                let mut strangers =
                    scene.state.sockets().filter(|(_, other)| Some(*other) != tenant);
                one.to.extend(tenant.and_then(|_| strangers.next()).map(|(socket, _)| socket));
            }
        })],
    ),
    Defect::new(
        Kind::WrongRecipient,
        "updates-to-one-stranger",
        "A session's updates go to one connection of another tenant as well.",
        &["EVENT-6"],
        &[Hook::Tell(|_, scene, _, told| {
            for one in told.iter_mut().filter(|one| one.is_update()) {
                let tenant = one.to.first().and_then(|socket| scene.state.tenant_of(*socket));
                let mut strangers =
                    scene.state.sockets().filter(|(_, other)| Some(*other) != tenant);
                one.to.extend(tenant.and_then(|_| strangers.next()).map(|(socket, _)| socket));
            }
        })],
    ),
    Defect::new(
        Kind::Isolation,
        "tenant-of-a-neighbour",
        "Replies carry the tenant of the next id.",
        &["ISO-2"],
        &[Hook::Reply(|_, _, body| {
            if body["tenant"].is_object() {
                let neighbour = TenantId(number(&body["tenant"]["id"]) + 1);
                let is_full = body["tenant"]["properties"].is_array();
                let profile =
                    if is_full { tenant::full(neighbour) } else { tenant::brief(neighbour) };
                set(body, "/tenant", profile);
            }
        })],
    )
    .related(&["INIT-4"]),
    Defect::new(
        Kind::Isolation,
        "tenant-from-a-shared-cache",
        "Every other reply to a session's routes carries the tenant of the one before.",
        &["ISO-2"],
        &[Hook::Reply(|notes, _, body| {
            if body["tenant"].is_object() {
                let before = notes.kept("").clone();
                notes.keep("", body["tenant"].clone());
                if before.is_object() {
                    let keys = ["id", "email", "phoneNumber"];
                    keys.iter().for_each(|key| body["tenant"][*key] = before[*key].clone());
                }
            }
        })],
    )
    .related(&["INIT-4"]),
    Defect::new(
        Kind::Isolation,
        "unread-of-everybody",
        "unreadMsgCount grows with every message of any concierge.",
        &["UNREAD-2"],
        &[
            Hook::Tell(|notes, _, _, told| {
                let written = told.iter().any(|one| {
                    one.inside()["chatMessage"]["senderEntityType"] == "BACKEND_USER"
                        && one.is_message()
                });
                if written {
                    let total = notes.count("");
                    notes.keep("", json!(total));
                }
            }),
            Hook::Reply(|notes, _, body| {
                let total = number(notes.kept(""));
                change(body, "/unreadMsgCount", |count: &mut Value| renumber(count, |_| total));
            }),
        ],
    ),
];

const fn stranger(name: &'static str, title: &'static str, hooks: &'static [Hook]) -> Defect {
    Defect::new(Kind::Isolation, name, title, &["ISO-1"], hooks).related(&["ISO-2", "EVENT-10"])
}

/// Takes in a stranger's request as if a connection of the session's own tenant had made it.
fn let_in(scene: &Scene<'_>, turn: &mut Turn, route: &Route) -> Option<Vec<Told>> {
    if turn.route != *route || turn.is_opening() {
        return None;
    }
    let owner = scene.state.session_by_id(turn.session())?.tenant;
    if scene.state.tenant_of(turn.socket?)? != owner {
        let mut own = scene.state.sockets().filter(|(_, tenant)| *tenant == owner);
        turn.acts_as = own.next().map(|(socket, _)| socket);
    }
    None
}
