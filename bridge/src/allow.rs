//! The list of targets that sessions may name.

use crate::target::{Host, Target, is_name};
use std::fmt;
use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::str::FromStr;

/// The targets that sessions may name. What no rule matches is not allowed.
#[derive(Debug, Clone, Default)]
pub struct AllowList(Vec<AllowRule>);

impl AllowList {
    /// A list of these rules. An empty one allows nothing.
    pub fn new(rules: Vec<AllowRule>) -> Self {
        Self(rules)
    }

    /// Whether a rule matches the target's host and port. TLS makes no difference.
    pub fn allows(&self, target: &Target) -> bool {
        self.0.iter().any(|rule| rule.matches(target))
    }
}

/// One rule: `HOST:PORT`.
///
/// `HOST` is matched against the host as the session wrote it, before any name is resolved:
///
/// - `echo.example`: that name, and nothing it stands for;
/// - `*.example`: every name that ends in `.example`, at any depth, but not `example`;
/// - `127.0.0.1`, `[::1]`: that address, given as a literal;
/// - `10.0.0.0/8`, `[fd00::/8]`: the addresses of that range, given as literals.
///
/// `PORT` is a number, a range `8000-8999`, or `*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowRule {
    host: HostRule,
    ports: RangeInclusive<u16>,
}

impl AllowRule {
    /// Whether this rule matches the target.
    pub fn matches(&self, target: &Target) -> bool {
        self.ports.contains(&target.port.get()) && self.host.matches(&target.host)
    }
}

impl FromStr for AllowRule {
    type Err = AllowRuleError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (host, port) = text.rsplit_once(':').ok_or(AllowRuleError::Form)?;
        Ok(Self {
            host: HostRule::parse(host)?,
            ports: parse_ports(port).ok_or(AllowRuleError::Port)?,
        })
    }
}

/// What is wrong with a rule's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AllowRuleError {
    /// There is no colon between host and port, or an IPv6 address without brackets.
    Form,
    /// The host is none of the forms.
    Host,
    /// The range's prefix is longer than the address, or the address has bits beyond the prefix.
    Range,
    /// The port is none of the forms.
    Port,
}

impl fmt::Display for AllowRuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Form => "expected HOST:PORT, with an IPv6 address in brackets, such as [::1]:9000",
            Self::Host => "expected a name, *.suffix, an IP address or a range such as 10.0.0.0/8 before the colon",
            Self::Range => "expected a range whose address ends in zeros after its prefix, such as 10.0.0.0/8",
            Self::Port => "expected a port from 1 to 65535, a range such as 8000-8999, or * after the colon",
        })
    }
}

impl std::error::Error for AllowRuleError {}

#[derive(Debug, Clone, PartialEq, Eq)]
enum HostRule {
    Name(String),
    /// With the dot in front.
    Suffix(String),
    /// A single address is a range with the longest prefix.
    Range(IpAddr, u8),
}

impl HostRule {
    fn parse(text: &str) -> Result<Self, AllowRuleError> {
        if let Some(suffix) = text.strip_prefix("*.") {
            let suffix = suffix.strip_suffix('.').unwrap_or(suffix).to_ascii_lowercase();
            return if is_name(&suffix) {
                Ok(Self::Suffix(format!(".{suffix}")))
            } else {
                Err(AllowRuleError::Host)
            };
        }
        let inner = match text.strip_prefix('[') {
            Some(inner) => inner
                .strip_suffix(']')
                .filter(|inner| inner.contains(':'))
                .ok_or(AllowRuleError::Host)?,
            None if text.contains(':') => return Err(AllowRuleError::Form),
            None => text,
        };
        if let Some((address, prefix)) = inner.split_once('/') {
            let address = address.parse().map_err(|_| AllowRuleError::Host)?;
            let prefix = prefix.parse().map_err(|_| AllowRuleError::Range)?;
            return if prefix <= bits(address) && network(address, prefix) == address {
                Ok(Self::Range(address, prefix))
            } else {
                Err(AllowRuleError::Range)
            };
        }
        match Host::parse(inner) {
            Ok(Host::Address(address)) => Ok(Self::Range(address, bits(address))),
            Ok(Host::Name(name)) => Ok(Self::Name(name)),
            Err(_) => Err(AllowRuleError::Host),
        }
    }

    fn matches(&self, host: &Host) -> bool {
        match (self, host) {
            (Self::Name(rule), Host::Name(name)) => rule == name,
            (Self::Suffix(suffix), Host::Name(name)) => {
                name.ends_with(suffix) && name.len() > suffix.len()
            }
            (Self::Range(rule, prefix), Host::Address(address)) => {
                rule.is_ipv4() == address.is_ipv4() && network(*address, *prefix) == *rule
            }
            _ => false,
        }
    }
}

