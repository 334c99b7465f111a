//! What is printed and written when the bridge is ready.

use crate::server::StartError;
use std::fmt;
use std::fs;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process;

/// Where the bridge is, and the hash a page needs to trust its development certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announcement {
    /// The URL in front of a session's path, without a slash at its end.
    pub url: String,
    /// The SHA-256 of the development certificate in lower-case hexadecimal; `None` with a certificate of one's own.
    pub certificate_hash: Option<String>,
}

impl Announcement {
    /// The announcement of a bridge that listens on this address. One that listens everywhere is announced on loopback.
    pub fn new(address: SocketAddr, certificate_hash: Option<String>) -> Self {
        let ip = match address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            ip => ip,
        };
        Self { url: format!("https://{}", SocketAddr::new(ip, address.port())), certificate_hash }
    }

    /// The announcement as JSON: `url`, and `certificateHash` if there is one.
    pub fn to_json(&self) -> String {
        // Neither an address nor a hash holds a character that JSON escapes.
        match &self.certificate_hash {
            Some(hash) => format!("{{\"url\":\"{}\",\"certificateHash\":\"{hash}\"}}\n", self.url),
            None => format!("{{\"url\":\"{}\"}}\n", self.url),
        }
    }
}

impl fmt::Display for Announcement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "framewire-bridge is listening on {}", self.url)?;
        match &self.certificate_hash {
            Some(hash) => write!(f, "\ncertificate SHA-256: {hash}"),
            None => Ok(()),
        }
    }
}

/// An announcement in a file, removed when this is dropped.
#[derive(Debug)]
pub struct InfoFile(PathBuf);

impl InfoFile {
    /// Writes the announcement as JSON. Whoever reads the file sees all of it or none.
    ///
    /// # Errors
    ///
    /// If the file or the one beside it, which becomes it, can't be written.
    pub fn write(path: &Path, announcement: &Announcement) -> Result<Self, StartError> {
        write_atomically(path, &announcement.to_json())
            .map_err(|error| StartError::InfoFile(path.to_owned(), error))?;
        Ok(Self(path.to_owned()))
    }
}

impl Drop for InfoFile {
    fn drop(&mut self) {
        // Somebody else may have removed it.
        let _ = fs::remove_file(&self.0);
    }
}

fn write_atomically(path: &Path, text: &str) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}", process::id()));
    fs::write(&beside, text)?;
    fs::rename(&beside, path).inspect_err(|_| {
        let _ = fs::remove_file(&beside);
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn announcement(address: &str, hash: Option<&str>) -> Announcement {
        Announcement::new(address.parse().expect("an address"), hash.map(str::to_owned))
    }

    #[test]
    fn url_is_one_that_can_be_connected_to() {
        for (address, url) in [
            ("127.0.0.1:4433", "https://127.0.0.1:4433"),
            ("0.0.0.0:4433", "https://127.0.0.1:4433"),
            ("[::]:4433", "https://[::1]:4433"),
            ("[2001:db8::1]:1", "https://[2001:db8::1]:1"),
        ] {
            assert_eq!(announcement(address, None).url, url);
        }
    }

    #[test]
    fn json_has_a_hash_only_if_there_is_one() {
        let with = announcement("127.0.0.1:1", Some("00ff")).to_json();
        assert_eq!(with, "{\"url\":\"https://127.0.0.1:1\",\"certificateHash\":\"00ff\"}\n");
        assert_eq!(
            announcement("127.0.0.1:1", None).to_json(),
            "{\"url\":\"https://127.0.0.1:1\"}\n"
        );
    }

    #[test]
    fn info_file_replaces_another_and_is_removed() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("bridge.json");
        fs::write(&path, "old").expect("writable");
        let announcement = announcement("127.0.0.1:1", None);
        let file = InfoFile::write(&path, &announcement).expect("writable");
        assert_eq!(fs::read_to_string(&path).expect("readable"), announcement.to_json());
        drop(file);
        assert_eq!(fs::read_dir(folder.path()).expect("readable").count(), 0);
    }
}
