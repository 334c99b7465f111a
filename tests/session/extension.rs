//! What a session leaves to extensions: messages whose RSV bits they own, and their faults.

use framewire::protocol::{Close, CloseCode, OwnedOpcodes, Rsv, UsageError};
use framewire::session::{Fault, FrameTable, Initiator, Verdict};

use super::driver::{Driver, fails_at};
use super::wire::{close, plain};

/// A server whose extensions own RSV1.
fn owner() -> Driver {
    Driver::server_with(|options| options.connection.owned_rsv = Rsv::RSV1)
}

/// The RSV bits of the parts that a chunk leaves in the table.
fn rsv_of(driver: &mut Driver, chunk: &[u8]) -> Vec<u8> {
    let mut table = FrameTable::new();
    driver.session.receive(driver.time(), &mut chunk.to_vec(), &mut table);
    (0..table.len()).map(|index| table.get(index).unwrap().rsv).collect()
}

#[test]
fn each_part_of_a_message_has_the_bits_of_its_first_frame() {
    let bytes = [plain(0x42, b"a"), plain(0x00, b"b"), plain(0x80, b"c"), plain(0x82, b"d")];
    assert_eq!(rsv_of(&mut owner(), &bytes.concat()), [4, 4, 4, 0]);
}

#[test]
fn in_a_raw_session_each_frame_has_its_own_bits() {
    let mut driver = Driver::server_with(|options| {
        options.connection.owned_rsv = Rsv::RSV1;
        options.raw = true;
    });
    let bytes = [plain(0x42, b"a"), plain(0x80, b"b")];
    assert_eq!(rsv_of(&mut driver, &bytes.concat()), [4, 0]);
}

#[test]
fn text_with_a_bit_is_left_to_its_extension() {
    let mut driver = owner();
    assert_eq!(rsv_of(&mut driver, &plain(0xC1, b"\xFF")), [4]);
    assert!(driver.session.is_open());
    assert_eq!(rsv_of(&mut driver, &plain(0x81, b"\xFF")), []);
    assert!(!driver.session.is_open());
}

#[test]
fn text_is_left_to_an_extension_that_decodes_every_message() {
    let mut driver = Driver::server_with(|options| options.connection.opaque = true);
    assert_eq!(rsv_of(&mut driver, &plain(0x81, b"\xFF")), [0]);
    assert!(driver.session.is_open());
}

#[test]
fn a_bit_leaves_on_the_first_fragment_only() {
    let mut driver = owner();
    let key = [0; 4];
    let mut send = |opcode, fin, rsv| driver.session.send(opcode, fin, rsv, b"x", key).map(|_| ());
    use framewire::protocol::Opcode::{Continuation, Ping, Text};
    assert_eq!(send(Text, false, Rsv::RSV2), Err(UsageError::ReservedBits(Rsv::RSV2)));
    assert_eq!(send(Text, false, Rsv::RSV1), Ok(()));
    assert_eq!(send(Continuation, true, Rsv::RSV1), Err(UsageError::ReservedBits(Rsv::RSV1)));
    assert_eq!(send(Ping, true, Rsv::RSV1), Err(UsageError::ReservedBits(Rsv::RSV1)));
    assert_eq!(send(Continuation, true, Rsv::NONE), Ok(()));
    assert_eq!(driver.poll().unwrap(), b"\x41\x01x\x80\x01x");
}

#[test]
fn whether_a_message_may_be_sent_is_asked_without_sending_it() {
    use framewire::protocol::Opcode::{Continuation, Text};
    let mut driver = owner();
    assert_eq!(driver.session.check(Text, true, Rsv::RSV1), Ok(Verdict::Accepted));
    let unowned = Err(UsageError::ReservedBits(Rsv::RSV3));
    assert_eq!(driver.session.check(Text, true, Rsv::RSV3), unowned);
    driver.send(Text, false, b"begun").unwrap();
    assert_eq!(
        driver.session.check(Text, true, Rsv::NONE),
        Err(UsageError::MessageInterrupted(Text))
    );
    driver.send(Continuation, true, b"ended").unwrap();
    driver.session.close(driver.time(), Close::Empty);
    assert_eq!(driver.session.check(Text, true, Rsv::NONE), Err(UsageError::Closed));
}

#[test]
fn what_a_message_holds_decoded_is_what_counts() {
    let mut driver = Driver::server_with(|options| options.incoming.high_water_mark = 100);
    driver.receive(&plain(0x82, b"four"));
    assert!(driver.session.wants_read());
    driver.session.decoded(4, 100);
    assert_eq!(driver.session.stats().incoming_bytes, 100);
    assert!(!driver.session.wants_read());
    driver.session.taken(driver.time(), 1, 100);
    assert_eq!(driver.session.stats().incoming_bytes, 0);
    assert!(driver.session.wants_read());
}

#[test]
fn the_fault_of_an_extension_closes_with_its_code_behind_what_was_sent() {
    let mut driver = owner();
    driver.text("sent");
    let fault = Close::explaining(CloseCode::INVALID_PAYLOAD, "not deflated");
    driver.session.extension_failed(driver.time(), fault.clone());
    let expected = [plain(0x81, b"sent"), close(1007, "not deflated")].concat();
    assert_eq!(driver.poll().unwrap(), expected);
    driver.accept();
    let info = driver.session.close_info().unwrap();
    assert_eq!((info.code, info.initiator), (1007, Initiator::Local));
    assert_eq!((info.sent.clone(), info.fault), (Some(fault), Some(Fault::Extension)));
}

#[test]
fn the_fault_of_an_extension_while_the_session_closes_ends_it() {
    let mut driver = owner();
    driver.session.close(driver.time(), Close::new(1000, "").unwrap());
    driver.poll().unwrap();
    driver.accept();
    let fault = Close::explaining(CloseCode::INTERNAL_ERROR, "");
    driver.session.extension_failed(driver.time(), fault);
    let info = driver.session.close_info().unwrap();
    assert_eq!((info.code, info.fault), (1000, Some(Fault::Extension)));
}

/// A control frame of an extension's.
fn own_control() -> Vec<u8> {
    plain(0x8B, b"own")
}

#[test]
fn a_control_frame_of_an_extension_between_fragments_begins_no_message() {
    let mut driver = Driver::server_with(|options| {
        options.connection.owned_opcodes = OwnedOpcodes::from_bits(1 << 11);
        options.incoming = fails_at(1000, 1);
    });
    let chunk = [plain(0x02, b"begin"), own_control(), plain(0x80, b"end")].concat();
    let mut table = FrameTable::new();
    driver.session.receive(driver.time(), &mut chunk.clone(), &mut table);
    assert_eq!(table.len(), 3);
    // The budget was judged before the message, and for the frame of the extension's, not within the message.
    assert!(driver.session.is_open());
    // The message does not lie in one piece.
    assert_eq!(table.whole(), 0);
}

#[test]
fn the_budget_is_judged_for_a_control_frame_of_an_extension() {
    let mut driver = Driver::server_with(|options| {
        options.connection.owned_opcodes = OwnedOpcodes::from_bits(1 << 11);
        options.incoming = fails_at(1000, 1);
    });
    driver.receive(&own_control());
    assert!(driver.session.is_open());
    driver.receive(&own_control());
    assert!(!driver.session.is_open());
}
