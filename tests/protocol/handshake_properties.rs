//! What must hold for all inputs of the handshake.

use framewire::protocol::handshake::{
    AcceptResponse, ClientHandshake, ClientRequest, Extension, HandshakeError, HandshakeErrorKind,
};
use proptest::collection::vec;
use proptest::prelude::*;

use super::handshake::{read_answer, read_request, sample_request};

const TOKEN: &str = "[!#$%&'*+.^_`|~0-9A-Za-z-]{1,12}";
/// A header's value: Latin-1 without control characters, and no space at its ends.
const VALUE: &str = "([!-~\u{a1}-\u{ff}]([ \t!-~\u{a1}-\u{ff}]{0,20}[!-~\u{a1}-\u{ff}])?)?";

fn extension() -> impl Strategy<Value = Extension> {
    (TOKEN, vec((TOKEN, proptest::option::of(TOKEN)), 0..4)).prop_map(|(name, params)| {
        params.iter().fold(Extension::new(&name).expect("a token"), |extension, (name, value)| {
            extension.with_param(name, value.as_deref()).expect("tokens")
        })
    })
}

fn free_headers() -> impl Strategy<Value = Vec<(String, String)>> {
    vec((TOKEN.prop_map(|name| format!("X-{name}")), VALUE), 0..6)
}

/// Bytes that come closer to a head than random ones: pieces of it in any order, and bytes between.
fn near_head() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(b"HTTP/1.1 101 Switching Protocols\r\n".to_vec()),
        Just(b"HTTP/1.1 404\r\n".to_vec()),
        Just(b"GET /chat HTTP/1.1\r\n".to_vec()),
        Just(b"Host: a\r\n".to_vec()),
        Just(b"Upgrade: websocket\r\nConnection: Upgrade\r\n".to_vec()),
        Just(b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n".to_vec()),
        Just(
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
                .to_vec()
        ),
        Just(b"Sec-WebSocket-Extensions: a; b=\"".to_vec()),
        Just(b"Transfer-Encoding: chunked\r\n".to_vec()),
        Just(b"Content-Length: 99999999999999999999999\r\n".to_vec()),
        Just(b"\r\n".to_vec()),
        Just(b"ffffffffffffffffffffff\r\n".to_vec()),
        vec(any::<u8>(), 0..6),
    ];
    vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

fn cut<'a>(bytes: &'a [u8], sizes: &[usize]) -> Vec<&'a [u8]> {
    let mut left = bytes;
    let mut chunks = Vec::new();
    for &size in sizes {
        let (chunk, after) = left.split_at(size.min(left.len()));
        chunks.push(chunk);
        left = after;
    }
    chunks.push(left);
    chunks
}

/// A result without the sentence, which may show more or less of foreign bytes.
fn verdict<T>(result: Result<T, HandshakeError>) -> Result<T, (HandshakeErrorKind, Vec<u8>)> {
    result.map_err(|error| {
        assert!(!error.to_string().is_empty() && error.to_string().is_ascii());
        (error.kind(), error.body().to_vec())
    })
}

proptest! {
    #[test]
    fn no_bytes_make_a_client_or_a_server_panic(
        bytes in prop_oneof![vec(any::<u8>(), 0..200), near_head()],
        sizes in vec(0..40usize, 0..6),
    ) {
        let chunks = cut(&bytes, &sizes);
        let request = sample_request();
        prop_assert_eq!(
            verdict(read_answer(&request, &[&bytes])),
            verdict(read_answer(&request, &chunks))
        );
        prop_assert_eq!(verdict(read_request(&[&bytes])), verdict(read_request(&chunks)));
    }

    #[test]
    fn request_comes_back_as_it_was_asked(
        headers in free_headers(),
        extensions in vec(extension(), 0..4),
        protocols in proptest::collection::btree_set(TOKEN, 0..4),
        target in "/[!-\"$-~]{0,30}",
        nonce in any::<[u8; 16]>(),
        rest in vec(any::<u8>(), 0..20),
    ) {
        let protocols: Vec<String> = protocols.into_iter().collect();
        let asked = ClientRequest {
            target, protocols, extensions, headers, nonce, ..sample_request()
        };
        let client = ClientHandshake::new(asked.clone()).expect("a good request");
        let request = read_request(&[client.request(), &rest]).expect("a good request");
        let free: Vec<_> = request.headers.iter().filter(|(name, _)| name.starts_with("X-")).collect();
        let asked_headers: Vec<_> = asked.headers.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        prop_assert_eq!(free, asked_headers);
        prop_assert_eq!(&request.target, &asked.target);
        prop_assert_eq!(&request.protocols, &asked.protocols);
        prop_assert_eq!(&request.extensions, &asked.extensions);
        prop_assert_eq!(&request.rest, &rest);

        let response = request.accept(&AcceptResponse {
            protocol: asked.protocols.last().cloned(),
            extensions: asked.extensions.first().cloned().into_iter().collect(),
            headers: asked.headers.clone(),
        }).expect("a good response");
        let outcome = read_answer(&asked, &[&response, &rest]).expect("agreed");
        prop_assert_eq!(outcome.protocol.as_ref(), asked.protocols.last());
        prop_assert_eq!(outcome.extensions.first(), asked.extensions.first());
        prop_assert_eq!(&outcome.rest, &rest);
    }

    #[test]
    fn written_extensions_parse_to_the_same(list in vec(extension(), 1..5)) {
        prop_assert_eq!(Extension::parse_list(&Extension::write_list(&list)), Ok(list));
    }

    #[test]
    fn parsed_extensions_are_written_in_one_form(value in "[a-c ,;=\"\\\\\t\u{e9}]{0,16}") {
        if let Ok(list) = Extension::parse_list(&value) {
            let written = Extension::write_list(&list);
            prop_assert_eq!(Extension::parse_list(&written), Ok(list));
        }
    }

    #[test]
    fn no_string_of_a_caller_adds_a_line(
        texts in vec(prop_oneof![any::<String>(), "[a\r\n\0:; ,/\u{10a}\u{10d}]{0,6}"], 6),
    ) {
        let [host, target, origin, protocol, name, value] = &texts[..] else { unreachable!() };
        let asked = ClientRequest {
            host: host.clone(),
            target: target.clone(),
            origin: Some(origin.clone()),
            protocols: vec![protocol.clone()],
            extensions: vec![],
            headers: vec![(name.clone(), value.clone())],
            nonce: [0; 16],
        };
        for asked in [
            ClientRequest { host: host.clone(), ..sample_request() },
            ClientRequest { target: format!("/{target}"), ..sample_request() },
            ClientRequest { origin: Some(origin.clone()), ..sample_request() },
            ClientRequest { protocols: vec![protocol.clone()], ..sample_request() },
            ClientRequest { headers: vec![("X".into(), value.clone())], ..sample_request() },
            ClientRequest { headers: vec![(name.clone(), "x".into())], ..sample_request() },
            asked,
        ] {
            if let Ok(client) = ClientHandshake::new(asked.clone()) {
                let lines = client.request().split(|&byte| byte == b'\n').count();
                prop_assert_eq!(lines, 10 + asked.headers.len());
            }
        }
    }
}
