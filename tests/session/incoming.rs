//! Frames on their way to the user: messages put together, the budget that suspends reading, and
//! what is dropped.

use framewire::protocol::Opcode;
use framewire::session::Initiator;

use super::driver::{Driver, binary, text, waits_at};
use super::wire::{close, masked, plain};

fn with_budget(bytes: u64, frames: u64) -> Driver {
    Driver::server_with(|options| options.incoming = waits_at(bytes, frames))
}

#[test]
fn messages_come_whole_and_control_frames_do_not_come() {
    let mut driver = Driver::server();
    driver.receive(&plain(0x01, b"frag"));
    driver.receive(&[plain(0x89, b"ping"), plain(0x8A, b"pong"), plain(0x00, b"men")].concat());
    assert_eq!(driver.frames, []);
    driver.receive(&[plain(0x80, b"ted"), plain(0x82, b"whole")].concat());
    assert_eq!(driver.frames, [text("fragmented"), binary(b"whole")]);
}

#[test]
fn masked_messages_come_the_same_cut_at_every_offset() {
    let bytes = [
        masked(0x01, "κόσ".as_bytes()),
        masked(0x89, b"?"),
        masked(0x80, "με".as_bytes()),
        masked(0x82, &[7; 200]),
    ]
    .concat();
    for cut in 0..=bytes.len() {
        let mut driver = Driver::server();
        let (head, tail) = bytes.split_at(cut);
        driver.receive(head);
        driver.receive(tail);
        assert_eq!(driver.frames, [text("κόσμε"), binary(&[7; 200])], "cut at {cut}");
    }
}

#[test]
fn reading_stops_at_the_mark_and_goes_on_below_it() {
    for (bytes, frames) in [(10, 100), (1000, 2)] {
        let mut driver = with_budget(bytes, frames);
        driver.receive(&plain(0x81, b"12345"));
        assert!(driver.session.wants_read());
        driver.receive(&plain(0x81, b"67890"));
        assert!(!driver.session.wants_read());
        assert_eq!(driver.take(), Some(text("12345")));
        assert!(driver.session.wants_read());
    }
}

#[test]
fn empty_messages_count_as_frames() {
    let mut driver = with_budget(1000, 3);
    driver.receive(&plain(0x81, b"").repeat(3));
    assert!(!driver.session.wants_read());
    driver.take();
    assert!(driver.session.wants_read());
}

#[test]
fn what_is_in_one_chunk_comes_whole_even_over_the_budget() {
    let mut driver = with_budget(4, 2);
    driver.receive(&plain(0x81, b"12345").repeat(10));
    assert_eq!(driver.frames.len(), 10);
    while !driver.session.wants_read() {
        driver.take().unwrap();
    }
    assert_eq!(driver.taken, 10);
}

#[test]
fn a_message_longer_than_the_budget_does_not_wait_for_itself() {
    // One frame in pieces, then fragments.
    for bytes in [plain(0x82, &[1; 500]), [plain(0x02, &[1; 250]), plain(0x80, &[1; 250])].concat()]
    {
        let mut driver = with_budget(100, 10);
        for piece in bytes.chunks(50) {
            assert!(driver.session.wants_read());
            driver.receive(piece);
        }
        assert!(!driver.session.wants_read());
        assert_eq!(driver.take(), Some(binary(&[1; 500])));
        assert!(driver.session.wants_read());
        assert_eq!(driver.session.stats().incoming_bytes, 0);
    }
}

#[test]
fn a_long_message_waits_while_whole_ones_before_it_are_not_taken() {
    let mut driver = with_budget(100, 10);
    driver.receive(&[plain(0x81, b"first"), plain(0x02, &[1; 100])].concat());
    assert!(!driver.session.wants_read());
    driver.take();
    assert!(driver.session.wants_read());
}

#[test]
fn a_budget_of_zero_takes_one_message_at_a_time() {
    let mut driver = with_budget(0, 0);
    assert!(driver.session.wants_read());
    driver.receive(&plain(0x81, b"one"));
    assert!(!driver.session.wants_read());
    driver.take();
    assert!(driver.session.wants_read());
}

#[test]
fn frames_already_queued_outlive_the_end() {
    let mut driver = with_budget(1, 1);
    driver.receive(&plain(0x81, b"kept"));
    driver.receive_end();
    assert_eq!(driver.take(), Some(text("kept")));
    assert!(!driver.session.wants_read());
}

#[test]
fn a_full_session_that_closes_reads_on_and_finds_the_peers_close() {
    let mut driver = with_budget(4, 10);
    driver.receive(&plain(0x81, b"full"));
    assert!(!driver.session.wants_read());
    driver.close(1000, "");
    driver.write_all();
    assert!(driver.session.wants_read());
    driver.receive(&[plain(0x81, b"dropped"), close(1000, "")].concat());
    assert_eq!(driver.frames, [text("full")]);
    assert_eq!((driver.ending().was_clean, driver.ending().initiator), (true, Initiator::Local));
}

