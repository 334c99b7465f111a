//! The client's side of the upgrade (RFC 6455 §4.1).

use framewire::protocol::handshake::{
    BODY_LIMIT, ClientHandshake, ClientOutcome, ClientRequest, Extension, HEAD_LIMIT,
    HandshakeError, HandshakeErrorKind as Kind, Progress,
};

use super::handshake::{at_every_cut, http, read_answer, sample_request};

const SWITCHING: &str = "HTTP/1.1 101 Switching Protocols\n";
const UPGRADE: &str = "Upgrade: websocket\nConnection: Upgrade\n";
const ACCEPT: &str = "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\n";

/// What the sample request makes of `answer`, at every cut.
fn read(answer: &[u8]) -> Result<ClientOutcome, HandshakeError> {
    at_every_cut(answer, |chunks| read_answer(&sample_request(), chunks))
}

/// What the sample request makes of a good answer with `headers` besides.
fn read_with(headers: &str) -> Result<ClientOutcome, HandshakeError> {
    read(&http(&[SWITCHING, UPGRADE, ACCEPT, headers, "\n"].concat()))
}

#[track_caller]
fn assert_fails(answer: &str, kind: Kind, sentence: &str) {
    let error = read(&http(answer)).expect_err(answer);
    assert_eq!((error.kind(), error.to_string().as_str()), (kind, sentence));
    assert_eq!(error.response(), None);
}

#[test]
fn request_of_rfc_6455_section_1_3() {
    let client = ClientHandshake::new(sample_request()).expect("a good request");
    let expected = http(
        "GET /chat HTTP/1.1\n\
         Host: server.example.com\n\
         Upgrade: websocket\n\
         Connection: Upgrade\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\n\
         Sec-WebSocket-Version: 13\n\
         Origin: http://example.com\n\
         Sec-WebSocket-Protocol: chat, superchat\n\n",
    );
    assert_eq!(client.request(), expected);
}

#[test]
fn request_has_the_extensions_and_the_headers_of_the_caller_as_latin_1() {
    let client = ClientHandshake::new(ClientRequest {
        origin: None,
        protocols: vec![],
        extensions: vec![Extension::new("x").expect("a token")],
        headers: vec![("User-Agent".into(), " caf\u{e9} ".into())],
        ..sample_request()
    })
    .expect("a good request");
    let tail = b"Sec-WebSocket-Extensions: x\r\nUser-Agent: caf\xe9\r\n\r\n";
    assert!(client.request().ends_with(tail));
    assert!(!client.request().windows(7).any(|bytes| bytes == b"Origin:"));
}

#[test]
fn answer_of_rfc_6455_section_1_3_with_the_first_frame_behind_it() {
    let mut answer =
        http(&[SWITCHING, UPGRADE, ACCEPT, "Sec-WebSocket-Protocol: chat\n\n"].concat());
    answer.extend(b"\x81\x05Hello\r\n\r\n");
    let outcome = read(&answer).expect("agreed");
    assert_eq!(outcome.status, 101);
    assert_eq!(outcome.protocol.as_deref(), Some("chat"));
    assert_eq!(outcome.extensions, []);
    assert_eq!(outcome.headers.len(), 4);
    assert_eq!(outcome.rest, b"\x81\x05Hello\r\n\r\n");
}

#[test]
fn upgrade_and_connection_are_lists_without_case() {
    let outcome = read(&http(
        &[
            SWITCHING,
            "upgrade: h2c, WebSocket\nCONNECTION: keep-alive\nConnection: x ,UPGRADE\n",
            ACCEPT,
            "\n",
        ]
        .concat(),
    ));
    assert_eq!(outcome.expect("agreed").protocol, None);
}

#[test]
fn lines_may_end_with_line_feed_alone() {
    let answer = [SWITCHING, UPGRADE, ACCEPT, "\n", "\n"].concat();
    assert_eq!(read(answer.as_bytes()).expect("agreed").rest, b"\n");
}

#[test]
fn later_minor_version_is_taken_as_1_1() {
    let answer = ["HTTP/1.2 101\n", UPGRADE, ACCEPT, "\n"].concat();
    read(&http(&answer)).expect("agreed");
}

