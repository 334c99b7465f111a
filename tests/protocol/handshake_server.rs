//! The server's side of the upgrade (RFC 6455 §4.2).

use framewire::protocol::handshake::{
    AcceptResponse, Extension, HEAD_LIMIT, HandshakeError, HandshakeErrorKind as Kind, Headers,
    Progress, RequestErrorKind, RequestHead, ServerHandshake, UpgradeRequest, refuse,
};

use super::handshake::{at_every_cut, http, read_request};

/// The head of a good request, with `extra` lines before its blank line.
fn request_with(extra: &str) -> String {
    [
        "GET /chat?a=b HTTP/1.1\nHost: server.example.com\nUpgrade: websocket\nConnection: Upgrade\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\nSec-WebSocket-Version: 13\n",
        extra,
        "\n",
    ]
    .concat()
}

/// What a server makes of `request`, at every cut.
fn read(request: &str) -> Result<UpgradeRequest, HandshakeError> {
    at_every_cut(&http(request), read_request)
}

fn good() -> UpgradeRequest {
    read(&request_with("")).expect("a good request")
}

/// Checks kind and status of the fault in `request`, and returns the answer as text.
#[track_caller]
fn assert_fails(request: &str, kind: Kind, status: u16) -> String {
    let error = read(request).expect_err(request);
    assert_eq!((error.kind(), error.status()), (kind, Some(status)), "{request}\n{error}");
    let response = String::from_utf8(error.response().expect("an answer")).expect("ASCII");
    assert!(response.starts_with(&format!("HTTP/1.1 {status} ")), "{response}");
    assert!(response.contains("\r\nConnection: close"), "{response}");
    let (head, body) = response.split_once("\r\n\r\n").expect("a blank line");
    assert!(head.contains(&format!("\r\nContent-Length: {}\r\n", body.len())), "{response}");
    assert_eq!(body, format!("{error}\n"));
    response
}

#[test]
fn handshake_of_rfc_6455_section_1_3() {
    let request = read(
        "GET /chat HTTP/1.1\n\
         Host: server.example.com\n\
         Upgrade: websocket\n\
         Connection: Upgrade\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\n\
         Origin: http://example.com\n\
         Sec-WebSocket-Protocol: chat, superchat\n\
         Sec-WebSocket-Version: 13\n\n",
    )
    .expect("a good request");
    assert_eq!(request.target, "/chat");
    assert_eq!(request.host, "server.example.com");
    assert_eq!(request.origin.as_deref(), Some("http://example.com"));
    assert_eq!(request.protocols, ["chat", "superchat"]);
    assert_eq!(request.extensions, []);
    assert_eq!(request.key.as_str(), "dGhlIHNhbXBsZSBub25jZQ==");
    let response = AcceptResponse { protocol: Some("chat".into()), ..AcceptResponse::default() };
    assert_eq!(
        request.accept(&response).expect("a good response"),
        http(
            "HTTP/1.1 101 Switching Protocols\n\
             Upgrade: websocket\n\
             Connection: Upgrade\n\
             Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\n\
             Sec-WebSocket-Protocol: chat\n\n"
        )
    );
}

#[test]
fn bytes_after_the_request_are_kept() {
    let request = [&request_with(""), "\n\nGET"].concat();
    assert_eq!(read(&request).expect("a good request").rest, b"\r\n\r\nGET");
}

#[test]
fn several_lines_of_a_list_are_one_list() {
    let request = read(&request_with(
        "Sec-WebSocket-Protocol: a, b\nSec-WebSocket-Extensions: x; p=\"1\"\n\
         sec-websocket-protocol: c\nsec-websocket-extensions: y, x\n",
    ))
    .expect("a good request");
    assert_eq!(request.protocols, ["a", "b", "c"]);
    assert_eq!(Extension::write_list(&request.extensions), "x; p=1, y, x");
}

#[test]
fn later_minor_version_and_absolute_target_are_taken() {
    let line = "GET HTTP://server.example.com/chat HTTP/1.7";
    let request = request_with("Content-Length: 0\n").replace("GET /chat?a=b HTTP/1.1", line);
    assert_eq!(read(&request).expect("a good request").target, "HTTP://server.example.com/chat");
}

#[test]
fn browsers_connection_list_is_taken() {
    let request = request_with("")
        .replace("Connection: Upgrade", "Connection: keep-alive, Upgrade")
        .replace("websocket\n", "WebSocket\n");
    read(&request).expect("a good request");
}

#[test]
fn head_that_is_not_http_is_answered_with_400() {
    for request in [
        "\n\n",
        "GET\n\n",
        "GET /\n\n",
        "GET / \n\n",
        "GET  / HTTP/1.1\n\n",
        "GET / HTTP/1.10\n\n",
        "G\u{e9}T / HTTP/1.1\n\n",
        "\u{16}\u{3}\u{1}",
        "A-METHOD-THAT-IS-FAR-LONGER-THAN-ANY",
        &request_with("No colon\n"),
        &request_with("A: b\n folded\n"),
        &request_with("A : b\n"),
        &request_with("A: b\0\n"),
    ] {
        let kind = read(request).expect_err(request).kind();
        assert!(matches!(kind, Kind::Malformed | Kind::HttpVersion), "{request:?}: {kind:?}");
        assert_fails(request, kind, 400);
    }
}

