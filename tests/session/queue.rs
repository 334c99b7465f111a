//! The outgoing queue: order, batches, the mark, and those who wait.

use framewire::protocol::{Opcode, Role, UsageError};
use framewire::session::{BATCH_SIZE, Options, Verdict};

use super::driver::{Driver, Wait, look, waits_at};
use super::wire::{frames, kinds, plain};

const PING: u8 = 0x89;
const PONG: u8 = 0x8A;
const CLOSE: u8 = 0x88;
const TEXT: u8 = 0x81;
const BINARY: u8 = 0x82;

fn with_mark(bytes: u64, count: u64) -> Driver {
    Driver::server_with(|options| options.outgoing = waits_at(bytes, count))
}

#[test]
fn nothing_is_written_before_something_is_sent() {
    let mut driver = Driver::server();
    assert_eq!(driver.poll(), None);
    assert_eq!(look(&mut driver.flush()), Wait::Done(()));
    assert_eq!(look(&mut driver.room()), Wait::Done(()));
}

#[test]
fn frames_sent_together_leave_in_one_write_and_in_order() {
    let mut driver = Driver::server();
    driver.text("one");
    driver.binary(b"two");
    driver.text("");
    let written = driver.write().unwrap();
    assert_eq!(written, [plain(TEXT, b"one"), plain(BINARY, b"two"), plain(TEXT, b"")].concat());
    assert_eq!(driver.poll(), None);
}

#[test]
fn frames_of_any_length_lie_one_behind_the_other() {
    for role in [Role::Client, Role::Server] {
        let mut driver = Driver::new(&Options::new(role));
        let lengths = [0, 1, 125, 126, 2000, 5, 30_000, 3, 65_535, 66_000, 7];
        let payloads = lengths.map(|length| vec![b'x'; length]);
        for payload in &payloads {
            driver.binary(payload);
        }
        let written = frames(&driver.write_all());
        assert_eq!(written.into_iter().map(|(_, payload)| payload).collect::<Vec<_>>(), payloads);
    }
}

#[test]
fn masking_may_change_between_two_frames_of_a_batch() {
    let mut driver = Driver::server();
    for masking in [true, false, true] {
        driver.session.set_masking(masking);
        driver.text("hello");
    }
    let written = driver.write().unwrap();
    assert_eq!([1, 12, 19].map(|at| written[at] & 0x80 != 0), [true, false, true]);
    assert_eq!(frames(&written), vec![(TEXT, b"hello".to_vec()); 3]);
}

#[test]
fn a_refused_frame_leaves_nothing_behind() {
    let mut driver = Driver::server();
    let refused = driver.send(Opcode::Continuation, true, b"of nothing");
    assert_eq!(refused, Err(UsageError::NothingToContinue));
    let refused = driver.send(Opcode::Ping, true, &[0; 126]);
    assert_eq!(refused, Err(UsageError::LongControl(126)));
    assert_eq!(driver.send(Opcode::Close, true, b""), Err(UsageError::CloseAsFrame));
    assert_eq!(driver.poll(), None);
    driver.text("good");
    assert_eq!(driver.write(), Some(plain(TEXT, b"good")));
    assert_eq!(driver.session.stats().sent.frames, 1);
}

#[test]
fn a_write_holds_whole_frames_of_up_to_64_kib() {
    let mut driver = Driver::server();
    let payload = vec![7; 10_000];
    for _ in 0..20 {
        driver.binary(&payload);
    }
    assert!(driver.session.is_batch_ready());
    let mut count = 0;
    while let Some(written) = driver.write() {
        assert!(written.len() <= BATCH_SIZE, "{} bytes", written.len());
        count += frames(&written).len();
    }
    assert_eq!(count, 20);
    assert_eq!(driver.session.stats().sent.chunks, 4);
}

