//! The upgrade as JavaScript drives it.
//!
//! How lists of texts cross the boundary is said in `lists.rs`.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use wasm_bindgen::JsError;
use wasm_bindgen::prelude::wasm_bindgen;

mod lists;

use self::lists::{extension_lines, extensions, header_lines, lines, pairs, texts};
use crate::handshake::{
    AcceptResponse, ClientHandshake, ClientOutcome, ClientRequest, HandshakeError, Headers,
    Progress, RequestError, RequestHead, ServerHandshake, UpgradeRequest, refuse,
};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues)]
    fn get_random_values(bytes: &mut [u8]);
}

/// More bytes are needed.
const PENDING: u8 = 0;
/// The upgrade is done.
const DONE: u8 = 1;
/// The upgrade failed.
const FAILED: u8 = 2;

/// What an upgrade tells of itself, by number. What there is nothing of is empty.
mod part {
    /// A sentence about the failure.
    pub(super) const MESSAGE: u8 = 0;
    /// The headers of the peer's message.
    pub(super) const HEADERS: u8 = 1;
    /// A server's: the subprotocols offered. A client's: the one selected.
    pub(super) const PROTOCOLS: u8 = 2;
    /// The extensions offered or accepted.
    pub(super) const EXTENSIONS: u8 = 3;
    /// The request's method.
    pub(super) const METHOD: u8 = 4;
    /// The request's target.
    pub(super) const TARGET: u8 = 5;
    /// The request's `Host`.
    pub(super) const HOST: u8 = 6;
    /// Bytes: a client's request.
    pub(super) const REQUEST: u8 = 7;
    /// Bytes: the body of a refusal.
    pub(super) const BODY: u8 = 8;
}

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
pub struct ClientUpgrade {
    handshake: ClientHandshake,
    outcome: Outcome<ClientOutcome>,
}

crate::object!(ClientUpgrade, HeldClient);

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
        protocols: &[u8],
        extensions: &[u8],
        headers: &[u8],
    ) -> Result<Self, JsError> {
        let protocols = texts(protocols);
        let extensions = self::extensions(extensions).map_err(thrown)?;
        let headers = pairs(headers);
        let mut nonce = [0; 16];
        get_random_values(&mut nonce);
        let request = ClientRequest { host, target, origin, protocols, extensions, headers, nonce };
        let handshake = ClientHandshake::new(request).map_err(thrown)?;
        Ok(Self { handshake, outcome: Outcome::Pending })
    }

    /// Bytes: the request or the refusal's body, of `part`, or else what came behind the answer.
    pub fn bytes(&self, part: u8) -> Vec<u8> {
        let done = self.outcome.done();
        match part {
            part::REQUEST => self.handshake.request(),
            part::BODY => self.outcome.error().map_or(&[][..], HandshakeError::body),
            _ => done.map_or(&[][..], |done| &done.rest),
        }
        .to_vec()
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

    /// A text about the answer, one of `part`.
    pub fn text(&self, part: u8) -> String {
        let (done, error) = (self.outcome.done(), self.outcome.error());
        match (part, done) {
            (part::MESSAGE, _) => error.map_or("", HandshakeError::message).to_owned(),
            (part::PROTOCOLS, Some(done)) => done.protocol.clone().unwrap_or_default(),
            (part::EXTENSIONS, Some(done)) => extension_lines(&done.extensions),
            (part::HEADERS, Some(done)) => header_lines(&done.headers),
            (part::HEADERS, None) => {
                error.and_then(HandshakeError::headers).map_or_else(String::new, header_lines)
            }
            _ => String::new(),
        }
    }
}

/// The server's side of an upgrade.
pub struct ServerUpgrade {
    handshake: ServerHandshake,
    outcome: Outcome<UpgradeRequest>,
}

crate::object!(ServerUpgrade, HeldServer);

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
        headers: &[u8],
        rest: Vec<u8>,
    ) -> Result<Self, JsError> {
        let headers = Headers::from_pairs(&pairs(headers)).map_err(thrown)?;
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

    /// A text about the request, one of `part`.
    pub fn text(&self, part: u8) -> String {
        match (part, self.outcome.done()) {
            (part::MESSAGE, _) => {
                self.outcome.error().map_or("", HandshakeError::message).to_owned()
            }
            (part::METHOD, Some(request)) => request.method.clone(),
            (part::TARGET, Some(request)) => request.target.clone(),
            (part::HOST, Some(request)) => request.host.clone(),
            (part::HEADERS, Some(request)) => header_lines(&request.headers),
            (part::PROTOCOLS, Some(request)) => lines(&request.protocols),
            (part::EXTENSIONS, Some(request)) => extension_lines(&request.extensions),
            _ => String::new(),
        }
    }

    /// The bytes behind the request.
    pub fn rest(&self) -> Vec<u8> {
        self.outcome.done().map_or_else(Vec::new, |request| request.rest.clone())
    }

    /// The status of the answer to a request that failed.
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
        extensions: &[u8],
        headers: &[u8],
    ) -> Result<Vec<u8>, JsError> {
        let Some(request) = self.outcome.done() else {
            return Err(JsError::new("there is no request to accept"));
        };
        let protocol = Some(protocol).filter(|protocol| !protocol.is_empty());
        let extensions = self::extensions(extensions).map_err(thrown)?;
        let headers = pairs(headers);
        request.accept(&AcceptResponse { protocol, extensions, headers }).map_err(thrown)
    }

    /// The answer that refuses.
    ///
    /// # Errors
    /// A status that cannot refuse, or headers that may not stand in a response.
    pub fn refuse(status: u16, headers: &[u8], body: &[u8]) -> Result<Vec<u8>, JsError> {
        refuse(status, &pairs(headers), body).map_err(thrown)
    }
}

impl Default for ServerUpgrade {
    fn default() -> Self {
        Self::new()
    }
}

/// What JavaScript catches.
#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn thrown(error: RequestError) -> JsError {
    JsError::new(error.message())
}
