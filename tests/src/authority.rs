//! Certificates for servers of a test.

use std::fs;

use gears_runtime::embedded::Server;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use tempfile::TempDir;

/// What servers say that were built without TLS, since Redis 7.2 and before.
const LACKS: [&str; 2] = ["Failed finding TLS support", "Bad directive"];

/// An authority of its own, with a certificate for all nodes of a cluster.
///
/// It names no address: nodes do not compare names with each other.
#[derive(Debug)]
pub struct Authority {
    folder: TempDir,
}

impl Authority {
    /// Makes the authority and the certificate.
    ///
    /// # Panics
    ///
    /// When the files cannot be written.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut params = CertificateParams::default();
        // Otherwise both certificates have the same name, and the one looks signed by itself.
        params
            .distinguished_name
            .push(DnType::CommonName, "authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(["node.example".to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &issuer).unwrap();
        for (name, text) in [
            ("ca.pem", issuer.pem()),
            ("node.pem", certificate.pem()),
            ("node.key", key.serialize_pem()),
        ] {
            fs::write(folder.path().join(name), text).unwrap();
        }
        Self { folder }
    }

    /// Tells whether the server that tests use can speak TLS; many are built without it.
    ///
    /// # Panics
    ///
    /// When it does not start for another cause.
    pub fn is_of_use(&self) -> bool {
        let started = Server::builder()
            .plain()
            .server_args(self.server_args(0))
            .start();
        let Err(error) = started else {
            return true;
        };
        let error = error.to_string();
        let is_lacking = LACKS.iter().any(|lack| error.contains(lack));
        assert!(is_lacking, "{error}");
        false
    }

    /// Returns what has a server speak TLS at this port, and with other nodes.
    pub fn server_args(&self, port: u16) -> Vec<String> {
        let file = |name| self.folder.path().join(name).display().to_string();
        let pairs = [
            ("--tls-port", port.to_string()),
            ("--tls-cluster", "yes".to_owned()),
            ("--tls-ca-cert-file", file("ca.pem")),
            ("--tls-cert-file", file("node.pem")),
            ("--tls-key-file", file("node.key")),
        ];
        let pairs = pairs.into_iter();
        pairs
            .flat_map(|(name, value)| [name.to_owned(), value])
            .collect()
    }
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}
