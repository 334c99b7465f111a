//! What is kept between messages, and what is lent.

use framewire::protocol::MessageKind;
use framewire::protocol::deflate::{Deflater, Effort, InflateFault, Inflater, Spare};

use crate::support::{
    ENOUGH, deflate, deflater, direction, inflate, inflate_in, inflater, json, noise,
};

#[test]
fn codecs_that_share_a_spare_do_not_see_each_other() {
    for takeover in [true, false] {
        let spare = Spare::new();
        let direction = direction(12, takeover);
        let mut pairs: Vec<(Deflater, Inflater)> = (0..5)
            .map(|_| {
                let deflater = Deflater::new(direction, Effort::DEFAULT, &spare);
                (deflater, Inflater::new(direction, &spare))
            })
            .collect();
        // Each says its own noise over and over, by a reference after the first time, between those of the
        // others and twice in a row.
        for round in 0..6 {
            for (index, (sender, receiver)) in pairs.iter_mut().enumerate() {
                let message = noise(index as u64, 1500);
                for turn in 0..=(round + index) % 2 {
                    let payload = deflate(sender, &message);
                    let is_new = round + turn == 0;
                    assert_eq!(payload.len() < 100, takeover && !is_new);
                    assert_eq!(inflate(receiver, &payload).unwrap(), message, "{index} in {round}");
                }
            }
        }
    }
}

#[test]
fn a_compressor_is_lent_only_to_who_wants_one_like_it() {
    let spare = Spare::new();
    let message = json(5000);
    for _ in 0..2 {
        for (bits, level, mem_level) in [(15, 6, 8), (9, 6, 8), (15, 0, 8), (15, 9, 8), (15, 6, 1)]
        {
            let (direction, effort) =
                (direction(bits, false), Effort::new(level, mem_level).unwrap());
            let lent = deflate(&mut Deflater::new(direction, effort, &spare), &message);
            let own = deflate(&mut Deflater::new(direction, effort, &Spare::new()), &message);
            assert!(lent == own, "{bits} bits, level {level}/{mem_level}");
        }
    }
}

#[test]
fn what_waits_for_room_when_all_was_read_is_not_lost() {
    let direction = direction(15, true);
    // Up to four references of 258 bytes each come in a byte, and so in the last one of a message.
    for length in (19_000..21_000).step_by(7) {
        let message = vec![0; length];
        let payload = deflate(&mut deflater(direction), &message);
        for piece in [1, 2, usize::MAX] {
            let back = inflate_in(&mut inflater(direction), &payload, piece).unwrap();
            assert_eq!(back.len(), length, "in pieces of {piece}");
        }
    }
}

#[test]
fn messages_of_two_sessions_may_come_in_pieces_at_a_time() {
    let spare = Spare::new();
    let direction = direction(15, true);
    let mut receivers = [Inflater::new(direction, &spare), Inflater::new(direction, &spare)];
    let mut senders = [deflater(direction), deflater(direction)];
    for round in 0..4 {
        let messages = [json(5000 + round), noise(3, 4000 + round)];
        let payloads: Vec<_> =
            senders.iter_mut().zip(&messages).map(|(s, message)| deflate(s, message)).collect();
        let mut out = [Vec::new(), Vec::new()];
        receivers.iter_mut().for_each(|receiver| receiver.begin(MessageKind::Binary, ENOUGH));
        let longest = payloads.iter().map(Vec::len).max().unwrap();
        for at in 0..longest {
            for (index, payload) in payloads.iter().enumerate() {
                if let Some(byte) = payload.get(at) {
                    receivers[index].push(&[*byte], &mut out[index]).unwrap();
                }
            }
        }
        receivers.iter_mut().for_each(|receiver| receiver.finish().unwrap());
        assert_eq!(out, messages);
    }
}

#[test]
fn a_fault_of_one_session_leaves_the_others_alone() {
    let spare = Spare::new();
    let direction = direction(15, true);
    let (mut good, mut bad) = (Inflater::new(direction, &spare), Inflater::new(direction, &spare));
    let mut sender = deflater(direction);
    for _ in 0..3 {
        let payload = deflate(&mut sender, &json(2000));
        assert_eq!(inflate(&mut good, &payload).unwrap(), json(2000));
        assert_eq!(inflate(&mut bad, &[0x07]), Err(InflateFault::Corrupt("invalid block type")));
        assert_eq!(inflate(&mut bad, &[0xf2]), Err(InflateFault::Truncated));
    }
}

#[test]
fn no_message_refers_back_further_than_the_window_that_was_agreed_on() {
    // A sender with a larger window than was agreed on refers to what is no longer there.
    let far = noise(1, 3000);
    for (bits, is_there) in [(12, true), (9, false)] {
        let mut sender = deflater(direction(15, true));
        let spare = Spare::new();
        let mut receiver = Inflater::new(direction(bits, true), &spare);
        let mut other = Inflater::new(direction(bits, true), &spare);
        inflate(&mut receiver, &deflate(&mut sender, &far)).unwrap();
        inflate(&mut other, &[0x00]).unwrap();
        let again = deflate(&mut sender, &far);
        assert!(again.len() < 100);
        assert_eq!(inflate(&mut receiver, &again).is_ok(), is_there, "{bits} bits");
    }
}

#[test]
fn what_is_in_the_output_already_is_left_alone() {
    let mut sender = deflater(direction(15, true));
    let mut out = b"before".to_vec();
    sender.deflate(b"Hello", &mut out);
    assert!(out.starts_with(b"before"));
    let mut receiver = inflater(direction(15, true));
    let mut message = b"before".to_vec();
    receiver.begin(MessageKind::Text, 5);
    receiver.push(&out[6..], &mut message).unwrap();
    receiver.finish().unwrap();
    assert_eq!(message, b"beforeHello");
}
