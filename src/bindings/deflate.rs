//! permessage-deflate as JavaScript has it: negotiation by lists of strings, messages by pointers.
//!
//! A set of parameters is flat: names and values in turn, where an empty value is none.
//!
//! A message costs a copy in, a call and a copy out:
//!
//! ```text
//!   deflate   buffers.reserve(n), copy to it, codec.deflate(buffers, n), copy from buffers.output()
//!   inflate   codec.inflate_begin(buffers, …); for each piece as above codec.inflate(buffers, n);
//!             codec.inflate_finish(), copy from buffers.output()
//! ```
//!
//! Pointers go stale with every call.

use alloc::borrow::ToOwned;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use wasm_bindgen::JsError;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::protocol::deflate::{
    Agreement, AnswerError, Deflater, Effort, InflateFault, Inflater, Options, Parameters, Spare,
};
use crate::protocol::{MessageKind, Role};

/// Buffers that have grown over this many bytes are given back.
const KEPT: usize = 256 << 10;

/// What one end wants.
#[wasm_bindgen]
pub struct DeflateOptions {
    options: Options,
    effort: Effort,
}

#[wasm_bindgen]
impl DeflateOptions {
    /// Of window bits 0 stands for none: no limit, or for the client's as a client, not offered; of the
    /// client's 1 stands for those that are offered without a value.
    ///
    /// # Errors
    /// A number out of its range.
    #[wasm_bindgen(constructor)]
    pub fn new(
        server_no_context_takeover: bool,
        client_no_context_takeover: bool,
        server_max_window_bits: u32,
        client_max_window_bits: u32,
        level: u32,
        mem_level: u32,
    ) -> Result<Self, JsError> {
        let mut options = Options::new();
        if server_no_context_takeover {
            options = options.server_no_context_takeover();
        }
        if client_no_context_takeover {
            options = options.client_no_context_takeover();
        }
        if server_max_window_bits != 0 {
            options = options.server_max_window_bits(server_max_window_bits)?;
        }
        options = match client_max_window_bits {
            0 => options.without_client_max_window_bits(),
            1 => options,
            bits => options.client_max_window_bits(bits)?,
        };
        Ok(Self { options, effort: Effort::new(level, mem_level)? })
    }

    /// Client: the parameters to offer.
    ///
    /// # Errors
    /// Options that a client cannot have.
    pub fn offer(&self) -> Result<Vec<String>, JsError> {
        Ok(flatten(&self.options.offer()?))
    }

    /// Client: takes the parameters of the answer.
    ///
    /// # Errors
    /// An answer that cannot be accepted.
    pub fn accept(&self, answer: Vec<String>, buffers: &Buffers) -> Result<Codec, JsError> {
        let answer = Parameters::of_answer(pairs(&answer)).map_err(AnswerError::Parameter)?;
        let agreement = self.options.accept(&answer)?;
        Ok(self.codec(&agreement, Role::Client, buffers, Vec::new()))
    }

    /// Server: agrees to one of the offers, or to none. `lengths` says how many strings are each's.
    ///
    /// # Errors
    /// Options that a server cannot have.
    pub fn answer(
        &self,
        offers: Vec<String>,
        lengths: Vec<u32>,
        buffers: &Buffers,
    ) -> Result<Option<Codec>, JsError> {
        let mut rest = offers.as_slice();
        let offers = lengths.into_iter().map(|length| {
            let (offer, more) = rest.split_at(rest.len().min(length as usize));
            rest = more;
            pairs(offer)
        });
        let answer = self.options.answer(offers)?;
        Ok(answer.map(|answer| {
            let parameters = flatten(&answer.parameters);
            self.codec(&answer.agreement, Role::Server, buffers, parameters)
        }))
    }

    fn codec(
        &self,
        agreement: &Agreement,
        role: Role,
        buffers: &Buffers,
        answer: Vec<String>,
    ) -> Codec {
        Codec {
            deflater: agreement.deflater(role, self.effort, &buffers.spare),
            inflater: agreement.inflater(role, &buffers.spare),
            answer,
            fault: None,
        }
    }
}

/// The memory that all codecs of an instance share.
#[wasm_bindgen]
#[derive(Default)]
pub struct Buffers {
    input: Vec<u8>,
    output: Vec<u8>,
    spare: Spare,
}

#[wasm_bindgen]
impl Buffers {
    /// The buffers of an instance.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Where `length` bytes are copied to.
    pub fn reserve(&mut self, length: usize) -> *mut u8 {
        if self.input.len() < length {
            self.input.resize(length, 0);
        }
        self.input.as_mut_ptr()
    }

    /// Where the output is.
    pub fn output(&self) -> *const u8 {
        self.output.as_ptr()
    }

    /// How many bytes it has.
    pub fn output_length(&self) -> usize {
        self.output.len()
    }

    /// Says that the output was copied. Buffers that a long message made large are given back.
    pub fn release(&mut self) {
        self.output.clear();
        for buffer in [&mut self.input, &mut self.output] {
            if buffer.capacity() > KEPT {
                *buffer = Vec::new();
            }
        }
    }
}

/// Deflates and inflates the messages of one session.
#[wasm_bindgen]
pub struct Codec {
    deflater: Deflater,
    inflater: Inflater,
    answer: Vec<String>,
    fault: Option<InflateFault>,
}

#[wasm_bindgen]
impl Codec {
    /// Server: the parameters to answer with.
    pub fn parameters(&self) -> Vec<String> {
        self.answer.clone()
    }

    /// Deflates the message of `length` bytes that was copied in.
    pub fn deflate(&mut self, buffers: &mut Buffers, length: usize) {
        buffers.output.clear();
        self.deflater.deflate(&buffers.input[..length], &mut buffers.output);
    }

    /// Begins a message that may inflate to `limit` bytes.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "saturates, as a limit should"
    )]
    pub fn inflate_begin(&mut self, buffers: &mut Buffers, text: bool, limit: f64) {
        buffers.output.clear();
        let kind = if text { MessageKind::Text } else { MessageKind::Binary };
        self.inflater.begin(kind, limit as u64);
    }

    /// Inflates the next `length` bytes of the message, which were copied in; false for a fault, after
    /// which the message is no longer under way.
    pub fn inflate(&mut self, buffers: &mut Buffers, length: usize) -> bool {
        let result = self.inflater.push(&buffers.input[..length], &mut buffers.output);
        self.judge(result)
    }

    /// Ends the message; false for a fault.
    pub fn inflate_finish(&mut self) -> bool {
        let result = self.inflater.finish();
        self.judge(result)
    }

    /// What is wrong with the message.
    pub fn message(&self) -> String {
        self.fault.map(|fault| fault.to_string()).unwrap_or_default()
    }

    /// The close code that tells the peer: 1007 or 1009.
    pub fn close_code(&self) -> u16 {
        self.fault.map_or(0, |fault| fault.close_code().get())
    }

    fn judge(&mut self, result: Result<(), InflateFault>) -> bool {
        self.fault = result.err();
        self.fault.is_none()
    }
}

fn pairs(flat: &[String]) -> impl Iterator<Item = (&str, Option<&str>)> {
    flat.chunks(2).map(|pair| {
        let value = pair.get(1).map(String::as_str).filter(|value| !value.is_empty());
        (pair[0].as_str(), value)
    })
}

fn flatten(parameters: &Parameters) -> Vec<String> {
    let value = |bits: Option<_>| bits.map_or(String::new(), |bits| ToString::to_string(&bits));
    parameters.pairs().flat_map(|(name, bits)| [name.to_owned(), value(bits)]).collect()
}
