//! The certificate and key the bridge shows to browsers.

use std::fmt::{self, Write as _};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::{self, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::{self, ServerConfig, version};
use wtransport::tls::self_signed::time::{Duration, OffsetDateTime};

/// A certificate chain and its private key.
#[derive(Debug)]
pub struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
    development_hash: Option<String>,
}

impl Identity {
    /// A new self-signed certificate for `localhost`, the loopback addresses and `address`.
    ///
    /// It is what browsers ask of a certificate given by its hash: an ECDSA key on P-256 and less than two weeks of
    /// validity (ten days, of which one hour lies in the past for peers whose clock is behind).
    pub fn development(address: IpAddr) -> Self {
        let mut names = ["localhost", "127.0.0.1", "::1"].map(str::to_owned).to_vec();
        if !address.is_unspecified() && !address.is_loopback() {
            names.push(address.to_string());
        }
        let identity = wtransport::Identity::self_signed_builder()
            .subject_alt_names(names)
            .not_before(OffsetDateTime::now_utc() - Duration::HOUR)
            .validity_days(10)
            .build()
            .expect("localhost and IP addresses are valid names");
        let certificate = &identity.certificate_chain().as_slice()[0];
        let hash = certificate.hash();
        Self {
            chain: vec![CertificateDer::from(certificate.der().to_vec())],
            key: PrivatePkcs8KeyDer::from(identity.private_key().secret_der().to_vec()).into(),
            development_hash: Some(lower_hex(hash.as_ref())),
        }
    }

    /// Reads a certificate chain, the bridge's own first, and a private key from PEM files.
    ///
    /// # Errors
    ///
    /// If a file can't be read or has no certificate or key in it.
    pub fn from_pem_files(chain: &Path, key: &Path) -> Result<Self, CertificateError> {
        let private_key = PrivateKeyDer::from_pem_file(key)
            .map_err(|error| CertificateError::file(key, "a private key", error))?;
        Ok(Self { chain: read_certificates(chain)?, key: private_key, development_hash: None })
    }

    /// The SHA-256 of the development certificate in lower-case hexadecimal; `None` for a certificate from files.
    pub fn development_hash(&self) -> Option<&str> {
        self.development_hash.as_deref()
    }

    /// The certificates, the bridge's own first, in DER.
    pub fn chain(&self) -> &[CertificateDer<'static>] {
        &self.chain
    }

    /// The TLS side of the endpoint: TLS 1.3 and HTTP/3.
    ///
    /// # Errors
    ///
    /// [`CertificateError::Mismatch`] if the key can't be used with the certificate.
    pub fn into_tls_config(self) -> Result<ServerConfig, CertificateError> {
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(&[&version::TLS13])
            .expect("the provider supports TLS 1.3")
            .with_no_client_auth()
            .with_single_cert(self.chain, self.key)
            .map_err(CertificateError::Mismatch)?;
        config.alpn_protocols = vec![wtransport::proto::WEBTRANSPORT_ALPN.to_vec()];
        Ok(config)
    }
}

/// Why certificates could not be used.
#[derive(Debug)]
pub enum CertificateError {
    /// A file can't be read, or what it holds is not what was expected.
    File {
        /// The file.
        path: PathBuf,
        /// What was expected in it.
        expected: &'static str,
        /// What was wrong.
        error: pem::Error,
    },
    /// The key does not belong to the certificate, or the certificate can't be used at all.
    Mismatch(rustls::Error),
}

impl CertificateError {
    fn file(path: &Path, expected: &'static str, error: pem::Error) -> Self {
        Self::File { path: path.to_owned(), expected, error }
    }
}

impl fmt::Display for CertificateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, expected, error: pem::Error::Io(error) } => {
                write!(
                    f,
                    "cannot read {} ({error}): expected {expected} in PEM form",
                    path.display()
                )
            }
            Self::File { path, expected, .. } => {
                write!(f, "{}: expected {expected} in PEM form", path.display())
            }
            Self::Mismatch(error) => {
                write!(f, "the private key can't be used with the certificate: {error}")
            }
        }
    }
}

