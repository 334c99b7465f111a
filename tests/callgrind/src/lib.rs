//! The codec driven natively, as the bindings drive it: bytes to descriptors, messages to bytes.

#![forbid(unsafe_code)]

use framewire::protocol::{Opcode, Role, Rsv};
use framewire::session::{FrameTable, Options, Session, Time, Transmit};

/// The window in which the driver of the package shows a chunk.
const WINDOW: usize = 16 * 1024;

const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

const NOW: Time = Time::from_millis(0.0);

/// `count` frames with this payload, masked if they come from a client.
pub fn frames(opcode: Opcode, payload: &[u8], count: usize, is_masked: bool) -> Vec<u8> {
    let mut sender = Encoder::new(if is_masked { Role::Client } else { Role::Server });
    let mut bytes = Vec::new();
    for _ in 0..count {
        sender.send(opcode, payload, &mut bytes);
    }
    bytes
}

/// Takes bytes.
#[derive(Debug)]
pub struct Decoder {
    session: Session,
    table: FrameTable,
    window: Vec<u8>,
}

impl Decoder {
    /// A session of this role that takes messages of any length.
    pub fn new(role: Role) -> Self {
        let mut options = Options::new(role);
        options.connection.limits.max_frame_size = u64::MAX;
        options.connection.limits.max_message_size = u64::MAX;
        let session = Session::new(&options, NOW);
        Self { session, table: FrameTable::new(), window: Vec::with_capacity(WINDOW) }
    }

    /// Takes a chunk; gives how many messages ended in it, and how long they were.
    ///
    /// # Panics
    ///
    /// If the bytes are no frames that a peer may send.
    pub fn take(&mut self, chunk: &[u8]) -> (u64, u64) {
        let (mut messages, mut bytes) = (0, 0);
        self.session.begin_chunk();
        for part in chunk.chunks(WINDOW) {
            self.window.clear();
            self.window.extend_from_slice(part);
            self.table.clear();
            self.session.receive(NOW, &mut self.window, &mut self.table);
            for index in 0..self.table.len() {
                let Some(part) = self.table.get(index) else { break };
                bytes += part.length as u64;
                messages += u64::from(part.last && part.fin);
            }
        }
        assert!(self.session.is_open(), "the bytes were refused");
        self.session.taken(NOW, messages, bytes);
        (messages, bytes)
    }
}

/// Sends messages.
#[derive(Debug)]
pub struct Encoder {
    session: Session,
}

impl Encoder {
    /// A session of this role.
    pub fn new(role: Role) -> Self {
        Self { session: Session::new(&Options::new(role), NOW) }
    }

    /// Sends a message and appends the bytes that leave to `out`.
    ///
    /// # Panics
    ///
    /// If the session refuses the message, which it does only when it is closed.
    pub fn send(&mut self, opcode: Opcode, payload: &[u8], out: &mut Vec<u8>) {
        self.queue(opcode, payload);
        self.transmit(out);
    }

    /// Puts a message into the open batch.
    ///
    /// # Panics
    ///
    /// If the session refuses the message, which it does only when it is closed.
    pub fn queue(&mut self, opcode: Opcode, payload: &[u8]) {
        let sent = self.session.send(opcode, true, Rsv::NONE, payload, KEY);
        assert!(sent.is_ok(), "an open session sends");
    }

    /// Appends all that was queued to `out`.
    pub fn transmit(&mut self, out: &mut Vec<u8>) {
        while let Some(transmit) = self.session.poll_transmit(NOW, || KEY) {
            if let Transmit::Bytes(bytes) = transmit {
                out.extend_from_slice(bytes);
            }
            self.session.accepted(NOW);
        }
    }
}
