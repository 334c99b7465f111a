//! How two sessions over a simulated wire come to their ends.

use framewire::protocol::ProtocolError;
use framewire::session::{Fault, Initiator};

use super::driver::{Wait, look, text};
use super::pair::Pair;

#[test]
fn one_closes_and_both_end_clean_with_its_code() {
    let mut pair = Pair::new();
    pair.client.text("last words");
    pair.client.close(4000, "because");
    pair.run();
    assert_eq!(pair.server.frames, [text("last words")]);
    let (client, server) = (pair.client.ending(), pair.server.ending());
    assert_eq!((client.initiator, server.initiator), (Initiator::Local, Initiator::Remote));
    assert_eq!((client.code, server.code), (4000, 4000));
    assert_eq!((client.reason.as_str(), server.reason.as_str()), ("because", "because"));
    assert!(client.was_clean && server.was_clean);
    assert_eq!((client.sent, client.received), (server.received, server.sent));
}

#[test]
fn both_close_at_once_and_each_hears_the_other() {
    let mut pair = Pair::new();
    pair.client.close(4000, "client");
    pair.server.close(4001, "server");
    pair.run();
    let (client, server) = (pair.client.ending(), pair.server.ending());
    assert_eq!((client.code, server.code), (4001, 4000));
    assert_eq!((client.reason.as_str(), server.reason.as_str()), ("server", "client"));
    assert!(client.was_clean && server.was_clean);
    assert_eq!((client.initiator, server.initiator), (Initiator::Local, Initiator::Local));
}

#[test]
fn a_close_behind_a_stalled_transport_waits_for_the_data_before_it() {
    let mut pair = Pair::new();
    pair.to_server.stalled = true;
    pair.client.text("stuck");
    pair.client.poll();
    pair.client.text("behind it");
    let mut flush = pair.client.flush();
    pair.client.close(1000, "");
    pair.run();
    assert_eq!(look(&mut flush), Wait::Pending);
    assert!(pair.server.session.is_open());
    pair.to_server.stalled = false;
    pair.run();
    assert_eq!(pair.server.frames, [text("stuck"), text("behind it")]);
    assert_eq!(look(&mut flush), Wait::Done(()));
    assert!(pair.client.ending().was_clean && pair.server.ending().was_clean);
}

#[test]
fn a_cut_wire_ends_both_with_1006() {
    let mut pair = Pair::new();
    pair.client.text("arrives");
    pair.run();
    pair.cut();
    pair.run();
    for end in [&pair.client, &pair.server] {
        let ending = end.ending();
        assert_eq!((ending.code, ending.initiator), (1006, Initiator::Transport));
        assert_eq!(ending.fault, Some(Fault::EndOfStream { mid_message: false }));
    }
    assert_eq!(pair.server.frames, [text("arrives")]);
}

#[test]
fn a_peer_that_never_answers_is_given_up_at_the_close_timeout() {
    let mut pair = Pair::new();
    pair.to_client.stalled = true;
    pair.client.close(1000, "");
    pair.run_until(9999.0);
    assert!(!pair.client.session.is_closed());
    pair.run_until(10_000.0);
    assert_eq!(pair.client.ending().fault, Some(Fault::CloseTimeout));
    assert_eq!(pair.server.ending().code, 1000, "it heard our Close");
    assert!(!pair.client.ending().was_clean);
}

#[test]
fn a_peer_that_breaks_a_rule_hears_which_code() {
    // The client forgets to mask.
    let mut pair = Pair::new();
    pair.client.session.set_masking(false);
    pair.client.text("not masked");
    pair.run();
    let (client, server) = (pair.client.ending(), pair.server.ending());
    assert_eq!((client.code, server.code), (1002, 1002));
    assert_eq!(server.fault, Some(Fault::Protocol(ProtocolError::Unmasked)));
    assert_eq!((client.fault, client.initiator), (None, Initiator::Remote));
    assert_eq!(pair.server.frames, []);
}

#[test]
fn a_message_over_the_limit_ends_both_with_1009() {
    let mut pair = Pair::new();
    pair.server.session.set_max_frame_size(1000);
    pair.client.binary(&[0; 1000]);
    pair.client.binary(&[0; 1001]);
    pair.run();
    assert_eq!(pair.server.frames.len(), 1);
    assert_eq!((pair.client.ending().code, pair.server.ending().code), (1009, 1009));
}

#[test]
fn one_terminates_and_the_other_reads_the_end_of_the_stream() {
    let mut pair = Pair::new();
    pair.client.text("never written");
    pair.client.session.terminate();
    pair.run();
    assert_eq!(pair.client.ending().fault, Some(Fault::Terminated));
    let ending = pair.server.ending();
    assert_eq!((ending.code, ending.initiator), (1006, Initiator::Transport));
    assert_eq!(pair.server.frames, []);
}
