//! The upgrade as JavaScript drives it.
//!
//! Lists of headers cross the boundary flat: name, value, name, value.

use alloc::borrow::ToOwned;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use wasm_bindgen::JsError;
use wasm_bindgen::prelude::wasm_bindgen;

use super::extension::{flatten, unflatten};
use super::random::nonce;
use crate::protocol::handshake::{
    AcceptResponse, ClientHandshake, ClientOutcome, ClientRequest, HandshakeError, Headers,
    Progress, RequestHead, ServerHandshake, UpgradeRequest, refuse,
};

/// More bytes are needed.
const PENDING: u8 = 0;
/// The upgrade is done.
const DONE: u8 = 1;
/// The upgrade failed.
const FAILED: u8 = 2;

/// How far an upgrade is.
enum Outcome<T> {
    Pending,
    Done(T),
    Failed(HandshakeError),
}

impl<T> Outcome<T> {
    fn take(&mut self, progress: Result<Progress<T>, HandshakeError>) -> u8 {
        match progress {
            Ok(Progress::NeedMore) => PENDING,
            Ok(Progress::Done(done)) => {
                *self = Self::Done(done);
                DONE
            }
            Err(error) => self.fail(error),
        }
    }

    fn fail(&mut self, error: HandshakeError) -> u8 {
        *self = Self::Failed(error);
        FAILED
    }

    fn done(&self) -> Option<&T> {
        match self {
            Self::Done(done) => Some(done),
            _ => None,
        }
    }

    fn error(&self) -> Option<&HandshakeError> {
        match self {
            Self::Failed(error) => Some(error),
            _ => None,
        }
    }
}

/// The client's side of an upgrade.
#[wasm_bindgen]
pub struct ClientUpgrade {
    handshake: ClientHandshake,
    outcome: Outcome<ClientOutcome>,
}

#[wasm_bindgen]
impl ClientUpgrade {
    /// An upgrade to ask for.
    ///
    /// # Errors
    /// What was asked for may not stand in a request.
    #[wasm_bindgen(constructor)]
    pub fn new(
        host: String,
        target: String,
        origin: Option<String>,
        protocols: Vec<String>,
        extensions: Vec<String>,
        headers: Vec<String>,
    ) -> Result<Self, JsError> {
        let extensions = unflatten(extensions)?;
        let headers = pairs(headers);
        let nonce = nonce();
        let request = ClientRequest { host, target, origin, protocols, extensions, headers, nonce };
        let handshake = ClientHandshake::new(request)?;
        Ok(Self { handshake, outcome: Outcome::Pending })
    }

    /// The request's bytes.
    pub fn request(&self) -> Vec<u8> {
        self.handshake.request().to_vec()
    }

    /// Takes bytes of the answer. 0: more are needed; 1: done; 2: failed.
    pub fn receive(&mut self, bytes: &[u8]) -> u8 {
        let progress = self.handshake.handle_bytes(bytes);
        self.outcome.take(progress)
    }

    /// The transport ended, or the time did: 2.
    pub fn receive_end(&mut self) -> u8 {
        let error = self.handshake.handle_eof();
        self.outcome.fail(error)
    }

    /// The answer's status, where one came.
    pub fn status(&self) -> Option<u16> {
        let done = self.outcome.done().map(|done| done.status);
        let refused = self.outcome.error().and_then(HandshakeError::status);
        done.or(refused).or_else(|| self.handshake.refusal_status())
    }

    /// The answer's headers.
    pub fn headers(&self) -> Vec<String> {
        let done = self.outcome.done().map(|done| &done.headers);
        flat(done.or_else(|| self.outcome.error().and_then(HandshakeError::headers)))
    }

    /// The subprotocol selected; empty for none.
    pub fn protocol(&self) -> String {
        let protocol = self.outcome.done().and_then(|done| done.protocol.clone());
        protocol.unwrap_or_default()
    }

    /// The extensions accepted.
    pub fn extensions(&self) -> Vec<String> {
        self.outcome.done().map_or_else(Vec::new, |done| flatten(&done.extensions))
    }

    /// The bytes behind the answer.
    pub fn rest(&self) -> Vec<u8> {
        self.outcome.done().map_or_else(Vec::new, |done| done.rest.clone())
    }

    /// A sentence about the failure.
    pub fn message(&self) -> Option<String> {
        self.outcome.error().map(ToString::to_string)
    }

    /// The refusal's body.
    pub fn body(&self) -> Vec<u8> {
        self.outcome.error().map_or_else(Vec::new, |error| error.body().to_vec())
    }
}

/// The server's side of an upgrade.
#[wasm_bindgen]
pub struct ServerUpgrade {
    handshake: ServerHandshake,
    outcome: Outcome<UpgradeRequest>,
}

