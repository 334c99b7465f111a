//! Compressed messages read: the decoder and behind it the inflater, driven as the package does it.

use framewire::protocol::deflate::{InflateFault, Inflater, Spare};
use framewire::protocol::{
    Config, Connection, DataPart, MessageKind, ProtocolError, Received, State,
};

/// RSV1, which permessage-deflate owns.
pub const RSV1: u8 = 0b100;

/// A message that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    pub kind: MessageKind,
    pub compressed: bool,
    pub bytes: Vec<u8>,
}

/// Why no more is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    Protocol(ProtocolError),
    Inflate(InflateFault),
}

/// An end that reads.
pub struct Reader {
    connection: Connection,
    inflater: Inflater,
    /// Another session's inflater, which uses the spare between any two messages.
    other: Option<Inflater>,
    /// The most bytes that a compressed message may come to.
    limit: u64,
    /// What the message under way has come to.
    message: Vec<u8>,
    /// Whether the next part is a message's first.
    begins: bool,
    pub messages: Vec<Message>,
    pub fault: Option<Fault>,
}

impl Reader {
    pub fn new(config: Config, inflater: Inflater, limit: u64) -> Self {
        Self {
            connection: Connection::new(config),
            inflater,
            other: None,
            limit,
            message: Vec::new(),
            begins: true,
            messages: Vec::new(),
            fault: None,
        }
    }

    /// Lets `other`, which has the same spare, read a message before each of ours.
    pub fn with_other(mut self, other: Inflater) -> Self {
        self.other = Some(other);
        self
    }

    /// Takes a chunk. After a fault nothing is taken any more.
    pub fn feed(&mut self, chunk: &[u8]) {
        let mut chunk = chunk.to_vec();
        let mut at = 0;
        while self.fault.is_none() {
            let Some(received) = self.connection.handle_bytes(&mut chunk, &mut at) else { break };
            let Received::Data(part) = received else { continue };
            if let Err(fault) = self.take(&part, &chunk[part.range.clone()]) {
                self.fault = Some(Fault::Inflate(fault));
            }
        }
        if let State::Failing { error } | State::Failed { error, .. } = *self.connection.state() {
            self.fault.get_or_insert(Fault::Protocol(error));
        }
    }

    fn take(&mut self, part: &DataPart, bytes: &[u8]) -> Result<(), InflateFault> {
        let compressed = part.rsv.bits() == RSV1;
        let ends = part.fin && part.ends_frame;
        if compressed {
            if self.begins {
                self.use_spare();
                self.inflater.begin(part.kind, self.limit);
            }
            let taken = self.inflater.push(bytes, &mut self.message);
            let length = self.message.len() as u64;
            assert!(length <= self.limit, "{length} bytes, {} are the limit", self.limit);
            let capacity = self.message.capacity() as u64;
            assert!(capacity <= self.limit + 1, "room for {capacity} bytes");
            assert_eq!(self.inflater.is_under_way(), taken.is_ok());
            taken?;
            if ends {
                self.inflater.finish()?;
            }
        } else {
            self.message.extend_from_slice(bytes);
        }
        self.begins = ends;
        if ends {
            let bytes = core::mem::take(&mut self.message);
            let is_text = part.kind == MessageKind::Text;
            assert!(!is_text || str::from_utf8(&bytes).is_ok(), "a text that is none");
            self.messages.push(Message { kind: part.kind, compressed, bytes });
        }
        Ok(())
    }

    fn use_spare(&mut self) {
        /// `other` in fixed codes.
        const OTHER: [u8; 7] = [0xca, 0x2f, 0xc9, 0x48, 0x2d, 0x02, 0x00];
        let Some(other) = &mut self.other else { return };
        let mut message = Vec::new();
        other.begin(MessageKind::Text, 5);
        other.push(&OTHER, &mut message).expect("a good message");
        other.finish().expect("a whole message");
        assert_eq!(message, b"other");
    }
}

/// An inflater and another one of its spare.
pub fn inflaters(direction: framewire::protocol::deflate::Direction) -> [Inflater; 2] {
    let spare = Spare::new();
    [Inflater::new(direction, &spare), Inflater::new(direction, &spare)]
}
