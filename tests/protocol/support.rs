//! What the protocol tests share: frames written by hand, and a reader that takes a byte stream in
//! chunks and gathers what it held.

use framewire::protocol::{
    Close, Config, Connection, MessageKind, Opcode, ProtocolError, Received, Role, State,
};

/// The masking key of RFC 6455 §5.7.
pub(crate) const KEY: [u8; 4] = [0x37, 0xFA, 0x21, 0x3D];

/// Bytes from hexadecimal digits; blanks are for the reader.
pub(crate) fn hex(digits: &str) -> Vec<u8> {
    let digits: Vec<u32> = digits.chars().filter_map(|digit| digit.to_digit(16)).collect();
    digits.chunks(2).map(|pair| u8::try_from(pair[0] << 4 | pair[1]).unwrap()).collect()
}

/// A frame as RFC 6455 §5.2 draws it, written without the code under test.
pub(crate) fn wire(first: u8, key: Option<[u8; 4]>, payload: &[u8]) -> Vec<u8> {
    let mut bytes = header(first, key.is_some(), payload.len() as u64);
    bytes.extend(key.iter().flatten());
    let masked = |(index, byte): (usize, &u8)| byte ^ key.map_or(0, |key| key[index % 4]);
    bytes.extend(payload.iter().enumerate().map(masked));
    bytes
}

/// The header of a frame up to its masking key.
pub(crate) fn header(first: u8, masked: bool, length: u64) -> Vec<u8> {
    let mask_bit = if masked { 0x80 } else { 0 };
    let [.., high, low] = length.to_be_bytes();
    match length {
        0..=125 => vec![first, mask_bit | low],
        126..=0xFFFF => vec![first, mask_bit | 126, high, low],
        _ => [&[first, mask_bit | 127][..], &length.to_be_bytes()].concat(),
    }
}

/// A frame of a server.
pub(crate) fn plain(first: u8, payload: &[u8]) -> Vec<u8> {
    wire(first, None, payload)
}

/// A whole frame, however many chunks it came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    Data { opcode: Opcode, kind: MessageKind, rsv: u8, fin: bool, payload: Vec<u8> },
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    Extension(Opcode, Vec<u8>),
    Close(Close),
}

impl Event {
    pub(crate) fn text(payload: &str) -> Self {
        Self::data(Opcode::Text, MessageKind::Text, true, payload.as_bytes())
    }

    pub(crate) fn binary(payload: &[u8]) -> Self {
        Self::data(Opcode::Binary, MessageKind::Binary, true, payload)
    }

    pub(crate) fn data(opcode: Opcode, kind: MessageKind, fin: bool, payload: &[u8]) -> Self {
        Self::Data { opcode, kind, rsv: 0, fin, payload: payload.to_vec() }
    }
}

/// What became of a byte stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) events: Vec<Event>,
    pub(crate) state: State,
    /// The pong that is owed.
    pub(crate) pong: Option<Vec<u8>>,
    /// The stream may end here; false once no input is taken.
    pub(crate) between_messages: bool,
}

impl Outcome {
    /// The fault that was found.
    pub(crate) fn error(&self) -> Option<ProtocolError> {
        match self.state {
            State::Failing { error } | State::Failed { error, .. } => Some(error),
            _ => None,
        }
    }
}

/// A connection and what it has read so far.
pub(crate) struct Reader {
    pub(crate) connection: Connection,
    pub(crate) events: Vec<Event>,
    partial: Vec<u8>,
    partial_is_ascii: bool,
}

impl Reader {
    pub(crate) fn new(config: Config) -> Self {
        Self {
            connection: Connection::new(config),
            events: Vec::new(),
            partial: Vec::new(),
            partial_is_ascii: true,
        }
    }

