//! Whether a response with status 101 answers the request that was sent.

use super::error::{HandshakeError, HandshakeErrorKind as Kind};
use super::extension::Extension;
use super::head::ResponseHead;
use super::headers::Headers;
use super::key::Key;
use super::sentence::{listed, quoted, sentence};
use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

/// The server's agreement to the upgrade.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientOutcome {
    /// The status, which is 101.
    pub status: u16,
    /// All headers of the response.
    pub headers: Headers,
    /// The subprotocol that the server selected, one of those offered. `None` if it selected none.
    pub protocol: Option<String>,
    /// The extensions that the server accepted, in its order: each was offered, and none stands
    /// twice. Whether their parameters are acceptable is not checked here.
    pub extensions: Vec<Extension>,
    /// What came after the response in the same chunk: the beginning of the first frames.
    pub rest: Vec<u8>,
}

/// What the answer must agree with.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) key: Key,
    pub(super) protocols: Vec<String>,
    pub(super) extensions: Vec<Extension>,
}

impl Asked {
    /// Checks a response with status 101 (RFC 6455 §4.1, the list after "Once the client's opening
    /// handshake has been sent").
    pub(super) fn check(
        &self,
        head: ResponseHead,
        rest: &[u8],
    ) -> Result<ClientOutcome, HandshakeError> {
        match self.judge(&head) {
            Ok((protocol, extensions)) => Ok(ClientOutcome {
                status: head.status,
                headers: head.headers,
                protocol,
                extensions,
                rest: rest.to_vec(),
            }),
            Err((kind, message)) => {
                Err(HandshakeError::in_response(kind, message, head, Vec::new()))
            }
        }
    }

    fn judge(&self, head: &ResponseHead) -> Result<(Option<String>, Vec<Extension>), Fault> {
        let headers = &head.headers;
        if head.minor_version == 0 {
            return Err(fault(
                Kind::HttpVersion,
                "The server answered with HTTP/1.0; an upgrade needs HTTP/1.1.",
                &[],
            ));
        }
        if !headers.contains_token("Upgrade", "websocket") {
            let came = headers.shown("Upgrade");
            return Err(fault(
                Kind::Upgrade,
                "The server switched protocols, but not to WebSocket: the header Upgrade {}; \"websocket\" was expected.",
                &[&came],
            ));
        }
        if !headers.contains_token("Connection", "upgrade") {
            let came = headers.shown("Connection");
            return Err(fault(
                Kind::Connection,
                "The server's answer is not an upgrade: the header Connection {}; \"Upgrade\" was expected.",
                &[&came],
            ));
        }
        let expected = self.key.accept();
        if headers.only("Sec-WebSocket-Accept") != Ok(Some(&expected)) {
            let came = headers.shown("Sec-WebSocket-Accept");
            return Err(fault(
                Kind::Accept,
                "The answer does not belong to this request: the header Sec-WebSocket-Accept {}; exactly \"{}\" was expected.",
                &[&came, &expected],
            ));
        }
        Ok((self.protocol(headers)?, self.accepted(headers)?))
    }

    fn protocol(&self, headers: &Headers) -> Result<Option<String>, Fault> {
        const NAME: &str = "Sec-WebSocket-Protocol";
        let Ok(selected) = headers.only(NAME) else {
            return Err(fault(
                Kind::Protocol,
                "The server selected several subprotocols: the header {} {}; at most one was expected.",
                &[NAME, &headers.shown(NAME)],
            ));
        };
        let Some(selected) = selected else { return Ok(None) };
        if self.protocols.iter().any(|offered| offered == selected) {
            return Ok(Some(selected.to_owned()));
        }
        let offered = if self.protocols.is_empty() {
            "none was offered".to_owned()
        } else {
            sentence("offered: {}", &[&listed(&mut self.protocols.iter().map(String::as_str))])
        };
        Err(fault(
            Kind::Protocol,
            "The server selected the subprotocol {}, which was not offered ({}).",
            &[&quoted(selected), &offered],
        ))
    }

    fn accepted(&self, headers: &Headers) -> Result<Vec<Extension>, Fault> {
        let accepted =
            Extension::parse_headers(headers).map_err(|message| (Kind::Extensions, message))?;
        for (index, extension) in accepted.iter().enumerate() {
            let has_its_name = |other: &Extension| other.name() == extension.name();
            let rule = if !self.extensions.iter().any(has_its_name) {
                ", which was not offered."
            } else if accepted[..index].iter().any(has_its_name) {
                " twice; once was expected."
            } else {
                continue;
            };
            return Err(fault(
                Kind::Extensions,
                "The server accepted the extension {}{}",
                &[&quoted(extension.name()), rule],
            ));
        }
        Ok(accepted)
    }
}

/// A fault in a response, before the response is put to it.
type Fault = (Kind, String);

fn fault(kind: Kind, pattern: &str, parts: &[&str]) -> Fault {
    (kind, sentence(pattern, parts))
}
