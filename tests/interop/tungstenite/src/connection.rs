//! One connection after the upgrade: it sends back what it gets, and does what it is told.

use crate::report::{hex, report, unhex};
use crate::stream::PolledStream;
use serde_json::{Value, json};
use std::io;
use tungstenite::protocol::CloseFrame;
use tungstenite::protocol::frame::Frame;
use tungstenite::protocol::frame::coding::{Data, OpCode};
use tungstenite::{Error, Message, WebSocket};

/// What a Close without a code, and an end without a Close, count as.
const NO_CODE: u16 = 1005;
const NO_CLOSE: u16 = 1006;

/// An open connection and its number.
pub(crate) struct Connection {
    id: u64,
    socket: WebSocket<PolledStream>,
    /// What the peer's Close said.
    close: Option<(u16, String)>,
}

impl Connection {
    pub(crate) fn new(id: u64, socket: WebSocket<PolledStream>) -> Self {
        Self { id, socket, close: None }
    }

    /// Runs until the connection is over, and tells how it ended.
    pub(crate) fn run(mut self) {
        let error = loop {
            match self.turn() {
                Ok(()) => {}
                Err(Error::ConnectionClosed) => break Value::Null,
                Err(error) => break Value::from(error.to_string()),
            }
        };
        drop(self.socket);
        let (code, reason) = self.close.unwrap_or((NO_CLOSE, String::new()));
        let id = self.id;
        let event =
            json!({ "event": "close", "id": id, "code": code, "reason": reason, "error": error });
        report(&event);
    }

    /// Reads what has come, then waits for more and obeys.
    fn turn(&mut self) -> Result<(), Error> {
        loop {
            match self.socket.read() {
                Ok(message) => self.answer(message)?,
                Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        match self.socket.get_mut().wait() {
            Some(command) => self.obey(&command),
            None => Ok(()),
        }
    }

    fn answer(&mut self, message: Message) -> Result<(), Error> {
        let id = self.id;
        match message {
            Message::Text(_) | Message::Binary(_) => return self.socket.send(message),
            Message::Ping(payload) => {
                report(&json!({ "event": "ping", "id": id, "payload": hex(&payload) }));
            }
            Message::Pong(payload) => {
                report(&json!({ "event": "pong", "id": id, "payload": hex(&payload) }));
            }
            Message::Close(None) => self.close = Some((NO_CODE, String::new())),
            Message::Close(Some(close)) => {
                self.close = Some((close.code.into(), close.reason.to_string()));
            }
            Message::Frame(_) => {}
        }
        Ok(())
    }

    fn obey(&mut self, command: &Value) -> Result<(), Error> {
        match command["do"].as_str() {
            Some("ping") => {
                let payload = unhex(&command["payload"]).unwrap_or_default();
                self.socket.send(Message::Ping(payload.into()))
            }
            Some("fragments") => self.send_fragments(command),
            Some("close") => {
                let code = command["code"].as_u64().and_then(|code| u16::try_from(code).ok());
                let reason = command["reason"].as_str().unwrap_or_default();
                let close =
                    code.map(|code| CloseFrame { code: code.into(), reason: reason.into() });
                self.socket.close(close)?;
                self.socket.flush()
            }
            Some("abort") => {
                self.socket.get_ref().cut();
                Ok(())
            }
            _ => panic!("no such command: {command}"),
        }
    }

    /// Sends a message in the parts given, with a ping between them if one is given.
    fn send_fragments(&mut self, command: &Value) -> Result<(), Error> {
        let parts = command["parts"].as_array().expect("the parts of a message");
        let ping = unhex(&command["ping"]);
        for (index, part) in parts.iter().enumerate() {
            let opcode = match (index, command["kind"].as_str()) {
                (0, Some("text")) => Data::Text,
                (0, _) => Data::Binary,
                _ => Data::Continue,
            };
            let payload = unhex(part).expect("hexadecimal digits");
            let is_final = index + 1 == parts.len();
            let frame = Frame::message(payload, OpCode::Data(opcode), is_final);
            self.socket.send(Message::Frame(frame))?;
            if let (false, Some(payload)) = (is_final, &ping) {
                self.socket.send(Message::Ping(payload.clone().into()))?;
            }
        }
        Ok(())
    }
}
