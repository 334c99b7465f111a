//! What the handshake does itself, against libraries that do the same.

use base64ct::{Base64, Encoding};
use framewire::protocol::handshake::{HandshakeError, HandshakeErrorKind as Kind, Headers, Key};
use proptest::collection::vec;
use proptest::prelude::*;

use super::handshake::{read_answer, read_request, sample_request};

const REQUEST: &[u8] = b"GET /chat?a=b HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nX-Empty:\r\nX:\t a \xe9 b \t\r\nSec-WebSocket-Version: 13\r\n\r\n";
const RESPONSE: &[u8] =
    b"HTTP/1.1 404 Not Found\r\nX-A: 1\r\nx-b:\t\xff  2 \r\nEmpty:\nContent-Length: 0\r\n\r\n";

/// Bytes that mean something to a parser, and others.
fn edit() -> impl Strategy<Value = Vec<u8>> {
    let pieces: &[&[u8]] = &[
        b"\r",
        b"\n",
        b"\r\n",
        b"\r\n\r\n",
        b" ",
        b"\t",
        b":",
        b"\0",
        b"\x7f",
        b"\x1f",
        b"HTTP/1.2",
        b"HTTP/1.0",
        b"HTTP/2.0",
        b"HTTP/1.10",
        b"\xc3\xa9",
        b"\xe9",
        b"\"",
        b"(",
        b"9",
        b"x",
    ];
    prop_oneof![proptest::sample::select(pieces).prop_map(<[u8]>::to_vec), vec(any::<u8>(), 0..3),]
}

/// `head` with a few places written over. Its first bytes stay: without them nothing is parsed.
fn edited(head: &'static [u8]) -> impl Strategy<Value = Vec<u8>> {
    vec((4..head.len() - 4, 0..9_usize, edit()), 0..4).prop_map(move |edits| {
        let mut bytes = head.to_vec();
        for (at, length, piece) in edits {
            let end = bytes.len() - 4;
            bytes.splice(at.min(end)..(at + length).min(end), piece);
        }
        bytes
    })
}

/// Where the blank line ends, and the head with a later HTTP/1.x as 1.1, which the library does not know.
fn known(bytes: &[u8], digit: impl Fn(&[u8]) -> Option<usize>) -> Option<Vec<u8>> {
    let end = (1..=bytes.len())
        .find(|&end| bytes[..end].ends_with(b"\n\n") || bytes[..end].ends_with(b"\n\r\n"))?;
    let mut head = bytes[..end].to_vec();
    let line = head.split(|&byte| byte == b'\n').next()?;
    let line = line.strip_suffix(b"\r").unwrap_or(line).to_vec();
    if let Some(at) = digit(&line)
        && line.get(..at).is_some_and(|start| start.ends_with(b"HTTP/1."))
        && matches!(line.get(at), Some(b'2'..=b'9'))
    {
        head[at] = b'1';
    }
    Some(head)
}

fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|&byte| char::from(byte)).collect()
}

fn assert_headers(ours: &Headers, theirs: &[httparse::Header<'_>]) {
    let theirs: Vec<_> =
        theirs.iter().map(|header| (header.name.to_owned(), latin1(header.value))).collect();
    let ours: Vec<_> =
        ours.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    assert_eq!(ours, theirs);
}

/// What our parser said, from how the handshake went on.
fn assert_refused(error: &HandshakeError, theirs: httparse::Error) {
    // Of a line with two faults either may be told.
    let told = [Kind::HttpVersion, Kind::Malformed];
    assert!(told.contains(&error.kind()), "{error} but {theirs}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn a_request_is_what_httparse_says(bytes in edited(REQUEST)) {
        let Some(head) = known(&bytes, |line| line.len().checked_sub(1)) else { return Ok(()) };
        let mut slots = [httparse::EMPTY_HEADER; 64];
        let mut theirs = httparse::Request::new(&mut slots);
        match (theirs.parse(&head), read_request(&[&bytes])) {
            (Ok(parsed), Ok(ours)) => {
                prop_assert_eq!(parsed, httparse::Status::Complete(head.len()));
                prop_assert_eq!(Some(ours.method.as_str()), theirs.method);
                prop_assert_eq!(Some(ours.target.as_str()), theirs.path);
                assert_headers(&ours.headers, theirs.headers);
            }
            (Ok(_), Err(error)) => {
                prop_assert_ne!(error.kind(), Kind::Malformed, "{}", error);
                prop_assert!(error.kind() != Kind::HttpVersion || theirs.version == Some(0));
            }
            (Err(theirs), Err(error)) => assert_refused(&error, theirs),
            (Err(theirs), Ok(_)) => prop_assert!(false, "the library says {theirs}"),
        }
    }

    #[test]
    fn a_response_is_what_httparse_says(bytes in edited(RESPONSE)) {
        let Some(head) = known(&bytes, |_| Some(7)) else { return Ok(()) };
        let mut slots = [httparse::EMPTY_HEADER; 64];
        let mut theirs = httparse::Response::new(&mut slots);
        let parsed = theirs.parse(&head);
        let ours = read_answer(&sample_request(), &[&bytes]);
        let error = ours.expect_err("it is no upgrade");
        match parsed {
            Ok(parsed) => {
                prop_assert_eq!(parsed, httparse::Status::Complete(head.len()));
                // Informational responses are passed over, and a status below 100 is refused.
                if theirs.code.is_some_and(|code| code >= 200) {
                    prop_assert_eq!(error.kind(), Kind::Refused);
                    prop_assert_eq!(error.status(), theirs.code);
                    prop_assert_eq!(error.reason(), theirs.reason);
                    assert_headers(error.headers().expect("a response came"), theirs.headers);
                }
            }
            Err(theirs) => assert_refused(&error, theirs),
        }
    }

    #[test]
    fn a_key_is_encoded_and_answered_as_by_libraries(nonce in any::<[u8; 16]>()) {
        let key = Key::from_nonce(nonce);
        prop_assert_eq!(key.as_str(), Base64::encode_string(&nonce));
        let mut hash = sha1_smol::Sha1::new();
        hash.update(key.as_str().as_bytes());
        hash.update(b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
        prop_assert_eq!(key.accept(), Base64::encode_string(&hash.digest().bytes()));
    }
}
