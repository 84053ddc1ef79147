//! What is written is read back equal, whatever happened.

use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;
use rusqlite::Connection;
use serde_json::{Map, Value, json};

use crate::protocol::{ContentType, SessionId, TenantId};
use crate::server::EpochMillis;
use crate::server::durable::{read, schema, write};
use crate::server::store::{Change, Contents, Draft, MemoryStore, Message, Sender, Session, Store};
use crate::server::upload::File;

/// Something that is done to a store; numbers choose among what is there.
#[derive(Clone, Debug)]
enum Deed {
    Connect,
    Open {
        tenant: u64,
    },
    Ping {
        session: usize,
        at: u64,
    },
    Join {
        session: usize,
        at: u64,
    },
    Close {
        session: usize,
    },
    Send {
        session: usize,
        from_tenant: bool,
        content: String,
        metadata: Option<Map<String, Value>>,
    },
    See {
        message: usize,
        at: u64,
    },
    Unsend {
        message: usize,
    },
    /// Whatever was not written yet is written now.
    Commit,
    /// The server ends and begins again.
    Restart,
}

fn deed() -> impl Strategy<Value = Deed> {
    let nth = 0..100_usize;
    let content = vec(any::<char>(), 0..8).prop_map(String::from_iter);
    let message = (nth.clone(), any::<bool>(), content, proptest::option::of(metadata()));
    prop_oneof![
        1 => Just(Deed::Connect),
        2 => prop_oneof![0..3_u64, any::<u64>()].prop_map(|tenant| Deed::Open { tenant }),
        2 => (nth.clone(), any::<u64>()).prop_map(|(session, at)| Deed::Ping { session, at }),
        1 => (nth.clone(), any::<u64>()).prop_map(|(session, at)| Deed::Join { session, at }),
        1 => nth.clone().prop_map(|session| Deed::Close { session }),
        6 => message.prop_map(|(session, from_tenant, content, metadata)| Deed::Send {
            session, from_tenant, content, metadata
        }),
        2 => (nth.clone(), any::<u64>()).prop_map(|(message, at)| Deed::See { message, at }),
        2 => nth.prop_map(|message| Deed::Unsend { message }),
        2 => Just(Deed::Commit),
        1 => Just(Deed::Restart),
    ]
}

fn metadata() -> impl Strategy<Value = Map<String, Value>> {
    let value = prop_oneof![
        Just(Value::Null),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        "\\PC*".prop_map(Value::from),
        Just(json!({ "a": [{ "\u{0}": "\u{10ffff}" }] })),
    ];
    vec(("\\PC{0,3}", value), 0..4).prop_map(Map::from_iter)
}

/// A store, and the database that its changes are written to.
struct Kept {
    store: MemoryStore,
    database: Connection,
    sessions: Vec<Session>,
    unwritten: Vec<Change>,
}

impl Kept {
    fn new() -> Self {
        let database = Connection::open_in_memory().unwrap();
        schema::prepare(&database).unwrap();
        let store = MemoryStore::restore(Contents::default());
        Self { store, database, sessions: Vec::new(), unwritten: Vec::new() }
    }

    fn perform(&mut self, deed: Deed) {
        match deed {
            Deed::Connect => drop(self.store.next_connection()),
            Deed::Open { tenant } => {
                let id = SessionId::new(format!("session {}", self.sessions.len()));
                let now = EpochMillis(tenant);
                self.sessions.push(self.store.add_session(id, TenantId(tenant), now));
            }
            Deed::Ping { session, at } => {
                self.change(session, |session| session.initiator_pinged_at = EpochMillis(at));
            }
            Deed::Join { session, at } => {
                self.change(session, |session| session.joiner_pinged_at = Some(EpochMillis(at)));
            }
            Deed::Close { session } => self.change(session, |session| session.is_closed = true),
            Deed::Send { session, from_tenant, content, metadata } => {
                self.send(session, from_tenant, &content, metadata);
            }
            Deed::See { message, at } => {
                let Some(mut message) = self.message(message) else { return };
                message.seen_at = Some(EpochMillis(at));
                self.store.save_message(&message);
            }
            Deed::Unsend { message } => {
                let Some(message) = self.message(message) else { return };
                self.store.remove_message(&message.draft.session, message.id);
            }
            Deed::Commit => self.commit(),
            Deed::Restart => {
                self.commit();
                self.store = MemoryStore::restore(read::contents(&self.database).unwrap());
            }
        }
        self.unwritten.extend(self.store.take_changes());
    }

    fn change(&mut self, nth: usize, change: impl FnOnce(&mut Session)) {
        if self.sessions.is_empty() {
            return;
        }
        let nth = nth % self.sessions.len();
        change(&mut self.sessions[nth]);
        self.store.save_session(&self.sessions[nth]);
    }

    fn send(
        &mut self,
        nth: usize,
        from_tenant: bool,
        content: &str,
        metadata: Option<Map<String, Value>>,
    ) {
        if self.sessions.is_empty() {
            return;
        }
        let session = &self.sessions[nth % self.sessions.len()];
        self.store.add_message(Draft {
            session: session.id.clone(),
            tenant: session.tenant,
            sender: if from_tenant { Sender::Tenant } else { Sender::Concierge },
            content_type: [ContentType::Text, ContentType::File, ContentType::Image][nth % 3]
                .clone(),
            content: content.into(),
            metadata: metadata.map(Arc::new),
            sent_at: EpochMillis(nth as u64),
        });
    }

    fn message(&self, nth: usize) -> Option<Message> {
        let messages = self.store.contents().messages;
        messages.get(nth.checked_rem(messages.len())?).cloned()
    }

    fn commit(&mut self) {
        let transaction = self.database.unchecked_transaction().unwrap();
        for change in self.unwritten.drain(..) {
            write::change(&transaction, &change).unwrap();
        }
        transaction.commit().unwrap();
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_back_equal(deeds in vec(deed(), 0..60)) {
        let mut kept = Kept::new();
        deeds.into_iter().for_each(|deed| kept.perform(deed));
        kept.commit();
        let read = read::contents(&kept.database).unwrap();
        prop_assert_eq!(&read, &kept.store.contents());
        let again = MemoryStore::restore(read);
        for session in &kept.sessions {
            prop_assert_eq!(again.unread(session.tenant), kept.store.unread(session.tenant));
        }
    }

    #[test]
    fn files_are_read_back_in_the_order_in_which_they_were_put(
        puts in vec(("/[a-d]", vec(any::<u8>(), 0..9), any::<bool>()), 0..20)
    ) {
        let kept = Kept::new();
        let mut expected: Vec<(Arc<str>, File)> = Vec::new();
        for (path, content, stays) in puts {
            let path: Arc<str> = path.into();
            let file = File { content_type: "image/png".into(), content: content.into() };
            let change = if stays {
                match expected.iter_mut().find(|(other, _)| *other == path) {
                    Some((_, before)) => *before = file.clone(),
                    None => expected.push((path.clone(), file.clone())),
                }
                Change::FilePut { path, file }
            } else {
                expected.retain(|(other, _)| *other != path);
                Change::FileGone { path }
            };
            write::change(&kept.database, &change).unwrap();
        }
        prop_assert_eq!(read::files(&kept.database).unwrap(), expected);
    }
}