impl std::error::Error for CertificateError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::File { error, .. } => Some(error),
            Self::Mismatch(error) => Some(error),
        }
    }
}

/// Reads all certificates of a PEM file, at least one.
pub(crate) fn read_certificates(
    path: &Path,
) -> Result<Vec<CertificateDer<'static>>, CertificateError> {
    let certificates: Vec<_> = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect)
        .map_err(|error| CertificateError::file(path, "certificates", error))?;
    if certificates.is_empty() {
        return Err(CertificateError::file(path, "certificates", pem::Error::NoItemsFound));
    }
    Ok(certificates)
}

fn lower_hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("writing to a string does not fail");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;
    use x509_parser::oid_registry::{
        OID_EC_P256, OID_KEY_TYPE_EC_PUBLIC_KEY, OID_SIG_ECDSA_WITH_SHA256,
    };
    use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};

    #[test]
    fn development_certificate_is_what_browsers_take_by_hash() {
        let identity = Identity::development(Ipv4Addr::new(192, 0, 2, 7).into());
        let (_, certificate) =
            X509Certificate::from_der(&identity.chain()[0]).expect("a certificate");

        let validity = certificate.validity();
        assert!(validity.is_valid());
        let seconds = validity.not_after.timestamp() - validity.not_before.timestamp();
        assert!(seconds < 14 * 24 * 60 * 60, "valid for {seconds} s");

        let key = &certificate.public_key().algorithm;
        assert_eq!(key.algorithm, OID_KEY_TYPE_EC_PUBLIC_KEY);
        let curve = key.parameters.as_ref().expect("a curve").as_oid().expect("an OID");
        assert_eq!(curve, OID_EC_P256);
        assert_eq!(certificate.signature_algorithm.algorithm, OID_SIG_ECDSA_WITH_SHA256);

        let names = certificate.subject_alternative_name().expect("an extension").expect("names");
        let names: Vec<String> = names.value.general_names.iter().map(name).collect();
        assert_eq!(names, ["localhost", "127.0.0.1", "::1", "192.0.2.7"]);
    }

    #[test]
    fn hash_is_lower_case_hexadecimal() {
        let identity = Identity::development(Ipv4Addr::LOCALHOST.into());
        let hash = identity.development_hash().expect("a development certificate");
        assert_eq!(hash.len(), 64);
        assert!(hash.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')));
        assert_eq!(lower_hex(&[0, 10, 255]), "000aff");
    }

    #[test]
    fn files_that_are_not_what_was_expected_are_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let empty = folder.path().join("empty.pem");
        std::fs::write(&empty, "").expect("writable");
        let missing = folder.path().join("missing.pem");
        for path in [&empty, &missing] {
            let error = Identity::from_pem_files(path, path).expect_err("no key").to_string();
            assert!(error.contains(&path.display().to_string()), "{error}");
            assert!(error.contains("a private key"), "{error}");
        }
    }

    #[test]
    fn key_of_another_certificate_is_refused() {
        let mut identity = Identity::development(Ipv4Addr::LOCALHOST.into());
        identity.key = Identity::development(Ipv4Addr::LOCALHOST.into()).key;
        assert!(matches!(identity.into_tls_config(), Err(CertificateError::Mismatch(_))));
    }

    fn name(name: &GeneralName<'_>) -> String {
        match name {
            GeneralName::DNSName(name) => (*name).to_owned(),
            GeneralName::IPAddress(bytes) => match <[u8; 4]>::try_from(*bytes) {
                Ok(address) => IpAddr::from(address).to_string(),
                Err(_) => {
                    IpAddr::from(<[u8; 16]>::try_from(*bytes).expect("an address")).to_string()
                }
            },
            other => panic!("unexpected name {other}"),
        }
    }
}
