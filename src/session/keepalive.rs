//! Pings, their round trips, and the end of a session whose peer no longer answers.

use alloc::boxed::Box;
use alloc::collections::VecDeque;

use futures_channel::oneshot::{Receiver, Sender, channel};

use super::time::Time;
use crate::protocol::ControlPayload;

/// Completes with the round trip in milliseconds; is cancelled if the session ended before.
pub type Pong = Receiver<f64>;

/// The pings of a session: those on a schedule and those asked for.
#[derive(Debug)]
pub(super) struct KeepAlive {
    /// When the next ping on schedule is due.
    next: Time,
    /// Makes the payloads of our own choosing distinct.
    count: u32,
    /// On the heap, while there are any: most sessions wait for no pong.
    pings: Option<Box<Pings>>,
}

#[derive(Debug, Default)]
struct Pings {
    /// Those not yet handed to the transport.
    owed: VecDeque<Ping>,
    /// Those under way, the oldest first.
    unanswered: VecDeque<(Ping, Departure)>,
}

#[derive(Debug)]
struct Ping {
    payload: ControlPayload,
    waiter: Option<Sender<f64>>,
}

#[derive(Clone, Copy, Debug)]
struct Departure {
    /// When the transport got the ping; the round trip counts from here.
    sent: Time,
    /// When the peer's time to answer began; `None` until the next ping on schedule is due.
    patience: Option<Time>,
}

impl KeepAlive {
    /// A schedule that begins now.
    pub(super) fn new(interval: f64, now: Time) -> Self {
        let mut keepalive = Self { next: Time::NEVER, count: 0, pings: None };
        keepalive.set_interval(interval, now);
        keepalive
    }

    /// Changes the schedule: the next ping is due one interval from now. 0 sends none.
    pub(super) fn set_interval(&mut self, interval: f64, now: Time) {
        self.next = if interval > 0.0 { now + interval } else { Time::NEVER };
    }

    /// Asks for a ping; without a payload it gets one that no other ping of the session has.
    pub(super) fn ask(&mut self, payload: Option<ControlPayload>) -> Pong {
        let (sender, receiver) = channel();
        let payload = payload.unwrap_or_else(|| self.own_payload());
        self.owe(Ping { payload, waiter: Some(sender) });
        receiver
    }

    /// The ping that must go out now.
    #[inline]
    pub(super) fn poll_ping(&mut self, now: Time) -> Option<ControlPayload> {
        let pings = self.pings.as_mut()?;
        let ping = pings.owed.pop_front()?;
        let payload = ping.payload;
        pings.unanswered.push_back((ping, Departure { sent: now, patience: Some(now) }));
        Some(payload)
    }

    /// Whether a ping waits to go out.
    #[inline]
    pub(super) fn owes_ping(&self) -> bool {
        self.pings.as_ref().is_some_and(|pings| !pings.owed.is_empty())
    }

    /// Takes a pong. It answers the ping of the same payload and all before it, since a peer need
    /// only answer the newest (RFC 6455 §5.5.3); one of another payload came unasked.
    pub(super) fn answer(&mut self, payload: &ControlPayload, now: Time) {
        let Some(Pings { owed, unanswered }) = self.pings.as_deref_mut() else {
            return;
        };
        let Some(index) = unanswered.iter().position(|(ping, _)| ping.payload == *payload) else {
            return;
        };
        for (ping, departure) in unanswered.drain(..=index) {
            if let Some(waiter) = ping.waiter {
                // One who no longer waits does not want to know.
                let _ = waiter.send(now - departure.sent);
            }
        }
        if owed.is_empty() && unanswered.is_empty() {
            self.pings = None;
        }
    }

    /// Begins the peer's time to answer anew: nothing could be read until now.
    #[inline]
    pub(super) fn forgive(&mut self, now: Time) {
        for departure in self.departures() {
            departure.patience = Some(now);
        }
    }

    /// As [`KeepAlive::forgive`], at a moment that is not known: no time counts until the next ping
    /// on schedule is due.
    pub(super) fn excuse(&mut self) {
        for departure in self.departures() {
            departure.patience = None;
        }
    }

    /// Asks for the ping on schedule if it is due and none is under way.
    pub(super) fn handle_timeout(&mut self, interval: f64, now: Time) {
        if self.next <= now {
            self.next = now + interval;
            for departure in self.departures() {
                departure.patience.get_or_insert(now);
            }
            if self.pings.is_none() {
                let payload = self.own_payload();
                self.owe(Ping { payload, waiter: None });
            }
        }
    }

    /// When the next ping is due.
    #[inline]
    pub(super) fn next_ping(&self) -> Option<Time> {
        self.next.comes()
    }

    /// When the oldest ping under way counts as unanswered, after `timeout`; 0 is for ever.
    #[inline]
    pub(super) fn patience_ends(&self, timeout: f64) -> Option<Time> {
        let pings = self.pings.as_ref()?;
        let began = pings.unanswered.iter().find_map(|(_, departure)| departure.patience)?;
        (timeout > 0.0).then(|| began + timeout)
    }

    /// Stops the schedule and cancels those who wait for a pong.
    pub(super) fn stop(&mut self) {
        self.next = Time::NEVER;
        self.pings = None;
    }

    #[inline(never)]
    fn owe(&mut self, ping: Ping) {
        self.pings.get_or_insert_default().owed.push_back(ping);
    }

    /// When the pings under way left.
    fn departures(&mut self) -> impl Iterator<Item = &mut Departure> {
        let unanswered = self.pings.as_mut().map(|pings| pings.unanswered.iter_mut());
        unanswered.into_iter().flatten().map(|(_, departure)| departure)
    }

    fn own_payload(&mut self) -> ControlPayload {
        self.count = self.count.wrapping_add(1);
        let mut payload = ControlPayload::EMPTY;
        payload.extend(&self.count.to_be_bytes());
        payload
    }
}
