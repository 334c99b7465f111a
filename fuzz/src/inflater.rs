//! The inflater behind the decoder: any bytes, cut anywhere.
//!
//! ```text
//!   byte 0    bit 0 no context takeover, bits 1 to 3 the window's bits less 8, bit 4 the limit is
//!             its byte, and not 256 times that
//!   1         the most that a message may inflate to
//!   2 to 5    where it is cut
//!   6 …       the frames of a server
//! ```

use framewire::protocol::deflate::{Direction, WindowBits};
use framewire::protocol::{Config, Role, Rsv};

use super::compressed::{Fault, Message, RSV1, Reader, inflaters};
use super::cuts;

const HEAD: usize = 2 + cuts::LENGTH;

/// Whatever the peer sends it means the same however it is cut, and never more than the limit.
pub fn inflater(input: &[u8]) {
    let Some((&[flags, limit, a, b, c, d], stream)) = input.split_first_chunk::<HEAD>() else {
        return;
    };
    let bits = u32::from(flags >> 1 & 0x07) + 8;
    let direction = Direction {
        window_bits: WindowBits::new(bits).expect("8 to 15"),
        context_takeover: flags & 0x01 == 0,
    };
    let limit = u64::from(limit) << if flags & 0x10 == 0 { 8 } else { 0 };
    let read = |shared, cuts: &[usize]| read(direction, limit, shared, stream, cuts);
    let whole = read(false, &[]);
    let cut = read(false, &cuts::cuts([a, b, c, d], stream.len()));
    assert_same(&cut, &whole, "cut");
    let each: Vec<usize> = (1..stream.len()).collect();
    assert_same(&read(false, &each), &whole, "byte by byte");

    let shared = read(true, &[]);
    assert_same(&read(true, &each), &shared, "byte by byte, with a spare that is shared");
    if bits == u32::from(WindowBits::MAX.get()) {
        assert_same(&shared, &whole, "with a spare that is shared");
    } else {
        // What refers back further than was agreed on is still there if nobody used the spare.
        assert!(whole.messages.starts_with(&shared.messages), "other messages");
    }
}

struct Outcome {
    messages: Vec<Message>,
    fault: Option<Fault>,
}

fn read(direction: Direction, limit: u64, shared: bool, stream: &[u8], cuts: &[usize]) -> Outcome {
    let config = Config { owned_rsv: Rsv::from_bits(RSV1), ..Config::new(Role::Client) };
    let [inflater, other] = inflaters(direction);
    let mut reader = Reader::new(config, inflater, limit);
    if shared {
        reader = reader.with_other(other);
    }
    let mut from = 0;
    for &to in cuts.iter().chain([&stream.len()]) {
        reader.feed(&stream[from..to]);
        from = to;
    }
    Outcome { messages: reader.messages, fault: reader.fault }
}

/// Which of two faults in one piece is seen first may depend on the pieces, but not whether there
/// is one, and in which message.
#[track_caller]
fn assert_same(one: &Outcome, other: &Outcome, how: &str) {
    assert_eq!(one.messages, other.messages, "{how}");
    match (one.fault, other.fault) {
        (Some(Fault::Inflate(_)), Some(Fault::Inflate(_))) => {}
        (one, other) => assert_eq!(one, other, "{how}"),
    }
}
