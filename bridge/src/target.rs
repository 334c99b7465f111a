//! The target a session's path names.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU16;

/// The part of the path in front of the target.
pub const PATH_PREFIX: &str = "/.well-known/masque/tcp/";

/// Where the streams of a session are connected to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The host, decoded and normalised.
    pub host: Host,
    /// The TCP port.
    pub port: NonZeroU16,
    /// Whether the bridge does TLS to the target.
    pub tls: bool,
}

impl Target {
    /// Reads the target from a request's path and query.
    ///
    /// The form is `/.well-known/masque/tcp/{target_host}/{target_port}/` with an optional `?tls=1` (or `?tls=0`). The
    /// last slash may be absent. Both variables are percent-decoded.
    ///
    /// # Errors
    ///
    /// [`TargetError::Path`] if the path does not have that form, the other variants if it does and a value is wrong.
    pub fn from_path(path_and_query: &str) -> Result<Self, TargetError> {
        let (path, query) = match path_and_query.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (path_and_query, None),
        };
        let rest = path.strip_prefix(PATH_PREFIX).ok_or(TargetError::Path)?;
        let (host, port) =
            rest.strip_suffix('/').unwrap_or(rest).split_once('/').ok_or(TargetError::Path)?;
        if port.contains('/') {
            return Err(TargetError::Path);
        }
        Ok(Self {
            host: Host::parse(&percent_decode(host).ok_or(TargetError::Encoding)?)?,
            port: parse_port(&percent_decode(port).ok_or(TargetError::Encoding)?)
                .ok_or(TargetError::Port)?,
            tls: parse_query(query)?,
        })
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls { "tls" } else { "tcp" };
        match &self.host {
            Host::Address(IpAddr::V6(address)) => write!(f, "{scheme}://[{address}]:{}", self.port),
            host => write!(f, "{scheme}://{host}:{}", self.port),
        }
    }
}

/// A target's host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Host {
    /// An IP literal. IPv6 addresses that stand for IPv4 ones are stored as those.
    Address(IpAddr),
    /// A DNS name in lower case, without a dot at its end.
    Name(String),
}

impl Host {
    /// Reads an IP literal (IPv6 with or without brackets) or a DNS name.
    ///
    /// Names consist of ASCII letters, digits, `-` and `_`; international names are expected in their `xn--` form. A name
    /// whose last label is a number is refused: resolvers read `127.1` or `0x7f000001` as addresses, which would get
    /// around rules on addresses.
    ///
    /// # Errors
    ///
    /// [`TargetError::Host`] for anything else.
    pub fn parse(text: &str) -> Result<Self, TargetError> {
        if let Some(inner) = text.strip_prefix('[') {
            let inner = inner.strip_suffix(']').ok_or(TargetError::Host)?;
            let address: Ipv6Addr = inner.parse().map_err(|_| TargetError::Host)?;
            return Ok(Self::Address(address.to_canonical()));
        }
        if let Ok(address) = text.parse::<IpAddr>() {
            return Ok(Self::Address(address.to_canonical()));
        }
        let name = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
        if is_name(&name) { Ok(Self::Name(name)) } else { Err(TargetError::Host) }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => address.fmt(f),
            Self::Name(name) => name.fmt(f),
        }
    }
}

/// What is wrong with a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetError {
    /// The path is not that of a target at all.
    Path,
    /// A percent escape is malformed or does not decode to UTF-8.
    Encoding,
    /// The host is neither an IP literal nor a DNS name.
    Host,
    /// The port is not a number from 1 to 65535.
    Port,
    /// The query is not `tls=0` or `tls=1`.
    Query,
}

impl fmt::Display for TargetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path => {
                write!(f, "the path is not {PATH_PREFIX}{{target_host}}/{{target_port}}/")
            }
            Self::Encoding => {
                f.write_str("a percent escape in the path is not the encoding of UTF-8 text")
            }
            Self::Host => {
                f.write_str("the target host is neither an IP literal nor a DNS name in ASCII")
            }
            Self::Port => f.write_str("the target port is not a number from 1 to 65535"),
            Self::Query => f.write_str("the query is neither tls=1 nor tls=0"),
        }
    }
}

impl std::error::Error for TargetError {}

/// Whether `name` is a DNS name in ASCII that no resolver takes for an address. Expects lower case.
pub(crate) fn is_name(name: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'))
    };
    let is_number = |label: &str| {
        label.bytes().all(|byte| byte.is_ascii_digit())
            || label
                .strip_prefix("0x")
                .is_some_and(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()))
    };
    name.len() <= 253
        && name.split('.').all(is_label)
        && !name.rsplit('.').next().is_some_and(is_number)
}

