//! The upgrade in both roles.

use crate::report::report;
use crate::stream::{Input, PolledStream};
use serde_json::{Map, Value, json};
use std::net::TcpStream;
use std::sync::mpsc::Sender;
use tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tungstenite::http::header::SEC_WEBSOCKET_PROTOCOL;
use tungstenite::http::{HeaderMap, HeaderValue, StatusCode};
use tungstenite::{ClientRequestBuilder, Error, HandshakeError, WebSocket};

/// The subprotocol that the server speaks.
const PROTOCOL: &str = "v1.chat";

/// Accepts a client, whose number is the path that it asks for; tells of it.
pub(crate) fn accept(stream: PolledStream) -> Option<(u64, WebSocket<PolledStream>)> {
    let mut id = None;
    let mut opened = Value::Null;
    #[expect(clippy::result_large_err, reason = "the callback's type is tungstenite's")]
    let answer = |request: &Request, mut response: Response| {
        let path = request.uri().path().trim_start_matches('/');
        let Ok(number) = path.parse::<u64>() else { return Err(refusal()) };
        let offered = request.headers().get(SEC_WEBSOCKET_PROTOCOL);
        let offered = offered.and_then(|value| value.to_str().ok()).unwrap_or_default();
        let protocol = offered.split(", ").find(|name| *name == PROTOCOL);
        let headers = response.headers_mut();
        headers.insert("x-served", HeaderValue::from_static("by tungstenite"));
        if protocol.is_some() {
            headers.insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(PROTOCOL));
        }
        id = Some(number);
        opened = told(number, protocol, request.headers());
        Ok(response)
    };
    let mut socket = tungstenite::accept_hdr(stream, answer).ok()?;
    socket.get_mut().waits = false;
    report(&opened);
    Some((id?, socket))
}

/// Connects as a command says; what to tell comes back, or has been told if it was refused.
pub(crate) fn connect(
    id: u64,
    command: &Value,
) -> Option<(WebSocket<PolledStream>, Sender<Input>, Value)> {
    let uri: tungstenite::http::Uri = command["url"].as_str()?.parse().ok()?;
    let stream = TcpStream::connect(uri.authority()?.as_str()).ok()?;
    let (stream, inputs) = PolledStream::new(stream);
    let mut request = ClientRequestBuilder::new(uri);
    for protocol in command["protocols"].as_array()?.iter().filter_map(Value::as_str) {
        request = request.with_sub_protocol(protocol);
    }
    for (name, value) in command["headers"].as_object()? {
        request = request.with_header(name, value.as_str()?);
    }
    match tungstenite::client(request, stream) {
        Ok((mut socket, response)) => {
            socket.get_mut().waits = false;
            let protocol = response.headers().get(SEC_WEBSOCKET_PROTOCOL);
            let protocol = protocol.and_then(|value| value.to_str().ok());
            let opened = told(id, protocol, response.headers());
            Some((socket, inputs, opened))
        }
        Err(HandshakeError::Failure(Error::Http(response))) => {
            report(&json!({ "event": "refused", "id": id, "status": response.status().as_u16() }));
            None
        }
        Err(error) => {
            report(&json!({ "event": "refused", "id": id, "error": error.to_string() }));
            None
        }
    }
}

fn refusal() -> ErrorResponse {
    let mut refusal = ErrorResponse::new(Some("not here".to_owned()));
    *refusal.status_mut() = StatusCode::FORBIDDEN;
    refusal
}

fn told(id: u64, protocol: Option<&str>, headers: &HeaderMap) -> Value {
    let text = |value: &HeaderValue| Value::from(String::from_utf8_lossy(value.as_bytes()));
    let headers: Map<String, Value> =
        headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
    json!({ "event": "open", "id": id, "protocol": protocol.unwrap_or(""), "headers": headers })
}
