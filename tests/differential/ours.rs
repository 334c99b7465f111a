//! Our side: the connection as the session drives it, and behind it the inflater.

use framewire::protocol::deflate::{InflateFault, Inflater, Spare};
use framewire::protocol::{
    Close, Config, Connection, DataPart, MessageKind, ProtocolError, Received, Role, Rsv, State,
};

use super::frame::Whole;
use super::outcome::{Cause, Outcome, Said, Verdict};
use super::setup::Setup;

/// What we make of these chunks, and the frames we took whole.
pub(crate) fn read(setup: &Setup, chunks: &[Vec<u8>]) -> (Outcome, Vec<Whole>) {
    let mut reader = Reader::new(setup);
    for chunk in chunks {
        reader.feed(chunk.clone());
    }
    let verdict = match (reader.connection.state().clone(), reader.fault) {
        (_, Some(fault)) => {
            let cause = inflate_cause(fault);
            assert_eq!(fault.close_code().get(), cause.code(), "{fault:?}");
            Verdict::Fault(cause)
        }
        (State::Failing { error } | State::Failed { error, .. }, None) => {
            let cause = cause(error);
            assert_eq!(error.close_code().get(), cause.code(), "{error:?}");
            Verdict::Fault(cause)
        }
        (State::Answering { .. } | State::Closed { .. }, None) => Verdict::Closed,
        _ => Verdict::Waits,
    };
    if let Verdict::Closed = verdict {
        reader.answer();
    }
    let Reader { said, wrote, frames, .. } = reader;
    (Outcome { said, verdict, wrote }, frames)
}

/// The bit of a compressed message (RFC 7692 §6).
const RSV1: u8 = 0b100;

struct Reader {
    connection: Connection,
    /// Ours, and another session's that shares its spare.
    inflaters: Option<[Inflater; 2]>,
    /// What is wrong with a compressed message.
    fault: Option<InflateFault>,
    /// Whether the next part is a message's first.
    begins: bool,
    said: Vec<Said>,
    wrote: Vec<Whole>,
    frames: Vec<Whole>,
    /// The frame under way.
    frame: Vec<u8>,
    /// The message under way.
    message: Vec<u8>,
}

impl Reader {
    fn new(setup: &Setup) -> Self {
        let mut connection = Connection::new(Config {
            limits: setup.limits,
            allow_mask_mismatch: setup.takes_unmasked,
            owned_rsv: Rsv::from_bits(if setup.deflate.is_some() { RSV1 } else { 0 }),
            ..Config::new(setup.role)
        });
        if setup.closes {
            connection.close(Close::Empty).unwrap();
            assert_eq!(connection.poll_close(), Some(Close::Empty));
        }
        Self {
            connection,
            inflaters: setup.deflate.map(|direction| {
                let spare = Spare::new();
                [Inflater::new(direction, &spare), Inflater::new(direction, &spare)]
            }),
            fault: None,
            begins: true,
            said: Vec::new(),
            wrote: Vec::new(),
            frames: Vec::new(),
            frame: Vec::new(),
            message: Vec::new(),
        }
    }

    fn feed(&mut self, mut chunk: Vec<u8>) {
        let mut at = 0;
        while self.fault.is_none() {
            let Some(received) = self.connection.handle_bytes(&mut chunk, &mut at) else { break };
            match received {
                Received::Data(part) => {
                    let taken = self.take(&part, &chunk[part.range.clone()]);
                    self.fault = taken.err();
                }
                Received::Ping(payload) => {
                    self.frame(0x89, payload.as_slice());
                    self.said.push(Said::Ping(payload.as_slice().to_vec()));
                }
                Received::Pong(payload) => {
                    self.frame(0x8A, payload.as_slice());
                    self.said.push(Said::Pong(payload.as_slice().to_vec()));
                }
                Received::Extension(opcode, payload) => {
                    self.frame(0x80 | opcode.bits(), payload.as_slice());
                }
                Received::Close(close, payload) => {
                    self.frame(0x88, payload.as_slice());
                    let code = close.code().map(|code| (code.get(), close.reason().to_owned()));
                    self.said.push(Said::Close(code));
                }
            }
            if let Some(payload) = self.connection.poll_pong() {
                self.write(0x8A, payload.as_slice());
            }
        }
    }