fn parse_ports(text: &str) -> Option<RangeInclusive<u16>> {
    let port = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if digits { text.parse::<u16>().ok().filter(|port| *port != 0) } else { None }
    };
    if text == "*" {
        return Some(1..=u16::MAX);
    }
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let ports = port(first)?..=port(last)?;
    (!ports.is_empty()).then_some(ports)
}

fn bits(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

/// The address with every bit beyond the prefix cleared. The prefix is at most the length of the address.
fn network(address: IpAddr, prefix: u8) -> IpAddr {
    match address {
        IpAddr::V4(address) => {
            let mask = u32::MAX.checked_shl(u32::from(32 - prefix)).unwrap_or(0);
            IpAddr::V4((address.to_bits() & mask).into())
        }
        IpAddr::V6(address) => {
            let mask = u128::MAX.checked_shl(u32::from(128 - prefix)).unwrap_or(0);
            IpAddr::V6((address.to_bits() & mask).into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::PATH_PREFIX;

    fn allows(rule: &str, target: &str) -> bool {
        let rule = rule.parse().unwrap_or_else(|error| panic!("{rule}: {error}"));
        let target = Target::from_path(&format!("{PATH_PREFIX}{target}/"))
            .unwrap_or_else(|_| panic!("{target}"));
        AllowList::new(vec![rule]).allows(&target)
    }

    #[test]
    fn nothing_is_allowed_by_an_empty_list() {
        let target = Target::from_path("/.well-known/masque/tcp/localhost/80/").expect("a target");
        assert!(!AllowList::default().allows(&target));
    }

    #[test]
    fn rules_match_what_they_name_and_nothing_else() {
        for (rule, target, expected) in [
            ("localhost:80", "localhost/80", true),
            ("LocalHost.:80", "localhost/80", true),
            ("localhost:80", "localhost/81", false),
            ("localhost:80", "127.0.0.1/80", false),
            ("127.0.0.1:80", "localhost/80", false),
            ("127.0.0.1:80", "127.0.0.1/80", true),
            ("127.0.0.1:80", "::ffff:127.0.0.1/80", true),
            ("127.0.0.1:80", "127.0.0.2/80", false),
            ("[::1]:80", "::1/80", true),
            ("[::1]:80", "[0:0:0:0:0:0:0:1]/80", true),
            ("[::1]:80", "::2/80", false),
            ("localhost:*", "localhost/1", true),
            ("localhost:*", "localhost/65535", true),
            ("localhost:8000-8999", "localhost/7999", false),
            ("localhost:8000-8999", "localhost/8000", true),
            ("localhost:8000-8999", "localhost/8999", true),
            ("localhost:8000-8999", "localhost/9000", false),
            ("*.example.com:443", "a.example.com/443", true),
            ("*.example.com:443", "a.b.example.com/443", true),
            ("*.example.com:443", "example.com/443", false),
            ("*.example.com:443", "badexample.com/443", false),
            ("*.example.com:443", "example.com.evil.org/443", false),
            ("10.0.0.0/8:80", "10.255.0.1/80", true),
            ("10.0.0.0/8:80", "11.0.0.1/80", false),
            ("10.0.0.0/8:80", "localhost/80", false),
            ("0.0.0.0/0:80", "203.0.113.7/80", true),
            ("0.0.0.0/0:80", "::1/80", false),
            ("192.0.2.1/32:80", "192.0.2.1/80", true),
            ("192.0.2.1/32:80", "192.0.2.0/80", false),
            ("[fd00::/8]:80", "fdff::1/80", true),
            ("[fd00::/8]:80", "fe80::1/80", false),
            ("[::/0]:80", "2001:db8::1/80", true),
        ] {
            assert_eq!(allows(rule, target), expected, "{rule} and {target}");
        }
    }

    #[test]
    fn malformed_rules_say_what_was_expected() {
        for (rule, error) in [
            ("", AllowRuleError::Form),
            ("localhost", AllowRuleError::Form),
            ("::1:80", AllowRuleError::Form),
            (":80", AllowRuleError::Host),
            ("*:80", AllowRuleError::Host),
            ("*.:80", AllowRuleError::Host),
            ("a*.example:80", AllowRuleError::Host),
            ("[127.0.0.1]:80", AllowRuleError::Host),
            ("[::1:80", AllowRuleError::Host),
            ("http://localhost:80", AllowRuleError::Form),
            ("127.1:80", AllowRuleError::Host),
            ("name/8:80", AllowRuleError::Host),
            ("10.0.0.1/8:80", AllowRuleError::Range),
            ("10.0.0.0/33:80", AllowRuleError::Range),
            ("10.0.0.0/:80", AllowRuleError::Range),
            ("localhost:", AllowRuleError::Port),
            ("localhost:0", AllowRuleError::Port),
            ("localhost:65536", AllowRuleError::Port),
            ("localhost:+80", AllowRuleError::Port),
            ("localhost:90-80", AllowRuleError::Port),
            ("localhost:80-", AllowRuleError::Port),
        ] {
            assert_eq!(rule.parse::<AllowRule>(), Err(error), "{rule}");
        }
    }
}
