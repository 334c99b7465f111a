//! The decoder: any bytes, cut anywhere, in both roles.
//!
//! ```text
//!   byte 0    bit 0 server, bit 1 masked or not as they come, bits 2 to 4 owned RSV bits,
//!             bit 5 no automatic pong, bit 6 small limits, bit 7 a Close of ours is out
//!   1, 2      small limits: of a frame, of a message
//!   3 to 6    where it is cut
//!   7 …       the stream
//! ```

use framewire::protocol::{
    Close, Config, FrameHeader, Limits, MessageKind, Opcode, Role, Rsv, State,
};

use super::cuts;
use super::support::{Event, Outcome, Reader};

const HEAD: usize = 3 + cuts::LENGTH;

/// Whatever the peer sends, it means the same however it is cut, and keeps the rules as far as it
/// is taken.
pub fn decoder(input: &[u8]) {
    let Some((&[flags, frame, message, a, b, c, d], stream)) = input.split_first_chunk::<HEAD>()
    else {
        return;
    };
    let config = config(flags, frame, message);
    let closes = flags & 0x80 != 0;
    let whole = read(config, closes, stream, &[]);
    let cut = read(config, closes, stream, &cuts::cuts([a, b, c, d], stream.len()));
    assert_eq!(cut, whole, "cut");
    let each: Vec<usize> = (1..stream.len()).collect();
    assert_eq!(read(config, closes, stream, &each), whole, "byte by byte");
    check(config, &whole);
    if config.role == Role::Client && !config.allow_mask_mismatch {
        check_written_again(&whole, stream);
    }
}

fn config(flags: u8, frame: u8, message: u8) -> Config {
    let role = if flags & 0x01 == 0 { Role::Client } else { Role::Server };
    let small = Limits { max_frame_size: u64::from(frame), max_message_size: u64::from(message) };
    Config {
        allow_mask_mismatch: flags & 0x02 != 0,
        owned_rsv: Rsv::from_bits(flags >> 2),
        auto_pong: flags & 0x20 == 0,
        limits: if flags & 0x40 == 0 { Limits::default() } else { small },
        ..Config::new(role)
    }
}

fn read(config: Config, closes: bool, stream: &[u8], cuts: &[usize]) -> Outcome {
    let mut reader = Reader::new(config);
    if closes {
        reader.connection.close(Close::Empty).expect("an open connection");
        reader.connection.poll_close().expect("a Close that is owed");
    }
    let mut from = 0;
    for &to in cuts.iter().chain([&stream.len()]) {
        reader.feed(&stream[from..to]);
        from = to;
    }
    reader.outcome()
}

/// The rules for what was taken.
fn check(config: Config, outcome: &Outcome) {
    let mut message: Option<(MessageKind, u8, Vec<u8>)> = None;
    let last = outcome.events.len().wrapping_sub(1);
    for (index, event) in outcome.events.iter().enumerate() {
        match event {
            Event::Ping(payload) | Event::Pong(payload) => assert!(payload.len() <= 125),
            Event::Extension(..) => panic!("nobody owns an opcode"),
            Event::Close(_) => assert_eq!(index, last, "something follows a Close"),
            Event::Data { opcode, kind, rsv, fin, payload } => {
                assert!(payload.len() as u64 <= config.limits.max_frame_size);
                assert!(Rsv::from_bits(*rsv).is_within(config.owned_rsv));
                let continues = *opcode == Opcode::Continuation;
                assert_eq!(continues, message.is_some(), "fragments out of order");
                let (began, bits, text) = message.get_or_insert_with(|| (*kind, *rsv, Vec::new()));
                assert_eq!((*began, *bits), (*kind, *rsv), "not the message's");
                text.extend_from_slice(payload);
                assert!(text.len() as u64 <= config.limits.max_message_size);
                if *fin {
                    let is_text = *kind == MessageKind::Text && *bits == 0;
                    assert!(!is_text || str::from_utf8(text).is_ok(), "a text that is none");
                    message = None;
                }
            }
        }
    }
    let closed = matches!(outcome.events.last(), Some(Event::Close(_)));
    let ended = matches!(outcome.state, State::Answering { .. } | State::Closed { .. });
    assert_eq!(closed, ended, "a Close and the state disagree");
    assert!(!outcome.between_messages || message.is_none());
}

/// What was taken comes to the stream's own bytes when it is written: each frame has one form.
fn check_written_again(outcome: &Outcome, stream: &[u8]) {
    let mut written = Vec::new();
    for event in &outcome.events {
        let (fin, rsv, opcode, payload) = match event {
            Event::Ping(payload) => (true, 0, Opcode::Ping, payload.clone()),
            Event::Pong(payload) => (true, 0, Opcode::Pong, payload.clone()),
            Event::Extension(opcode, payload) => (true, 0, *opcode, payload.clone()),
            Event::Close(close) => (true, 0, Opcode::Close, close.encode().as_slice().to_vec()),
            Event::Data { opcode, rsv, fin, payload, .. } => {
                let rsv = if *opcode == Opcode::Continuation { 0 } else { *rsv };
                (*fin, rsv, *opcode, payload.clone())
            }
        };
        let header = FrameHeader {
            fin,
            rsv: Rsv::from_bits(rsv),
            opcode,
            masking_key: None,
            payload_length: payload.len() as u64,
        };
        let mut out = [0; FrameHeader::MAX_LENGTH];
        let length = header.encode(&mut out);
        assert_eq!(length, FrameHeader::encoded_length(payload.len() as u64, false));
        written.extend_from_slice(&out[..length]);
        written.extend(payload);
    }
    assert!(stream.starts_with(&written), "the frames are not those of the stream");
    if outcome.between_messages {
        assert_eq!(written.len(), stream.len(), "bytes were lost");
    }
}