#[test]
fn a_message_begun_before_the_close_still_comes_whole() {
    let mut driver = with_budget(4, 10);
    driver.receive(&[plain(0x81, b"full"), plain(0x01, b"be")].concat());
    driver.close(1000, "");
    driver.receive(&plain(0x80, b"gun"));
    driver.receive(&plain(0x81, b"dropped"));
    assert_eq!(driver.frames, [text("full"), text("begun")]);
}

#[test]
fn nothing_comes_behind_a_message_that_was_dropped() {
    let mut driver = with_budget(4, 10);
    driver.receive(&plain(0x81, b"full"));
    driver.close(1000, "");
    driver.receive(&[plain(0x01, b"drop"), plain(0x80, b"ped")].concat());
    driver.take();
    driver.receive(&plain(0x81, b"a gap"));
    assert_eq!(driver.frames, [text("full")]);
}

#[test]
fn a_closing_session_hands_out_what_its_budget_holds() {
    let mut driver = with_budget(8, 10);
    driver.close(1000, "");
    driver.receive(&plain(0x81, b"1234").repeat(4));
    assert_eq!(driver.frames, [text("1234"), text("1234")]);
}

#[test]
fn discarded_frames_are_read_and_answered_and_fill_nothing() {
    let mut driver = with_budget(4, 10);
    driver.receive(&[plain(0x81, b"full"), plain(0x01, b"half")].concat());
    driver.session.discard_incoming();
    assert!(driver.session.wants_read());
    driver.receive(&[plain(0x80, b"rest"), plain(0x89, b"?"), plain(0x82, &[0; 100])].concat());
    assert_eq!(driver.frames, [text("full")]);
    assert!(driver.session.wants_read());
    assert_eq!(driver.session.stats().incoming_bytes, 0);
    assert_eq!(driver.write_all(), plain(0x8A, b"?"));
    driver.receive(&plain(0x83, b""));
    assert!(!driver.session.is_open(), "a fault is still one");
}

#[test]
fn taking_more_than_there_is_leaves_an_empty_queue() {
    let mut driver = with_budget(4, 10);
    driver.receive(&plain(0x81, b"full"));
    driver.session.taken(driver.time(), 100, 100_000);
    let stats = driver.session.stats();
    assert_eq!((stats.incoming_bytes, stats.incoming_frames), (0, 0));
}

#[test]
fn what_comes_is_counted() {
    let mut driver = Driver::server();
    let bytes = [plain(0x01, b"a"), plain(0x89, b""), plain(0x80, b"b"), plain(0x82, b"")].concat();
    driver.receive(&bytes[..1]);
    driver.receive(&bytes[1..]);
    let stats = driver.session.stats();
    let received = stats.received;
    assert_eq!((received.frames, received.messages, received.chunks), (4, 2, 2));
    assert_eq!(received.bytes, bytes.len() as u64);
    assert_eq!((stats.incoming_bytes, stats.incoming_frames), (2, 2));
    assert_eq!(driver.frames[0].opcode, Opcode::Text);
}

#[test]
fn a_closing_session_waits_for_one_who_takes_frames() {
    let mut driver = Driver::server_with(|options| options.incoming.max_frames = 1);
    driver.session.set_attended(true);
    driver.close(1000, "");
    driver.write_all();
    driver.receive(&[plain(0x81, b"one"), plain(0x81, b"two")].concat());
    assert_eq!(driver.frames.len(), 2);
    assert!(!driver.session.wants_read());
    driver.take();
    driver.take();
    assert!(driver.session.wants_read());
    driver.receive(&close(1000, ""));
    assert!(driver.ending().was_clean);
}

#[test]
fn a_full_queue_says_how_much_must_be_taken() {
    for (bytes, frames, lengths) in [
        (10, 3, vec![4, 4, 4, 4]),
        (10, 100, vec![1, 1, 1, 30, 1]),
        (1000, 2, vec![9, 0, 3]),
        (10, 1, vec![50]),
    ] {
        let mut driver = with_budget(bytes, frames);
        let chunk: Vec<_> =
            lengths.iter().flat_map(|&length| plain(0x82, &vec![0; length])).collect();
        driver.receive(&chunk);
        assert!(!driver.session.wants_read());
        let excess = driver.session.excess();
        let (mut taken_bytes, mut taken) = (0, 0);
        while let Some(frame) = driver.take() {
            taken_bytes += frame.payload.len() as u64;
            taken += 1;
            let enough = taken_bytes >= excess.bytes && taken >= excess.frames;
            assert_eq!(driver.session.wants_read(), enough || taken >= excess.all);
        }
    }
}