#[test]
fn informational_responses_before_the_answer_are_skipped() {
    let early = "HTTP/1.1 100 Continue\n\nHTTP/1.1 103 Early Hints\nLink: </a>\n\n";
    let outcome = read(&http(&[early, SWITCHING, UPGRADE, ACCEPT, "\n"].concat()));
    assert_eq!(outcome.expect("agreed").headers.len(), 3);
}

#[test]
fn answer_must_be_http_1_1() {
    assert_fails(
        &["HTTP/1.0 101 OK\n", UPGRADE, ACCEPT, "\n"].concat(),
        Kind::HttpVersion,
        "The server answered with HTTP/1.0; an upgrade needs HTTP/1.1.",
    );
    assert_fails(
        "HTTP/2.0 101 OK\n\n",
        Kind::HttpVersion,
        "The server answered with \"HTTP/2.0 101 OK\"; \"HTTP/1.1 101\" was expected.",
    );
}

#[test]
fn bytes_that_are_not_http_fail_at_the_first_wrong_one() {
    let error = read(b"SSH-2.0-OpenSSH_9.6\r\n").expect_err("not HTTP");
    assert_eq!(error.kind(), Kind::Malformed);
    assert_eq!(
        error.to_string(),
        "The server does not speak HTTP: \"SSH-2.0-OpenSSH_9.6\\r\\n\" came; \"HTTP/1.1 101\" was expected."
    );
    let mut client = ClientHandshake::new(sample_request()).expect("a good request");
    assert_eq!(client.handle_bytes(b"HT"), Ok(Progress::NeedMore));
    assert_eq!(client.handle_bytes(b"M").expect_err("not HTTP").kind(), Kind::Malformed);
    let alert = read(b"\x15\x03\x01\x00\x02\x02\x28").expect_err("not HTTP").to_string();
    assert!(alert.contains("\\x15\\x03\\x01") && alert.contains("wss:"), "{alert}");
}

#[test]
fn head_must_keep_the_grammar() {
    for answer in [
        "HTTP/1.1 \n\n",
        "HTTP/1.1 1x1 OK\n\n",
        "HTTP/1.1 099 OK\n\n",
        "HTTP/1.1 101 OK\nNo colon\n\n",
        "HTTP/1.1 101 OK\nName : value\n\n",
        "HTTP/1.1 101 OK\nA: b\n folded\n\n",
        "HTTP/1.1 101 OK\nA: b\0c\n\n",
        "HTTP/1.1 101 OK\n: b\n\n",
    ] {
        assert_eq!(read(&http(answer)).expect_err(answer).kind(), Kind::Malformed, "{answer:?}");
    }
}

#[test]
fn upgrade_must_be_websocket() {
    assert_fails(
        &[SWITCHING, "Upgrade: h2c\nConnection: Upgrade\n", ACCEPT, "\n"].concat(),
        Kind::Upgrade,
        "The server switched protocols, but not to WebSocket: the header Upgrade is \"h2c\"; \"websocket\" was expected.",
    );
    let missing = [SWITCHING, "Connection: Upgrade\n", ACCEPT, "\n"].concat();
    assert_eq!(read(&http(&missing)).expect_err("no Upgrade").kind(), Kind::Upgrade);
}

#[test]
fn connection_must_have_upgrade() {
    assert_fails(
        &[SWITCHING, "Upgrade: websocket\n", ACCEPT, "\n"].concat(),
        Kind::Connection,
        "The server's answer is not an upgrade: the header Connection is missing; \"Upgrade\" was expected.",
    );
    let other = [SWITCHING, "Upgrade: websocket\nConnection: upgraded\n", ACCEPT, "\n"].concat();
    assert_eq!(read(&http(&other)).expect_err("another token").kind(), Kind::Connection);
}

#[test]
fn accept_must_answer_the_key_exactly_and_once() {
    for accept in [
        "".to_owned(),
        ACCEPT.to_lowercase(),
        "Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\n".to_owned(),
        "Sec-WebSocket-Accept:\n".to_owned(),
        ACCEPT.repeat(2),
    ] {
        let answer = [SWITCHING, UPGRADE, &accept, "\n"].concat();
        let error = read(&http(&answer)).expect_err(&accept);
        assert_eq!(error.kind(), Kind::Accept);
        assert_eq!(error.status(), Some(101));
        assert_eq!(error.headers().and_then(|headers| headers.get("upgrade")), Some("websocket"));
        assert!(
            error.to_string().ends_with("exactly \"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\" was expected.")
        );
    }
}

