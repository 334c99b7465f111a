//! The four parameters of an offer or an answer (RFC 7692 §7.1).

use alloc::borrow::ToOwned;
use alloc::string::String;
use core::fmt;

use super::window::WindowBits;

/// The name of a parameter.
pub(super) mod name {
    pub(in crate::protocol::deflate) const SERVER_NO_CONTEXT_TAKEOVER: &str =
        "server_no_context_takeover";
    pub(in crate::protocol::deflate) const CLIENT_NO_CONTEXT_TAKEOVER: &str =
        "client_no_context_takeover";
    pub(in crate::protocol::deflate) const SERVER_MAX_WINDOW_BITS: &str = "server_max_window_bits";
    pub(in crate::protocol::deflate) const CLIENT_MAX_WINDOW_BITS: &str = "client_max_window_bits";
}

/// What an offer or an answer says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Parameters {
    /// The server deflates each message by itself (§7.1.1.1).
    pub server_no_context_takeover: bool,
    /// The client deflates each message by itself (§7.1.1.2).
    pub client_no_context_takeover: bool,
    /// The most that the server's window may be (§7.1.2.1).
    pub server_max_window_bits: Option<WindowBits>,
    /// The most that the client's window may be (§7.1.2.2).
    pub client_max_window_bits: Option<ClientMaxWindowBits>,
}

/// `client_max_window_bits` where it is present.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientMaxWindowBits {
    /// Without a value: the client can be told. Only in an offer.
    Any,
    /// With a value: in an offer what the client will use at most, in an answer what it may.
    Most(WindowBits),
}

/// Where parameters stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Offer,
    Answer,
}

impl Parameters {
    /// Reads the parameters of an offer: names, and values without quotes.
    ///
    /// # Errors
    /// What a server has to decline (§7.1): a parameter that is unknown, there twice, or has a value
    /// it may not have.
    pub fn of_offer<'a>(
        pairs: impl IntoIterator<Item = (&'a str, Option<&'a str>)>,
    ) -> Result<Self, ParameterError> {
        Self::parse(pairs, Place::Offer)
    }

    /// Reads the parameters of an answer.
    ///
    /// # Errors
    /// What a client has to fail the connection for (§7.1): as for an offer, and
    /// `client_max_window_bits` without a value.
    pub fn of_answer<'a>(
        pairs: impl IntoIterator<Item = (&'a str, Option<&'a str>)>,
    ) -> Result<Self, ParameterError> {
        Self::parse(pairs, Place::Answer)
    }

    fn parse<'a>(
        pairs: impl IntoIterator<Item = (&'a str, Option<&'a str>)>,
        place: Place,
    ) -> Result<Self, ParameterError> {
        let mut all = Self::default();
        for (name, value) in pairs {
            match name {
                name::SERVER_NO_CONTEXT_TAKEOVER => {
                    set_flag(&mut all.server_no_context_takeover, name, value)?;
                }
                name::CLIENT_NO_CONTEXT_TAKEOVER => {
                    set_flag(&mut all.client_no_context_takeover, name, value)?;
                }
                name::SERVER_MAX_WINDOW_BITS => {
                    let bits = parse_bits(name, value)?;
                    set(&mut all.server_max_window_bits, name, bits)?;
                }
                name::CLIENT_MAX_WINDOW_BITS => {
                    let most = match (value, place) {
                        (None, Place::Offer) => ClientMaxWindowBits::Any,
                        _ => ClientMaxWindowBits::Most(parse_bits(name, value)?),
                    };
                    set(&mut all.client_max_window_bits, name, most)?;
                }
                _ => return Err(ParameterError::Unknown(name.to_owned())),
            }
        }
        Ok(all)
    }

    /// The parameters as names and values, in the order of §7.1.
    pub fn pairs(&self) -> impl Iterator<Item = (&'static str, Option<WindowBits>)> {
        let client = self.client_max_window_bits.map(|most| match most {
            ClientMaxWindowBits::Any => None,
            ClientMaxWindowBits::Most(bits) => Some(bits),
        });
        [
            self.server_no_context_takeover.then_some((name::SERVER_NO_CONTEXT_TAKEOVER, None)),
            self.client_no_context_takeover.then_some((name::CLIENT_NO_CONTEXT_TAKEOVER, None)),
            self.server_max_window_bits.map(|bits| (name::SERVER_MAX_WINDOW_BITS, Some(bits))),
            client.map(|value| (name::CLIENT_MAX_WINDOW_BITS, value)),
        ]
        .into_iter()
        .flatten()
    }
}

fn set_flag(flag: &mut bool, name: &str, value: Option<&str>) -> Result<(), ParameterError> {
    if let Some(value) = value {
        return Err(ParameterError::value(name, Some(value), "no value"));
    }
    if core::mem::replace(flag, true) {
        return Err(ParameterError::Duplicate(name.to_owned()));
    }
    Ok(())
}

fn set<T>(slot: &mut Option<T>, name: &str, value: T) -> Result<(), ParameterError> {
    match slot.replace(value) {
        Some(_) => Err(ParameterError::Duplicate(name.to_owned())),
        None => Ok(()),
    }
}

fn parse_bits(name: &str, value: Option<&str>) -> Result<WindowBits, ParameterError> {
    value
        .and_then(WindowBits::parse)
        .ok_or_else(|| ParameterError::value(name, value, "8 to 15, without leading zeros"))
}

/// A parameter that may not stand where it does. The `Display` is a clause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParameterError {
    /// None of the four.
    Unknown(String),
    /// There twice.
    Duplicate(String),
    /// With a value that it may not have, or without one that it must have.
    Value {
        /// The parameter.
        name: String,
        /// Its value as it came.
        value: Option<String>,
        /// What it may be.
        expected: &'static str,
    },
}

impl ParameterError {
    fn value(name: &str, value: Option<&str>, expected: &'static str) -> Self {
        Self::Value { name: name.to_owned(), value: value.map(str::to_owned), expected }
    }
}

impl fmt::Display for ParameterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(name) => {
                write!(f, "{name} is no parameter of {}", super::NAME)
            }
            Self::Duplicate(name) => write!(f, "the parameter {name} is there twice"),
            Self::Value { name, value: Some(value), expected } => {
                write!(f, "{name} has the value {value}; expected {expected}")
            }
            Self::Value { name, value: None, expected } => {
                write!(f, "{name} has no value; expected {expected}")
            }
        }
    }
}

impl core::error::Error for ParameterError {}
