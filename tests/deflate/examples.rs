//! The examples of RFC 7692 §7.2.3, byte for byte.

use crate::support::{deflate, deflater, direction, inflate, inflate_in, inflater};

const HELLO: &[u8] = &[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];

#[test]
fn a_message_compressed_using_one_block() {
    assert_eq!(deflate(&mut deflater(direction(15, true)), b"Hello"), HELLO);
    for piece in 1..=HELLO.len() {
        assert_eq!(inflate_in(&mut inflater(direction(15, true)), HELLO, piece).unwrap(), b"Hello");
    }
}

#[test]
fn sharing_the_window() {
    let second = [0xf2, 0x00, 0x11, 0x00, 0x00];
    let mut sender = deflater(direction(15, true));
    assert_eq!(deflate(&mut sender, b"Hello"), HELLO);
    assert_eq!(deflate(&mut sender, b"Hello"), second);
    let mut receiver = inflater(direction(15, true));
    assert_eq!(inflate(&mut receiver, HELLO).unwrap(), b"Hello");
    assert_eq!(inflate(&mut receiver, &second).unwrap(), b"Hello");
    assert_eq!(inflate(&mut receiver, &second).unwrap(), b"Hello");
}

#[test]
fn without_takeover_the_same_message_is_the_same_bytes() {
    let mut sender = deflater(direction(15, false));
    let mut receiver = inflater(direction(15, false));
    for _ in 0..3 {
        assert_eq!(deflate(&mut sender, b"Hello"), HELLO);
        assert_eq!(inflate(&mut receiver, HELLO).unwrap(), b"Hello");
    }
    let referring_back = [0xf2, 0x00, 0x11, 0x00, 0x00];
    inflate(&mut receiver, &referring_back).unwrap_err();
}

#[test]
fn a_block_with_no_compression() {
    let payload = [0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00];
    for piece in 1..=payload.len() {
        let mut receiver = inflater(direction(15, true));
        assert_eq!(inflate_in(&mut receiver, &payload, piece).unwrap(), b"Hello");
    }
}

#[test]
fn a_final_block() {
    let payload = [0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00];
    for piece in 1..=payload.len() {
        let mut receiver = inflater(direction(15, true));
        for _ in 0..3 {
            assert_eq!(inflate_in(&mut receiver, &payload, piece).unwrap(), b"Hello");
        }
        // The window is as it would be without: "Hello" is there to refer to.
        assert_eq!(inflate(&mut receiver, &[0xf2, 0x00, 0x11, 0x00, 0x00]).unwrap(), b"Hello");
    }
}

#[test]
fn a_final_block_that_is_empty_and_lost_its_tail() {
    let payload = [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00, 0x00, 0xff, 0xff, 0x01];
    let mut receiver = inflater(direction(15, true));
    for _ in 0..3 {
        assert_eq!(inflate(&mut receiver, &payload).unwrap(), b"Hello");
    }
    assert_eq!(inflate(&mut receiver, &[0xf2, 0x00, 0x11, 0x00, 0x00]).unwrap(), b"Hello");
}

#[test]
fn a_final_block_with_nothing_behind_it() {
    let mut receiver = inflater(direction(15, true));
    for _ in 0..3 {
        let payload = [0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
        assert_eq!(inflate(&mut receiver, &payload).unwrap(), b"Hello");
    }
}

#[test]
fn blocks_behind_a_final_block_go_on_and_refer_back() {
    // "Hello" in a final block, then once more by a reference, each in a stream of its own.
    let payload = [0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0xf2, 0x00, 0x11, 0x00, 0x00];
    for piece in 1..=payload.len() {
        let mut receiver = inflater(direction(15, true));
        assert_eq!(inflate_in(&mut receiver, &payload, piece).unwrap(), b"HelloHello");
    }
}

#[test]
fn two_blocks_in_a_message() {
    let payload = [0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00];
    for piece in 1..=payload.len() {
        let mut receiver = inflater(direction(15, true));
        assert_eq!(inflate_in(&mut receiver, &payload, piece).unwrap(), b"Hello");
    }
}

#[test]
fn an_empty_message_is_one_byte_and_leaves_the_window_alone() {
    let mut sender = deflater(direction(15, true));
    assert_eq!(deflate(&mut sender, b""), [0x00]);
    assert!(!sender.keeps_state(), "nothing is allocated for an empty message");
    assert_eq!(deflate(&mut sender, b"Hello"), HELLO);
    assert_eq!(deflate(&mut sender, b""), [0x00]);
    assert_eq!(deflate(&mut sender, b"Hello"), [0xf2, 0x00, 0x11, 0x00, 0x00]);

    let mut receiver = inflater(direction(15, true));
    for (payload, message) in [
        (&[0x00][..], &b""[..]),
        (HELLO, b"Hello"),
        (&[0x00], b""),
        (&[0xf2, 0, 0x11, 0, 0], b"Hello"),
    ] {
        assert_eq!(inflate(&mut receiver, payload).unwrap(), message);
    }
}

#[test]
fn state_is_kept_only_for_context_takeover() {
    for takeover in [true, false] {
        let mut sender = deflater(direction(15, takeover));
        assert!(!sender.keeps_state());
        deflate(&mut sender, b"Hello");
        assert_eq!(sender.keeps_state(), takeover);
    }
}
