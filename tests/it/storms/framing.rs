//! What one side sends on a stream, taken apart into whole messages, byte for byte.

/// What is not read yet of the bytes that one side sends.
#[derive(Default)]
pub(super) struct Framing {
    unread: Vec<u8>,
    /// The frames of a message whose last one has not come.
    fragments: Vec<u8>,
    phase: Phase,
}

#[derive(Default, Clone, Copy)]
enum Phase {
    /// The head of a request or of a response.
    #[default]
    Head,
    /// The connection was upgraded.
    Frames,
    /// It is plain HTTP.
    Bytes,
}

/// Bytes that belong together.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// HTTP, or a control frame: it keeps its place.
    Fixed(Vec<u8>),
    /// A whole message, in one frame or several.
    Message(Vec<u8>),
}

const HEAD_END: &[u8] = b"\r\n\r\n";

impl Framing {
    /// Takes further bytes, and gives what is whole now.
    pub(super) fn read(&mut self, bytes: &[u8]) -> Vec<Piece> {
        self.unread.extend_from_slice(bytes);
        let mut pieces = Vec::new();
        while let Some(piece) = self.next() {
            pieces.extend(piece);
        }
        pieces
    }

    /// The next piece, if it is more than a part of a message; `None` where bytes are missing.
    fn next(&mut self) -> Option<Option<Piece>> {
        match self.phase {
            Phase::Head => {
                let end = self.unread.windows(HEAD_END.len()).position(|four| four == HEAD_END)?;
                let head = self.take(end + HEAD_END.len());
                self.phase = if is_upgrade(&head) { Phase::Frames } else { Phase::Bytes };
                Some(Some(Piece::Fixed(head)))
            }
            Phase::Bytes if self.unread.is_empty() => None,
            Phase::Bytes => Some(Some(Piece::Fixed(std::mem::take(&mut self.unread)))),
            Phase::Frames => {
                let (length, first) = (frame_length(&self.unread)?, self.unread[0]);
                let frame = self.take(length);
                let (is_control, is_last) = (first & 0x08 != 0, first & 0x80 != 0);
                if is_control {
                    return Some(Some(Piece::Fixed(frame)));
                }
                self.fragments.extend(frame);
                Some(is_last.then(|| Piece::Message(std::mem::take(&mut self.fragments))))
            }
        }
    }

    fn take(&mut self, length: usize) -> Vec<u8> {
        self.unread.drain(..length).collect()
    }
}

/// Whether a head asks for an upgrade, or grants it.
fn is_upgrade(head: &[u8]) -> bool {
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let is_granted = !head.starts_with("http/") || head.starts_with("http/1.1 101 ");
    is_granted && head.contains("upgrade: websocket")
}

/// The length of the first frame, with its head (RFC 6455, 5.2); `None` where it is not whole.
fn frame_length(bytes: &[u8]) -> Option<usize> {
    let second = *bytes.get(1)?;
    let mask = if second & 0x80 != 0 { 4 } else { 0 };
    let (payload, head) = match second & 0x7f {
        126 => (usize::from(u16::from_be_bytes(bytes.get(2..4)?.try_into().unwrap())), 4),
        127 => (u64::from_be_bytes(bytes.get(2..10)?.try_into().unwrap()) as usize, 10),
        short => (usize::from(short), 2),
    };
    let length = head + mask + payload;
    (bytes.len() >= length).then_some(length)
}

#[test]
fn bytes_are_taken_apart_into_whole_messages_wherever_they_are_cut() {
    let head = b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\n\r\n".to_vec();
    let text = b"\x81\x02hi".to_vec();
    let masked = b"\x81\x82abcd\x00\x01".to_vec();
    let (begun, ping, ended) = (b"\x01\x01a", b"\x89\x00".to_vec(), b"\x80\x01b");
    let pieces = [
        Piece::Fixed(head.clone()),
        Piece::Message(text.clone()),
        Piece::Message(masked.clone()),
        Piece::Fixed(ping.clone()),
        Piece::Message([&begun[..], &ended[..]].concat()),
    ];
    let stream = [&head[..], &text, &masked, begun, &ping, ended].concat();
    for cut in 0..stream.len() {
        let mut framing = Framing::default();
        let mut read = framing.read(&stream[..cut]);
        read.extend(framing.read(&stream[cut..]));
        assert_eq!(read, pieces, "cut at {cut}");
    }
}

#[test]
fn what_is_not_upgraded_stays_as_it_is() {
    let mut framing = Framing::default();
    let (head, body) = (b"PUT /a HTTP/1.1\r\n\r\n", b"\x81\x02hi\r\n\r\n");
    let read = framing.read(&[&head[..], &body[..]].concat());
    assert_eq!(read, [Piece::Fixed(head.to_vec()), Piece::Fixed(body.to_vec())]);
}
