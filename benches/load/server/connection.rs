//! One connection: the upgrade, and then every request answered.

use std::cell::RefCell;
use std::io::{self, ErrorKind};
use std::rc::Rc;
use std::time::Instant;

use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::due::DueReply;
use super::reply::Caller;
use super::wire::{Opcode, first_frame, put_frame};
use super::{Service, next};

/// Serves one connection until either side ends it.
pub(super) async fn serve(stream: TcpStream, service: Rc<Service>) {
    // However it ended, it has ended, and the client knows how.
    let _ = converse(Rc::new(stream), &service).await;
}

async fn converse(stream: Rc<TcpStream>, service: &Rc<Service>) -> io::Result<()> {
    let mut unread = Vec::new();
    let Some(mut caller) = upgrade(&stream, service, &mut unread).await? else { return Ok(()) };
    loop {
        let mut out = Answers::default();
        let n = read(&stream, &service.chunk).await?;
        let read_at = Instant::now();
        let open = {
            let chunk = &mut service.chunk.borrow_mut()[..n];
            if unread.is_empty() {
                let took = answer(chunk, &mut caller, service, &mut out)?;
                unread.extend_from_slice(&chunk[took..]);
            } else {
                unread.extend_from_slice(chunk);
                let took = answer(&mut unread, &mut caller, service, &mut out)?;
                unread.drain(..took);
            }
            n > 0 && !out.closes
        };
        if !out.bytes.is_empty() {
            out.leave(&stream, service, read_at).await?;
        }
        if !open {
            return Ok(());
        }
    }
}

/// What one read asked for.
#[derive(Default)]
struct Answers {
    bytes: Vec<u8>,
    sends: u64,
    closes: bool,
}

impl Answers {
    async fn leave(
        self,
        stream: &Rc<TcpStream>,
        service: &Rc<Service>,
        read_at: Instant,
    ) -> io::Result<()> {
        let truth = &service.truth;
        let Some(due) = service.due.as_ref().filter(|_| !self.closes) else {
            write_all(stream, &self.bytes).await?;
            truth.borrow_mut().written(self.sends, read_at);
            return Ok(());
        };
        let (stream, truth) = (Rc::clone(stream), Rc::clone(truth));
        due.push(DueReply { read_at, stream, bytes: self.bytes, sends: self.sends, truth });
        Ok(())
    }
}

/// Answers all complete frames, and tells how many bytes they took.
fn answer(
    bytes: &mut [u8],
    caller: &mut Caller,
    service: &Service,
    out: &mut Answers,
) -> io::Result<usize> {
    let mut took = 0;
    loop {
        let frame = first_frame(&mut bytes[took..]).map_err(|_| ErrorKind::InvalidData)?;
        let Some(frame) = frame else { return Ok(took) };
        match frame.opcode {
            Opcode::Text => {
                let text = str::from_utf8(frame.payload).map_err(io::Error::other)?;
                out.sends += u64::from(caller.answer(text, service, &mut out.bytes));
            }
            Opcode::Ping => put_frame(&mut out.bytes, Opcode::Pong, frame.payload),
            Opcode::Pong => {}
            Opcode::Close => {
                put_frame(&mut out.bytes, Opcode::Close, frame.payload);
                out.closes = true;
            }
        }
        took += frame.took;
    }
}

/// Makes a WebSocket of an HTTP request, and sends the acknowledgment. `None` where the request was
/// for the server's truth, which is told.
async fn upgrade(
    stream: &TcpStream,
    service: &Service,
    unread: &mut Vec<u8>,
) -> io::Result<Option<Caller>> {
    let end = loop {
        if let Some(at) = unread.windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 4;
        }
        let n = read(stream, &service.chunk).await?;
        if n == 0 {
            return Ok(None);
        }
        unread.extend_from_slice(&service.chunk.borrow()[..n]);
    };
    let head: Vec<u8> = unread.drain(..end).collect();
    let head = str::from_utf8(&head).map_err(io::Error::other)?;
    let Some(key) = header(head, "sec-websocket-key") else {
        let truth = service.truth();
        let length = truth.len();
        let told = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\
             connection: close\r\n\r\n{truth}"
        );
        write_all(stream, told.as_bytes()).await?;
        return Ok(None);
    };
    let accept = derive_accept_key(key.as_bytes());
    let mut out = format!(
        "HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\
         sec-websocket-accept: {accept}\r\n\r\n"
    )
    .into_bytes();
    let caller = Caller::new(device_id(head), next(&service.connections));
    caller.acknowledge(&mut out);
    write_all(stream, &out).await?;
    Ok(Some(caller))
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let fields = head.lines().filter_map(|line| line.split_once(':'));
    let mut found = fields.filter(|(field, _)| field.eq_ignore_ascii_case(name));
    found.next().map(|(_, value)| value.trim())
}

fn device_id(head: &str) -> &str {
    let after = head.split_once("deviceId=").map_or("", |(_, after)| after);
    after.split(['&', ' ']).next().unwrap_or_default()
}

/// Reads what is there into the one buffer; 0 bytes are the end.
async fn read(stream: &TcpStream, chunk: &RefCell<Vec<u8>>) -> io::Result<usize> {
    loop {
        stream.readable().await?;
        match stream.try_read(&mut chunk.borrow_mut()) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            read => return read,
        }
    }
}

/// Writes it all, at once where the socket takes it.
pub(super) async fn write_all(stream: &TcpStream, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match stream.try_write(bytes) {
            Ok(n) => bytes = &bytes[n..],
            Err(error) if error.kind() == ErrorKind::WouldBlock => stream.writable().await?,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
