//! Every level, memory level and window, with messages longer than the window.

use framewire::protocol::deflate::{Deflater, Effort, Spare};

use crate::support::{deflate, direction, inflate_in, inflater, json, noise};

#[test]
fn messages_come_back_over_the_whole_grid() {
    // Repeats at distances around each window's size, and what does not compress.
    let mut long = noise(1, 700);
    for distance in [500, 512, 3000, 9000] {
        long.extend(noise(2, distance));
        long.extend_from_within(..600);
    }
    let messages = [json(2000), long, Vec::new(), noise(3, 2000), b"Hello".to_vec()];
    for bits in 9..=15 {
        for level in 0..=9 {
            for mem_level in [1, 5, 9] {
                for takeover in [true, false] {
                    let direction = direction(bits, takeover);
                    let effort = Effort::new(level, mem_level).unwrap();
                    let mut sender = Deflater::new(direction, effort, &Spare::new());
                    let mut receiver = inflater(direction);
                    for message in messages.iter().chain(&messages) {
                        let payload = deflate(&mut sender, message);
                        let back = inflate_in(&mut receiver, &payload, 777);
                        assert!(
                            back.as_ref() == Ok(message),
                            "{} bytes with {bits} bits, level {level}, memory level {mem_level}, takeover {takeover}",
                            message.len()
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn every_memory_level_compresses() {
    let message = json(100_000);
    let mut sizes = Vec::new();
    for mem_level in 1..=9 {
        let effort = Effort::new(6, mem_level).unwrap();
        let mut sender = Deflater::new(direction(15, true), effort, &Spare::new());
        let payload = deflate(&mut sender, &message);
        assert!(payload.len() < message.len() / 2, "memory level {mem_level}: {}", payload.len());
        let mut receiver = inflater(direction(15, true));
        assert_eq!(inflate_in(&mut receiver, &payload, 10_000).unwrap(), message);
        sizes.push(payload.len());
    }
    // Less memory makes shorter blocks, each with tables of its own.
    assert!(sizes[0] > sizes[8] + 1000, "{sizes:?}");
}

#[test]
fn a_message_is_small_where_it_repeats_the_one_before() {
    // Within the window each window's deflater finds it, and beyond it does not.
    for bits in 9..=15 {
        let near = noise(1, (1 << bits) / 3);
        let far = noise(2, 2 << bits);
        let mut sender = Deflater::new(direction(bits, true), Effort::DEFAULT, &Spare::new());
        deflate(&mut sender, &near);
        if bits > 9 {
            let again = deflate(&mut sender, &near);
            assert!(again.len() < near.len() / 4, "{bits} bits: {}", again.len());
        }
        deflate(&mut sender, &far);
        assert!(deflate(&mut sender, &near).len() > near.len() / 2, "{bits} bits");
    }
}
