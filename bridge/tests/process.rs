//! The command itself: what it prints, how it ends.

mod common;

use common::{exchange, listen, open_session, parse_hash, path, read_to_end, within};
use std::net::UdpSocket;
use std::process::{Output, Stdio};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

#[tokio::test]
async fn announces_itself_and_removes_its_info_file() {
    within(async {
        let folder = tempfile::tempdir().expect("a folder");
        let info = folder.path().join("bridge.json");
        let target = common::echo().await;
        let info_option = info.to_str().expect("UTF-8");
        let mut bridge =
            Process::start(&["--allow", &target.to_string(), "--info-file", info_option]).await;

        let written = std::fs::read_to_string(&info).expect("written before the announcement");
        let expected =
            format!("{{\"url\":\"{}\",\"certificateHash\":\"{}\"}}\n", bridge.url, bridge.hash);
        assert_eq!(written, expected);

        let session = open_session(&bridge.url, parse_hash(&bridge.hash), &path(target)).await;
        let session = session.expect("allowed");
        assert_eq!(exchange(session.stream().await, b"hello").await, b"hello");

        bridge.signal("TERM").await;
        assert_eq!(bridge.status().await, Some(0));
        assert_eq!(std::fs::read_dir(folder.path()).expect("readable").count(), 0);
        session.connection.closed().await;
    })
    .await;
}

#[tokio::test]
async fn sigterm_lets_a_stream_end_in_order() {
    within(async {
        let (listener, target) = listen().await;
        let mut bridge =
            Process::start(&["--allow", &target.to_string(), "--drain-timeout", "50s"]).await;
        let session = open_session(&bridge.url, parse_hash(&bridge.hash), &path(target)).await;
        let session = session.expect("allowed");
        let (mut send, mut receive) = session.stream().await;
        let (mut tcp, _) = listener.accept().await.expect("a connection");

        bridge.signal("TERM").await;
        bridge.logged("shutting down").await;
        send.write_all(b"question").await.expect("taken");
        send.finish().await.expect("arrived");
        let mut question = String::new();
        tcp.read_to_string(&mut question).await.expect("an orderly end");
        assert_eq!(question, "question");
        tcp.write_all(b"answer").await.expect("taken");
        drop(tcp);
        assert_eq!(read_to_end(&mut receive).await, b"answer");
        assert_eq!(bridge.status().await, Some(0));
    })
    .await;
}

#[tokio::test]
async fn second_signal_ends_at_once() {
    within(async {
        let (listener, target) = listen().await;
        let mut bridge =
            Process::start(&["--allow", &target.to_string(), "--drain-timeout", "30m"]).await;
        let session = open_session(&bridge.url, parse_hash(&bridge.hash), &path(target)).await;
        let session = session.expect("allowed");
        let _stream = session.stream().await;
        let _connection = listener.accept().await.expect("a connection");

        bridge.signal("INT").await;
        bridge.logged("shutting down").await;
        bridge.signal("INT").await;
        assert_eq!(bridge.status().await, Some(1));
    })
    .await;
}

#[tokio::test]
async fn taken_port_is_a_sentence_and_status_1() {
    within(async {
        let taken = UdpSocket::bind("127.0.0.1:0").expect("a free port");
        let address = taken.local_addr().expect("bound").to_string();
        let output = run(&["--listen", &address]).await;
        assert_eq!(output.status.code(), Some(1));
        let message = String::from_utf8(output.stderr).expect("UTF-8");
        assert_eq!(message.lines().count(), 1, "{message}");
        assert!(
            message.contains(&format!("cannot listen on {address}: the UDP port is taken")),
            "{message}"
        );
    })
    .await;
}

#[tokio::test]
async fn wrong_option_is_named_and_status_2() {
    within(async {
        let output = run(&["--allow", "localhost"]).await;
        assert_eq!(output.status.code(), Some(2));
        let message = String::from_utf8(output.stderr).expect("UTF-8");
        assert!(message.contains("--allow") && message.contains("expected HOST:PORT"), "{message}");
    })
    .await;
}

#[tokio::test]
async fn help_explains_path_codes_and_options() {
    within(async {
        let output = run(&["--help"]).await;
        assert_eq!(output.status.code(), Some(0));
        let help = String::from_utf8(output.stdout).expect("UTF-8");
        for part in [
            "/.well-known/masque/tcp/{target_host}/{target_port}/",
            "?tls=1",
            "--allow",
            "[default: 10s]",
            "429",
        ] {
            assert!(help.contains(part), "{part}");
        }
        for code in framewire_bridge::ResetCode::ALL {
            assert!(
                help.contains(&format!("  {}  the ", code.number()))
                    || help.contains(&format!("  {}  more ", code.number()))
            );
        }
    })
    .await;
}

/// The bridge as a process of its own.
struct Process {
    child: Child,
    url: String,
    hash: String,
    _stdout: Lines<BufReader<ChildStdout>>,
}

impl Process {
    /// Starts it and waits until it says that it listens.
    async fn start(options: &[&str]) -> Self {
        let options = [&["--listen", "127.0.0.1:0"], options].concat();
        let mut child = command(&options).spawn().expect("the binary is built");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let mut line = async || lines.next_line().await.expect("UTF-8").expect("a line");
        let url = line()
            .await
            .strip_prefix("framewire-bridge is listening on ")
            .expect("the URL")
            .to_owned();
        let hash = line().await.strip_prefix("certificate SHA-256: ").expect("the hash").to_owned();
        Self { child, url, hash, _stdout: lines }
    }

    async fn signal(&self, name: &str) {
        let id = self.child.id().expect("running").to_string();
        let status =
            Command::new("kill").args(["-s", name, &id]).status().await.expect("kill exists");
        assert!(status.success());
    }

    /// Waits until this has been logged.
    async fn logged(&mut self, text: &str) {
        let stderr = self.child.stderr.as_mut().expect("piped");
        let mut log = Vec::new();
        while !String::from_utf8_lossy(&log).contains(text) {
            assert_ne!(stderr.read_buf(&mut log).await.expect("readable"), 0, "the log ended");
        }
    }

    async fn status(&mut self) -> Option<i32> {
        self.child.wait().await.expect("started").code()
    }
}

async fn run(options: &[&str]) -> Output {
    command(options).output().await.expect("the binary is built")
}

fn command(options: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_framewire-bridge"));
    command.args(options).env_remove("RUST_LOG");
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}
