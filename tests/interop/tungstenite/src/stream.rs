//! A TCP connection that is waited for together with commands, without polling either: a thread reads
//! it, and what was read comes through the same channel as the commands.

use serde_json::Value;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

const CHUNK: usize = 256 * 1024;

/// What may happen to a connection.
pub(crate) enum Input {
    /// The peer sent bytes.
    Bytes(Vec<u8>),
    /// The peer sends no more.
    End,
    /// The tests want something done.
    Command(Value),
}

/// A stream whose reads give what has come, and never wait once the upgrade is over.
pub(crate) struct PolledStream {
    stream: TcpStream,
    inputs: Receiver<Input>,
    bytes: Vec<u8>,
    used: usize,
    ended: bool,
    /// Whether reads wait, as the upgrade wants it.
    pub(crate) waits: bool,
}

impl PolledStream {
    /// The stream, and where its commands go.
    pub(crate) fn new(stream: TcpStream) -> (Self, Sender<Input>) {
        let (sender, inputs) = channel();
        let commands = sender.clone();
        if let Ok(reader) = stream.try_clone() {
            thread::spawn(move || read_all(reader, &sender));
        }
        let _ = stream.set_nodelay(true);
        let stream = Self { stream, inputs, bytes: Vec::new(), used: 0, ended: false, waits: true };
        (stream, commands)
    }

    /// Waits until something has come: a command is given back, the rest can be read.
    pub(crate) fn wait(&mut self) -> Option<Value> {
        match self.inputs.recv() {
            Ok(Input::Bytes(bytes)) => {
                self.bytes.drain(..self.used);
                self.used = 0;
                self.bytes.extend_from_slice(&bytes);
            }
            Ok(Input::End) | Err(_) => self.ended = true,
            Ok(Input::Command(command)) => return Some(command),
        }
        None
    }

    /// Ends the connection at once.
    pub(crate) fn cut(&self) {
        let _ = self.stream.shutdown(Shutdown::Both);
    }
}

impl Read for PolledStream {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.waits && !self.ended && self.used == self.bytes.len() {
            self.wait();
        }
        let left = &self.bytes[self.used..];
        if left.is_empty() {
            return if self.ended { Ok(0) } else { Err(io::ErrorKind::WouldBlock.into()) };
        }
        let count = left.len().min(into.len());
        into[..count].copy_from_slice(&left[..count]);
        self.used += count;
        Ok(count)
    }
}

impl Write for PolledStream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

impl Drop for PolledStream {
    /// The thread that reads has the connection too: it ends with the stream all the same.
    fn drop(&mut self) {
        self.cut();
    }
}

fn read_all(mut stream: TcpStream, inputs: &Sender<Input>) {
    let mut chunk = vec![0; CHUNK];
    loop {
        let input = match stream.read(&mut chunk) {
            Ok(0) | Err(_) => Input::End,
            Ok(count) => Input::Bytes(chunk[..count].to_vec()),
        };
        let is_last = matches!(input, Input::End);
        if inputs.send(input).is_err() || is_last {
            return;
        }
    }
}