#[test]
fn other_http_versions_are_answered_with_400() {
    for version in ["HTTP/1.0", "HTTP/2.0", "HTTP/0.9", "http/1.1"] {
        let request = request_with("").replace("HTTP/1.1", version);
        assert_fails(&request, Kind::HttpVersion, 400);
    }
    assert_fails("PRI * HTTP/2.0\n\nSM\n\n", Kind::HttpVersion, 400);
}

#[test]
fn other_method_is_answered_with_405_and_allow() {
    for method in ["POST", "get", "CONNECT"] {
        let request = request_with("").replacen("GET", method, 1);
        let response = assert_fails(&request, Kind::Method, 405);
        assert!(response.contains("\r\nAllow: GET\r\n"), "{response}");
    }
}

#[test]
fn target_is_a_path_or_an_absolute_http_uri() {
    for target in ["*", "chat", "ftp://a/", "server.example.com:80"] {
        let request = request_with("").replace("/chat?a=b", target);
        assert_fails(&request, Kind::Target, 400);
    }
}

#[test]
fn host_must_stand_once_and_say_something() {
    let line = "Host: server.example.com\n";
    assert_fails(&request_with("").replace(line, ""), Kind::Host, 400);
    assert_fails(&request_with("").replace(line, "Host:\n"), Kind::Host, 400);
    assert_fails(&request_with(line), Kind::Host, 400);
}

#[test]
fn plain_request_is_answered_with_426_and_upgrade() {
    for request in [
        "GET / HTTP/1.1\nHost: a\n\n",
        "GET / HTTP/1.1\nHost: a\nUpgrade: h2c\nConnection: Upgrade\n\n",
    ] {
        let response = assert_fails(request, Kind::Upgrade, 426);
        assert!(response.contains("\r\nUpgrade: websocket\r\n"), "{response}");
        assert!(response.contains("\r\nConnection: close, Upgrade\r\n"), "{response}");
    }
}

#[test]
fn connection_must_have_upgrade() {
    let request = request_with("").replace("Connection: Upgrade", "Connection: close");
    assert_fails(&request, Kind::Connection, 400);
}

#[test]
fn other_websocket_version_is_answered_with_426_and_the_version() {
    let line = "Sec-WebSocket-Version: 13\n";
    for other in [
        "Sec-WebSocket-Version: 8\n",
        "Sec-WebSocket-Version: 13, 8\n",
        "Sec-WebSocket-Version: 013\n",
        "",
    ] {
        let response = assert_fails(&request_with("").replace(line, other), Kind::Version, 426);
        assert!(response.contains("\r\nSec-WebSocket-Version: 13\r\n"), "{response}");
    }
    assert_fails(&request_with(line), Kind::Version, 400);
}

#[test]
fn key_must_be_16_bytes_and_stand_once() {
    let line = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\n";
    for other in [
        "",
        "Sec-WebSocket-Key:\n",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZ==\n",
        &line.repeat(2),
    ] {
        assert_fails(&request_with("").replace(line, other), Kind::Key, 400);
    }
}

#[test]
fn origin_must_not_be_ambiguous() {
    assert_fails(&request_with("Origin: https://a\nOrigin: https://b\n"), Kind::Origin, 400);
}

#[test]
fn offered_subprotocols_must_be_distinct_tokens() {
    for value in ["", ",", "a b", "a/b", "a, a", "a\nSec-WebSocket-Protocol: a"] {
        let line = ["Sec-WebSocket-Protocol: ", value, "\n"].concat();
        assert_fails(&request_with(&line), Kind::Protocol, 400);
    }
}

#[test]
fn offered_extensions_must_keep_the_grammar() {
    for value in ["", "a;", "a; b=\"c d\"", "a b"] {
        let line = ["Sec-WebSocket-Extensions: ", value, "\n"].concat();
        assert_fails(&request_with(&line), Kind::Extensions, 400);
    }
}

#[test]
fn request_must_not_have_a_body() {
    for line in ["Content-Length: 5\n", "Transfer-Encoding: chunked\n"] {
        assert_fails(&request_with(line), Kind::Body, 400);
    }
}

#[test]
fn head_over_64_kib_is_answered_with_431() {
    let fixed = http(&request_with("X: \n")).len();
    let full = http(&request_with(&["X: ", &"x".repeat(HEAD_LIMIT - fixed), "\n"].concat()));
    assert_eq!(full.len(), HEAD_LIMIT);
    read_request(&[&full]).expect("a good request");
    let over = http(&request_with(&["X: ", &"x".repeat(HEAD_LIMIT - fixed + 1), "\n"].concat()));
    for size in [1, over.len()] {
        let error = read_request(&over.chunks(size).collect::<Vec<_>>()).expect_err("too large");
        assert_eq!((error.kind(), error.status()), (Kind::HeadTooLarge, Some(431)));
        assert!(error.response().expect("an answer").starts_with(b"HTTP/1.1 431 Request Header"));
    }
    let many = request_with(&"a:\n".repeat(16_000));
    assert_eq!(read_request(&[&http(&many)]).expect("many headers").headers.len(), 16_005);
}