    /// Takes a chunk, and checks of each part what must hold for every part.
    pub(crate) fn feed(&mut self, chunk: &[u8]) {
        let mut chunk = chunk.to_vec();
        let mut at = 0;
        while let Some(received) = self.connection.handle_bytes(&mut chunk, &mut at) {
            self.events.push(match received {
                Received::Ping(payload) => Event::Ping(payload.as_slice().to_vec()),
                Received::Pong(payload) => Event::Pong(payload.as_slice().to_vec()),
                Received::Extension(opcode, payload) => {
                    Event::Extension(Opcode::Extension(opcode), payload.as_slice().to_vec())
                }
                Received::Close(close, payload) => {
                    assert_eq!(close.encode(), *payload);
                    Event::Close(close)
                }
                Received::Data(part) => {
                    let bytes = &chunk[part.range.clone()];
                    assert_eq!(part.range.end, at);
                    assert!(!bytes.is_empty() || part.ends_frame, "an empty part of a frame");
                    assert!(!part.ascii || bytes.is_ascii());
                    self.partial_is_ascii &= part.ascii;
                    self.partial.extend_from_slice(bytes);
                    if !part.ends_frame {
                        continue;
                    }
                    let payload = core::mem::take(&mut self.partial);
                    if part.fin && part.opcode == Opcode::Text && part.rsv.bits() == 0 {
                        assert_eq!(self.partial_is_ascii, payload.is_ascii());
                    }
                    self.partial_is_ascii = true;
                    let rsv = part.rsv.bits();
                    Event::Data {
                        opcode: part.opcode,
                        kind: part.kind,
                        rsv,
                        fin: part.fin,
                        payload,
                    }
                }
            });
        }
        assert!(at == chunk.len() || !self.connection.takes_input(), "bytes were left");
    }

    pub(crate) fn outcome(mut self) -> Outcome {
        Outcome {
            events: self.events,
            state: self.connection.state().clone(),
            pong: self.connection.poll_pong().map(|payload| payload.as_slice().to_vec()),
            between_messages: self.connection.takes_input()
                && self.connection.is_between_messages(),
        }
    }
}

/// What `bytes` come to if they are cut at these offsets, which must ascend.
pub(crate) fn read_cut(config: Config, bytes: &[u8], cuts: &[usize]) -> Outcome {
    let mut reader = Reader::new(config);
    let mut from = 0;
    for &cut in cuts.iter().chain([&bytes.len()]) {
        reader.feed(&bytes[from..cut]);
        from = cut;
    }
    reader.outcome()
}

/// What `bytes` come to: whole, byte by byte and cut in two at every offset, which must be the same.
#[track_caller]
pub(crate) fn read(config: Config, bytes: &[u8]) -> Outcome {
    let whole = read_cut(config, bytes, &[]);
    let each: Vec<usize> = (0..bytes.len()).collect();
    assert_eq!(read_cut(config, bytes, &each), whole, "byte by byte");
    for cut in 0..bytes.len() {
        assert_eq!(read_cut(config, bytes, &[cut]), whole, "cut at {cut}");
    }
    whole
}

/// [`read`] by a client that is not at fault.
#[track_caller]
pub(crate) fn client_reads(bytes: &[u8]) -> Outcome {
    read(Config::new(Role::Client), bytes)
}

/// The fault that a client finds in `bytes`, and that it stops reading there.
#[track_caller]
pub(crate) fn client_refuses(bytes: &[u8]) -> ProtocolError {
    refusal(Config::new(Role::Client), bytes)
}

/// The fault found in `bytes`, also if a good frame follows.
#[track_caller]
pub(crate) fn refusal(config: Config, bytes: &[u8]) -> ProtocolError {
    let outcome = read(config, bytes);
    let error = outcome.error().expect("a fault");
    let followed = [bytes, &plain(0x81, b"after")].concat();
    assert_eq!(read(config, &followed).events, outcome.events);
    error
}

/// Checks that the fault is found with the last of `bytes` and not before.
#[track_caller]
pub(crate) fn refused_at_last_byte(config: Config, bytes: &[u8]) -> ProtocolError {
    let (_, before) = bytes.split_last().unwrap();
    assert_eq!(read(config, before).error(), None, "the fault is found early");
    refusal(config, bytes)
}
