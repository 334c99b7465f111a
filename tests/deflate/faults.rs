//! What a peer can send that is wrong, and what it then costs.

use framewire::protocol::MessageKind;
use framewire::protocol::deflate::InflateFault;

use crate::support::{
    ENOUGH, deflate, deflater, direction, inflate, inflate_as, inflate_in, inflater, json, noise,
};

/// 32 MiB of zeros in 32 KiB.
fn bomb() -> Vec<u8> {
    deflate(&mut deflater(direction(15, false)), &vec![0; 32 << 20])
}

#[test]
fn a_bomb_ends_at_the_limit_with_no_more_memory() {
    let bomb = bomb();
    assert!(bomb.len() < 34 << 10, "{}", bomb.len());
    for limit in [0, 1, 1000, 1 << 16, (1 << 20) + 1, 16 << 20] {
        for piece in [1, 1000, bomb.len()] {
            let mut receiver = inflater(direction(15, true));
            let mut message = Vec::new();
            receiver.begin(MessageKind::Binary, limit as u64);
            let fault = bomb
                .chunks(piece)
                .find_map(|piece| receiver.push(piece, &mut message).err())
                .expect("the limit is passed");
            assert_eq!(fault, InflateFault::TooBig { limit: limit as u64 });
            assert_eq!(fault.close_code().get(), 1009);
            assert_eq!(message.len(), limit);
            assert!(message.capacity() <= limit + (64 << 10), "{} for {limit}", message.capacity());
            assert!(!receiver.is_under_way());
        }
    }
}

#[test]
fn a_message_of_just_the_limit_is_taken() {
    for length in [1, 4095, 4096, 65_536, 200_000] {
        let message = noise(1, length);
        let payload = deflate(&mut deflater(direction(15, true)), &message);
        let limit = length as u64;
        let take = |limit| {
            let mut receiver = inflater(direction(15, true));
            inflate_as(&mut receiver, MessageKind::Binary, &payload, usize::MAX, limit)
        };
        assert_eq!(take(limit).unwrap(), message);
        assert_eq!(take(limit - 1), Err(InflateFault::TooBig { limit: limit - 1 }));
        assert_eq!(take(u64::MAX).unwrap(), message);
    }
}

#[test]
fn the_limit_is_of_each_message() {
    let mut sender = deflater(direction(15, true));
    let mut receiver = inflater(direction(15, true));
    for _ in 0..10 {
        let payload = deflate(&mut sender, &json(1000));
        let taken = inflate_as(&mut receiver, MessageKind::Binary, &payload, 10, 1000);
        assert_eq!(taken.unwrap().len(), 1000);
    }
}

#[test]
fn a_message_cut_anywhere_is_truncated() {
    for message in [b"Hello".to_vec(), json(3000), noise(7, 300)] {
        let payload = deflate(&mut deflater(direction(15, true)), &message);
        // The header of a stored block alone is an empty message.
        let stored = payload[0] == 0x00;
        for cut in (0..payload.len()).filter(|&cut| !(stored && cut == 1)) {
            let Err(fault) = inflate(&mut inflater(direction(15, true)), &payload[..cut]) else {
                panic!(
                    "cut at {cut} of {} it is taken: {:02x?}",
                    payload.len(),
                    &payload[..cut.min(20)]
                );
            };
            assert_eq!(fault, InflateFault::Truncated, "cut at {cut} of {}", payload.len());
            assert_eq!(fault.close_code().get(), 1007);
        }
    }
}

#[test]
fn corrupt_bytes_never_panic_and_never_pass_the_limit() {
    let message = json(2000);
    let payload = deflate(&mut deflater(direction(15, true)), &message);
    let mut faults = 0;
    for at in 0..payload.len() {
        for flip in [0x01, 0x80, 0xff, 0x10] {
            let mut broken = payload.clone();
            broken[at] ^= flip;
            let mut receiver = inflater(direction(15, true));
            match inflate_as(&mut receiver, MessageKind::Text, &broken, 100, 4000) {
                Ok(message) => assert!(message.len() <= 4000),
                Err(_) => faults += 1,
            }
        }
    }
    assert!(faults > 0);
    for seed in 0..2000 {
        let mut receiver = inflater(direction(9, true));
        for piece in [1, 7, usize::MAX] {
            let payload = noise(seed, 200);
            let _ = inflate_as(&mut receiver, MessageKind::Binary, &payload, piece, 10_000);
        }
    }
}

#[test]
fn what_is_wrong_with_a_stream_is_said() {
    for (payload, reason) in [
        (&[0x07][..], "invalid block type"),
        (&[0x00, 0x05, 0x00, 0x00, 0x00], "invalid stored block lengths"),
        (&[0x02, 0x01, 0x00], "invalid distance too far back"),
    ] {
        let fault = inflate(&mut inflater(direction(15, true)), payload).unwrap_err();
        assert_eq!(fault, InflateFault::Corrupt(reason));
        assert_eq!(fault.close_code().get(), 1007);
        assert_eq!(
            fault.to_string(),
            format!("the peer sent a compressed message that cannot be inflated: {reason}")
        );
    }
}

#[test]
fn final_blocks_are_not_taken_without_end() {
    // Each is empty and takes two bytes, but has the whole window told again.
    let run = |count| [[0x03, 0x00].repeat(count), vec![0x00]].concat();
    assert_eq!(inflate(&mut inflater(direction(15, true)), &run(60)).unwrap(), b"");
    let fault = inflate(&mut inflater(direction(15, true)), &run(1 << 20)).unwrap_err();
    assert_eq!(fault, InflateFault::Corrupt("too many final blocks"));
    // With something in each there may be any number.
    let mut message = Vec::new();
    let mut payload = Vec::new();
    for seed in 0..500 {
        let text = noise(seed, 300);
        payload.extend([0x01, 0x2c, 0x01, 0xd3, 0xfe]);
        payload.extend(&text);
        message.extend(text);
    }
    payload.push(0x00);
    assert_eq!(inflate_in(&mut inflater(direction(15, true)), &payload, 1000).unwrap(), message);
}

#[test]
fn bad_text_is_found_before_the_rest_is_inflated() {
    let mut text = vec![b'a'; 1 << 20];
    text[100] = 0xff;
    let payload = deflate(&mut deflater(direction(15, true)), &text);
    let mut receiver = inflater(direction(15, true));
    let mut message = Vec::new();
    receiver.begin(MessageKind::Text, ENOUGH);
    let fault = receiver.push(&payload, &mut message).unwrap_err();
    assert_eq!(fault, InflateFault::TextNotUtf8);
    assert_eq!(fault.close_code().get(), 1007);
    assert!(message.len() <= 64 << 10, "{} bytes were inflated", message.len());
}

#[test]
fn text_is_checked_over_pieces_and_to_its_end() {
    let text = "κόσμε 𝕊 ".repeat(50).into_bytes();
    let payload = deflate(&mut deflater(direction(15, true)), &text);
    for piece in 1..payload.len() {
        let mut receiver = inflater(direction(15, true));
        let taken = inflate_as(&mut receiver, MessageKind::Text, &payload, piece, ENOUGH);
        assert_eq!(taken.unwrap(), text);
    }
    let cut = &text[..text.len() - 2];
    let payload = deflate(&mut deflater(direction(15, true)), cut);
    let mut receiver = inflater(direction(15, true));
    let taken = inflate_as(&mut receiver, MessageKind::Text, &payload, 7, ENOUGH);
    assert_eq!(taken, Err(InflateFault::TextNotUtf8));
    assert_eq!(inflate_in(&mut inflater(direction(15, true)), &payload, 7).unwrap(), cut);
}