#[test]
fn subprotocol_must_be_one_that_was_offered() {
    let error = read_with("Sec-WebSocket-Protocol: Chat\n").expect_err("another case");
    assert_eq!(error.kind(), Kind::Protocol);
    assert_eq!(
        error.to_string(),
        "The server selected the subprotocol \"Chat\", which was not offered (offered: chat, superchat)."
    );
    for several in [
        "Sec-WebSocket-Protocol: chat\n".repeat(2).as_str(),
        "Sec-WebSocket-Protocol: chat, superchat\n",
        "Sec-WebSocket-Protocol:\n",
    ] {
        assert_eq!(read_with(several).expect_err(several).kind(), Kind::Protocol);
    }
}

#[test]
fn extension_must_be_one_that_was_offered_and_stand_once() {
    let offer = |name| Extension::new(name).expect("a token");
    let asked =
        ClientRequest { extensions: vec![offer("a"), offer("a"), offer("b")], ..sample_request() };
    let read = |value: &str| {
        let answer = http(&[SWITCHING, UPGRADE, ACCEPT, value, "\n"].concat());
        at_every_cut(&answer, |chunks| read_answer(&asked, chunks))
    };
    let lines = "Sec-WebSocket-Extensions: b; x=1\nSec-WebSocket-Extensions: a\n";
    let names: Vec<_> =
        read(lines).expect("agreed").extensions.iter().map(|e| e.name().to_owned()).collect();
    assert_eq!(names, ["b", "a"]);
    for (value, sentence) in [
        ("c", "The server accepted the extension \"c\", which was not offered."),
        ("a, b, a; x", "The server accepted the extension \"a\" twice; once was expected."),
        (
            "a;",
            "The header Sec-WebSocket-Extensions is \"a;\": at character 2 a token (a name without spaces or separators) was expected.",
        ),
        (
            "",
            "The header Sec-WebSocket-Extensions is \"\": at character 0 the name of an extension was expected.",
        ),
    ] {
        let error = read(&["Sec-WebSocket-Extensions: ", value, "\n"].concat()).expect_err(value);
        assert_eq!((error.kind(), error.to_string().as_str()), (Kind::Extensions, sentence));
    }
}

#[test]
fn head_may_have_64_kib_and_not_a_byte_more() {
    let head = |size: usize| {
        let fixed = http(&[SWITCHING, UPGRADE, ACCEPT, "X: \n\n"].concat()).len();
        http(&[SWITCHING, UPGRADE, ACCEPT, "X: ", &"x".repeat(size - fixed), "\n\n"].concat())
    };
    let mut full = head(HEAD_LIMIT);
    assert_eq!(full.len(), HEAD_LIMIT);
    full.extend([b'r'; 100_000]);
    assert_eq!(read_answer(&sample_request(), &[&full]).expect("agreed").rest, [b'r'; 100_000]);
    let over = head(HEAD_LIMIT + 1);
    for size in [1, 1000, over.len()] {
        let chunks: Vec<_> = over.chunks(size).collect();
        let error = read_answer(&sample_request(), &chunks).expect_err("too large");
        assert_eq!(error.kind(), Kind::HeadTooLarge);
    }
    let informational = b"HTTP/1.1 100 Continue\r\n\r\n".repeat(3000);
    let error = read_answer(&sample_request(), &[&informational]).expect_err("too large");
    assert_eq!(error.kind(), Kind::HeadTooLarge);
}

#[test]
fn end_before_the_head_is_complete_is_a_truncation() {
    let empty = read(b"").expect_err("nothing");
    assert_eq!(empty.kind(), Kind::Truncated);
    assert_eq!(
        empty.to_string(),
        "The server closed the connection without an answer to the upgrade request."
    );
    let part = read(b"HTTP/1.1 101 Switching Protocols\r\n").expect_err("no blank line");
    assert_eq!(part.kind(), Kind::Truncated);
    assert!(part.to_string().contains("after 34 bytes"), "{part}");
}

