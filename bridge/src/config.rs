//! The command line.

use crate::allow::AllowRule;
use clap::Parser;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;
use tracing_subscriber::EnvFilter;

const EXAMPLES: &str = "\
Example:
  framewire-bridge --allow localhost:8080 --allow '*.example.com:443'

Sessions:
  A page opens one WebTransport session per target:
    https://HOST:4433/.well-known/masque/tcp/{target_host}/{target_port}/
  Each bidirectional stream of it is one TCP connection to the target; with ?tls=1 the bridge
  does TLS to it. Values are percent-encoded where needed; an IPv6 address may stand with or
  without brackets. A session is refused with 404 (not that path), 400 (bad host, port or query),
  403 (target or origin not allowed), 429 (--max-sessions) or 503 (shutting down).

Streams are reset, both ways, with these WebTransport error codes:
  1  the target refused the connection          6  the bridge is shutting down
  2  the target did not answer in time          7  more streams than --max-streams
  3  the target's name does not resolve         8  the target's address can't be reached
  4  the TLS handshake with the target failed   9  the peer aborted the other direction
  5  the connection to the target broke

Signals:
  SIGTERM and SIGINT: no new sessions and streams; what runs has --drain-timeout to finish.
  Status 0.
  A second one: ends at once. Status 1.";

/// Carries bytes between WebTransport streams and TCP connections.
///
/// Nothing is allowed unless listed with --allow. Durations are a number and a unit (ms, s, m), sizes a number and a unit
/// (KiB, MiB, GiB or none for bytes).
#[allow(
    rustdoc::bare_urls,
    rustdoc::broken_intra_doc_links,
    reason = "the comments are the help text"
)]
#[derive(Debug, Clone, Parser)]
#[command(name = "framewire-bridge", version, after_long_help = EXAMPLES, max_term_width = 120)]
pub struct Config {
    /// Address and UDP port to listen on. Port 0 takes a free one, which is printed.
    #[arg(long, value_name = "IP:PORT", default_value = "127.0.0.1:4433")]
    pub listen: SocketAddr,

    /// Allow a target. May be given many times.
    ///
    /// HOST is a name, *.suffix, an IP address or a range such as 10.0.0.0/8 (IPv6 in brackets: [::1], [fd00::/8]). PORT
    /// is a number, a range 8000-8999, or *. The rule is compared with what the session names, before a name is
    /// resolved: a name is allowed whatever it resolves to, and addresses and ranges match literal addresses only.
    #[arg(long = "allow", value_name = "HOST:PORT")]
    pub allow: Vec<AllowRule>,

    /// Accept sessions from pages of this origin only, such as https://app.example. May be given many times.
    ///
    /// Without it pages of every origin are accepted.
    #[arg(long = "allow-origin", value_name = "ORIGIN", value_parser = parse_origin)]
    pub allow_origin: Vec<String>,

    /// Certificate chain to show to browsers. Without it a development certificate is made at start.
    ///
    /// The development certificate is for localhost, 127.0.0.1, ::1 and the address of --listen, valid for ten days and
    /// not stored. Its SHA-256 is printed: pages pass it as serverCertificateHashes.
    #[arg(long, value_name = "PEM", requires = "key")]
    pub cert: Option<PathBuf>,

    /// Private key of --cert.
    #[arg(long, value_name = "PEM", requires = "cert")]
    pub key: Option<PathBuf>,

    /// Trust these certificates for targets, besides the system's. May be given many times.
    #[arg(long = "tls-ca", value_name = "PEM")]
    pub tls_ca: Vec<PathBuf>,

    /// Write the URL and the development certificate's hash to this file, as JSON, once listening.
    ///
    /// Such as {"url":"https://127.0.0.1:4433","certificateHash":"5f0c..."}. The file is removed at the end.
    #[arg(long, value_name = "PATH")]
    pub info_file: Option<PathBuf>,

