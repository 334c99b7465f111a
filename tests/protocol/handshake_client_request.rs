//! What a client refuses to ask for.

use framewire::protocol::handshake::{
    ClientHandshake, ClientRequest, RequestError, RequestErrorKind as Kind,
};

use super::handshake::sample_request;

fn refusal(request: ClientRequest) -> RequestError {
    ClientHandshake::new(request).expect_err("must not be sent")
}

#[test]
fn host_is_an_authority_without_user_information() {
    for host in ["", "a b", "a/b", "user@a", "a\r\nX: y", "a?", "a#", "a\\b", "b\u{fc}cher.example"]
    {
        let error = refusal(ClientRequest { host: host.into(), ..sample_request() });
        assert_eq!(error.kind(), Kind::Host, "{host:?}");
    }
    for host in ["a", "a:8080", "[::1]:80", "127.0.0.1"] {
        let request = ClientRequest { host: host.into(), ..sample_request() };
        ClientHandshake::new(request).expect("a good host");
    }
}

#[test]
fn target_is_an_encoded_path_without_a_fragment() {
    for (target, sentence) in [
        ("", "The request target \"\" can't be sent: it must begin with \"/\"."),
        ("chat", "The request target \"chat\" can't be sent: it must begin with \"/\"."),
        (
            "/a b",
            "The request target \"/a b\" can't be sent: spaces, control characters and non-ASCII characters must be percent-encoded.",
        ),
        (
            "/a\r\nX: y",
            "The request target \"/a\\r\\nX: y\" can't be sent: spaces, control characters and non-ASCII characters must be percent-encoded.",
        ),
        (
            "/\u{20ac}",
            "The request target \"/\\u{20ac}\" can't be sent: spaces, control characters and non-ASCII characters must be percent-encoded.",
        ),
        (
            "/a#b",
            "The request target \"/a#b\" can't be sent: it must not have a fragment (\"#\"), which is never sent (RFC 6455 section 3).",
        ),
    ] {
        let error = refusal(ClientRequest { target: target.into(), ..sample_request() });
        assert_eq!((error.kind(), error.to_string().as_str()), (Kind::Target, sentence));
    }
}

#[test]
fn origin_is_visible_and_given_once() {
    for origin in ["", "https://a b", "https://a\r\n", "https://\u{20ac}"] {
        let error = refusal(ClientRequest { origin: Some(origin.into()), ..sample_request() });
        assert_eq!(error.kind(), Kind::Origin, "{origin:?}");
    }
    let headers = vec![("ORIGIN".into(), "null".into())];
    let error = refusal(ClientRequest { headers: headers.clone(), ..sample_request() });
    assert_eq!(error.kind(), Kind::Origin);
    ClientHandshake::new(ClientRequest { headers, origin: None, ..sample_request() })
        .expect("one origin");
}

#[test]
fn subprotocols_are_distinct_tokens() {
    for (protocols, sentence) in [
        (
            vec!["a", ""],
            "The subprotocol \"\" is not a token: one or more letters, digits and !#$%&'*+-.^_`|~ were expected.",
        ),
        (
            vec!["a, b"],
            "The subprotocol \"a, b\" is not a token: one or more letters, digits and !#$%&'*+-.^_`|~ were expected.",
        ),
        (
            vec!["a", "b", "a"],
            "The subprotocol \"a\" is offered twice: subprotocols must be distinct.",
        ),
    ] {
        let protocols = protocols.into_iter().map(str::to_owned).collect();
        let error = refusal(ClientRequest { protocols, ..sample_request() });
        assert_eq!((error.kind(), error.to_string().as_str()), (Kind::Protocol, sentence));
    }
    let protocols = vec!["a".into(), "A".into()];
    ClientHandshake::new(ClientRequest { protocols, ..sample_request() })
        .expect("names of another case are distinct");
}

#[test]
fn headers_of_the_handshake_cannot_be_set() {
    for (name, instead) in [
        ("host", "it is taken from the URL."),
        ("upgrade", "the handshake writes it itself."),
        ("connection", "the handshake writes it itself."),
        ("sec-websocket-key", "the handshake writes it itself."),
        ("sec-websocket-version", "the handshake writes it itself."),
        ("sec-websocket-accept", "only a server sends it."),
        ("sec-websocket-protocol", "use the option `protocols`."),
        ("sec-websocket-extensions", "use the option `extensions`."),
        ("content-length", "an upgrade request has no body."),
        ("transfer-encoding", "an upgrade request has no body."),
    ] {
        let headers = vec![("X-Fine".into(), "y".into()), (name.into(), "x".into())];
        let error = refusal(ClientRequest { headers, ..sample_request() });
        assert_eq!(error.kind(), Kind::Header);
        assert_eq!(
            error.to_string(),
            format!("The header \"{name}\" can't be among `headers`: {instead}")
        );
    }
}

#[test]
fn header_that_would_inject_another_is_refused() {
    let headers = vec![("X".into(), "a\r\nHost: evil".into())];
    let error = refusal(ClientRequest { headers, ..sample_request() });
    assert_eq!(error.kind(), Kind::Header);
    assert_eq!(
        error.to_string(),
        "The value of the header \"X\" can't be sent: \"a\\r\\nHost: evil\" has a line break, another control character, or a character above U+00FF."
    );
}
