//! The upgrade request as a server sees it, and its acceptance.

use super::error::{HandshakeError, HandshakeErrorKind as Kind, RequestError, RequestErrorKind};
use super::extension::Extension;
use super::head::RequestHead;
use super::headers::{Headers, find_reserved, write_header};
use super::key::Key;
use super::response::status_line;
use super::sentence::quoted;
use super::token::{ListFault, check_distinct, is_same, is_visible};
use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

/// A client's request for a WebSocket, which keeps all rules of RFC 6455 §4.2.1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpgradeRequest {
    /// The method, which is `GET`.
    pub method: String,
    /// The request target as it was sent: a path with its query, or an absolute HTTP URI.
    pub target: String,
    /// All headers of the request.
    pub headers: Headers,
    /// The value of `Host`.
    pub host: String,
    /// The value of `Origin`, which a browser sends and others may.
    pub origin: Option<String>,
    /// The subprotocols that the client offers, the preferred first: distinct tokens.
    pub protocols: Vec<String>,
    /// The extensions that the client offers, the preferred first. One name may stand several
    /// times.
    pub extensions: Vec<Extension>,
    /// The value of `Sec-WebSocket-Key`.
    pub key: Key,
    /// What came after the request in the same chunk. A client must wait for the answer, so this
    /// is mostly empty.
    pub rest: Vec<u8>,
}

/// What a server answers when it accepts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AcceptResponse {
    /// The selected subprotocol, one of those offered. `None`: no header is sent.
    pub protocol: Option<String>,
    /// The accepted extensions, each offered by its name and none twice. None: no header is sent.
    pub extensions: Vec<Extension>,
    /// More headers, such as `Set-Cookie`. They can't be of a name that the handshake writes
    /// itself.
    pub headers: Vec<(String, String)>,
}

impl UpgradeRequest {
    /// The request in a head that someone else has parsed, such as the HTTP server of the runtime,
    /// with the bytes that came after it.
    ///
    /// # Errors
    ///
    /// As [`ServerHandshake::handle_bytes`](super::ServerHandshake::handle_bytes), but for what the
    /// parser has judged already.
    pub fn from_head(head: RequestHead, rest: Vec<u8>) -> Result<Self, HandshakeError> {
        check_line(&head)?;
        let RequestHead { method, target, headers, .. } = head;
        let host = match headers.only("Host") {
            Ok(Some(host)) if is_visible(host) => host.to_owned(),
            _ => {
                return Err(bad(
                    Kind::Host,
                    "The request must have one header Host with the server's name.",
                    &[],
                ));
            }
        };
        check_upgrade(&headers)?;
        let key = key(&headers)?;
        let Ok(origin) = headers.only("Origin") else {
            return Err(bad(
                Kind::Origin,
                "The request has several headers Origin; at most one was expected.",
                &[],
            ));
        };
        let origin = origin.map(str::to_owned);
        let protocols = offered_protocols(&headers)?;
        let extensions = Extension::parse_headers(&headers)
            .map_err(|message| bad(Kind::Extensions, "{}", &[&message]))?;
        check_no_body(&headers)?;
        Ok(Self { method, target, host, origin, protocols, extensions, key, rest, headers })
    }

    /// The bytes of the response with status 101, after which both sides speak WebSocket (RFC 6455
    /// §4.2.2).
    ///
    /// # Errors
    ///
    /// A [`RequestError`] for a subprotocol or an extension that was not offered, for an extension
    /// that stands twice, and for a header that [`Headers::append`] refuses or that is written
    /// here.
    pub fn accept(&self, response: &AcceptResponse) -> Result<Vec<u8>, RequestError> {
        if let Some(protocol) = &response.protocol
            && !self.protocols.contains(protocol)
        {
            return Err(RequestError::new(
                RequestErrorKind::Protocol,
                "The subprotocol {} can't be selected: the client did not offer it.",
                &[&quoted(protocol)],
            ));
        }
        for (index, extension) in response.extensions.iter().enumerate() {
            let has_its_name = |other: &Extension| other.name() == extension.name();
            let rule = if !self.extensions.iter().any(has_its_name) {
                " can't be accepted: the client did not offer it."
            } else if response.extensions[..index].iter().any(has_its_name) {
                " can't be accepted twice."
            } else {
                continue;
            };
            return Err(RequestError::new(
                RequestErrorKind::Extension,
                "The extension {}{}",
                &[&quoted(extension.name()), rule],
            ));
        }
        let headers = Headers::from_pairs(&response.headers)?;
        if let Some((name, instead)) = find_reserved(&headers, &RESERVED) {
            return Err(RequestError::new(
                RequestErrorKind::Header,
                "The header {} can't be set on the response: {}",
                &[&quoted(name), instead],
            ));
        }

        let mut out = status_line(101);
        write_header(&mut out, "Upgrade", "websocket");
        write_header(&mut out, "Connection", "Upgrade");
        write_header(&mut out, "Sec-WebSocket-Accept", &self.key.accept());
        if let Some(protocol) = &response.protocol {
            write_header(&mut out, "Sec-WebSocket-Protocol", protocol);
        }
        if !response.extensions.is_empty() {
            write_header(
                &mut out,
                "Sec-WebSocket-Extensions",
                &Extension::write_list(&response.extensions),
            );
        }
        headers.write(&mut out);
        out.extend_from_slice(b"\r\n");
        Ok(out)
    }
}

