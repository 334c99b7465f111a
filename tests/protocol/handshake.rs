//! The two sides of the upgrade together, and what the other handshake tests share.

use framewire::protocol::handshake::{
    AcceptResponse, ClientHandshake, ClientOutcome, ClientRequest, Extension, HandshakeError,
    HandshakeErrorKind, Headers, Key, Progress, RequestErrorKind, ServerHandshake, UpgradeRequest,
    refuse,
};

/// The request of RFC 6455 §1.3, as our client asks for it.
pub(crate) fn sample_request() -> ClientRequest {
    ClientRequest {
        host: "server.example.com".into(),
        target: "/chat".into(),
        origin: Some("http://example.com".into()),
        protocols: vec!["chat".into(), "superchat".into()],
        extensions: vec![],
        headers: vec![],
        nonce: *b"the sample nonce",
    }
}

/// What a client makes of `chunks` and the end after them. Chunks behind the outcome count as rest.
pub(crate) fn read_answer(
    request: &ClientRequest,
    chunks: &[&[u8]],
) -> Result<ClientOutcome, HandshakeError> {
    let mut client = ClientHandshake::new(request.clone()).expect("a good request");
    for (index, chunk) in chunks.iter().enumerate() {
        if let Progress::Done(mut outcome) = client.handle_bytes(chunk)? {
            outcome.rest.extend(chunks[index + 1..].concat());
            return Ok(outcome);
        }
    }
    Err(client.handle_eof())
}

/// What a server makes of `chunks` and the end after them. Chunks behind the request count as rest.
pub(crate) fn read_request(chunks: &[&[u8]]) -> Result<UpgradeRequest, HandshakeError> {
    let mut server = ServerHandshake::new();
    for (index, chunk) in chunks.iter().enumerate() {
        if let Progress::Done(mut request) = server.handle_bytes(chunk)? {
            request.rest.extend(chunks[index + 1..].concat());
            return Ok(request);
        }
    }
    Err(server.handle_eof())
}

/// `read` of `bytes` whole, after it was found to be the same byte by byte and cut in two at every
/// offset. Only a sentence about bytes that are not HTTP may differ: it shows what there was.
pub(crate) fn at_every_cut<T: PartialEq + std::fmt::Debug>(
    bytes: &[u8],
    read: impl Fn(&[&[u8]]) -> Result<T, HandshakeError>,
) -> Result<T, HandshakeError> {
    let whole = read(&[bytes]);
    let compare = |chunks: &[&[u8]]| {
        let cut = read(chunks);
        match (&whole, &cut) {
            (Err(whole), Err(cut)) if whole.kind() == HandshakeErrorKind::Malformed => {
                assert_eq!((whole.kind(), whole.status()), (cut.kind(), cut.status()));
            }
            _ => assert_eq!(whole, cut, "cut as {chunks:?}"),
        }
    };
    compare(&bytes.chunks(1).collect::<Vec<_>>());
    for offset in 0..=bytes.len() {
        let (left, right) = bytes.split_at(offset);
        compare(&[left, right]);
    }
    whole
}

/// `text` with the line ends of HTTP.
pub(crate) fn http(text: &str) -> Vec<u8> {
    text.replace('\n', "\r\n").into_bytes()
}