#[test]
fn end_before_the_request_has_nobody_to_answer() {
    for request in ["", "GET /chat HTTP/1.1\nHost: a\n"] {
        let error = read(request).expect_err("not complete");
        assert_eq!((error.kind(), error.status()), (Kind::Truncated, None));
        assert_eq!(error.response(), None);
    }
}

#[test]
fn spent_server_takes_nothing_more() {
    let mut server = ServerHandshake::new();
    let done = server.handle_bytes(&http(&request_with("")));
    assert!(matches!(done, Ok(Progress::Done(_))));
    assert_eq!(server.handle_bytes(b"x").expect_err("over").kind(), Kind::Finished);
    assert_eq!(server.handle_eof().kind(), Kind::Finished);
}

#[test]
fn head_that_another_parser_read_gives_the_same_request() {
    let headers: Vec<_> =
        good().headers.iter().map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
    let head = RequestHead {
        method: "GET".into(),
        target: "/chat?a=b".into(),
        minor_version: 1,
        headers: Headers::from_pairs(&headers).expect("good headers"),
    };
    let request = UpgradeRequest::from_head(head.clone(), b"rest".to_vec()).expect("good");
    assert_eq!(request, UpgradeRequest { rest: b"rest".to_vec(), ..good() });
    let old = RequestHead { minor_version: 0, ..head };
    assert_eq!(UpgradeRequest::from_head(old, vec![]).expect_err("1.0").kind(), Kind::HttpVersion);
}

#[test]
fn only_what_was_offered_can_be_accepted() {
    let request =
        read(&request_with("Sec-WebSocket-Protocol: a\nSec-WebSocket-Extensions: x, x\n"))
            .expect("a good request");
    let extension = |name| Extension::new(name).expect("a token");
    let accept = |protocol: Option<&str>, extensions: Vec<Extension>| {
        let protocol = protocol.map(str::to_owned);
        request
            .accept(&AcceptResponse { protocol, extensions, headers: vec![] })
            .map_err(|error| error.kind())
    };
    assert!(accept(Some("a"), vec![extension("x")]).is_ok());
    assert_eq!(accept(Some("A"), vec![]), Err(RequestErrorKind::Protocol));
    assert_eq!(accept(Some("b"), vec![]), Err(RequestErrorKind::Protocol));
    assert_eq!(accept(None, vec![extension("y")]), Err(RequestErrorKind::Extension));
    assert_eq!(
        accept(None, vec![extension("x"), extension("x")]),
        Err(RequestErrorKind::Extension)
    );
}

#[test]
fn response_headers_are_written_after_those_of_the_handshake() {
    let accept = |name: &str, value: &str| {
        let headers = vec![(name.to_owned(), value.to_owned())];
        good().accept(&AcceptResponse { headers, ..AcceptResponse::default() })
    };
    let response = accept("Set-Cookie", "a=\u{e9}").expect("a good response");
    assert!(response.ends_with(b"xOo=\r\nSet-Cookie: a=\xe9\r\n\r\n"));
    for name in [
        "upgrade",
        "connection",
        "sec-websocket-accept",
        "sec-websocket-protocol",
        "sec-websocket-extensions",
        "sec-websocket-key",
        "sec-websocket-version",
        "content-length",
        "transfer-encoding",
    ] {
        assert_eq!(accept(name, "x").expect_err(name).kind(), RequestErrorKind::Header);
    }
    accept("X", "a\r\nb").expect_err("a line break");
}

#[test]
fn refusal_is_a_complete_response() {
    let headers = [("WWW-Authenticate".to_owned(), "Basic".to_owned())];
    let response = refuse(401, &headers, b"who?").expect("a good refusal");
    let expected = "HTTP/1.1 401 Unauthorized\nConnection: close\nContent-Length: 4\nWWW-Authenticate: Basic\n\nwho?";
    assert_eq!(response, http(expected));
    assert!(
        refuse(499, &[], b"")
            .expect("a good refusal")
            .starts_with(b"HTTP/1.1 499 Client Error\r\n")
    );
    for status in [0, 101, 200, 299, 600] {
        assert_eq!(
            refuse(status, &[], b"").expect_err("no refusal").kind(),
            RequestErrorKind::Status
        );
    }
    for name in ["Connection", "content-length", "Transfer-Encoding", "a b"] {
        let headers = [(name.to_owned(), "x".to_owned())];
        assert_eq!(refuse(403, &headers, b"").expect_err(name).kind(), RequestErrorKind::Header);
    }
}
