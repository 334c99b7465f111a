//! Whether a session request is accepted.

use crate::allow::AllowList;
use crate::target::{Target, TargetError};
use std::fmt;

/// The path of a session without a target. A browser does not tell a page why a session was refused; one that gets this
/// session and not the other knows that it reaches the bridge, that the certificate is the one it expects, and so that the
/// target is what was refused.
pub const GREETING_PATH: &str = "/.well-known/framewire-bridge/greeting";

/// What decides on session requests: the allow-list and the origins.
#[derive(Debug)]
pub struct Admission {
    allow: AllowList,
    origins: Vec<String>,
}

impl Admission {
    /// Lets in sessions to these targets, from pages of these origins. No origins given: from anywhere.
    pub fn new(allow: AllowList, origins: Vec<String>) -> Self {
        Self { allow, origins }
    }

    /// The target of a session whose request has this path and this `Origin` header.
    ///
    /// # Errors
    ///
    /// The refusal to answer with.
    pub fn admit(&self, path: &str, origin: Option<&str>) -> Result<Target, Refusal> {
        let target = Target::from_path(path).map_err(Refusal::Target)?;
        if !self.allows_origin(origin) {
            return Err(Refusal::Origin);
        }
        if self.allow.allows(&target) { Ok(target) } else { Err(Refusal::NotAllowed) }
    }

    /// Whether a session with this path is a greeting that is answered: see [`GREETING_PATH`].
    pub fn greets(&self, path: &str, origin: Option<&str>) -> bool {
        path == GREETING_PATH && self.allows_origin(origin)
    }

    fn allows_origin(&self, origin: Option<&str>) -> bool {
        self.origins.is_empty()
            || origin.is_some_and(|origin| {
                self.origins.iter().any(|allowed| allowed.eq_ignore_ascii_case(origin))
            })
    }
}

/// Why a session request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The path does not name a target.
    Target(TargetError),
    /// The page's origin is not one that may use the bridge.
    Origin,
    /// No rule of the allow-list matches the target.
    NotAllowed,
    /// As many sessions as allowed are open.
    TooManySessions,
    /// The bridge is shutting down.
    ShuttingDown,
}

impl Refusal {
    /// The HTTP status of the answer.
    pub fn status(self) -> u16 {
        match self {
            Self::Target(TargetError::Path) => 404,
            Self::Target(_) => 400,
            Self::Origin | Self::NotAllowed => 403,
            Self::TooManySessions => 429,
            Self::ShuttingDown => 503,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Target(error) => error.fmt(f),
            Self::Origin => f.write_str("the origin is not one given with --allow-origin"),
            Self::NotAllowed => f.write_str("no --allow rule matches the target"),
            Self::TooManySessions => {
                f.write_str("as many sessions as --max-sessions allows are open")
            }
            Self::ShuttingDown => f.write_str("the bridge is shutting down"),
        }
    }
}

impl std::error::Error for Refusal {}

#[cfg(test)]
mod tests {
    use super::*;

    const PATH: &str = "/.well-known/masque/tcp/localhost/80/";

    fn admission(origins: &[&str]) -> Admission {
        let rule = "localhost:80".parse().expect("a rule");
        Admission::new(
            AllowList::new(vec![rule]),
            origins.iter().map(ToString::to_string).collect(),
        )
    }

    #[test]
    fn any_origin_or_none_is_let_in_when_none_is_listed() {
        assert!(admission(&[]).admit(PATH, None).is_ok());
        assert!(admission(&[]).admit(PATH, Some("https://any.example")).is_ok());
    }

    #[test]
    fn only_listed_origins_are_let_in_when_some_are() {
        let admission = admission(&["https://app.example"]);
        assert!(admission.admit(PATH, Some("https://app.example")).is_ok());
        assert_eq!(admission.admit(PATH, Some("https://app.example:8443")), Err(Refusal::Origin));
        assert_eq!(admission.admit(PATH, Some("null")), Err(Refusal::Origin));
        assert_eq!(admission.admit(PATH, None), Err(Refusal::Origin));
    }

    #[test]
    fn greetings_need_no_rule_but_a_listed_origin() {
        assert!(admission(&[]).greets(GREETING_PATH, None));
        assert!(!admission(&[]).greets(PATH, None));
        let admission = admission(&["https://app.example"]);
        assert!(admission.greets(GREETING_PATH, Some("https://app.example")));
        assert!(!admission.greets(GREETING_PATH, Some("https://evil.example")));
    }

    #[test]
    fn statuses() {
        let status = |path| admission(&[]).admit(path, None).map_err(Refusal::status);
        assert_eq!(status("/"), Err(404));
        assert_eq!(status("/.well-known/masque/udp/localhost/80/"), Err(404));
        assert_eq!(status("/.well-known/masque/tcp/localhost/0/"), Err(400));
        assert_eq!(status("/.well-known/masque/tcp/localhost/81/"), Err(403));
    }
}
