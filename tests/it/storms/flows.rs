//! What devices do meanwhile: a handful of flows, each with a load and settings by chance.

use rand::RngExt;
use rand::rngs::StdRng;

use super::faults::chance;

/// A kind of flow.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kind {
    pub(super) name: &'static str,
    /// Devices of one flow instance.
    pub(super) devices_each: u32,
    /// How often it may be repeated.
    repeats: Repeats,
    /// Whether frames are sent that the document does not allow.
    pub(super) offends: bool,
    /// What stands above and below the flow.
    above: &'static str,
    flow: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Repeats {
    /// In any way.
    Any,
    /// So often, or for so long.
    Closed,
    Once,
}

const KINDS: &[Kind] = &[
    Kind {
        name: "chat",
        devices_each: 2,
        repeats: Repeats::Any,
        offends: false,
        above: "actors: { phone: { tenant: guest }, tablet: { tenant: guest } }\n",
        flow: r#"
  - init
  - session
  - ping: { by: tablet }
  - send: { text: "room for two? ${random.uuid}", metadata: { nights: 2 }, as: question }
  - await: { event: message, from: phone, match: { messageContent: "${question.messageContent}" }, by: tablet }
  - await: { event: message, from: concierge, as: answer }
  - seen: answer
  - send: { text: "two nights", by: tablet }
  - think: 100ms..900ms
  - repeat: { times: 3, steps: [{ send: "again ${turn}" }, { think: 50ms..300ms }] }
  - unread
  - unsend: question
  - await: { event: delete, by: tablet }
  - messages: { all: true, limit: 4, by: tablet, as: history }
  - resume: { by: tablet }
  - ping
  - end
  - await: { event: update, match: { chatSession: { isSessionClosed: true } }, by: tablet }
"#,
    },
    Kind {
        name: "alone",
        devices_each: 1,
        repeats: Repeats::Any,
        offends: false,
        above: "setup: [init]\nteardown: [end]\n",
        flow: r#"
  - send: "${random.text(40)}"
  - think: 10ms..2s
  - messages: { page: 1, limit: 10 }
  - ping
"#,
    },
    Kind {
        name: "paced",
        devices_each: 2,
        repeats: Repeats::Closed,
        offends: false,
        above: "actors: { phone: { tenant: guest }, tablet: { tenant: guest } }\n\
                setup: [init, { resume: { by: tablet } }]\nteardown: [end]\n",
        flow: r#"
  - repeat: { rate: 5/s, for: 2s, steps: [{ send: "tick ${turn}" }] }
  - parallel:
      - [{ send: { text: a, by: phone } }, ping, { unread: { by: phone } }]
      - [{ send: { text: b, by: tablet } }, { ping: { by: tablet } }, { send: { text: c, by: tablet } }]
  - messages: { all: true, limit: 7 }
"#,
    },
    Kind {
        name: "upload",
        devices_each: 1,
        repeats: Repeats::Any,
        offends: false,
        above: "",
        flow: r#"
  - init
  - upload: { file: data/room.png, mime: image/png, type: chat-images, as: photo }
  - send: { image: "${photo.resourceUrl}" }
  - await: { event: message, match: { messageContent: "${photo.resourceUrl}" } }
  - messages: { all: true }
  - end
"#,
    },
    Kind {
        name: "exclusive",
        devices_each: 1,
        repeats: Repeats::Closed,
        offends: false,
        above: "exclusive: true\n",
        flow: r#"
  - init
  - unread: { expect: { body: { unreadMsgCount: { $match: "^[0-9]+$" } } } }
  - send: hello
  - await: { event: message, from: concierge, as: answer }
  - unread: { expect: { body: { unreadMsgCount: "1" } }, eventually: 5s }
  - seen: answer
  - unread: { expect: { body: { unreadMsgCount: "0" } }, eventually: 5s }
  - messages: { all: true }
  - end
"#,
    },
    Kind {
        name: "audience",
        devices_each: 5,
        repeats: Repeats::Any,
        offends: false,
        above: "actors: { speaker: { tenant: guest }, audience: { tenant: guest, count: 4, join: manual } }\n\
                setup: [init, { resume: { by: audience } }]\nteardown: [end]\n",
        flow: r#"
  - send: { text: "announcement ${random.uuid}", as: said }
  - await: { event: message, match: { messageContent: "${said.messageContent}" }, by: "audience[1]" }
  - think: 10ms..500ms
  - send: { text: heard, by: "audience[0]" }
"#,
    },
    Kind {
        name: "come and go",
        devices_each: 2,
        repeats: Repeats::Any,
        offends: false,
        above: "actors: { phone: { tenant: guest }, tablet: { tenant: guest } }\n",
        flow: r#"
  - init
  - send: { text: before, as: before }
  - disconnect: { by: tablet, how: drop }
  - send: meanwhile
  - resume: { by: tablet }
  - messages: { all: true, by: tablet }
  - disconnect: { by: phone, how: half-open }
  - send: { text: "without you", by: tablet }
  - resume: { by: phone }
  - disconnect: { by: tablet, how: close }
  - send: "you too"
  - resume: { by: tablet }
  - messages: { all: true, by: phone }
  - end
"#,
    },
    Kind {
        name: "strangers",
        devices_each: 2,
        repeats: Repeats::Closed,
        offends: true,
        above: "actors: { phone: { tenant: guest }, stranger: { tenant: other } }\n",
        flow: r#"
  - init: { as: opened }
  - send: { text: private, as: secret }
  - session: { by: stranger, session: "${opened.chatSessionId}", expect: error }
  - connect: { by: stranger, auth: garbled, expect: error }
  - mutate: { call: send, fields: all, kinds: [missing, ill-typed] }
  - call: { route: client/no-such-route, body: {}, expect: error }
  - unsend: secret
  - frame: { text: "not json", expect: error-or-close }
  - connect
  - resume
  - end
"#,
    },
    Kind {
        name: "idle",
        devices_each: 1,
        repeats: Repeats::Once,
        offends: false,
        above: "",
        flow: "\n  - init\n  - think: 30s..2m\n  - send: still here\n  - ping\n  - end\n",
    },
    Kind {
        name: "together",
        devices_each: 1,
        repeats: Repeats::Closed,
        offends: false,
        above: "setup: [init]\n",
        flow: r#"
  - send: one
  - barrier: all-sent
  - for_each: { in: [1, 2, 50], as: size, steps: [{ messages: { page: 1, limit: "${size}" } }] }
  - barrier: all-read
  - repeat: { times: 4, steps: [{ send: "two ${turn}" }] }
"#,
    },
];

