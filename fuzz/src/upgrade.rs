//! The upgrade in both roles: any answer to our client, any request to our server, cut anywhere.
//!
//! ```text
//!   bytes 0 to 3   where it is cut
//!   4, 5           half of how many bytes are put in addition, so that short inputs reach the
//!                  limits too: headers behind the first line, or if it is odd, bytes at the end
//!   6 …            what the peer sends
//! ```

use framewire::protocol::handshake::{
    AcceptResponse, BODY_LIMIT, ClientHandshake, ClientOutcome, ClientRequest, Extension,
    HEAD_LIMIT, HandshakeError, HandshakeErrorKind, Headers, Progress, ServerHandshake,
    UpgradeRequest,
};

use super::cuts;

const HEAD: usize = cuts::LENGTH + 2;
/// Longer streams are not read byte by byte: that takes its time.
const SHORT: usize = 4096;
/// The bytes that are put in addition, over and over.
const FILLING: &[u8] = b"X-Filling: of thirty-two bytes\r\n";

/// Any answer to our client.
pub fn client(input: &[u8]) {
    let Some((plan, bytes)) = stream(input) else { return };
    let whole = read_answer(&[&bytes]);
    let cut = read_answer(&cuts::chunks(plan, &bytes));
    assert_eq!(verdict(cut), verdict(whole.clone()), "cut");
    assert_eq!(verdict(read_answer(&evenly(&bytes))), verdict(whole.clone()), "cut evenly");
    match whole {
        Ok(outcome) => {
            assert_eq!(outcome.status, 101);
            assert!(bytes.ends_with(&outcome.rest));
            assert!(bytes.len() - outcome.rest.len() <= HEAD_LIMIT, "a head over the limit");
            let asked = request();
            assert!(outcome.protocol.is_none_or(|protocol| asked.protocols.contains(&protocol)));
            let offered = |one: &Extension| asked.extensions.iter().any(|x| x.name() == one.name());
            assert!(outcome.extensions.iter().all(offered));
        }
        Err(error) => {
            check_sentence(&error);
            assert!(error.body().len() <= BODY_LIMIT);
            assert_eq!(error.response(), None, "a client answers");
        }
    }
}

/// Any request to our server.
pub fn server(input: &[u8]) {
    let Some((plan, bytes)) = stream(input) else { return };
    let whole = read_request(&[&bytes]);
    let cut = read_request(&cuts::chunks(plan, &bytes));
    assert_eq!(verdict(cut), verdict(whole.clone()), "cut");
    assert_eq!(verdict(read_request(&evenly(&bytes))), verdict(whole.clone()), "cut evenly");
    match whole {
        Ok(request) => {
            assert_eq!(request.method, "GET");
            assert!(bytes.ends_with(&request.rest));
            assert!(bytes.len() - request.rest.len() <= HEAD_LIMIT, "a head over the limit");
            let answer = AcceptResponse {
                protocol: request.protocols.last().cloned(),
                extensions: request.extensions.first().cloned().into_iter().collect(),
                headers: Vec::new(),
            };
            let response = request.accept(&answer).expect("what was offered");
            assert!(response.starts_with(b"HTTP/1.1 101 "));
            // Our client's key is another one, and nothing else may be wrong.
            let error = answer_to_client(&response, &request);
            assert!(matches!(error, None | Some(HandshakeErrorKind::Accept)), "{error:?}");
        }
        Err(error) => {
            check_sentence(&error);
            assert_eq!(error.response().is_none(), error.kind() == HandshakeErrorKind::Truncated);
            if let Some(response) = error.response() {
                let seen = read_answer(&[&response]).expect_err("a refusal");
                assert_eq!(seen.kind(), HandshakeErrorKind::Refused);
                assert_eq!(seen.status(), error.status());
                assert_eq!(seen.body(), format!("{error}\n").as_bytes());
            }
        }
    }
}

