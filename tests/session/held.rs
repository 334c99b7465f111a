//! Frames whose bytes the driver holds: their place in the order, their mask, their weight.

use framewire::protocol::{Opcode, Role, UsageError};
use framewire::session::{Options, Verdict};

use super::driver::{Driver, Wait, fails_at, look, waits_at};
use super::wire::{frames, kinds, plain};

#[test]
fn a_held_frame_keeps_its_place() {
    let mut driver = Driver::server();
    driver.text("1");
    driver.send_held(Opcode::Binary, &[2; 300], 300).unwrap();
    driver.text("3");
    driver.send_held(Opcode::Text, b"4", 1).unwrap();
    driver.send_held(Opcode::Text, b"5", 1).unwrap();
    let writes: Vec<Vec<u8>> = core::iter::from_fn(|| driver.write()).collect();
    let expected = [
        plain(0x81, b"1"),
        plain(0x82, &[2; 300]),
        plain(0x81, b"3"),
        plain(0x81, b"4"),
        plain(0x81, b"5"),
    ];
    assert_eq!(writes, expected);
}

#[test]
fn a_held_frame_is_masked_as_one_however_it_is_cut() {
    let payload: Vec<u8> = (0..=255).cycle().take(1000).collect();
    for piece in [1, 3, 64, 999, 1000] {
        let mut driver = Driver::new(&Options::new(Role::Client));
        driver.send_held(Opcode::Binary, &payload, piece).unwrap();
        let written = driver.write().unwrap();
        assert_eq!(written[1] & 0x80, 0x80);
        assert_eq!(frames(&written), [(0x82, payload.clone())]);
    }
}

#[test]
fn a_held_frame_fills_the_queue_and_is_flushed() {
    let mut driver = Driver::server_with(|options| options.outgoing = waits_at(10, 100));
    assert_eq!(driver.send_held(Opcode::Binary, &[0; 10], 10), Ok(Verdict::Accepted));
    assert_eq!(driver.session.buffered_amount(), 10);
    assert_eq!(driver.send_held(Opcode::Binary, &[0; 10], 10), Ok(Verdict::Wait));
    let (mut flush, mut room) = (driver.flush(), driver.room());
    driver.write();
    assert_eq!((look(&mut flush), look(&mut room)), (Wait::Pending, Wait::Pending));
    driver.write();
    assert_eq!((look(&mut flush), look(&mut room)), (Wait::Done(()), Wait::Done(())));
}

#[test]
fn a_held_frame_is_refused_like_any_other() {
    let mut driver = Driver::server();
    let refused = driver.send_held(Opcode::Continuation, b"x", 1);
    assert_eq!(refused, Err(UsageError::NothingToContinue));
    let refused = driver.send_held(Opcode::Ping, &[0; 126], 126);
    assert_eq!(refused, Err(UsageError::LongControl(126)));
    driver.close(1000, "");
    assert_eq!(driver.send_held(Opcode::Text, b"x", 1), Err(UsageError::Closed));
    assert_eq!(kinds(&driver.write_all()), [0x88]);
}

#[test]
fn a_held_frame_over_a_budget_that_must_not_wait_is_not_queued() {
    let mut driver = Driver::server_with(|options| options.outgoing = fails_at(1, 100));
    driver.text("full");
    assert_eq!(driver.send_held(Opcode::Binary, b"x", 1), Ok(Verdict::Overflow));
    assert_eq!(kinds(&driver.write_all()), [0x81]);
}

#[test]
fn a_pong_goes_between_held_frames() {
    let mut driver = Driver::server();
    driver.send_held(Opcode::Binary, b"1", 1).unwrap();
    driver.send_held(Opcode::Binary, b"2", 1).unwrap();
    driver.poll();
    driver.receive(&plain(0x89, b"?"));
    driver.accept();
    assert_eq!(kinds(&driver.write_all()), [0x8A, 0x82]);
}

#[test]
fn a_close_waits_until_the_held_frame_before_it_is_accepted() {
    let mut driver = Driver::server();
    driver.send_held(Opcode::Binary, b"1", 1).unwrap();
    driver.close(1000, "");
    assert_eq!(kinds(&driver.poll().unwrap()), [0x82]);
    assert_eq!(driver.poll(), None);
    driver.accept();
    assert_eq!(kinds(&driver.write_all()), [0x88]);
}
