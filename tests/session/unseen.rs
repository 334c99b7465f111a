//! Payload that the driver keeps: counted, not shown.

use framewire::protocol::Opcode;
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

/// A client that takes the first bytes of these, and may leave so many of those that follow for later.
fn deferrable_after(driver: &mut Driver, bytes: &[u8]) -> u64 {
    driver.receive(bytes);
    driver.session.deferrable()
}

#[test]
fn what_comes_within_a_payload_may_be_told_later() {
    let bytes = plain(0x82, &[7; 300]);
    let mut driver = Driver::server();
    assert_eq!(deferrable_after(&mut driver, &bytes[..4]), 0, "no part of it was handed out");
    assert_eq!(deferrable_after(&mut driver, &bytes[4..14]), 290);
    driver.session.receive_deferred(289, 3);
    assert_eq!(driver.session.remaining(), 1);
    let stats = driver.session.stats();
    assert_eq!((stats.received.bytes, stats.received.chunks), (303, 5));
    assert_eq!((stats.incoming_bytes, stats.incoming_frames), (299, 0));
    assert_eq!(deferrable_after(&mut driver, &bytes[303..]), 0, "a header comes next");
    assert_eq!(driver.session.stats().received.messages, 1);
    let text = plain(0x81, &[b'a'; 300]);
    assert_eq!(deferrable_after(&mut driver, &text[..14]), 0, "text is validated");
}

#[test]
fn the_end_of_a_frame_is_not_told_later() {
    let mut driver = Driver::server();
    assert_eq!(deferrable_after(&mut driver, &plain(0x82, &[7; 300])[..14]), 290);
    driver.session.receive_deferred(290, 1);
    assert_eq!(driver.session.remaining(), 290);
    assert_eq!(driver.session.stats().received.bytes, 14);
}

#[test]
fn what_fills_the_queue_is_not_told_later() {
    let mut driver = Driver::server_with(|options| options.incoming.high_water_mark = 200);
    let bytes = plain(0x82, &[7; 300]);
    assert_eq!(deferrable_after(&mut driver, &bytes[..14]), 290, "it would wait for itself");
    driver.receive(&bytes[14..]);
    driver.session.taken(driver.time(), 1, 300);
    driver.receive(&plain(0x82, &[7; 50]));
    assert_eq!(deferrable_after(&mut driver, &bytes[..14]), 140);
    driver.session.receive_deferred(139, 1);
    assert!(driver.session.wants_read());
    driver.receive(&[7]);
    assert!(!driver.session.wants_read());
    assert_eq!(driver.session.deferrable(), 0);
}

#[test]
fn what_is_dropped_is_not_told_later() {
    let mut driver = Driver::server();
    assert_eq!(deferrable_after(&mut driver, &plain(0x82, &[7; 300])[..14]), 290);
    driver.session.discard_incoming();
    assert_eq!(driver.session.deferrable(), 0);
}