/// What a client that offered the same as `request` finds wrong in our server's answer.
fn answer_to_client(response: &[u8], request: &UpgradeRequest) -> Option<HandshakeErrorKind> {
    let asked = ClientRequest {
        protocols: request.protocols.clone(),
        extensions: request.extensions.clone(),
        ..self::request()
    };
    let mut client = ClientHandshake::new(asked).expect("what a client offered");
    client.handle_bytes(response).err().map(|error| error.kind())
}

/// The plan of the cuts, and what the peer sends.
fn stream(input: &[u8]) -> Option<([u8; cuts::LENGTH], Vec<u8>)> {
    let (&[a, b, c, d, high, low], bytes) = input.split_first_chunk::<HEAD>()?;
    let more = usize::from(u16::from_be_bytes([high, low]));
    let at = match bytes.iter().position(|&byte| byte == b'\n') {
        Some(end) if more % 2 == 0 => end + 1,
        _ => bytes.len(),
    };
    let (before, after) = bytes.split_at(at);
    let filling = FILLING.repeat(2 * more / FILLING.len());
    Some(([a, b, c, d], [before, &filling, after].concat()))
}

/// The bytes one by one, or in long chunks if they are many.
fn evenly(bytes: &[u8]) -> Vec<&[u8]> {
    let size = if bytes.len() <= SHORT { 1 } else { SHORT };
    bytes.chunks(size).collect()
}

/// A request with something to choose from. Its key is that of RFC 6455 §1.3.
fn request() -> ClientRequest {
    ClientRequest {
        host: "server.example.com".into(),
        target: "/chat".into(),
        origin: None,
        protocols: vec!["chat".into(), "superchat".into()],
        extensions: vec![Extension::new("permessage-deflate").expect("a token")],
        headers: vec![],
        nonce: *b"the sample nonce",
    }
}

fn read_answer(chunks: &[&[u8]]) -> Result<ClientOutcome, HandshakeError> {
    let mut client = ClientHandshake::new(request()).expect("a good request");
    let mut came = 0;
    for (index, chunk) in chunks.iter().enumerate() {
        came += chunk.len();
        match client.handle_bytes(chunk) {
            Ok(Progress::NeedMore) if client.refusal_status().is_none() => {
                assert!(came <= HEAD_LIMIT, "a head over the limit is kept");
            }
            Ok(Progress::NeedMore) => {}
            Ok(Progress::Done(mut outcome)) => {
                assert_eq!(client.handle_eof().kind(), HandshakeErrorKind::Finished);
                outcome.rest.extend(chunks[index + 1..].concat());
                return Ok(outcome);
            }
            Err(error) => {
                assert_eq!(client.handle_eof().kind(), HandshakeErrorKind::Finished);
                return Err(error);
            }
        }
    }
    Err(client.handle_eof())
}

fn read_request(chunks: &[&[u8]]) -> Result<UpgradeRequest, HandshakeError> {
    let mut server = ServerHandshake::new();
    let mut came = 0;
    for (index, chunk) in chunks.iter().enumerate() {
        came += chunk.len();
        match server.handle_bytes(chunk) {
            Ok(Progress::NeedMore) => assert!(came <= HEAD_LIMIT, "a head over the limit is kept"),
            Ok(Progress::Done(mut request)) => {
                assert_eq!(server.handle_eof().kind(), HandshakeErrorKind::Finished);
                request.rest.extend(chunks[index + 1..].concat());
                return Ok(request);
            }
            Err(error) => {
                assert_eq!(server.handle_eof().kind(), HandshakeErrorKind::Finished);
                return Err(error);
            }
        }
    }
    Err(server.handle_eof())
}

fn check_sentence(error: &HandshakeError) {
    let sentence = error.to_string();
    assert!(!sentence.is_empty() && sentence.is_ascii());
    assert!(!sentence.contains(['\r', '\n']), "a sentence of several lines");
}

/// What is wrong, without the sentence, which may show more or less of foreign bytes.
type Fault = (HandshakeErrorKind, Option<u16>, Option<Headers>, Vec<u8>);

fn verdict<T>(result: Result<T, HandshakeError>) -> Result<T, Fault> {
    result.map_err(|error| {
        (error.kind(), error.status(), error.headers().cloned(), error.body().to_vec())
    })
}