    fn take(&mut self, part: &DataPart, bytes: &[u8]) -> Result<(), InflateFault> {
        self.frame.extend_from_slice(bytes);
        let ends_message = part.fin && part.ends_frame;
        let begins = core::mem::replace(&mut self.begins, ends_message);
        match &mut self.inflaters {
            Some([inflater, other]) if part.rsv.bits() == RSV1 => {
                if begins {
                    // Now and then the other is in between: ours has to remember what was said.
                    if self.said.len() % 2 == 1 {
                        other.begin(MessageKind::Binary, 0);
                        other.push(&[0x00], &mut Vec::new()).unwrap();
                        other.finish().unwrap();
                    }
                    let limit = self.connection.config().limits.max_message_size;
                    inflater.begin(part.kind, limit);
                }
                inflater.push(bytes, &mut self.message)?;
                if ends_message {
                    inflater.finish()?;
                }
            }
            _ => self.message.extend_from_slice(bytes),
        }
        if !part.ends_frame {
            return Ok(());
        }
        let payload = core::mem::take(&mut self.frame);
        let fin = if part.fin { 0x80 } else { 0 };
        self.frame(fin | part.rsv.bits() << 4 | part.opcode.bits(), &payload);
        if part.fin {
            let message = core::mem::take(&mut self.message);
            self.said.push(match part.kind {
                MessageKind::Text => Said::Text(String::from_utf8(message).unwrap()),
                MessageKind::Binary | MessageKind::Extension(_) => Said::Binary(message),
            });
        }
        Ok(())
    }

    /// Notes a frame that was taken. Whether it was masked is not told of every kind.
    fn frame(&mut self, first: u8, payload: &[u8]) {
        self.frames.push(Whole { first, masked: false, payload: payload.to_vec() });
    }

    fn write(&mut self, first: u8, payload: &[u8]) {
        let masked = self.connection.config().role == Role::Client;
        self.wrote.push(Whole { first, masked, payload: payload.to_vec() });
    }

    fn answer(&mut self) {
        if let Some(close) = self.connection.poll_close() {
            self.write(0x88, close.encode().as_slice());
        }
    }
}

fn cause(error: ProtocolError) -> Cause {
    match error {
        ProtocolError::ReservedOpcode(_) => Cause::ReservedOpcode,
        ProtocolError::ReservedBits(_) => Cause::ReservedBits,
        ProtocolError::FragmentedControl(_) => Cause::FragmentedControl,
        ProtocolError::LongControl(_) => Cause::LongControl,
        ProtocolError::LengthNotMinimal(_) => Cause::LengthNotMinimal,
        ProtocolError::LengthOver63Bits => Cause::LengthOver63Bits,
        ProtocolError::Unmasked | ProtocolError::Masked => Cause::Masking,
        ProtocolError::NothingToContinue | ProtocolError::MessageInterrupted(_) => Cause::Order,
        ProtocolError::ShortClose => Cause::ShortClose,
        ProtocolError::CloseCode(_) => Cause::CloseCode,
        ProtocolError::CloseReasonNotUtf8 | ProtocolError::TextNotUtf8 => Cause::NotUtf8,
        ProtocolError::FrameTooBig { length, .. } | ProtocolError::MessageTooBig { length, .. } => {
            Cause::TooBig { length }
        }
    }
}

fn inflate_cause(fault: InflateFault) -> Cause {
    match fault {
        InflateFault::Corrupt(_) => Cause::Corrupt,
        InflateFault::Truncated => Cause::Truncated,
        InflateFault::TextNotUtf8 => Cause::NotUtf8,
        InflateFault::TooBig { limit } => Cause::TooBig { length: limit + 1 },
    }
}
