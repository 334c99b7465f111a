//! Loads the bridge, or plain TCP, with streams of bytes. A command is a line on stdin, its outcome a line of JSON
//! on stdout:
//!
//! - `tcp <address>` or `bridge <url> <hash> <target>` says the way, first of all.
//! - `idle <streams>` opens so many streams more, sends a byte through each, and keeps them.
//! - `open <streams>` opens so many, one after the other, each with a byte there and back, and closes them.
//! - `echo <streams> <bytes>` sends so many bytes there and back, divided over the streams, and compares their sums.
//! - `drop` closes what `idle` opened.

#![forbid(unsafe_code)]

use serde_json::json;
use std::error::Error;
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

/// Where streams come from.
enum Way {
    Tcp(String),
    Bridge { connection: Connection, _endpoint: Endpoint<Client> },
}

impl Way {
    async fn open(&self) -> Result<(Reader, Writer), Failure> {
        match self {
            Self::Tcp(address) => {
                let stream = TcpStream::connect(address).await?;
                stream.set_nodelay(true)?;
                let (reader, writer) = stream.into_split();
                Ok((Box::new(reader), Box::new(writer)))
            }
            Self::Bridge { connection, .. } => {
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
        ["bridge", url, hash, target] => bridge(url, hash, target).await?,
        _ => return Err(format!("no way: {first}").into()),
    };
    println!("{}", json!({ "ready": true }));
    let mut kept = Vec::new();
    while let Some(line) = lines.next_line().await? {
        let begin = Instant::now();
        match line.split(' ').collect::<Vec<_>>()[..] {
            ["idle", streams] => {
                for _ in 0..streams.parse()? {
                    kept.push(greeted(&way).await?);
                }
            }
            ["open", streams] => {
                for _ in 0..streams.parse()? {
                    let (mut reader, mut writer) = greeted(&way).await?;
                    writer.shutdown().await?;
                    reader.read_to_end(&mut Vec::new()).await?;
                }
            }
            ["echo", streams, bytes] => echo(&way, streams.parse()?, bytes.parse()?).await?,
            ["drop"] => kept.clear(),
            _ => return Err(format!("no command: {line}").into()),
        }
        println!("{}", json!({ "seconds": begin.elapsed().as_secs_f64() }));
    }
    Ok(())
}

async fn bridge(url: &str, hash: &str, target: &str) -> Result<Way, Failure> {
    let pairs: Vec<&str> = (0..32).filter_map(|at| hash.get(at * 2..at * 2 + 2)).collect();
    let digest = Sha256Digest::from_str_fmt(pairs.join(":"), Sha256DigestFmt::DottedHex)
        .map_err(|_| "no hash")?;
    let config = ClientConfig::builder()
        .with_bind_address("127.0.0.1:0".parse()?)
        .with_server_certificate_hashes([digest])
        .build();
    let endpoint = Endpoint::client(config)?;
    let (host, port) = target.split_once(':').ok_or("no target")?;
    let path = format!("{url}/.well-known/masque/tcp/{host}/{port}/");
    let connection = endpoint.connect(path).await?;
    Ok(Way::Bridge { connection, _endpoint: endpoint })
}

/// A stream through which a byte went there and back.
async fn greeted(way: &Way) -> Result<(Reader, Writer), Failure> {
    let (mut reader, mut writer) = way.open().await?;
    writer.write_all(&[7]).await?;
    let mut answer = [0];
    reader.read_exact(&mut answer).await?;
    Ok((reader, writer))
}

async fn echo(way: &Way, streams: usize, bytes: usize) -> Result<(), Failure> {
    let mut tasks = JoinSet::new();
    for _ in 0..streams {
        let (reader, writer) = way.open().await?;
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
