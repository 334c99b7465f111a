//! tungstenite as a peer of the interoperability tests: a server from the start, and a client when
//! told to be. Commands are lines of JSON on stdin, what happens is told in lines of JSON on stdout;
//! `tests/interop/peer.mjs` lists both. It ends with its stdin.

#![forbid(unsafe_code)]

mod connection;
mod report;
mod stream;
mod upgrade;

use connection::Connection;
use report::report;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::error::Error;
use std::io::{self, BufRead};
use std::net::TcpListener;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use stream::{Input, PolledStream};

/// Where commands for a connection go, by its number.
type Connections = Arc<Mutex<HashMap<u64, Sender<Input>>>>;

fn main() -> Result<(), Box<dyn Error>> {
    let connections = Connections::default();
    let listener = TcpListener::bind("127.0.0.1:0")?;
    report(&json!({ "event": "ready", "port": listener.local_addr()?.port() }));
    let accepted = Arc::clone(&connections);
    thread::spawn(move || serve(&listener, &accepted));
    for line in io::stdin().lock().lines() {
        let command: Value = serde_json::from_str(&line?)?;
        let id = command["id"].as_u64().ok_or("a command without an id")?;
        if command["do"] == "connect" {
            let connections = Arc::clone(&connections);
            thread::spawn(move || connect(id, &command, &connections));
        } else if let Some(connection) = lock(&connections).get(&id) {
            // A connection that is over takes no commands.
            let _ = connection.send(Input::Command(command));
        }
    }
    Ok(())
}

fn serve(listener: &TcpListener, connections: &Connections) {
    for stream in listener.incoming().flatten() {
        let connections = Arc::clone(connections);
        thread::spawn(move || {
            let (stream, inputs) = PolledStream::new(stream);
            let Some((id, socket)) = upgrade::accept(stream) else { return };
            lock(&connections).insert(id, inputs);
            Connection::new(id, socket).run();
            lock(&connections).remove(&id);
        });
    }
}

fn connect(id: u64, command: &Value, connections: &Connections) {
    let Some((socket, inputs, opened)) = upgrade::connect(id, command) else { return };
    lock(connections).insert(id, inputs);
    report(&opened);
    Connection::new(id, socket).run();
    lock(connections).remove(&id);
}

fn lock(
    connections: &Connections,
) -> impl std::ops::DerefMut<Target = HashMap<u64, Sender<Input>>> {
    connections.lock().unwrap_or_else(PoisonError::into_inner)
}
