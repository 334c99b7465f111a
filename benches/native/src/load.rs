//! Loads the bridge, or plain TCP, with streams of bytes. A command is a line on stdin, its outcome a line of JSON
//! on stdout:
//!
//! - `tcp <address>` or `webtransport <url> <hash>` says the way, first of all. A session of TCP is a connection, and so
//!   is each of its streams.
//! - `idle <sessions> <streams>` opens so many sessions more with so many streams each, sends a byte through each stream,
//!   and keeps them.
//! - `open <streams>` opens so many, one after the other, each with a byte there and back, and closes them.
//! - `open sessions <sessions>` does the same with sessions of one stream each.
//! - `echo <streams> <bytes>` sends so many bytes there and back, divided over the streams, and compares their sums.
//! - `drop` closes what `idle` opened.

#![forbid(unsafe_code)]

use serde_json::json;
use socket2::{Domain, Protocol, Socket, Type};
use std::error::Error;
use std::net::SocketAddr;
use std::time::Instant;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use wtransport::tls::{Sha256Digest, Sha256DigestFmt};
use wtransport::{ClientConfig, Connection, Endpoint, endpoint::endpoint_side::Client};

type Failure = Box<dyn Error + Send + Sync>;
type Reader = Box<dyn AsyncRead + Send + Unpin>;
type Writer = Box<dyn AsyncWrite + Send + Unpin>;

/// How much is written at once.
const PIECE: usize = 64 * 1024;

/// What Chromium asks of the system for the sockets of its QUIC connections.
const SOCKET_BUFFER: usize = 1 << 20;

/// Where sessions come from.
enum Way {
    Tcp(String),
    WebTransport { endpoint: Endpoint<Client>, url: String },
}

impl Way {
    async fn session(&self) -> Result<Session, Failure> {
        match self {
            Self::Tcp(address) => Ok(Session::Tcp(address.clone())),
            Self::WebTransport { endpoint, url } => {
                Ok(Session::WebTransport(endpoint.connect(url).await?))
            }
        }
    }
}

/// Where streams come from.
enum Session {
    Tcp(String),
    WebTransport(Connection),
}

impl Session {
    async fn open(&self) -> Result<(Reader, Writer), Failure> {
        match self {
            Self::Tcp(address) => {
                let stream = TcpStream::connect(address).await?;
                stream.set_nodelay(true)?;
                let (reader, writer) = stream.into_split();
                Ok((Box::new(reader), Box::new(writer)))
            }
            Self::WebTransport(connection) => {
                let (writer, reader) = connection.open_bi().await?.await?;
                Ok((Box::new(reader), Box::new(writer)))
            }
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    let first = lines.next_line().await?.ok_or("no way was given")?;
    let way = match first.split(' ').collect::<Vec<_>>()[..] {
        ["tcp", address] => Way::Tcp(address.to_owned()),
        ["webtransport", url, hash] => {
            Way::WebTransport { endpoint: endpoint(hash)?, url: url.to_owned() }
        }
        _ => return Err(format!("no way: {first}").into()),
    };
    let session = way.session().await?;
    println!("{}", json!({ "ready": true }));
    let mut streams = Vec::new();
    let mut sessions = Vec::new();
    while let Some(line) = lines.next_line().await? {
        let begin = Instant::now();
        match line.split(' ').collect::<Vec<_>>()[..] {
            ["idle", count, each] => {
                for _ in 0..count.parse()? {
                    let session = way.session().await?;
                    for _ in 0..each.parse()? {
                        streams.push(greeted(&session).await?);
                    }
                    sessions.push(session);
                }
            }
            ["open", "sessions", count] => {
                for _ in 0..count.parse()? {
                    end(greeted(&way.session().await?).await?).await?;
                }
            }
            ["open", count] => {
                for _ in 0..count.parse()? {
                    end(greeted(&session).await?).await?;
                }
            }
            ["echo", streams, bytes] => echo(&session, streams.parse()?, bytes.parse()?).await?,
            ["drop"] => {
                streams.clear();
                sessions.clear();
            }
            _ => return Err(format!("no command: {line}").into()),
        }
        println!("{}", json!({ "seconds": begin.elapsed().as_secs_f64() }));
    }
    Ok(())
}

fn endpoint(hash: &str) -> Result<Endpoint<Client>, Failure> {
    let pairs: Vec<&str> = (0..32).filter_map(|at| hash.get(at * 2..at * 2 + 2)).collect();
    let digest = Sha256Digest::from_str_fmt(pairs.join(":"), Sha256DigestFmt::DottedHex)
        .map_err(|_| "no hash")?;
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_recv_buffer_size(SOCKET_BUFFER)?;
    socket.set_send_buffer_size(SOCKET_BUFFER)?;
    socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into())?;
    let config = ClientConfig::builder()
        .with_bind_socket(socket.into())
        .with_server_certificate_hashes([digest])
        .build();
    Ok(Endpoint::client(config)?)
}

/// A stream through which a byte went there and back.
async fn greeted(session: &Session) -> Result<(Reader, Writer), Failure> {
    let (mut reader, mut writer) = session.open().await?;
    writer.write_all(&[7]).await?;
    let mut answer = [0];
    reader.read_exact(&mut answer).await?;
    Ok((reader, writer))
}

/// Ends a stream in order, both ways.
async fn end((mut reader, mut writer): (Reader, Writer)) -> Result<(), Failure> {
    writer.shutdown().await?;
    reader.read_to_end(&mut Vec::new()).await?;
    Ok(())
}

async fn echo(session: &Session, streams: usize, bytes: usize) -> Result<(), Failure> {
    let mut tasks = JoinSet::new();
    for _ in 0..streams {
        let (reader, writer) = session.open().await?;
        tasks.spawn(send(writer, bytes / streams));
        tasks.spawn(receive(reader, bytes / streams));
    }
    let mut sums = [0_u64; 2];
    while let Some(done) = tasks.join_next().await {
        let (side, sum) = done??;
        sums[side] += sum;
    }
    if sums[0] == sums[1] { Ok(()) } else { Err("what came back is not what was sent".into()) }
}

async fn send(mut writer: Writer, bytes: usize) -> Result<(usize, u64), Failure> {
    let piece: Vec<u8> = (0..=u8::MAX).cycle().take(PIECE).collect();
    let (mut left, mut sum) = (bytes, 0);
    while left > 0 {
        let part = &piece[..left.min(PIECE)];
        writer.write_all(part).await?;
        left -= part.len();
        sum += add(part);
    }
    writer.shutdown().await?;
    Ok((0, sum))
}

async fn receive(mut reader: Reader, bytes: usize) -> Result<(usize, u64), Failure> {
    let mut buffer = vec![0; PIECE];
    let (mut length, mut sum) = (0, 0);
    loop {
        let read = reader.read(&mut buffer).await?;
        if read == 0 {
            break;
        }
        length += read;
        sum += add(&buffer[..read]);
    }
    if length == bytes {
        Ok((1, sum))
    } else {
        Err(format!("{length} of {bytes} came back").into())
    }
}

fn add(bytes: &[u8]) -> u64 {
    bytes.iter().map(|&byte| u64::from(byte)).sum()
}