#[test]
fn a_frame_over_64_kib_is_a_write_of_its_own() {
    let mut driver = Driver::server();
    driver.text("before");
    assert!(!driver.session.is_batch_ready());
    driver.binary(&vec![7; BATCH_SIZE]);
    driver.text("after");
    let writes: Vec<Vec<u8>> = core::iter::from_fn(|| driver.write()).collect();
    assert_eq!(writes.len(), 3);
    assert_eq!(kinds(&writes[0]), [TEXT]);
    assert_eq!(frames(&writes[1])[0].1.len(), BATCH_SIZE);
    assert_eq!(kinds(&writes[2]), [TEXT]);
}

#[test]
fn one_write_is_under_way_at_a_time() {
    let mut driver = Driver::server();
    driver.text("one");
    assert!(driver.poll().is_some());
    driver.text("two");
    assert_eq!(driver.poll(), None);
    driver.accept();
    assert_eq!(driver.write(), Some(plain(TEXT, b"two")));
}

#[test]
fn a_sender_that_finds_the_queue_at_its_mark_is_told_to_wait() {
    for (bytes, count) in [(10, 100), (1000, 2)] {
        let mut driver = with_mark(bytes, count);
        assert_eq!(driver.text("12345"), Verdict::Accepted);
        assert_eq!(driver.text("67890"), Verdict::Accepted);
        assert_eq!(driver.text("over the mark"), Verdict::Wait);
        let mut room = driver.room();
        assert_eq!(look(&mut room), Wait::Pending);
        assert_eq!(driver.session.buffered_amount(), 23);
        driver.poll();
        assert_eq!(look(&mut room), Wait::Pending, "written is not accepted");
        driver.accept();
        assert_eq!(look(&mut room), Wait::Done(()));
        assert_eq!(driver.session.buffered_amount(), 0);
        assert_eq!(driver.text("again"), Verdict::Accepted);
    }
}

#[test]
fn all_who_wait_for_room_go_on_together_and_later_ones_wait_anew() {
    let mut driver = with_mark(4, 100);
    driver.text("full");
    let (mut one, mut two) = (driver.room(), driver.room());
    driver.poll();
    driver.text("more");
    driver.accept();
    assert_eq!((look(&mut one), look(&mut two)), (Wait::Pending, Wait::Pending));
    driver.write();
    assert_eq!((look(&mut one), look(&mut two)), (Wait::Done(()), Wait::Done(())));
    driver.text("full");
    assert_eq!(look(&mut driver.room()), Wait::Pending);
}

#[test]
fn a_queue_with_a_mark_of_zero_takes_one_frame_at_a_time() {
    let mut driver = with_mark(0, 0);
    assert_eq!(look(&mut driver.room()), Wait::Done(()));
    assert_eq!(driver.text("one"), Verdict::Accepted);
    let mut room = driver.room();
    assert_eq!(driver.text("two"), Verdict::Wait);
    driver.write_all();
    assert_eq!(look(&mut room), Wait::Done(()));
}

#[test]
fn empty_frames_count_as_frames() {
    let mut driver = with_mark(10, 3);
    for _ in 0..3 {
        assert_eq!(driver.text(""), Verdict::Accepted);
    }
    assert_eq!(driver.text(""), Verdict::Wait);
}

#[test]
fn a_flush_waits_for_what_was_sent_before_it_and_no_more() {
    let mut driver = Driver::server();
    driver.text("one");
    let mut first = driver.flush();
    driver.poll();
    driver.text("two");
    let mut second = driver.flush();
    assert_eq!((look(&mut first), look(&mut second)), (Wait::Pending, Wait::Pending));
    driver.accept();
    assert_eq!((look(&mut first), look(&mut second)), (Wait::Done(()), Wait::Pending));
    assert!(!driver.session.is_flushed());
    driver.write();
    assert_eq!(look(&mut second), Wait::Done(()));
    assert!(driver.session.is_flushed());
    assert_eq!(look(&mut driver.flush()), Wait::Done(()));
}

#[test]
fn a_waiter_that_was_dropped_hinders_nobody() {
    let mut driver = Driver::server();
    driver.text("one");
    drop(driver.flush());
    let mut flush = driver.flush();
    driver.write();
    assert_eq!(look(&mut flush), Wait::Done(()));
}

