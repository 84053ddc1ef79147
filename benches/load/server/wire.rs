//! Frames as RFC 6455 has them, one each way: no fragments, no extensions, no message above 64 KiB.

/// What a frame is for (RFC 6455, section 5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opcode {
    Text = 1,
    Close = 8,
    Ping = 9,
    Pong = 10,
}

/// A frame of a client, and how many bytes it took.
pub(super) struct Incoming<'a> {
    pub(super) opcode: Opcode,
    pub(super) payload: &'a mut [u8],
    pub(super) took: usize,
}

/// The first frame that these bytes hold, with its mask taken off. `None` if it is not complete; an
/// error if it is none that the server knows.
pub(super) fn first_frame(bytes: &mut [u8]) -> Result<Option<Incoming<'_>>, Unknown> {
    let [first, second, rest @ ..] = &*bytes else { return Ok(None) };
    let opcode = match first {
        0x81 => Opcode::Text,
        0x88 => Opcode::Close,
        0x89 => Opcode::Ping,
        0x8a => Opcode::Pong,
        _ => return Err(Unknown),
    };
    let (length, head) = match (second, rest) {
        (0xfe, [high, low, ..]) => (usize::from(u16::from_be_bytes([*high, *low])), 4),
        (0xfe, _) => return Ok(None),
        (0x80..0xfe, _) => (usize::from(second & 0x7f), 2),
        _ => return Err(Unknown),
    };
    let took = head + 4 + length;
    let Some(frame) = bytes.get_mut(head..took) else { return Ok(None) };
    let (mask, payload) = frame.split_at_mut(4);
    for (nth, byte) in payload.iter_mut().enumerate() {
        *byte ^= mask[nth % 4];
    }
    Ok(Some(Incoming { opcode, payload, took }))
}

/// A frame that this server does not know.
pub(super) struct Unknown;

/// Appends a frame as servers send it.
pub(super) fn put_frame(out: &mut Vec<u8>, opcode: Opcode, payload: &[u8]) {
    out.push(0x80 | opcode as u8);
    match payload.len() {
        short @ 0..126 => out.push(u8::try_from(short).expect("it is below 126")),
        length => {
            out.push(126);
            let length = u16::try_from(length).expect("replies repeat one frame of 64 KiB at most");
            out.extend_from_slice(&length.to_be_bytes());
        }
    }
    out.extend_from_slice(payload);
}
