//! Random streams of compressed messages, mixed with others, and how they are broken.

use flate2::{Compress, Compression, FlushCompress};
use framewire::protocol::deflate::{Deflater, Effort, Spare, WindowBits};
use framewire::protocol::{Limits, Role};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::frame::Frame;
use super::setup::Setup;
use super::stream::{Stream, control};

/// Who compresses.
#[derive(Clone, Copy, Debug)]
enum Sender {
    Zlib { level: u32, bits: u8 },
    Ours { level: u32, bits: u32 },
}

/// What a stream is made of.
#[derive(Clone, Debug)]
enum Piece {
    Message(Message),
    Control(Frame),
}

#[derive(Clone, Debug)]
struct Message {
    text: bool,
    payload: Vec<u8>,
    way: Way,
    broken: Option<Broken>,
    splits: Vec<Index>,
    /// A control frame behind the first fragment.
    between: Option<Frame>,
}

/// How a message is sent.
#[derive(Clone, Copy, Debug)]
enum Way {
    Plain,
    Compressed,
    /// Ends with an empty final block, behind which the sender goes on.
    FinalBlock,
    /// The same, and the header of the empty block whose tail is left out.
    FinalBlockAndHeader,
}

/// What is done to a message that was right.
#[derive(Clone, Debug)]
enum Broken {
    Byte(Index, u8),
    Cut(Index),
    More(Vec<u8>),
    /// RSV1 where a fragment goes on.
    MarkedFragment,
    /// RSV1 at the control frame between the fragments.
    MarkedControl,
}

enum Compressor {
    Zlib(Box<Compress>),
    Ours(Deflater),
}

impl Compressor {
    fn new(sender: Sender, setup: &Setup) -> Self {
        match sender {
            Sender::Zlib { level, bits } => {
                let level = Compression::new(level);
                Self::Zlib(Box::new(Compress::new_with_window_bits(level, false, bits)))
            }
            Sender::Ours { level, bits } => {
                let mut direction = setup.deflate.unwrap();
                direction.window_bits = WindowBits::new(bits).unwrap();
                let effort = Effort::new(level, 8).unwrap();
                Self::Ours(Deflater::new(direction, effort, &Spare::new()))
            }
        }
    }

    fn message(&mut self, message: &[u8], setup: &Setup) -> Vec<u8> {
        let mut out = Vec::with_capacity(2 * message.len() + 100);
        match self {
            Self::Zlib(zlib) => {
                if setup.deflate.is_some_and(|direction| !direction.context_takeover) {
                    zlib.reset();
                }
                zlib.compress_vec(message, &mut out, FlushCompress::Sync).unwrap();
                // Nothing comes of nothing that was flushed already.
                let whole = out.len().saturating_sub(4);
                out.truncate(whole);
                if out.is_empty() {
                    out.push(0x00);
                }
            }
            Self::Ours(deflater) => deflater.deflate(message, &mut out),
        }
        out
    }
}

impl Message {
    fn write(&self, compressor: &mut Compressor, setup: &Setup, key: [u8; 4], out: &mut Vec<u8>) {
        let key = setup.is_masked().then_some(key);
        let mut payload = match self.way {
            Way::Plain => self.payload.clone(),
            _ => compressor.message(&self.payload, setup),
        };
        match self.way {
            Way::FinalBlock => payload.extend(b"\x00\x00\xff\xff\x03\x00"),
            Way::FinalBlockAndHeader => payload.extend(b"\x00\x00\xff\xff\x03\x00\x00"),
            Way::Plain | Way::Compressed => {}
        }
        match &self.broken {
            Some(Broken::Byte(at, byte)) if !payload.is_empty() => {
                let at = at.index(payload.len());
                payload[at] = *byte;
            }
            Some(Broken::Cut(at)) => payload.truncate(at.index(payload.len() + 1)),
            Some(Broken::More(bytes)) => payload.extend(bytes),
            _ => {}
        }
        let mut ends: Vec<usize> =
            self.splits.iter().map(|split| split.index(payload.len() + 1)).collect();
        ends.sort_unstable();
        ends.push(payload.len());
        let rsv1 = if matches!(self.way, Way::Plain) { 0x00 } else { 0x40 };
        let kind = if self.text { 0x01 } else { 0x02 };
        let mut from = 0;
        for (index, &to) in ends.iter().enumerate() {
            let marked = if let Some(Broken::MarkedFragment) = self.broken { 0x40 } else { 0x00 };
            let opcode = if index == 0 { kind | rsv1 } else { marked };
            let fin = if index + 1 == ends.len() { 0x80 } else { 0x00 };
            out.extend(Frame::new(fin | opcode, key, &payload[from..to]).bytes());
            if let (0, Some(frame)) = (index, &self.between) {
                let marked = matches!(self.broken, Some(Broken::MarkedControl));
                let first = frame.first | if marked { 0x40 } else { 0x00 };
                out.extend(Frame { first, key, ..frame.clone() }.bytes());
            }
            from = to;
        }
    }
}