#[wasm_bindgen]
impl ServerUpgrade {
    /// An upgrade whose request is to be read.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self { handshake: ServerHandshake::new(), outcome: Outcome::Pending }
    }

    /// An upgrade whose request someone else has parsed.
    ///
    /// # Errors
    /// A header that cannot stand in a request.
    pub fn parsed(
        method: String,
        target: String,
        minor_version: u8,
        headers: Vec<String>,
        rest: Vec<u8>,
    ) -> Result<Self, JsError> {
        let headers = Headers::from_pairs(&pairs(headers))?;
        let head = RequestHead { method, target, minor_version, headers };
        let mut upgrade = Self::new();
        let _ = upgrade.outcome.take(UpgradeRequest::from_head(head, rest).map(Progress::Done));
        Ok(upgrade)
    }

    /// Takes bytes of the request. 0: more are needed; 1: done; 2: failed.
    pub fn receive(&mut self, bytes: &[u8]) -> u8 {
        let progress = self.handshake.handle_bytes(bytes);
        self.outcome.take(progress)
    }

    /// The transport ended: 2.
    pub fn receive_end(&mut self) -> u8 {
        let error = self.handshake.handle_eof();
        self.outcome.fail(error)
    }

    /// How far the upgrade is: as [`ServerUpgrade::receive`].
    pub fn progress(&self) -> u8 {
        match self.outcome {
            Outcome::Pending => PENDING,
            Outcome::Done(_) => DONE,
            Outcome::Failed(_) => FAILED,
        }
    }

    /// The request's method.
    pub fn method(&self) -> String {
        self.outcome.done().map_or_else(String::new, |request| request.method.clone())
    }

    /// The request's target.
    pub fn target(&self) -> String {
        self.outcome.done().map_or_else(String::new, |request| request.target.clone())
    }

    /// The request's `Host`.
    pub fn host(&self) -> String {
        self.outcome.done().map_or_else(String::new, |request| request.host.clone())
    }

    /// The request's headers.
    pub fn headers(&self) -> Vec<String> {
        flat(self.outcome.done().map(|request| &request.headers))
    }

    /// The subprotocols offered.
    pub fn protocols(&self) -> Vec<String> {
        self.outcome.done().map_or_else(Vec::new, |request| request.protocols.clone())
    }

    /// The extensions offered.
    pub fn extensions(&self) -> Vec<String> {
        self.outcome.done().map_or_else(Vec::new, |request| flatten(&request.extensions))
    }

    /// The bytes behind the request.
    pub fn rest(&self) -> Vec<u8> {
        self.outcome.done().map_or_else(Vec::new, |request| request.rest.clone())
    }

    /// A sentence about the failure.
    pub fn message(&self) -> Option<String> {
        self.outcome.error().map(ToString::to_string)
    }

    /// The status of that answer.
    pub fn status(&self) -> Option<u16> {
        self.outcome.error().and_then(HandshakeError::status)
    }

    /// The answer to a request that failed, if it can be answered.
    pub fn refusal(&self) -> Option<Vec<u8>> {
        self.outcome.error().and_then(HandshakeError::response)
    }

    /// The answer that accepts; an empty `protocol` selects none.
    ///
    /// # Errors
    /// What was not offered, or may not stand in a response.
    pub fn accept(
        &self,
        protocol: String,
        extensions: Vec<String>,
        headers: Vec<String>,
    ) -> Result<Vec<u8>, JsError> {
        let Some(request) = self.outcome.done() else {
            return Err(JsError::new("there is no request to accept"));
        };
        let protocol = Some(protocol).filter(|protocol| !protocol.is_empty());
        let extensions = unflatten(extensions)?;
        let headers = pairs(headers);
        Ok(request.accept(&AcceptResponse { protocol, extensions, headers })?)
    }

    /// The answer that refuses.
    ///
    /// # Errors
    /// A status that cannot refuse, or headers that may not stand in a response.
    pub fn refuse(status: u16, headers: Vec<String>, body: &[u8]) -> Result<Vec<u8>, JsError> {
        Ok(refuse(status, &pairs(headers), body)?)
    }
}

impl Default for ServerUpgrade {
    fn default() -> Self {
        Self::new()
    }
}

fn pairs(flat: Vec<String>) -> Vec<(String, String)> {
    let mut items = flat.into_iter();
    let mut pairs = Vec::new();
    while let (Some(name), Some(value)) = (items.next(), items.next()) {
        pairs.push((name, value));
    }
    pairs
}

fn flat(headers: Option<&Headers>) -> Vec<String> {
    let entries = headers.into_iter().flat_map(Headers::iter);
    entries.flat_map(|(name, value)| [name.to_owned(), value.to_owned()]).collect()
}
