//! Pings: on a schedule and asked for, their round trips, and a peer that does not answer.

use framewire::protocol::{ControlPayload, UsageError};
use framewire::session::{Fault, Initiator};

use super::driver::{Driver, Wait, look, waits_at};
use super::wire::{frames, kinds, plain};

/// A session that pings each second and gives the peer 300 ms.
fn pinging() -> Driver {
    Driver::server_with(|options| {
        options.ping_interval = 1000.0;
        options.pong_timeout = 300.0;
    })
}

/// Writes the one ping there is and returns its payload.
#[track_caller]
fn ping_out(driver: &mut Driver) -> Vec<u8> {
    let mut written = frames(&driver.write_all());
    assert_eq!(written.len(), 1);
    let (first, payload) = written.pop().unwrap();
    assert_eq!(first, 0x89);
    payload
}

fn pong(driver: &mut Driver, payload: &[u8]) {
    driver.receive(&plain(0x8A, payload));
}

#[test]
fn without_an_interval_nothing_is_due() {
    let mut driver = Driver::server();
    assert_eq!(driver.deadline(), None);
    driver.at(1e9);
    assert_eq!(driver.poll(), None);
}

#[test]
fn a_ping_leaves_each_interval_with_a_payload_of_its_own() {
    let mut driver = pinging();
    assert_eq!(driver.deadline(), Some(1000.0));
    driver.at(999.0);
    assert_eq!(driver.poll(), None, "early calls do nothing");
    let mut payloads = Vec::new();
    for round in 1..=3 {
        driver.at(f64::from(round) * 1000.0);
        payloads.push(ping_out(&mut driver));
        pong(&mut driver, payloads.last().unwrap());
        assert_eq!(driver.deadline(), Some(f64::from(round + 1) * 1000.0));
    }
    payloads.dedup();
    assert_eq!(payloads.len(), 3);
}

#[test]
fn a_clock_that_jumps_makes_one_ping() {
    let mut driver = pinging();
    driver.at(50_500.0);
    ping_out(&mut driver);
    assert_eq!(driver.poll(), None);
    assert_eq!(driver.deadline(), Some(50_800.0));
}

#[test]
fn no_second_ping_joins_one_that_is_unanswered_or_not_written() {
    let mut driver = pinging();
    driver.session.set_pong_timeout(0.0);
    driver.at(1000.0);
    driver.at(2000.0);
    ping_out(&mut driver);
    driver.at(3000.0);
    assert_eq!(driver.poll(), None);
}

#[test]
fn an_unanswered_ping_ends_the_session_with_1011() {
    let mut driver = pinging();
    driver.at(1000.0);
    ping_out(&mut driver);
    assert_eq!(driver.deadline(), Some(1300.0));
    driver.at(1299.0);
    assert!(driver.session.is_open());
    driver.at(1300.0);
    assert!(!driver.session.is_open());
    assert_eq!(frames(&driver.write_all()), [(0x88, b"\x03\xF3ping timeout".to_vec())]);
    let ending = driver.ending();
    assert_eq!((ending.code, ending.fault), (1011, Some(Fault::PingTimeout)));
    assert_eq!((ending.initiator, ending.was_clean), (Initiator::Local, false));
}

#[test]
fn a_pong_in_time_keeps_the_session() {
    let mut driver = pinging();
    driver.at(1000.0);
    let payload = ping_out(&mut driver);
    driver.at(1299.0);
    pong(&mut driver, &payload);
    assert_eq!(driver.deadline(), Some(2000.0));
    driver.at(1300.0);
    assert!(driver.session.is_open());
}

#[test]
fn a_pong_of_another_payload_answers_nothing() {
    let mut driver = pinging();
    driver.at(1000.0);
    ping_out(&mut driver);
    pong(&mut driver, b"unasked");
    driver.at(1300.0);
    assert!(!driver.session.is_open());
}

#[test]
fn a_ping_counts_from_when_the_transport_got_it() {
    let mut driver = pinging();
    driver.text("slow");
    driver.poll();
    driver.at(1000.0);
    driver.at(1900.0);
    driver.accept();
    assert_eq!(driver.deadline(), Some(2000.0), "a ping that waits is not unanswered");
    ping_out(&mut driver);
    driver.at(2199.0);
    assert!(driver.session.is_open());
    driver.at(2200.0);
    assert!(!driver.session.is_open());
}

#[test]
fn a_ping_that_was_asked_for_tells_its_round_trip() {
    let mut driver = Driver::server();
    driver.now = 100.0;
    let mut round_trip = driver.session.ping(None).unwrap();
    let payload = ping_out(&mut driver);
    assert_eq!(look(&mut round_trip), Wait::Pending);
    driver.now = 142.5;
    pong(&mut driver, &payload);
    assert_eq!(look(&mut round_trip), Wait::Done(42.5));
}

#[test]
fn a_ping_that_was_asked_for_times_out_too() {
    let mut driver = Driver::server();
    let mut round_trip = driver.session.ping(None).unwrap();
    ping_out(&mut driver);
    assert_eq!(driver.deadline(), Some(15_000.0));
    driver.at(15_000.0);
    driver.write_all();
    assert_eq!(driver.ending().fault, Some(Fault::PingTimeout));
    assert_eq!(look(&mut round_trip), Wait::Cancelled);
}