    /// How long resolving, connecting and the TLS handshake with a target may take together.
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = parse_duration)]
    pub connect_timeout: Duration,

    /// How long streams may go on after SIGTERM.
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = parse_duration)]
    pub drain_timeout: Duration,

    /// Give up a session whose peer has not been heard of for this long. 0s: never.
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = parse_duration)]
    pub idle_timeout: Duration,

    /// How often the peer of a quiet session is asked for a sign of life. 0s: never.
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = parse_duration)]
    pub keep_alive: Duration,

    /// How many sessions may be open at a time. More are refused with 429.
    #[arg(long, value_name = "N", default_value = "1024", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub max_sessions: u32,

    /// How many streams a session may have open at a time. More are reset with code 7.
    #[arg(long, value_name = "N", default_value = "1024", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub max_streams: u32,

    /// How many bytes a peer may send on a stream ahead of what the target takes.
    #[arg(long, value_name = "SIZE", default_value = "2MiB", value_parser = parse_size)]
    pub stream_window: u32,

    /// The same for all streams of a session together: the memory a session with stalled targets can take.
    #[arg(long, value_name = "SIZE", default_value = "64MiB", value_parser = parse_size)]
    pub session_window: u32,

    /// How many bytes may be on their way to the peer, for all streams of a session together.
    ///
    /// More than the peer's system buffers is lost and sent again; less than bandwidth times round-trip time leaves a
    /// distant peer's bandwidth unused: raise it for pages far away.
    #[arg(long, value_name = "SIZE", default_value = "512KiB", value_parser = parse_size)]
    pub send_window: u32,

    /// How many threads carry sessions.
    ///
    /// One carries a few sessions fastest: a session's streams need no handing over between threads.
    #[arg(long, value_name = "N", default_value = "1", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: u16,

    /// What to log to stderr: error, warn, info, debug, trace, or a filter such as framewire_bridge=debug.
    ///
    /// Without it RUST_LOG is used, and without that info.
    #[arg(long, value_name = "FILTER", value_parser = parse_filter)]
    pub log: Option<String>,
}

impl Config {
    /// [`max_streams`](Self::max_streams) as a length.
    pub(crate) fn max_streams(&self) -> usize {
        usize::try_from(self.max_streams).expect("options hold at most a million")
    }
}

fn parse_duration(text: &str) -> Result<Duration, String> {
    const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);
    let (number, unit) = split_unit(text);
    let milliseconds = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        _ => 0,
    };
    number
        .filter(|_| milliseconds != 0)
        .and_then(|number| number.checked_mul(milliseconds))
        .map(Duration::from_millis)
        .filter(|duration| *duration <= LONGEST)
        .ok_or_else(|| "expected a time of at most a day, such as 500ms, 10s or 2m".to_owned())
}

fn parse_size(text: &str) -> Result<u32, String> {
    let (number, unit) = split_unit(text);
    let bytes = match unit {
        "" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => 0,
    };
    number
        .filter(|_| bytes != 0)
        .and_then(|number| number.checked_mul(bytes))
        .and_then(|size| u32::try_from(size).ok())
        .filter(|size| *size >= 16 << 10)
        .ok_or_else(|| {
            "expected a size from 16KiB to under 4GiB, such as 512KiB or 2MiB".to_owned()
        })
}

fn parse_origin(text: &str) -> Result<String, String> {
    let host = text.split_once("://").map_or("", |(_, host)| host);
    if host.is_empty() || host.contains(['/', '?', '#', '@', '*']) {
        return Err("expected scheme, host and, if it is not the scheme's own, port: https://app.example:8443".to_owned());
    }
    Ok(text.to_owned())
}

fn parse_filter(text: &str) -> Result<String, String> {
    EnvFilter::try_new(text).map(|_| text.to_owned()).map_err(|error| error.to_string())
}

/// The number at the start of the text, if there is one, and what follows it.
fn split_unit(text: &str) -> (Option<u64>, &str) {
    let end = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    (number.parse().ok(), unit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    fn parse(arguments: &[&str]) -> Result<Config, clap::Error> {
        Config::try_parse_from([&["framewire-bridge"], arguments].concat())
    }

    #[test]
    fn definition_is_consistent() {
        Config::command().debug_assert();
    }

    #[test]
    fn defaults() {
        let config = parse(&[]).expect("no option is required");
        assert_eq!(config.listen, "127.0.0.1:4433".parse().expect("an address"));
        assert!(config.allow.is_empty());
        assert_eq!(config.connect_timeout, Duration::from_secs(10));
        assert_eq!(config.stream_window, 2 << 20);
    }

    #[test]
    fn durations_and_sizes() {
        assert_eq!(parse_duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(parse_duration("2m"), Ok(Duration::from_secs(120)));
        for text in ["", "s", "10", "-1s", "1h", "1.5s", "1441m", "99999999999999999999s"] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
        assert_eq!(parse_size("65536"), Ok(65_536));
        assert_eq!(parse_size("512KiB"), Ok(512 << 10));
        for text in ["", "0", "1KiB", "4GiB", "2MB", "18446744073709551615GiB"] {
            assert!(parse_size(text).is_err(), "{text}");
        }
    }

    #[test]
    fn wrong_options_are_refused() {
        for arguments in [
            &["--listen", "4433"][..],
            &["--allow", "localhost"],
            &["--allow-origin", "app.example"],
            &["--allow-origin", "https://app.example/"],
            &["--cert", "only.pem"],
            &["--key", "only.pem"],
            &["--max-streams", "0"],
            &["--log", "a=b=c"],
            &["--unknown"],
        ] {
            assert!(parse(arguments).is_err(), "{arguments:?}");
        }
    }
}
