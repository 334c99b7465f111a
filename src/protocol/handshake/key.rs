//! `Sec-WebSocket-Key` and the `Sec-WebSocket-Accept` that answers it (RFC 6455 §4.1 item 7, §4.2.2
//! item 5.4).

use alloc::borrow::ToOwned;
use alloc::string::String;

use super::digest::{base64, sha1};
use super::sentence::sentence;

/// Appended to the key before hashing; fixed by RFC 6455 §1.3, so that a server that does not know
/// WebSocket can't give the right answer by accident.
const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// The value of a `Sec-WebSocket-Key` header: the base64 form of 16 bytes.
///
/// ```
/// use framewire::protocol::handshake::Key;
///
/// let key = Key::from_nonce(*b"the sample nonce");
/// assert_eq!(key.as_str(), "dGhlIHNhbXBsZSBub25jZQ==");
/// assert_eq!(key.accept(), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key(String);

impl Key {
    /// The key for 16 bytes, which a client takes from a random source anew for each connection
    /// (RFC 6455 §4.1, item 7).
    #[must_use]
    pub fn from_nonce(nonce: [u8; 16]) -> Self {
        Self(base64(&nonce))
    }

    /// The key in a header's value, or `None` if the value is not the base64 form of 16 bytes.
    ///
    /// Like most servers this takes any last character of the alphabet, although only four of them
    /// are what an encoder writes (RFC 4648 §3.5 leaves the choice): nothing is decoded, so the
    /// spare bits mean nothing.
    #[must_use]
    pub fn parse(value: &str) -> Option<Self> {
        let digits = value.strip_suffix("==")?;
        let is_digit = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/';
        (digits.len() == 22 && digits.bytes().all(is_digit)).then(|| Self(value.to_owned()))
    }

    /// The value as it stands in the header, 24 ASCII characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The `Sec-WebSocket-Accept` value that proves that the server read this key: the base64 form
    /// of the SHA-1 of the key and a fixed GUID (RFC 6455 §4.2.2, item 5.4), 28 ASCII
    /// characters.
    #[must_use]
    pub fn accept(&self) -> String {
        base64(&sha1(sentence("{}{}", &[&self.0, GUID]).as_bytes()))
    }
}