#[test]
fn accept_value_of_the_key_in_rfc_6455_section_1_3() {
    let key = Key::from_nonce(*b"the sample nonce");
    assert_eq!(key.as_str(), "dGhlIHNhbXBsZSBub25jZQ==");
    assert_eq!(key.accept(), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    assert_eq!(Key::parse("dGhlIHNhbXBsZSBub25jZQ=="), Some(key));
}

#[test]
fn accept_value_of_the_key_in_rfc_4648_alphabet_extremes() {
    assert_eq!(Key::from_nonce([0xff; 16]).as_str(), "/////////////////////w==");
    assert_eq!(Key::from_nonce([0; 16]).as_str(), "AAAAAAAAAAAAAAAAAAAAAA==");
}

#[test]
fn key_is_24_characters_of_base64() {
    for bad in [
        "",
        "==",
        "dGhlIHNhbXBsZSBub25jZQ=",
        "dGhlIHNhbXBsZSBub25jZQ",
        "dGhlIHNhbXBsZSBub25jZQ===",
        "dGhlIHNhbXBsZSBub25jZQAA==",
        "dGhlIHNhbXBsZSBub25jZ_==",
        "dGhlIHNhbXBsZSBub25jZ ==",
        "dGhlIHNhbXBsZSBub25j\u{e9}==",
    ] {
        assert_eq!(Key::parse(bad), None, "{bad:?}");
    }
}

#[test]
fn client_and_server_agree_on_subprotocol_extension_and_headers() {
    let deflate = Extension::new("permessage-deflate").expect("a token");
    let offer = deflate.clone().with_param("client_max_window_bits", None).expect("tokens");
    let answer = deflate.with_param("client_max_window_bits", Some("12")).expect("tokens");
    let asked = ClientRequest {
        extensions: vec![offer.clone()],
        headers: vec![("Cookie".into(), "caf\u{e9}=1".into())],
        ..sample_request()
    };
    let client = ClientHandshake::new(asked.clone()).expect("a good request");

    let request = at_every_cut(client.request(), read_request).expect("a good request");
    assert_eq!(request.method, "GET");
    assert_eq!(request.target, "/chat");
    assert_eq!(request.host, "server.example.com");
    assert_eq!(request.origin.as_deref(), Some("http://example.com"));
    assert_eq!(request.protocols, ["chat", "superchat"]);
    assert_eq!(request.extensions, [offer]);
    assert_eq!(request.headers.get("cookie"), Some("caf\u{e9}=1"));
    assert_eq!(request.rest, b"");

    let mut response = request
        .accept(&AcceptResponse {
            protocol: Some("superchat".into()),
            extensions: vec![answer.clone()],
            headers: vec![("X-Room".into(), "7".into())],
        })
        .expect("a good response");
    response.extend(b"\x81\x02hi");

    let outcome = at_every_cut(&response, |chunks| read_answer(&asked, chunks)).expect("agreed");
    assert_eq!(outcome.status, 101);
    assert_eq!(outcome.protocol.as_deref(), Some("superchat"));
    assert_eq!(outcome.extensions, [answer]);
    assert_eq!(outcome.headers.get("x-room"), Some("7"));
    assert_eq!(outcome.rest, b"\x81\x02hi");
}

#[test]
fn a_refusal_reaches_the_client_whole() {
    let headers = [("Retry-After".to_owned(), "30".to_owned())];
    let response = refuse(503, &headers, b"full").expect("a good refusal");
    let error = at_every_cut(&response, |chunks| read_answer(&sample_request(), chunks))
        .expect_err("a refusal");
    assert_eq!(error.kind(), HandshakeErrorKind::Refused);
    assert_eq!(error.status(), Some(503));
    assert_eq!(error.reason(), Some("Service Unavailable"));
    assert_eq!(error.headers().and_then(|headers| headers.get("retry-after")), Some("30"));
    assert_eq!(error.body(), b"full");
}

#[test]
fn the_sentence_of_a_faulty_request_reaches_the_client_as_the_body() {
    let fault = read_request(&[b"POST / HTTP/1.1\r\nHost: a\r\n\r\n"]).expect_err("not GET");
    let response = fault.response().expect("an answer");
    let error = read_answer(&sample_request(), &[&response]).expect_err("a refusal");
    assert_eq!(error.status(), fault.status());
    assert_eq!(error.body(), format!("{fault}\n").as_bytes());
}

#[test]
fn header_names_have_no_case_and_keep_their_order() {
    let mut headers = Headers::new();
    for (name, value) in [("Set-Cookie", "a=1"), ("X", "  y\t"), ("set-cookie", "b=2")] {
        headers.append(name, value).expect("a good header");
    }
    assert_eq!(headers.get_all("SET-COOKIE").collect::<Vec<_>>(), ["a=1", "b=2"]);
    assert_eq!(
        headers.iter().collect::<Vec<_>>(),
        [("Set-Cookie", "a=1"), ("X", "y"), ("set-cookie", "b=2")]
    );
    assert_eq!((headers.len(), headers.is_empty(), headers.contains("x")), (3, false, true));
}

#[test]
fn header_that_would_end_early_or_has_no_bytes_is_refused() {
    let mut headers = Headers::new();
    for (name, value) in [
        ("", "x"),
        ("a b", "x"),
        ("a:", "x"),
        ("a\r\nb", "x"),
        ("\u{e9}", "x"),
        ("a", "x\r\nb: c"),
        ("a", "x\n"),
        ("a", "\rx"),
        ("a", "x\0"),
        ("a", "x\u{7f}"),
        ("a", "\u{100}"),
        ("a", "\u{10d}\u{10a}"),
    ] {
        let error = headers.append(name, value).expect_err("a bad header");
        assert_eq!(error.kind(), RequestErrorKind::Header, "{name:?}: {value:?}");
    }
    assert!(headers.is_empty());
}