#[test]
fn a_pong_answers_all_pings_before_its_own() {
    let mut driver = Driver::server();
    let payloads = [b"1", b"2", b"3"].map(|bytes| ControlPayload::new(bytes).unwrap());
    let mut pings = payloads.map(|payload| driver.session.ping(Some(payload)).unwrap());
    assert_eq!(kinds(&driver.write_all()), [0x89; 3]);
    driver.now = 9.0;
    pong(&mut driver, b"2");
    assert_eq!(pings.each_mut().map(look), [Wait::Done(9.0), Wait::Done(9.0), Wait::Pending]);
}

#[test]
fn pings_of_one_payload_are_answered_in_order() {
    let mut driver = Driver::server();
    let payload = ControlPayload::new(b"same").unwrap();
    let mut one = driver.session.ping(Some(payload)).unwrap();
    let mut two = driver.session.ping(Some(payload)).unwrap();
    driver.write_all();
    pong(&mut driver, b"same");
    assert_eq!((look(&mut one), look(&mut two)), (Wait::Done(0.0), Wait::Pending));
    pong(&mut driver, b"same");
    assert_eq!(look(&mut two), Wait::Done(0.0));
}

#[test]
fn a_ping_is_refused_once_the_session_closes() {
    let mut driver = Driver::server();
    driver.close(1000, "");
    assert_eq!(driver.session.ping(None).unwrap_err(), UsageError::Closed);
}

#[test]
fn a_ping_that_never_left_is_cancelled_at_the_end() {
    let mut driver = Driver::server();
    let mut round_trip = driver.session.ping(None).unwrap();
    driver.close(1000, "");
    assert_eq!(kinds(&driver.write_all()), [0x88]);
    driver.receive(&plain(0x88, b""));
    assert_eq!(look(&mut round_trip), Wait::Cancelled);
}

#[test]
fn a_pong_behind_our_close_still_tells_the_round_trip() {
    let mut driver = Driver::server();
    let mut round_trip = driver.session.ping(None).unwrap();
    let payload = ping_out(&mut driver);
    driver.close(1000, "");
    driver.write_all();
    driver.now = 5.0;
    pong(&mut driver, &payload);
    assert_eq!(look(&mut round_trip), Wait::Done(5.0));
}

#[test]
fn no_ping_is_due_once_the_session_closes() {
    let mut driver = pinging();
    driver.at(500.0);
    driver.close(1000, "");
    driver.write_all();
    assert_eq!(driver.deadline(), Some(10_500.0));
    driver.at(5000.0);
    assert_eq!(driver.poll(), None);
}

#[test]
fn the_interval_may_change_at_any_time() {
    let mut driver = pinging();
    driver.at(900.0);
    driver.session.set_ping_interval(5000.0, driver.time());
    assert_eq!(driver.deadline(), Some(5900.0));
    driver.session.set_ping_interval(0.0, driver.time());
    assert_eq!(driver.deadline(), None);
    driver.session.set_ping_interval(10.0, driver.time());
    driver.at(910.0);
    ping_out(&mut driver);
}

#[test]
fn the_timeout_may_change_while_a_ping_is_under_way() {
    let mut driver = pinging();
    driver.at(1000.0);
    ping_out(&mut driver);
    driver.session.set_pong_timeout(0.0);
    assert_eq!(driver.deadline(), Some(2000.0));
    driver.session.set_pong_timeout(500.0);
    assert_eq!(driver.deadline(), Some(1500.0));
}

#[test]
fn a_peer_whose_pong_cannot_be_read_yet_is_not_late() {
    let mut driver = Driver::server_with(|options| {
        options.incoming = waits_at(1, 1);
        options.ping_interval = 1000.0;
        options.pong_timeout = 300.0;
    });
    driver.at(1000.0);
    ping_out(&mut driver);
    driver.receive(&plain(0x81, b"nobody takes this"));
    assert!(!driver.session.wants_read());
    driver.at(60_000.0);
    assert!(driver.session.is_open());
    driver.take();
    assert_eq!(driver.deadline(), Some(60_300.0), "its time begins anew");
    driver.at(60_300.0);
    assert!(!driver.session.is_open());
}

#[test]
fn a_ping_sent_after_discarding_has_its_own_time() {
    let mut driver = Driver::server_with(|options| options.incoming = waits_at(1, 1));
    let _first = driver.session.ping(None).unwrap();
    ping_out(&mut driver);
    driver.receive(&plain(0x81, b"nobody takes this"));
    driver.at(60_000.0);
    driver.session.discard_incoming();
    assert_eq!(driver.deadline(), None);
    let _second = driver.session.ping(None).unwrap();
    ping_out(&mut driver);
    assert_eq!(driver.deadline(), Some(75_000.0));
}

#[test]
fn discarding_gives_the_peer_its_time_anew_too() {
    let mut driver = Driver::server_with(|options| {
        options.incoming = waits_at(1, 1);
        options.ping_interval = 1000.0;
        options.pong_timeout = 300.0;
    });
    driver.at(1000.0);
    ping_out(&mut driver);
    driver.receive(&plain(0x81, b"nobody takes this"));
    driver.at(60_500.0);
    driver.session.discard_incoming();
    assert_eq!(driver.deadline(), Some(61_500.0));
    driver.at(61_500.0);
    assert_eq!(driver.deadline(), Some(61_800.0));
    driver.at(61_800.0);
    assert!(!driver.session.is_open());
}
