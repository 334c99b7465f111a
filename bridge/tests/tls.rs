//! TLS to the target, and certificates of one's own towards browsers.

mod common;

use clap::Parser;
use common::{Bridge, exchange, pattern, reset_code, within};
use framewire_bridge::{Config, ResetCode, Server, StartError};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;
use tokio_rustls::server::TlsStream;

#[tokio::test(flavor = "multi_thread")]
async fn trusted_target_is_talked_to_over_tls() {
    within(async {
        let target = Target::start("localhost").await;
        let bridge = target.bridge(true);
        let session = bridge.open(&target.path("localhost")).await.expect("allowed");
        let stream = session.stream().await;
        let echo = tokio::spawn(async move {
            let (mut read, mut write) = tokio::io::split(target.accept().await);
            tokio::io::copy(&mut read, &mut write).await.expect("an orderly end");
            write.shutdown().await.expect("connected");
        });
        let bytes = pattern(1 << 20, 1);
        assert!(exchange(stream, &bytes).await == bytes);
        echo.await.expect("no panic");
    })
    .await;
}

#[tokio::test]
async fn end_without_tls_farewell_is_an_end() {
    within(async {
        let target = Target::start("127.0.0.1").await;
        let bridge = target.bridge(true);
        let session = bridge.open(&target.path("127.0.0.1")).await.expect("allowed");
        let (_send, mut receive) = session.stream().await;
        let mut stream = target.accept().await;
        stream.write_all(b"last words").await.expect("taken");
        stream.flush().await.expect("taken");
        stream.into_inner().0.shutdown().await.expect("connected");
        assert_eq!(common::read_to_end(&mut receive).await, b"last words");
    })
    .await;
}

#[tokio::test]
async fn untrusted_target_resets_the_stream() {
    within(async {
        let target = Target::start("localhost").await;
        let bridge = target.bridge(false);
        let session = bridge.open(&target.path("localhost")).await.expect("allowed");
        let (send, receive) = session.stream().await;
        let (accepted, code) = tokio::join!(target.try_accept(), reset_code(send, receive));
        assert!(accepted.is_err());
        assert_eq!(code, ResetCode::TargetTls);
    })
    .await;
}

#[tokio::test]
async fn target_with_another_name_resets_the_stream() {
    within(async {
        let target = Target::start("other.example").await;
        let bridge = target.bridge(true);
        let session = bridge.open(&target.path("localhost")).await.expect("allowed");
        let (send, receive) = session.stream().await;
        let (accepted, code) = tokio::join!(target.try_accept(), reset_code(send, receive));
        assert!(accepted.is_err());
        assert_eq!(code, ResetCode::TargetTls);
    })
    .await;
}

#[tokio::test]
async fn target_that_does_not_speak_tls_resets_the_stream() {
    within(async {
        let target = Target::start("localhost").await;
        let bridge = target.bridge(true);
        let session = bridge.open(&target.path("localhost")).await.expect("allowed");
        let (send, receive) = session.stream().await;
        let (mut plain, _) = target.listener.accept().await.expect("a connection");
        plain.read_exact(&mut [0; 5]).await.expect("the start of a handshake");
        plain.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.expect("taken");
        assert_eq!(reset_code(send, receive).await, ResetCode::TargetTls);
    })
    .await;
}

#[tokio::test]
async fn certificate_of_ones_own_is_not_announced_by_hash() {
    let target = Target::start("localhost").await;
    let config = target.config(&["--cert", "certificate.pem", "--key", "key.pem"]);
    let server = Server::bind(&config).expect("a certificate and its key");
    assert_eq!(server.announcement().certificate_hash, None);
}

#[tokio::test]
async fn certificate_that_can_not_be_used_is_an_error_in_a_sentence() {
    let target = Target::start("localhost").await;
    for (files, sentence) in [
        (["--cert", "key.pem", "--key", "key.pem"], "expected certificates"),
        (["--cert", "certificate.pem", "--key", "certificate.pem"], "expected a private key"),
        (["--cert", "certificate.pem", "--key", "other.pem"], "can't be used with the certificate"),
        (["--cert", "certificate.pem", "--key", "missing.pem"], "cannot read"),
    ] {
        let Err(error) = Server::bind(&target.config(&files)) else {
            panic!("{files:?} was accepted")
        };
        assert!(matches!(error, StartError::Certificate(_)));
        assert!(error.to_string().contains(sentence), "{error}");
    }
}

/// A TLS server, and its certificate in a folder.
struct Target {
    listener: TcpListener,
    address: SocketAddr,
    acceptor: TlsAcceptor,
    folder: TempDir,
}

impl Target {
    async fn start(name: &str) -> Self {
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed([name.to_owned()]).expect("a valid name");
        let other = generate_simple_self_signed([name.to_owned()]).expect("a valid name");
        let folder = tempfile::tempdir().expect("a folder");
        for (file, text) in [
            ("certificate.pem", cert.pem()),
            ("key.pem", signing_key.serialize_pem()),
            ("other.pem", other.signing_key.serialize_pem()),
        ] {
            std::fs::write(folder.path().join(file), text).expect("writable");
        }
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("supported")
            .with_no_client_auth()
            .with_single_cert(
                vec![cert.der().clone()],
                PrivatePkcs8KeyDer::from(signing_key.serialize_der()).into(),
            )
            .expect("a matching key");
        let (listener, address) = common::listen().await;
        Self { listener, address, acceptor: TlsAcceptor::from(Arc::new(config)), folder }
    }

    /// A bridge that allows this target, and trusts it or not.
    fn bridge(&self, trust: bool) -> Bridge {
        let certificate = self.file("certificate.pem");
        let port = self.address.port();
        let rules = [format!("localhost:{port}"), format!("127.0.0.1:{port}")];
        let mut options = vec!["--allow", &rules[0], "--allow", &rules[1]];
        if trust {
            options.extend(["--tls-ca", certificate.to_str().expect("UTF-8")]);
        }
        Bridge::start(&options)
    }

    /// Options in which file names stand for files of the folder.
    fn config(&self, options: &[&str]) -> Config {
        let options = options.iter().map(|option| {
            if option.ends_with(".pem") { self.file(option) } else { PathBuf::from(option) }
        });
        let start = ["framewire-bridge", "--listen", "127.0.0.1:0"].map(PathBuf::from);
        Config::try_parse_from(start.into_iter().chain(options)).expect("valid options")
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn path(&self, host: &str) -> String {
        format!("/.well-known/masque/tcp/{host}/{}/?tls=1", self.address.port())
    }

    async fn accept(&self) -> TlsStream<TcpStream> {
        self.try_accept().await.expect("a handshake")
    }

    async fn try_accept(&self) -> std::io::Result<TlsStream<TcpStream>> {
        let (stream, _) = self.listener.accept().await.expect("a connection");
        self.acceptor.accept(stream).await
    }
}
