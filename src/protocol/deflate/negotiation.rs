//! The negotiation of the four parameters (RFC 7692 §5.1, §7.1).
//!
//! A window of 8 bits is never agreed to for what this end deflates, since zlib cannot make such a raw
//! stream. The RFC has a server decline an offer that it does not support, and a client fail the
//! connection over an answer that it does not support (§7.1).

use core::fmt;

use super::agreement::{Agreement, Direction};
use super::options::{OptionError, Options};
use super::parameters::{ClientMaxWindowBits, ParameterError, Parameters, name};
use super::window::WindowBits;

/// What a server agrees to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// What it says to the client.
    pub parameters: Parameters,
    /// What holds from then on.
    pub agreement: Agreement,
}

impl Options {
    /// Client: the parameters to offer.
    ///
    /// # Errors
    /// A window of 8 bits for what the client deflates.
    pub fn offer(&self) -> Result<Parameters, OptionError> {
        if self.client_max_window_bits == Some(ClientMaxWindowBits::Most(WindowBits::MIN)) {
            return Err(OptionError::CannotDeflate { option: name::CLIENT_MAX_WINDOW_BITS });
        }
        Ok(Parameters {
            server_no_context_takeover: self.server_no_context_takeover,
            client_no_context_takeover: self.client_no_context_takeover,
            server_max_window_bits: self.server_max_window_bits,
            client_max_window_bits: self.client_max_window_bits,
        })
    }

    /// Client: takes the answer to [`Options::offer`].
    ///
    /// # Errors
    /// An answer that may not follow the offer, or with which this end cannot deflate.
    pub fn accept(&self, answer: &Parameters) -> Result<Agreement, AnswerError> {
        if self.server_no_context_takeover && !answer.server_no_context_takeover {
            return Err(AnswerError::NotGranted(name::SERVER_NO_CONTEXT_TAKEOVER));
        }
        let server_bits = match (self.server_max_window_bits, answer.server_max_window_bits) {
            // Without an answer the window may be the largest, which 15 bits are.
            (Some(most), None) if most < WindowBits::MAX => {
                return Err(AnswerError::NotGranted(name::SERVER_MAX_WINDOW_BITS));
            }
            (Some(most), Some(answered)) if answered > most => {
                return Err(AnswerError::WindowTooLarge { answered, most });
            }
            // A server may limit itself unasked (§7.1.2.1).
            (_, answered) => answered.unwrap_or(WindowBits::MAX),
        };
        // The hint of the offer holds whatever is answered, or not (§7.1.2.2).
        let hint = most(self.client_max_window_bits);
        let client_bits = match (self.client_max_window_bits, answer.client_max_window_bits) {
            (None, Some(_)) => return Err(AnswerError::NotOffered(name::CLIENT_MAX_WINDOW_BITS)),
            (_, answered) => most(answered).min(hint),
        };
        if client_bits < WindowBits::MIN_DEFLATE {
            return Err(AnswerError::CannotDeflate);
        }
        Ok(Agreement {
            server: Direction {
                window_bits: server_bits,
                context_takeover: !answer.server_no_context_takeover,
            },
            client: Direction {
                window_bits: client_bits,
                // So does this hint (§7.1.1.2), and a server may ask for it unasked.
                context_takeover: !(answer.client_no_context_takeover
                    || self.client_no_context_takeover),
            },
        })
    }

    /// Server: agrees to the first offer that it supports. The offers are as they came, the client's
    /// preferred first; one that may not be made at all is declined like any other.
    ///
    /// # Errors
    /// A window of 8 bits for what the server deflates.
    pub fn answer<'a, Offer>(
        &self,
        offers: impl IntoIterator<Item = Offer>,
    ) -> Result<Option<Answer>, OptionError>
    where
        Offer: IntoIterator<Item = (&'a str, Option<&'a str>)>,
    {
        if self.server_max_window_bits == Some(WindowBits::MIN) {
            return Err(OptionError::CannotDeflate { option: name::SERVER_MAX_WINDOW_BITS });
        }
        Ok(offers.into_iter().find_map(|offer| self.agree(&Parameters::of_offer(offer).ok()?)))
    }

    fn agree(&self, offer: &Parameters) -> Option<Answer> {
        let server_bits = offer
            .server_max_window_bits
            .unwrap_or(WindowBits::MAX)
            .min(self.server_max_window_bits.unwrap_or(WindowBits::MAX));
        if server_bits < WindowBits::MIN_DEFLATE {
            return None;
        }
        let limit = match self.client_max_window_bits {
            Some(ClientMaxWindowBits::Most(bits)) if bits < WindowBits::MAX => Some(bits),
            _ => None,
        };
        // Only a client that offered the parameter can be told (§7.1.2.2); without it a limit of ours
        // would not hold.
        let hint = most(offer.client_max_window_bits);
        let client_bits = match limit {
            Some(_) if offer.client_max_window_bits.is_none() => return None,
            Some(bits) => bits.min(hint),
            None => hint,
        };
        let says_server_bits =
            offer.server_max_window_bits.is_some() || server_bits < WindowBits::MAX;
        let parameters = Parameters {
            server_no_context_takeover: offer.server_no_context_takeover
                || self.server_no_context_takeover,
            client_no_context_takeover: offer.client_no_context_takeover
                || self.client_no_context_takeover,
            server_max_window_bits: says_server_bits.then_some(server_bits),
            client_max_window_bits: limit.map(|_| ClientMaxWindowBits::Most(client_bits)),
        };
        let agreement = Agreement {
            server: Direction {
                window_bits: server_bits,
                context_takeover: !parameters.server_no_context_takeover,
            },
            client: Direction {
                window_bits: client_bits,
                context_takeover: !parameters.client_no_context_takeover,
            },
        };
        Some(Answer { parameters, agreement })
    }
}

/// What a client's window is at most.
fn most(bits: Option<ClientMaxWindowBits>) -> WindowBits {
    match bits {
        Some(ClientMaxWindowBits::Most(bits)) => bits,
        Some(ClientMaxWindowBits::Any) | None => WindowBits::MAX,
    }
}

/// The server answered what a client cannot accept. The `Display` is a clause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AnswerError {
    /// A parameter that may not stand in an answer as it does.
    Parameter(ParameterError),
    /// A parameter that only a client which offered it may be answered with.
    NotOffered(&'static str),
    /// A parameter that was offered, and has to be in the answer.
    NotGranted(&'static str),
    /// A window for the server that is larger than was offered.
    WindowTooLarge {
        /// What the server wants to use.
        answered: WindowBits,
        /// What it was offered.
        most: WindowBits,
    },
    /// A window of 8 bits for the client.
    CannotDeflate,
}

impl From<ParameterError> for AnswerError {
    fn from(error: ParameterError) -> Self {
        Self::Parameter(error)
    }
}

impl fmt::Display for AnswerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Parameter(error) => error.fmt(f),
            Self::NotOffered(name) => write!(f, "{name} was answered, but not offered"),
            Self::NotGranted(name) => write!(f, "{name} was offered; expected it in the answer"),
            Self::WindowTooLarge { answered, most } => write!(
                f,
                "{} is {answered}; expected at most the {most} that was offered",
                name::SERVER_MAX_WINDOW_BITS
            ),
            Self::CannotDeflate => write!(
                f,
                "{} is 8, with which this end cannot compress; expected 9 to 15",
                name::CLIENT_MAX_WINDOW_BITS
            ),
        }
    }
}

impl core::error::Error for AnswerError {}