#[test]
fn refusal_has_the_body_that_its_framing_gives() {
    for (headers, body, expected) in [
        ("Content-Length: 5\n", "hello and more", "hello"),
        ("Content-Length: 5, 5\n", "hello and more", "hello"),
        ("Content-Length: 0\n", "hello", ""),
        ("Content-Length: 50\n", "cut short", "cut short"),
        ("Content-Length: 0, 5\n", "contradiction", "contradiction"),
        ("Content-Length: -5\n", "until the end", "until the end"),
        ("", "until the end", "until the end"),
        ("Transfer-Encoding: chunked\n", "5\nhello\n1;x=y\n!\n0\nTrailer: x\n\nmore", "hello!"),
        (
            "Transfer-Encoding: gzip, Chunked\nContent-Length: 2\n",
            "A \nhellohello\n0\n\n",
            "hellohello",
        ),
        ("Transfer-Encoding: chunked\n", "5\nhel", "hel"),
        ("Transfer-Encoding: chunked\n", "5\nhello!", "hello"),
        ("Transfer-Encoding: chunked\n", "3\nabc\nx\n", "abc"),
        ("Transfer-Encoding: gzip\n", "until the end", "until the end"),
        ("Transfer-Encoding: chunked\n", "10000000000000002\nof 2^64 + 2", "of 2^64 + 2"),
        ("Content-Length: 18446744073709551620\n", "of 2^64 + 4", "of 2^64 + 4"),
    ] {
        let answer = http(&["HTTP/1.1 403 No Entry\n", headers, "\n", body].concat());
        let error = read(&answer).expect_err(headers);
        assert_eq!(error.kind(), Kind::Refused);
        assert_eq!((error.status(), error.reason()), (Some(403), Some("No Entry")));
        assert_eq!(String::from_utf8_lossy(error.body()), expected, "{headers}");
    }
}

#[test]
fn refusal_is_reported_as_soon_as_its_body_is_complete() {
    for answer in [
        "HTTP/1.1 404 Not Found\nContent-Length: 0\n\n",
        "HTTP/1.1 404 Not Found\nContent-Length: 2\n\nno",
        "HTTP/1.1 404 Not Found\nTransfer-Encoding: chunked\n\n0\n",
        "HTTP/1.1 204 No Content\n\n",
    ] {
        let mut client = ClientHandshake::new(sample_request()).expect("a good request");
        let answer = http(answer);
        let (last, before) = answer.split_last().expect("bytes");
        assert_eq!(client.handle_bytes(before), Ok(Progress::NeedMore));
        let error = client.handle_bytes(&[*last]).expect_err("refused");
        assert_eq!(error.kind(), Kind::Refused);
        assert_eq!(client.handle_bytes(b"").expect_err("over").kind(), Kind::Finished);
        assert_eq!(client.handle_eof().kind(), Kind::Finished);
    }
}

#[test]
fn refusal_is_cut_at_the_body_limit() {
    for headers in ["", "Content-Length: 99999999999999999999999\n"] {
        let mut client = ClientHandshake::new(sample_request()).expect("a good request");
        let head = http(&["HTTP/1.1 500\n", headers, "\n"].concat());
        assert_eq!(client.handle_bytes(&head), Ok(Progress::NeedMore));
        assert_eq!(client.handle_bytes(&[b'x'; BODY_LIMIT - 1]), Ok(Progress::NeedMore));
        assert_eq!(client.refusal_status(), Some(500));
        let error = client.handle_bytes(&[b'x'; 9]).expect_err("refused");
        assert_eq!(error.body(), [b'x'; BODY_LIMIT]);
    }
    let chunked = http("HTTP/1.1 500\nTransfer-Encoding: chunked\n\nffffffffffffffffffffffff\n");
    let body = [chunked.as_slice(), &[b'x'; BODY_LIMIT + 1]];
    let error = read_answer(&sample_request(), &body).expect_err("refused");
    assert_eq!(error.body(), [b'x'; BODY_LIMIT]);
}

#[test]
fn refusal_says_what_to_do_about_it() {
    for (answer, sentence) in [
        (
            "HTTP/1.0 404 Not Found\n\n",
            "The server refused the upgrade with status 404 (Not Found); 101 (Switching Protocols) was expected.",
        ),
        (
            "HTTP/1.1 302\nLocation: /in\n\n",
            "The server refused the upgrade with status 302 (Found); 101 (Switching Protocols) was expected. It redirects to \"/in\"; redirects are not followed.",
        ),
        (
            "HTTP/1.1 200 OK\n\n",
            "The server refused the upgrade with status 200 (OK); 101 (Switching Protocols) was expected. It answered as to an ordinary request: is this the path of a WebSocket?",
        ),
    ] {
        assert_fails(answer, Kind::Refused, sentence);
    }
}