fn parse_port(text: &str) -> Option<NonZeroU16> {
    // `u16::from_str` takes a sign.
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

fn parse_query(query: Option<&str>) -> Result<bool, TargetError> {
    match query {
        None | Some("" | "tls=0") => Ok(false),
        Some("tls=1") => Ok(true),
        Some(_) => Err(TargetError::Query),
    }
}

fn percent_decode(text: &str) -> Option<String> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            decoded.push(byte);
            continue;
        }
        let high = char::from(bytes.next()?).to_digit(16)?;
        let low = char::from(bytes.next()?).to_digit(16)?;
        decoded.push(u8::try_from(high * 16 + low).ok()?);
    }
    String::from_utf8(decoded).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(rest: &str) -> Result<String, TargetError> {
        Target::from_path(&format!("{PATH_PREFIX}{rest}")).map(|target| target.to_string())
    }

    #[test]
    fn accepts_every_form_of_host() {
        for (path, target) in [
            ("example.com/80/", "tcp://example.com:80"),
            ("example.com/80", "tcp://example.com:80"),
            ("EXAMPLE.com./80/", "tcp://example.com:80"),
            ("localhost/65535/?tls=1", "tls://localhost:65535"),
            ("localhost/1/?tls=0", "tcp://localhost:1"),
            ("localhost/1/?", "tcp://localhost:1"),
            ("a_b.xn--bcher-kva.example/443/", "tcp://a_b.xn--bcher-kva.example:443"),
            ("127.0.0.1/9000/", "tcp://127.0.0.1:9000"),
            ("%3A%3A1/9000/", "tcp://[::1]:9000"),
            ("::1/9000/", "tcp://[::1]:9000"),
            ("%5B2001%3Adb8%3A%3A1%5D/9000/", "tcp://[2001:db8::1]:9000"),
            ("[2001:db8::1]/9000/?tls=1", "tls://[2001:db8::1]:9000"),
            ("%3a%3affff%3a10.0.0.1/80/", "tcp://10.0.0.1:80"),
            ("loc%61lhost/%39000/", "tcp://localhost:9000"),
        ] {
            assert_eq!(parse(path).as_deref(), Ok(target), "{path}");
        }
    }

    #[test]
    fn refuses_what_is_not_a_target() {
        for (path, error) in [
            ("", TargetError::Path),
            ("localhost", TargetError::Path),
            ("localhost/", TargetError::Path),
            ("localhost/80/more/", TargetError::Path),
            ("localhost/80//", TargetError::Path),
            ("/80/", TargetError::Host),
            ("./80/", TargetError::Host),
            ("a..b/80/", TargetError::Host),
            ("a%2Fb/80/", TargetError::Host),
            ("a%00b/80/", TargetError::Host),
            ("a%20b/80/", TargetError::Host),
            ("b%C3%BCcher.example/80/", TargetError::Host),
            ("*/80/", TargetError::Host),
            ("127.1/80/", TargetError::Host),
            ("2130706433/80/", TargetError::Host),
            ("0x7f000001/80/", TargetError::Host),
            ("0x7F.0x1/80/", TargetError::Host),
            ("[127.0.0.1]/80/", TargetError::Host),
            ("[::1/80/", TargetError::Host),
            ("fe80%3A%3A1%25eth0/80/", TargetError::Host),
            ("localhost/0/", TargetError::Port),
            ("localhost/65536/", TargetError::Port),
            ("localhost/+80/", TargetError::Port),
            ("localhost/http/", TargetError::Port),
            ("localhost/80/?tls=2", TargetError::Query),
            ("localhost/80/?tls=1&tls=0", TargetError::Query),
            ("localhost/80/?other=1", TargetError::Query),
            ("%ff/80/", TargetError::Encoding),
            ("%4/80/", TargetError::Encoding),
            ("%zz/80/", TargetError::Encoding),
        ] {
            assert_eq!(parse(path), Err(error), "{path}");
        }
        assert_eq!(Target::from_path("/"), Err(TargetError::Path));
        assert_eq!(parse(&format!("{}/80/", "a".repeat(64))), Err(TargetError::Host));
        assert_eq!(parse(&format!("{}a/80/", "a.".repeat(127))), Err(TargetError::Host));
    }
}