#[test]
fn a_pong_passes_data_that_waits_between_two_writes() {
    let mut driver = Driver::server();
    driver.binary(&[1; 40_000]);
    driver.binary(&[2; 40_000]);
    driver.poll();
    driver.receive(&plain(PING, b"?"));
    assert_eq!(driver.poll(), None, "the write under way is not cut");
    driver.accept();
    assert_eq!(driver.write(), Some(plain(PONG, b"?")));
    assert_eq!(kinds(&driver.write_all()), [BINARY]);
}

#[test]
fn the_newest_ping_wins_if_the_transport_is_slow() {
    let mut driver = Driver::server();
    driver.text("slow");
    driver.poll();
    for payload in [b"1", b"2", b"3"] {
        driver.receive(&plain(PING, payload));
    }
    driver.accept();
    assert_eq!(driver.write_all(), plain(PONG, b"3"));
}

#[test]
fn a_peer_that_never_stops_pinging_does_not_hold_up_data() {
    let mut driver = Driver::server();
    driver.binary(&[1; 40_000]);
    driver.binary(&[2; 40_000]);
    let mut written = Vec::new();
    for _ in 0..4 {
        driver.receive(&plain(PING, b"?"));
        written.extend(driver.write().unwrap());
    }
    assert_eq!(kinds(&written), [PONG, BINARY, PONG, BINARY]);
}

#[test]
fn a_pong_that_may_not_pass_leaves_before_our_close() {
    let mut driver = Driver::server();
    driver.text("data");
    driver.receive(&plain(PING, b"1"));
    assert_eq!(driver.write(), Some(plain(PONG, b"1")));
    driver.receive(&[plain(PING, b"2"), plain(CLOSE, b"")].concat());
    let expected = [plain(TEXT, b"data"), plain(PONG, b"2"), plain(CLOSE, b"")].concat();
    assert_eq!(driver.write(), Some(expected));
}

#[test]
fn pongs_and_pings_fill_no_queue() {
    let mut driver = with_mark(1, 1);
    driver.receive(&plain(PING, b"?"));
    drop(driver.session.ping(None).unwrap());
    assert_eq!(driver.session.buffered_amount(), 0);
    assert_eq!(driver.text("x"), Verdict::Accepted);
    assert_eq!(kinds(&driver.write_all()), [PONG, TEXT, PING]);
}

#[test]
fn a_close_passes_nothing_and_is_the_last_frame() {
    let mut driver = Driver::server();
    driver.binary(&[1; 40_000]);
    driver.binary(&[2; 40_000]);
    driver.close(1000, "");
    driver.receive(&plain(PING, b"?"));
    let refused = driver.send(Opcode::Text, true, b"late");
    assert_eq!(refused, Err(UsageError::Closed));
    let mut written = driver.write_all();
    assert_eq!(kinds(&written), [PONG, BINARY, BINARY, CLOSE]);
    driver.receive(&plain(PING, b"late"));
    written = driver.write_all();
    assert_eq!(written, []);
}

#[test]
fn a_close_leaves_with_the_last_data_in_one_write() {
    let mut driver = Driver::server();
    driver.text("bye");
    driver.close(1000, "");
    assert_eq!(kinds(&driver.write().unwrap()), [TEXT, CLOSE]);
    assert_eq!(driver.poll(), None);
}

#[test]
fn what_is_sent_is_counted() {
    let mut driver = Driver::server();
    driver.send(Opcode::Text, false, b"a").unwrap();
    driver.send(Opcode::Continuation, true, b"b").unwrap();
    driver.receive(&plain(PING, b"?"));
    let stats = driver.session.stats();
    assert_eq!((stats.outgoing_bytes, stats.outgoing_frames), (2, 2));
    let written = driver.write_all();
    let sent = driver.session.stats().sent;
    assert_eq!((sent.frames, sent.messages, sent.chunks), (3, 1, 2));
    assert_eq!(sent.bytes, written.len() as u64);
}
