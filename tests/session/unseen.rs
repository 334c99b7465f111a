//! Payload that the driver keeps: counted, not shown.

use framewire::protocol::{Opcode, Within};
use framewire::session::FrameTable;

use super::driver::Driver;
use super::wire::{masked, plain};

/// Shows a server these bytes, and says how many need not be shown after them.
fn unseen_after(bytes: &[u8]) -> u64 {
    let mut driver = Driver::server();
    driver.receive(bytes);
    driver.session.unseen()
}

#[test]
fn payload_that_is_neither_masked_nor_text_need_not_be_seen() {
    assert_eq!(unseen_after(&plain(0x82, &[0; 300])[..4]), 300);
    assert_eq!(unseen_after(&plain(0x82, &[0; 300])[..14]), 290);
    assert_eq!(unseen_after(&plain(0x81, &[b'a'; 300])[..4]), 0, "text is validated");
    assert_eq!(unseen_after(&masked(0x82, &[0; 100])[..6]), 0, "it must be unmasked");
    assert_eq!(unseen_after(&plain(0x89, &[0; 100])[..2]), 0, "a ping is answered");
    assert_eq!(unseen_after(&plain(0x82, &[0; 100])), 0, "a header comes next");
    let continued = [plain(0x01, b"a"), plain(0x80, b"bc")].concat();
    assert_eq!(unseen_after(&continued[..5]), 0, "a continuation of text is text");
}

#[test]
fn what_is_not_seen_is_counted_and_described() {
    let mut driver = Driver::server();
    let bytes = plain(0x82, &[7; 300]);
    driver.receive(&bytes[..4]);
    let mut table = FrameTable::new();
    driver.session.receive_unseen(driver.time(), 100, &mut table);
    assert_eq!(driver.session.remaining(), 200);
    driver.session.receive_unseen(driver.time(), 200, &mut table);
    let parts = [table.get(0).unwrap(), table.get(1).unwrap()];
    assert_eq!(
        parts.map(|part| (part.offset, part.length, part.last)),
        [(0, 100, false), (0, 200, true)]
    );
    assert_eq!(parts[1].opcode, Opcode::Binary);
    let stats = driver.session.stats();
    assert_eq!((stats.received.bytes, stats.received.messages), (304, 1));
    assert_eq!((stats.incoming_bytes, stats.incoming_frames), (300, 1));
    driver.receive(&plain(0x82, b"next"));
    assert_eq!(driver.frames.last().unwrap().payload, b"next");
}

#[test]
fn more_than_may_be_unseen_is_not_taken() {
    let mut driver = Driver::server();
    driver.receive(&plain(0x82, &[7; 100])[..2]);
    let mut table = FrameTable::new();
    driver.session.receive_unseen(driver.time(), 101, &mut table);
    assert!(table.is_empty());
    assert_eq!(driver.session.unseen(), 100);
}

#[test]
fn a_session_that_is_over_sees_nothing() {
    let mut driver = Driver::server();
    driver.receive(&plain(0x82, &[7; 100])[..2]);
    driver.session.terminate();
    assert_eq!(driver.session.unseen(), 0);
    let mut table = FrameTable::new();
    driver.session.receive_unseen(driver.time(), 100, &mut table);
    assert!(table.is_empty());
}

/// Shows a session these bytes, and says with how many nothing ends after them.
fn uneventful_after(driver: &mut Driver, bytes: &[u8]) -> u64 {
    driver.receive(bytes);
    driver.session.uneventful()
}

#[test]
fn what_comes_within_a_payload_may_be_told_later() {
    let bytes = plain(0x82, &[7; 300]);
    let mut driver = Driver::server();
    assert_eq!(uneventful_after(&mut driver, &bytes[..4]), 0, "no part of it was handed out");
    assert_eq!(uneventful_after(&mut driver, &bytes[4..14]), 290);
    driver.session.receive_deferred(289, 3);
    assert_eq!(driver.session.remaining(), 1);
    let stats = driver.session.stats();
    assert_eq!((stats.received.bytes, stats.received.chunks), (303, 5));
    assert_eq!((stats.incoming_bytes, stats.incoming_frames), (299, 0));
    assert_eq!(uneventful_after(&mut driver, &bytes[303..]), 0, "a header comes next");
    assert_eq!(driver.session.stats().received.messages, 1);
}