/// Streams of compressed messages.
pub(crate) fn deflated() -> impl Strategy<Value = Stream> {
    let pieces = vec(piece(), 0..7);
    let plan = (pieces, sender(), any::<[u8; 4]>(), option::weighted(0.1, any::<Index>()));
    let cuts = vec(any::<Index>(), 0..6);
    (setup(), plan, cuts).prop_map(|(setup, (pieces, sender, key, end), cuts)| {
        let mut bytes = Vec::new();
        let mut compressor = Compressor::new(sender, &setup);
        let masking = setup.is_masked().then_some(key);
        for piece in &pieces {
            match piece {
                Piece::Message(message) => message.write(&mut compressor, &setup, key, &mut bytes),
                Piece::Control(frame) => {
                    bytes.extend(Frame { key: masking, ..frame.clone() }.bytes());
                }
            }
        }
        if let Some(end) = end {
            bytes.truncate(end.index(bytes.len() + 1));
        }
        Stream::new(setup, (sender, pieces), bytes, cuts)
    })
}

fn setup() -> impl Strategy<Value = Setup> {
    // No control frame is over the least: it would be a second fault in a message that has one.
    let limit = prop_oneof![3 => Just(200_000_u64), 1 => 125..500_u64];
    let role = select(vec![Role::Client, Role::Server]);
    (role, limit, any::<bool>()).prop_map(|(role, limit, context_takeover)| {
        let limits = Limits { max_frame_size: limit, max_message_size: limit };
        Setup { limits, ..Setup::new(role).deflating(context_takeover) }
    })
}

fn sender() -> impl Strategy<Value = Sender> {
    let level = || select(vec![0_u32, 1, 6, 6, 9]);
    prop_oneof![
        (level(), 9..16_u8).prop_map(|(level, bits)| Sender::Zlib { level, bits }),
        (level(), 9..16_u32).prop_map(|(level, bits)| Sender::Ours { level, bits }),
    ]
}

fn piece() -> impl Strategy<Value = Piece> {
    let close = select(vec![&b"\x03\xE8"[..], b"", b"\x0B\xB8bye"])
        .prop_map(|payload| Piece::Control(Frame::new(0x88, None, payload)));
    prop_oneof![
        30 => message().prop_map(Piece::Message),
        4 => control().prop_map(Piece::Control),
        1 => close,
    ]
}

fn message() -> impl Strategy<Value = Message> {
    let way = prop_oneof![
        4 => Just(Way::Plain),
        12 => Just(Way::Compressed),
        1 => Just(Way::FinalBlock),
        1 => Just(Way::FinalBlockAndHeader),
    ];
    let broken = prop_oneof![
        4 => (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Broken::Byte(at, byte)),
        2 => any::<Index>().prop_map(Broken::Cut),
        1 => vec(any::<u8>(), 1..8).prop_map(Broken::More),
        2 => Just(Broken::MarkedFragment),
        2 => Just(Broken::MarkedControl),
    ];
    let splits = prop_oneof![1 => Just(vec![]), 1 => vec(any::<Index>(), 1..4)];
    let between = option::weighted(0.4, control());
    (payload(), way, option::weighted(0.12, broken), splits, between).prop_map(
        |((text, payload), way, broken, splits, between)| {
            // One fault is enough.
            let broken = broken.filter(|_| !text || str::from_utf8(&payload).is_ok());
            Message { text, payload, way, broken, splits, between }
        },
    )
}

/// A payload that says again what others said, and whether it is meant as text.
fn payload() -> impl Strategy<Value = (bool, Vec<u8>)> {
    let words = || vec(select(vec!["{\"id\":", "name", " café ", "€", "𝄞", "10,", "\"}"]), 0..25);
    let text = words().prop_map(|words| (true, words.concat().into_bytes()));
    let broken = select(vec![&b"\x80"[..], b"\xC3", b"\xE2\x82", b"\xED\xA0\x80", b"\xFF"]);
    let not_text = (words(), broken, words()).prop_map(|(before, bytes, after)| {
        (true, [before.concat().as_bytes(), bytes, after.concat().as_bytes()].concat())
    });
    let run = (any::<bool>(), prop_oneof![10 => 0..600_usize, 1 => 190_000..210_000_usize])
        .prop_map(|(text, length)| (text, vec![b'.'; length]));
    prop_oneof![
        8 => text,
        1 => not_text,
        4 => vec(any::<u8>(), 0..300).prop_map(|bytes| (false, bytes)),
        3 => run,
    ]
}
