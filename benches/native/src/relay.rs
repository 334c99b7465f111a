//! A plain relay of TCP connections, to compare the bridge with: `bench-relay <target>`; or, as `bench-relay echo`, a
//! target that sends back what comes. It prints `{"port":…}` and ends with its stdin.

#![forbid(unsafe_code)]

use serde_json::json;
use std::error::Error;
use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader, copy_bidirectional_with_sizes, copy_buf};
use tokio::net::{TcpListener, TcpStream};

/// The buffer of each direction.
const BUFFER: usize = 64 * 1024;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let target = std::env::args().nth(1).ok_or("usage: bench-relay <target> | echo")?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", json!({ "port": listener.local_addr()?.port() }));
    tokio::spawn(async move {
        while let Ok((mut near, _)) = listener.accept().await {
            let target = target.clone();
            tokio::spawn(async move {
                near.set_nodelay(true)?;
                if target == "echo" {
                    let (reader, mut writer) = near.split();
                    copy_buf(&mut BufReader::with_capacity(BUFFER, reader), &mut writer).await?;
                    return writer.shutdown().await;
                }
                let mut far = TcpStream::connect(target).await?;
                far.set_nodelay(true)?;
                copy_bidirectional_with_sizes(&mut near, &mut far, BUFFER, BUFFER).await?;
                Ok(())
            });
        }
    });
    tokio::io::stdin().read_to_end(&mut Vec::new()).await?;
    Ok(())
}
