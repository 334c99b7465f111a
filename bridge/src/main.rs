//! The command `framewire-bridge`.

#![forbid(unsafe_code)]

use clap::Parser;
use framewire_bridge::announcement::InfoFile;
use framewire_bridge::{Config, Server, StartError};
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;
use tracing::warn;
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    let config = Config::parse();
    start_logging(config.log.as_deref());
    start_runtime(config.threads).block_on(run(&config)).unwrap_or_else(|error| {
        eprintln!("framewire-bridge: {error}");
        ExitCode::FAILURE
    })
}

async fn run(config: &Config) -> Result<ExitCode, StartError> {
    let server = Server::bind(config)?;
    let announcement = server.announcement();
    let mut signals = Signals::new();
    let _info_file =
        config.info_file.as_ref().map(|path| InfoFile::write(path, &announcement)).transpose()?;
    // Nobody may be reading.
    let _ = writeln!(io::stdout(), "{announcement}");
    if config.allow.is_empty() {
        warn!(
            "no target is allowed: every session will be refused, list targets with --allow HOST:PORT"
        );
    }

    let (shut_down, shutdown) = oneshot::channel();
    let serve = server.run(async {
        let _ = shutdown.await;
    });
    let interrupted = async {
        signals.next().await;
        let _ = shut_down.send(());
        signals.next().await;
    };
    tokio::select! {
        () = serve => Ok(ExitCode::SUCCESS),
        () = interrupted => Ok(ExitCode::FAILURE),
    }
}

fn start_runtime(threads: u16) -> Runtime {
    let mut builder = match threads {
        1 => Builder::new_current_thread(),
        _ => Builder::new_multi_thread(),
    };
    builder
        .worker_threads(threads.into())
        .enable_all()
        .build()
        .expect("the system gives threads and an event queue")
}

fn start_logging(filter: Option<&str>) {
    let filter = match filter {
        Some(filter) => EnvFilter::new(filter),
        None => EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info")),
    };
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(io::stderr().is_terminal())
        .with_writer(io::stderr)
        .with_target(false)
        .init();
}

/// The signals that end the bridge.
#[cfg(unix)]
struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        Self {
            terminate: signal(SignalKind::terminate()).expect("SIGTERM can be handled"),
            interrupt: signal(SignalKind::interrupt()).expect("SIGINT can be handled"),
        }
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// The signals that end the bridge.
#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> Self {
        Self
    }

    async fn next(&mut self) {
        tokio::signal::ctrl_c().await.expect("Ctrl-C can be handled");
    }
}
