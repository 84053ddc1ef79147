//! What a server sends on a stream, taken apart into frames, byte for byte.

/// What is not read yet of the bytes that a server sends.
#[derive(Default)]
pub(super) struct Reading {
    unread: Vec<u8>,
    phase: Phase,
}

#[derive(Default, Clone, Copy)]
enum Phase {
    /// A response's head.
    #[default]
    Head,
    /// The connection was upgraded.
    Frames,
    /// It is plain HTTP, which is passed on as it is.
    Bytes,
}

/// The bytes of a frame, and its text where it is a whole text message.
pub(super) type Piece = (Vec<u8>, Option<String>);

const HEAD_END: &[u8] = b"\r\n\r\n";
const UPGRADED: &[u8] = b"HTTP/1.1 101 ";

impl Reading {
    /// Takes further bytes, and gives what is whole now.
    pub(super) fn read(&mut self, bytes: &[u8]) -> Vec<Piece> {
        self.unread.extend_from_slice(bytes);
        std::iter::from_fn(|| self.next()).collect()
    }

    fn next(&mut self) -> Option<Piece> {
        let (length, text) = match self.phase {
            Phase::Head => {
                let end = self.unread.windows(HEAD_END.len()).position(|four| four == HEAD_END)?;
                let is_upgraded = self.unread.starts_with(UPGRADED);
                self.phase = if is_upgraded { Phase::Frames } else { Phase::Bytes };
                (end + HEAD_END.len(), None)
            }
            Phase::Frames => frame(&self.unread)?,
            Phase::Bytes if self.unread.is_empty() => return None,
            Phase::Bytes => (self.unread.len(), None),
        };
        Some((self.unread.drain(..length).collect(), text))
    }
}

/// The length of a server's first frame (RFC 6455, 5.2), never masked, and its text.
fn frame(bytes: &[u8]) -> Option<(usize, Option<String>)> {
    const WHOLE_TEXT: u8 = 0x81;
    let short = usize::from(bytes.get(1)? & 0x7f);
    let (length, at) = match short {
        126 => (usize::from(u16::from_be_bytes(bytes.get(2..4)?.try_into().unwrap())), 4),
        127 => (u64::from_be_bytes(bytes.get(2..10)?.try_into().unwrap()) as usize, 10),
        _ => (short, 2),
    };
    let payload = bytes.get(at..at + length)?;
    let text = (bytes[0] == WHOLE_TEXT).then(|| String::from_utf8_lossy(payload).into_owned());
    Some((at + length, text))
}
