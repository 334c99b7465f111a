//! Messages of our own, by any agreement, through the deflater, frames, the decoder and the inflater.

use arbitrary::{Arbitrary, Unstructured};
use framewire::protocol::deflate::{Deflater, Direction, Effort, Spare, WindowBits};
use framewire::protocol::{
    Config, Connection, FrameHeader, Mask, MaskingKey, MessageKind, Opcode, Role, Rsv,
};

use super::compressed::{Message, RSV1, Reader, inflaters};
use super::cuts;

/// The most bytes of one run's messages: more than the largest window.
const MOST: usize = 36 << 10;
const KEY: MaskingKey = [0x37, 0xFA, 0x21, 0x3D];

#[derive(Arbitrary, Debug)]
struct Setup {
    client: bool,
    no_context_takeover: bool,
    bits: u8,
    /// By how much the receiver's window is larger.
    wider: u8,
    level: u8,
    mem_level: u8,
    /// The receiver's spare has another user.
    shared: bool,
    cuts: [u8; cuts::LENGTH],
}

#[derive(Arbitrary, Debug)]
struct Sent {
    text: bool,
    compressed: bool,
    /// A ping behind each frame.
    pings: bool,
    runs: Vec<Run>,
    /// How long the fragments are, in 256ths of the payload.
    fragments: Vec<u8>,
}

/// A part of a message.
#[derive(Arbitrary, Debug)]
enum Run {
    Byte {
        byte: u8,
        length: u16,
    },
    /// Bytes that do not compress, but for those of the same seed.
    Noise {
        seed: u8,
        length: u16,
    },
    Bytes(Vec<u8>),
}

impl Run {
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Byte { byte, length } => out.resize(out.len() + usize::from(*length), *byte),
            Self::Noise { seed, length } => {
                let mut state = u32::from(*seed) << 8 | 0x9e37;
                out.extend((0..*length).map(|_| {
                    state ^= state << 13;
                    state ^= state >> 17;
                    state ^= state << 5;
                    state.to_le_bytes()[1]
                }));
            }
            Self::Bytes(bytes) => out.extend_from_slice(bytes),
        }
    }
}

impl Sent {
    /// The message, of no more than `most` bytes before it is made text.
    fn message(&self, most: usize) -> Message {
        let mut bytes = Vec::new();
        for run in &self.runs {
            if bytes.len() < most {
                run.write(&mut bytes);
            }
            bytes.truncate(most);
        }
        let (kind, bytes) = if self.text {
            (MessageKind::Text, String::from_utf8_lossy(&bytes).into_owned().into_bytes())
        } else {
            (MessageKind::Binary, bytes)
        };
        Message { kind, compressed: self.compressed, bytes }
    }
}

/// What was sent comes back.
pub fn deflate_pair(input: &[u8]) {
    let mut input = Unstructured::new(input);
    let Ok(setup) = Setup::arbitrary(&mut input) else { return };
    let context_takeover = !setup.no_context_takeover;
    let bits = 9 + u32::from(setup.bits) % 7;
    let direction = |bits: u32| Direction {
        window_bits: WindowBits::new(bits.min(15)).expect("9 to 15"),
        context_takeover,
    };
    let effort = Effort::new(u32::from(setup.level) % 10, u32::from(setup.mem_level) % 9 + 1);
    let mut deflater = Deflater::new(direction(bits), effort.expect("in range"), &Spare::new());
    let mut writer = Writer::new(if setup.client { Role::Client } else { Role::Server });
    let mut messages = Vec::new();
    let mut left = MOST;
    while left > 0 && !input.is_empty() {
        let Ok(sent) = Sent::arbitrary(&mut input) else { break };
        let message = sent.message(left);
        // Empty messages count too.
        left = left.saturating_sub(message.bytes.len() + 1000);
        if message.compressed {
            let mut payload = Vec::new();
            deflater.deflate(&message.bytes, &mut payload);
            assert_eq!(deflater.keeps_state(), context_takeover && keeps(&messages, &message));
            writer.message(message.kind, RSV1, &payload, &sent);
        } else {
            writer.message(message.kind, 0, &message.bytes, &sent);
        }
        messages.push(message);
    }

    let role = if setup.client { Role::Server } else { Role::Client };
    let config = Config { owned_rsv: Rsv::from_bits(RSV1), ..Config::new(role) };
    let [inflater, other] = inflaters(direction(bits + u32::from(setup.wider) % 7));
    let mut reader = Reader::new(config, inflater, config.limits.max_message_size);
    if setup.shared {
        reader = reader.with_other(other);
    }
    for chunk in cuts::chunks(setup.cuts, &writer.bytes) {
        reader.feed(chunk);
    }
    assert_eq!(reader.fault, None);
    assert!(reader.messages == messages, "other messages");
}

/// Whether there is anything among the messages for which state is needed.
fn keeps(before: &[Message], message: &Message) -> bool {
    before.iter().chain([message]).any(|message| message.compressed && !message.bytes.is_empty())
}

struct Writer {
    connection: Connection,
    bytes: Vec<u8>,
}

impl Writer {
    fn new(role: Role) -> Self {
        let config = Config { owned_rsv: Rsv::from_bits(RSV1), ..Config::new(role) };
        Self { connection: Connection::new(config), bytes: Vec::new() }
    }

    fn message(&mut self, kind: MessageKind, rsv: u8, payload: &[u8], sent: &Sent) {
        let mut rest = payload;
        let mut opcode = match kind {
            MessageKind::Text => Opcode::Text,
            MessageKind::Binary => Opcode::Binary,
            MessageKind::Extension(opcode) => Opcode::Extension(opcode),
        };
        let mut rsv = Rsv::from_bits(rsv);
        for &part in &sent.fragments {
            let (fragment, behind) = rest.split_at(rest.len() * usize::from(part) / 256);
            self.frame(opcode, false, rsv, fragment);
            if sent.pings {
                self.frame(Opcode::Ping, true, Rsv::NONE, b"between");
            }
            (opcode, rsv, rest) = (Opcode::Continuation, Rsv::NONE, behind);
        }
        self.frame(opcode, true, rsv, rest);
    }

    fn frame(&mut self, opcode: Opcode, fin: bool, rsv: Rsv, payload: &[u8]) {
        let length = payload.len() as u64;
        let header = self.connection.frame(opcode, fin, rsv, length, KEY).expect("a good frame");
        let mut out = [0; FrameHeader::MAX_LENGTH];
        let count = header.encode(&mut out);
        self.bytes.extend_from_slice(&out[..count]);
        let start = self.bytes.len();
        self.bytes.extend_from_slice(payload);
        if let Some(key) = header.masking_key {
            Mask::new(key).apply(&mut self.bytes[start..]);
        }
    }
}