/// One of them; for a large storm, one in which each device does little.
pub(super) fn draw(draw: &mut StdRng, is_large: bool) -> Kind {
    let does_little = |kind: &&Kind| matches!(kind.name, "alone" | "audience" | "idle" | "upload");
    let fit: Vec<_> = KINDS.iter().filter(|kind| !is_large || does_little(kind)).collect();
    *fit[draw.random_range(0..fit.len())]
}

impl Kind {
    /// Its scenario, with a load and settings.
    pub(super) fn scenario(&self, load: &str, settings: &str) -> String {
        let Self { name, above, flow, .. } = self;
        format!(
            "name: {name}\nload: {{ {load} }}\nsettings: {{ {settings} }}\n{above}flow:{flow}\
             thresholds: [errors.rate < 5%, send_to_ack.p99 < 1s]\n"
        )
    }

    /// A load of so many devices, which is a multiple of those of an instance.
    pub(super) fn load(&self, draw: &mut StdRng, devices: u32) -> String {
        let (for_s, rate) = (draw.random_range(2..12), draw.random_range(1..12));
        let (ramp_ms, iterations) = (draw.random_range(0..3000), draw.random_range(1..4));
        let ramped = format!("devices: {devices}, ramp_up: {ramp_ms}ms");
        let each = self.devices_each;
        let kinds = match self.repeats {
            Repeats::Any => 5,
            Repeats::Closed => 2,
            Repeats::Once => return format!("{ramped}, iterations: 1"),
        };
        match draw.random_range(0..kinds) {
            0 => format!("{ramped}, iterations: {iterations}"),
            1 => format!("{ramped}, duration: {for_s}s"),
            2 => {
                let arrival = if chance(draw, 0.5) { "poisson" } else { "uniform" };
                format!("{ramped}, duration: {for_s}s, rate: {rate}/s, arrival: {arrival}")
            }
            3 => format!(
                "stages: [{{ devices: {each}..{devices}, for: {for_s}s }}, \
                 {{ devices: {devices}, for: 3s }}]"
            ),
            _ => format!(
                "devices: {devices}, stages: [{{ rate: 1/s..{rate}/s, for: {for_s}s }}, \
                 {{ rate: {rate}/s, for: 2s }}]"
            ),
        }
    }
}