#[test]
fn what_must_be_seen_is_not_told_later() {
    let mut driver = Driver::server();
    assert_eq!(uneventful_after(&mut driver, &plain(0x81, &[b'a'; 300])[..14]), 290);
    driver.session.receive_deferred(100, 1);
    assert_eq!(driver.session.remaining(), 290);
}

#[test]
fn chunks_within_a_payload_are_unmasked_and_validated() {
    let payload = "aé".repeat(100);
    for bytes in [plain(0x81, payload.as_bytes()), masked(0x81, payload.as_bytes())] {
        let is_masked = bytes[1] & 0x80 != 0;
        let head = bytes.len() - payload.len();
        let mut driver = Driver::server();
        assert_eq!(uneventful_after(&mut driver, &bytes[..head + 2]), 298);
        let mut at = head + 2;
        for (length, ascii) in [(1, false), (1, true), (100, false), (195, false)] {
            let mut chunk = bytes[at..at + length].to_vec();
            let within = driver.session.receive_within(&mut chunk);
            assert_eq!(within, Some(Within { ascii, masked: is_masked }), "at {at}");
            assert_eq!(chunk, &payload.as_bytes()[at - head..][..length]);
            at += length;
        }
        assert_eq!(driver.session.receive_within(&mut bytes[at..].to_vec()), None, "the end");
        let stats = driver.session.stats();
        assert_eq!((stats.received.bytes, stats.received.chunks), (at as u64, 5));
        assert_eq!((stats.incoming_bytes, stats.incoming_frames), (299, 0));
        driver.receive(&bytes[at..]);
        assert_eq!(driver.session.stats().received.messages, 1);
    }
}

#[test]
fn what_no_text_goes_on_with_is_left_to_be_received() {
    let bytes = masked(0x81, b"good and \xC3bad and more");
    let mut driver = Driver::server();
    assert_eq!(uneventful_after(&mut driver, &bytes[..8]), 20);
    assert!(driver.session.receive_within(&mut bytes[8..16].to_vec()).is_some());
    assert_eq!(driver.session.receive_within(&mut bytes[16..20].to_vec()), None);
    assert_eq!(driver.session.remaining(), 12);
    driver.receive(&bytes[16..20]);
    assert!(!driver.session.is_open());
}

#[test]
fn the_end_of_a_frame_is_not_told_later() {
    let mut driver = Driver::server();
    assert_eq!(uneventful_after(&mut driver, &plain(0x82, &[7; 300])[..14]), 290);
    driver.session.receive_deferred(290, 1);
    assert_eq!(driver.session.remaining(), 290);
    assert_eq!(driver.session.stats().received.bytes, 14);
}

#[test]
fn what_fills_the_queue_is_not_told_later() {
    let mut driver = Driver::server_with(|options| options.incoming.high_water_mark = 200);
    let bytes = plain(0x82, &[7; 300]);
    assert_eq!(uneventful_after(&mut driver, &bytes[..14]), 290, "it would wait for itself");
    driver.receive(&bytes[14..]);
    driver.session.taken(driver.time(), 1, 300);
    driver.receive(&plain(0x82, &[7; 50]));
    assert_eq!(uneventful_after(&mut driver, &bytes[..14]), 140);
    driver.session.receive_deferred(139, 1);
    assert!(driver.session.wants_read());
    driver.receive(&[7]);
    assert!(!driver.session.wants_read());
    assert_eq!(driver.session.uneventful(), 0);
}

#[test]
fn what_is_dropped_is_not_told_later() {
    let mut driver = Driver::server();
    assert_eq!(uneventful_after(&mut driver, &plain(0x82, &[7; 300])[..14]), 290);
    driver.session.discard_incoming();
    assert_eq!(driver.session.uneventful(), 0);
}
