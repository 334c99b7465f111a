//! The responses a server writes.

use alloc::string::String;
use alloc::vec::Vec;

use super::error::{RequestError, RequestErrorKind};
use super::headers::{Headers, find_reserved, write_header};
use super::sentence::{decimal, quoted, sentence};

/// A complete HTTP response that refuses an upgrade, with `Content-Length` and `Connection: close`:
/// the connection is to be closed after it.
///
/// `status` is 300 to 599. `headers` stand beside those of the framing, in their order; `body` may
/// be empty.
///
/// # Errors
///
/// [`RequestErrorKind::Status`] for another status: a response of 200 to 299 would say that the
/// request succeeded, which no client takes for an open WebSocket. [`RequestErrorKind::Header`] for
/// a header that [`Headers::append`] refuses, and for `Connection`, `Content-Length` and
/// `Transfer-Encoding`, which are written here.
///
/// ```
/// use framewire::protocol::handshake::refuse;
///
/// let response = refuse(404, &[("X-Room".into(), "none".into())], b"no such room")?;
/// assert_eq!(
///     response,
///     b"HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 12\r\nX-Room: none\r\n\r\n\
///       no such room"
/// );
/// # Ok::<(), framewire::protocol::handshake::RequestError>(())
/// ```
pub fn refuse(
    status: u16,
    headers: &[(String, String)],
    body: &[u8],
) -> Result<Vec<u8>, RequestError> {
    if !(300..600).contains(&status) {
        return Err(RequestError::new(
            RequestErrorKind::Status,
            "An upgrade can't be refused with status {}: it must be from 300 to 599, such as 403.",
            &[&decimal(u64::from(status))],
        ));
    }
    let headers = Headers::from_pairs(headers)?;
    if let Some((name, instead)) = find_reserved(&headers, &RESERVED) {
        return Err(RequestError::new(
            RequestErrorKind::Header,
            "The header {} can't be set on a refusal: {}",
            &[&quoted(name), instead],
        ));
    }
    Ok(write_refusal(status, &headers, body))
}

const RESERVED: [(&str, &str); 3] = [
    ("Connection", "the connection is always closed after it."),
    ("Content-Length", "it is written for the body."),
    ("Transfer-Encoding", "the body is sent as it is."),
];

/// Writes a refusal whose parts are known to be good.
pub(super) fn write_refusal(status: u16, headers: &Headers, body: &[u8]) -> Vec<u8> {
    let mut out = status_line(status);
    // RFC 9110 §7.8: who sends Upgrade names it in Connection.
    let connection = if headers.contains("Upgrade") { "close, Upgrade" } else { "close" };
    write_header(&mut out, "Connection", connection);
    write_header(&mut out, "Content-Length", &decimal(body.len() as u64));
    headers.write(&mut out);
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(body);
    out
}

/// The first line of a response, with its end.
pub(super) fn status_line(status: u16) -> Vec<u8> {
    sentence("HTTP/1.1 {} {}\r\n", &[&decimal(u64::from(status)), reason_phrase(status)])
        .into_bytes()
}

/// The registered phrase of a status that an upgrade may be answered with, a general one for
/// others.
pub(super) fn reason_phrase(status: u16) -> &'static str {
    match status {
        101 => "Switching Protocols",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        407 => "Proxy Authentication Required",
        408 => "Request Timeout",
        409 => "Conflict",
        410 => "Gone",
        418 => "I'm a teapot",
        421 => "Misdirected Request",
        426 => "Upgrade Required",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        451 => "Unavailable For Legal Reasons",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        505 => "HTTP Version Not Supported",
        _ => match status / 100 {
            1 => "Informational",
            2 => "Success",
            3 => "Redirection",
            4 => "Client Error",
            5 => "Server Error",
            _ => "Unknown",
        },
    }
}