const ITSELF: &str = "the handshake writes it itself.";
const NO_BODY: &str = "a response with status 101 has no body.";
const CLIENT: &str = "only a client sends it.";
const RESERVED: [(&str, &str); 9] = [
    ("Upgrade", ITSELF),
    ("Connection", ITSELF),
    ("Sec-WebSocket-Accept", ITSELF),
    ("Sec-WebSocket-Protocol", "it is written for the subprotocol that is selected."),
    ("Sec-WebSocket-Extensions", "it is written for the extensions that are accepted."),
    ("Sec-WebSocket-Key", CLIENT),
    ("Sec-WebSocket-Version", CLIENT),
    ("Content-Length", NO_BODY),
    ("Transfer-Encoding", NO_BODY),
];

/// A fault that is answered with 400.
pub(super) fn bad(kind: Kind, pattern: &str, parts: &[&str]) -> HandshakeError {
    HandshakeError::in_request(kind, 400, pattern, parts)
}

fn check_line(head: &RequestHead) -> Result<(), HandshakeError> {
    if head.minor_version == 0 {
        return Err(bad(
            Kind::HttpVersion,
            "The request is HTTP/1.0, perhaps through a proxy; an upgrade needs HTTP/1.1.",
            &[],
        ));
    }
    if head.method != "GET" {
        return Err(HandshakeError::in_request(
            Kind::Method,
            405,
            "The request's method is {}; an upgrade needs \"GET\".",
            &[&quoted(&head.method)],
        ));
    }
    let target = head.target.as_str();
    let has_scheme =
        |scheme: &str| target.get(..scheme.len()).is_some_and(|start| is_same(start, scheme));
    let is_known = target.starts_with('/') || has_scheme("http://") || has_scheme("https://");
    if !is_known || !is_visible(target) {
        return Err(bad(
            Kind::Target,
            "The request's target is {}; a path that begins with \"/\" was expected.",
            &[&quoted(target)],
        ));
    }
    Ok(())
}

/// Items 3, 4 and 6 of RFC 6455 §4.2.1.
fn check_upgrade(headers: &Headers) -> Result<(), HandshakeError> {
    if !headers.contains_token("Upgrade", "websocket") {
        return Err(HandshakeError::in_request(
            Kind::Upgrade,
            426,
            "This is a WebSocket endpoint: it needs the header Upgrade with \"websocket\".",
            &[],
        ));
    }
    if !headers.contains_token("Connection", "upgrade") {
        return Err(bad(
            Kind::Connection,
            "The header Connection must have \"Upgrade\"; a proxy may have dropped it.",
            &[],
        ));
    }
    if headers.only("Sec-WebSocket-Version") == Ok(Some("13")) {
        return Ok(());
    }
    let came = headers.shown("Sec-WebSocket-Version");
    let status = if headers.only("Sec-WebSocket-Version").is_ok() { 426 } else { 400 };
    Err(HandshakeError::in_request(
        Kind::Version,
        status,
        "The request's Sec-WebSocket-Version {}; \"13\" was expected.",
        &[&came],
    ))
}

/// Item 5 of RFC 6455 §4.2.1.
fn key(headers: &Headers) -> Result<Key, HandshakeError> {
    match headers.only("Sec-WebSocket-Key") {
        Ok(Some(value)) => Key::parse(value).ok_or_else(|| {
            bad(
                Kind::Key,
                "The request's Sec-WebSocket-Key is {}; the base64 form of 16 bytes was expected.",
                &[&quoted(value)],
            )
        }),
        Ok(None) => Err(bad(Kind::Key, "The request must have the header Sec-WebSocket-Key.", &[])),
        Err(_) => Err(bad(
            Kind::Key,
            "The request has several headers Sec-WebSocket-Key; one was expected.",
            &[],
        )),
    }
}

fn offered_protocols(headers: &Headers) -> Result<Vec<String>, HandshakeError> {
    const NAME: &str = "Sec-WebSocket-Protocol";
    let offered: Vec<String> = headers.elements(NAME).into_iter().map(str::to_owned).collect();
    match check_distinct(&offered) {
        Ok(()) if offered.is_empty() && headers.contains(NAME) => Err(bad(
            Kind::Protocol,
            "The request's Sec-WebSocket-Protocol is empty; at least one name was expected.",
            &[],
        )),
        Err(ListFault::NotToken(name)) => Err(bad(
            Kind::Protocol,
            "The request offers the subprotocol {}; a token (a name without spaces or separators) was expected.",
            &[&quoted(name)],
        )),
        Err(ListFault::Repeated(name)) => Err(bad(
            Kind::Protocol,
            "The request offers the subprotocol {} twice; distinct names were expected.",
            &[&quoted(name)],
        )),
        Ok(()) => Ok(offered),
    }
}

/// A body would stand where the first frame is expected.
fn check_no_body(headers: &Headers) -> Result<(), HandshakeError> {
    let has_length = headers.get_all("Content-Length").any(|length| length != "0");
    if has_length || headers.contains("Transfer-Encoding") {
        return Err(bad(
            Kind::Body,
            "The request has a body; an upgrade request must have none.",
            &[],
        ));
    }
    Ok(())
}
