//! Any messages, in any pieces, by any agreement.

use framewire::protocol::MessageKind;
use framewire::protocol::deflate::{Deflater, Effort, Inflater, Spare};
use proptest::prelude::*;

use crate::support::{ENOUGH, deflate, direction, inflate_as, noise};

/// Messages that repeat themselves and each other at all distances.
fn message() -> impl Strategy<Value = Vec<u8>> {
    let run = prop_oneof![
        (any::<u8>(), 1..2000_usize).prop_map(|(byte, length)| vec![byte; length]),
        (0..8_u64, 1..3000_usize).prop_map(|(seed, length)| noise(seed, length)),
        prop::collection::vec(any::<u8>(), 0..40),
    ];
    prop::collection::vec(run, 0..8).prop_map(|runs| runs.concat())
}

fn effort() -> impl Strategy<Value = Effort> {
    (0..10_u32, 1..10_u32).prop_map(|(level, mem_level)| Effort::new(level, mem_level).unwrap())
}

proptest! {
    #[test]
    fn messages_come_back(
        messages in prop::collection::vec((message(), 1..5000_usize, any::<bool>()), 1..10),
        bits in 9..16_u32,
        wider in 0..7_u32,
        takeover: bool,
        effort in effort(),
        shared: bool,
    ) {
        let spare = Spare::new();
        let mut sender = Deflater::new(direction(bits, takeover), effort, &spare);
        let mut receiver = Inflater::new(direction((bits + wider).min(15), takeover), &spare);
        let mut other = Inflater::new(direction(15, takeover), &spare);
        for (message, piece, between) in messages {
            if shared && between {
                other.begin(MessageKind::Binary, ENOUGH);
                other.push(&[0x00], &mut Vec::new()).unwrap();
                other.finish().unwrap();
            }
            let payload = deflate(&mut sender, &message);
            let back = inflate_as(&mut receiver, MessageKind::Binary, &payload, piece, ENOUGH);
            prop_assert_eq!(back.unwrap(), message);
        }
    }

    #[test]
    fn text_comes_back(text in "\\PC{0,400}", piece in 1..50_usize) {
        let spare = Spare::new();
        let direction = direction(15, true);
        let payload = deflate(&mut Deflater::new(direction, Effort::DEFAULT, &spare), text.as_bytes());
        let mut receiver = Inflater::new(direction, &spare);
        let back = inflate_as(&mut receiver, MessageKind::Text, &payload, piece, ENOUGH);
        prop_assert_eq!(back.unwrap(), text.as_bytes());
    }

    #[test]
    fn pieces_make_no_difference_even_to_what_is_wrong(
        seed: u64,
        broken in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        piece in 1..300_usize,
        limit in 0..6000_u64,
        kind in prop_oneof![Just(MessageKind::Text), Just(MessageKind::Binary)],
    ) {
        let spare = Spare::new();
        let direction = direction(15, true);
        let message = [noise(seed, 300), b"text ".repeat(500), noise(seed, 300)].concat();
        let mut payload = deflate(&mut Deflater::new(direction, Effort::DEFAULT, &spare), &message);
        for (at, byte) in broken {
            let at = at.index(payload.len());
            payload[at] = byte;
        }
        let whole = &mut Inflater::new(direction, &spare);
        let cut = &mut Inflater::new(direction, &spare);
        let whole = inflate_as(whole, kind, &payload, usize::MAX, limit);
        let cut = inflate_as(cut, kind, &payload, piece, limit);
        // Which of two faults is seen first may depend on the pieces, not whether there is one.
        prop_assert_eq!(whole.as_ref().ok(), cut.as_ref().ok());
    }
}
