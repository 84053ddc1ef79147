//! What stands between devices and server, passes every byte on, and writes down what devices send.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{
    AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, ReadHalf, WriteHalf, duplex,
    split,
};
use tokio::sync::mpsc;
use tokio::time::Instant;

/// Bytes that one direction of a stream holds.
const BUFFER: usize = 64 * 1024;

/// One thing that a device did on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sent {
    /// Which connection, in the order of their opening.
    pub(super) connection: usize,
    /// Since the start of the run.
    pub(super) at: Duration,
    pub(super) what: What,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// The first line of an HTTP request.
    Request(String),
    /// A WebSocket frame.
    Frame { opcode: u8, is_final: bool, payload: Vec<u8> },
    /// The stream's end.
    End,
}

/// What devices sent, in order.
#[derive(Clone)]
pub(super) struct Record {
    began_at: Instant,
    sent: Arc<Mutex<Vec<Sent>>>,
}

impl Record {
    pub(super) fn taken(&self) -> Vec<Sent> {
        self.sent.lock().unwrap().clone()
    }

    fn add(&self, connection: usize, what: What) {
        let at = self.began_at.elapsed();
        self.sent.lock().unwrap().push(Sent { connection, at, what });
    }
}

/// Passes streams on, each through a tap. It has to be called within a tokio runtime.
pub(super) fn relay(
    mut far_ends: mpsc::Receiver<DuplexStream>,
) -> (Record, mpsc::Receiver<DuplexStream>) {
    let (onward, listener) = mpsc::channel(64);
    let record = Record { began_at: Instant::now(), sent: Arc::default() };
    let written = record.clone();
    tokio::spawn(async move {
        let mut connection = 0;
        while let Some(device) = far_ends.recv().await {
            let (server, far_end) = duplex(BUFFER);
            if onward.send(far_end).await.is_err() {
                return;
            }
            tokio::spawn(tap(device, server, (connection, written.clone())));
            connection += 1;
        }
    });
    (record, listener)
}

async fn tap(device: DuplexStream, server: DuplexStream, (connection, record): (usize, Record)) {
    let (from_device, to_device) = split(device);
    let (from_server, to_server) = split(server);
    let mut reading = Reading::default();
    let up = pass(from_device, to_server, |bytes| {
        reading.read(bytes, |what| record.add(connection, what));
    });
    let down = pass(from_server, to_device, |_| {});
    tokio::join!(
        async {
            up.await;
            record.add(connection, What::End);
        },
        down
    );
}

async fn pass(
    mut from: ReadHalf<impl AsyncRead>,
    mut to: WriteHalf<impl AsyncWrite>,
    mut seen: impl FnMut(&[u8]),
) {
    let mut buffer = vec![0; BUFFER];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        seen(&buffer[..length]);
        if to.write_all(&buffer[..length]).await.is_err() {
            break;
        }
    }
    // The other side may have gone already.
    let _ = to.shutdown().await;
}

/// What is not read yet of the bytes that a device sends.
#[derive(Default)]
struct Reading {
    unread: Vec<u8>,
    phase: Phase,
}

#[derive(Default, Clone, Copy)]
enum Phase {
    #[default]
    Head,
    Frames,
    /// An HTTP request's body.
    Body,
}

impl Reading {
    fn read(&mut self, bytes: &[u8], mut found: impl FnMut(What)) {
        self.unread.extend_from_slice(bytes);
        while let Some((what, length)) = self.next() {
            self.unread.drain(..length);
            found(what);
        }
    }

    fn next(&mut self) -> Option<(What, usize)> {
        match self.phase {
            Phase::Head => {
                let length = self.unread.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
                let head = String::from_utf8_lossy(&self.unread[..length]).into_owned();
                let upgrades = head.to_ascii_lowercase().contains("\r\nupgrade: websocket\r\n");
                self.phase = if upgrades { Phase::Frames } else { Phase::Body };
                Some((What::Request(head.lines().next().unwrap_or_default().into()), length))
            }
            Phase::Frames => frame(&self.unread),
            Phase::Body => None,
        }
    }
}

/// The first frame of a device's bytes (RFC 6455, 5.2), always masked, and its length.
fn frame(bytes: &[u8]) -> Option<(What, usize)> {
    let short = usize::from(bytes.get(1)? & 0x7f);
    let (length, mask_at) = match short {
        126 => (usize::from(u16::from_be_bytes(bytes.get(2..4)?.try_into().unwrap())), 4),
        127 => (u64::from_be_bytes(bytes.get(2..10)?.try_into().unwrap()) as usize, 10),
        _ => (short, 2),
    };
    let mask = bytes.get(mask_at..mask_at + 4)?;
    let masked = bytes.get(mask_at + 4..mask_at + 4 + length)?;
    let payload = masked.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask).collect();
    let frame = What::Frame { opcode: bytes[0] & 0x0f, is_final: bytes[0] & 0x80 != 0, payload };
    Some((frame, mask_at + 4 + length))
}
