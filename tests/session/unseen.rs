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
