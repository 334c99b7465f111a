//! The upgrade request as a client writes it.

use alloc::string::String;
use alloc::vec::Vec;

use super::error::{RequestError, RequestErrorKind};
use super::extension::Extension;
use super::headers::{Headers, find_reserved, write_header};
use super::key::Key;
use super::sentence::{listed, quoted, sentence};
use super::token::{ListFault, TOKEN_RULE, check_distinct, is_same, is_visible};

/// What a client asks for. [`ClientHandshake::new`](super::ClientHandshake::new) checks it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientRequest {
    /// The value of `Host`: the URL's host, and its port unless that is the scheme's default
    /// (RFC 6455 §4.1, item 4). An IPv6 address stands in brackets. Without user information.
    pub host: String,
    /// The URL's path and query, beginning with `/`, percent-encoded and without a fragment.
    pub target: String,
    /// The value of `Origin`; a browser must send one, another client may (RFC 6455 §4.1, item 8).
    pub origin: Option<String>,
    /// The subprotocols to offer, the preferred first: distinct tokens. None: no header is sent.
    pub protocols: Vec<String>,
    /// The extensions to offer, the preferred first. One name may stand several times with
    /// different parameters. None: no header is sent.
    pub extensions: Vec<Extension>,
    /// More headers, such as `Authorization`, after those of the handshake. They can't be of a
    /// name that the handshake writes itself.
    pub headers: Vec<(String, String)>,
    /// 16 bytes from a cryptographic random source, for this connection only (RFC 6455 §4.1, item
    /// 7).
    pub nonce: [u8; 16],
}

/// Checks `request` and writes it.
pub(super) fn write_request(request: &ClientRequest, key: &Key) -> Result<Vec<u8>, RequestError> {
    check_host(&request.host)?;
    check_target(&request.target)?;
    check_origin(request)?;
    check_protocols(&request.protocols)?;
    let headers = check_headers(&request.headers)?;

    let mut out = sentence("GET {} HTTP/1.1\r\n", &[&request.target]).into_bytes();
    write_header(&mut out, "Host", &request.host);
    write_header(&mut out, "Upgrade", "websocket");
    write_header(&mut out, "Connection", "Upgrade");
    write_header(&mut out, "Sec-WebSocket-Key", key.as_str());
    write_header(&mut out, "Sec-WebSocket-Version", "13");
    if let Some(origin) = &request.origin {
        write_header(&mut out, "Origin", origin);
    }
    if !request.protocols.is_empty() {
        write_header(
            &mut out,
            "Sec-WebSocket-Protocol",
            &listed(&mut request.protocols.iter().map(String::as_str)),
        );
    }
    if !request.extensions.is_empty() {
        write_header(
            &mut out,
            "Sec-WebSocket-Extensions",
            &Extension::write_list(&request.extensions),
        );
    }
    headers.write(&mut out);
    out.extend_from_slice(b"\r\n");
    Ok(out)
}

fn check_host(host: &str) -> Result<(), RequestError> {
    if is_visible(host) && !host.contains(['/', '?', '#', '@', '\\', ',']) {
        return Ok(());
    }
    Err(RequestError::new(
        RequestErrorKind::Host,
        "The host {} can't be sent: it must be a host name or address, with a port or without.",
        &[&quoted(host)],
    ))
}

fn check_target(target: &str) -> Result<(), RequestError> {
    let rule = if !target.starts_with('/') {
        "it must begin with \"/\"."
    } else if target.contains('#') {
        "it must not have a fragment (\"#\"), which is never sent (RFC 6455 section 3)."
    } else if !is_visible(target) {
        "spaces, control characters and non-ASCII characters must be percent-encoded."
    } else {
        return Ok(());
    };
    Err(RequestError::new(
        RequestErrorKind::Target,
        "The request target {} can't be sent: {}",
        &[&quoted(target), rule],
    ))
}

fn check_origin(request: &ClientRequest) -> Result<(), RequestError> {
    let Some(origin) = &request.origin else { return Ok(()) };
    if !is_visible(origin) {
        return Err(RequestError::new(
            RequestErrorKind::Origin,
            "The origin {} can't be sent: it must look like \"https://example.com\" or be \"null\".",
            &[&quoted(origin)],
        ));
    }
    if request.headers.iter().any(|(name, _)| is_same(name, "Origin")) {
        return Err(RequestError::new(
            RequestErrorKind::Origin,
            "The origin is given twice: as `origin` and among `headers`.",
            &[],
        ));
    }
    Ok(())
}

fn check_protocols(protocols: &[String]) -> Result<(), RequestError> {
    let (name, rule) = match check_distinct(protocols) {
        Ok(()) => return Ok(()),
        Err(ListFault::NotToken(name)) => (name, TOKEN_RULE),
        Err(ListFault::Repeated(name)) => {
            (name, " is offered twice: subprotocols must be distinct.")
        }
    };
    Err(RequestError::new(
        RequestErrorKind::Protocol,
        "The subprotocol {}{}",
        &[&quoted(name), rule],
    ))
}

fn check_headers(pairs: &[(String, String)]) -> Result<Headers, RequestError> {
    let headers = Headers::from_pairs(pairs)?;
    match find_reserved(&headers, &RESERVED) {
        None => Ok(headers),
        Some((name, instead)) => Err(RequestError::new(
            RequestErrorKind::Header,
            "The header {} can't be among `headers`: {}",
            &[&quoted(name), instead],
        )),
    }
}

const ITSELF: &str = "the handshake writes it itself.";
const NO_BODY: &str = "an upgrade request has no body.";
const RESERVED: [(&str, &str); 10] = [
    ("Host", "it is taken from the URL."),
    ("Upgrade", ITSELF),
    ("Connection", ITSELF),
    ("Sec-WebSocket-Key", ITSELF),
    ("Sec-WebSocket-Version", ITSELF),
    ("Sec-WebSocket-Accept", "only a server sends it."),
    ("Sec-WebSocket-Protocol", "use the option `protocols`."),
    ("Sec-WebSocket-Extensions", "use the option `extensions`."),
    ("Content-Length", NO_BODY),
    ("Transfer-Encoding", NO_BODY),
];
