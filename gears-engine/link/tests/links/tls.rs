//! Links over TLS.

use std::fs;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gears_link::{Access, Tls};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};

use crate::fake::{Duplex, Fake, access, id, links, me, wait_for_error};

const PLENTY: usize = 1024 * 1024;

/// An authority, and the folder with its files.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: tempfile::TempDir,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::default();
        let name = format!("authority {}", fastrand::u64(..));
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let issuer = CertifiedIssuer::self_signed(params, key).unwrap();
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("ca.pem"), issuer.pem()).unwrap();
        Self { issuer, folder }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a certificate for a name that no test connects to, and its key.
    fn issue(&self, name: &str) -> (Vec<u8>, KeyPair) {
        let params = CertificateParams::new([format!("{name}.example")]).unwrap();
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        fs::write(self.file(&format!("{name}.pem")), certificate.pem()).unwrap();
        fs::write(self.file(&format!("{name}.key")), key.serialize_pem()).unwrap();
        (certificate.der().to_vec(), key)
    }

    /// Starts a peer that speaks TLS and wants a certificate of this authority.
    fn start(&self) -> Fake {
        let (certificate, key) = self.issue("peer");
        let mut roots = RootCertStore::empty();
        roots.add(self.issuer.der().clone()).unwrap();
        let provider = Arc::new(ring::default_provider());
        let clients =
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_client_cert_verifier(clients.build().unwrap())
            .with_single_cert(vec![certificate.into()], key)
            .unwrap();
        let config = Arc::new(config);
        let wrap = move |tcp: TcpStream| -> Box<dyn Duplex> {
            let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            Box::new(StreamOwned::new(connection, tcp))
        };
        Fake::start_on(me(b'b', "there"), b"abc", Arc::new(wrap))
    }

    fn access(&self, change: impl FnOnce(&mut Tls)) -> Access {
        self.issue("own");
        let mut tls = Tls {
            ca_file: Some(self.file("ca.pem")),
            ca_dir: None,
            cert_file: Some(self.file("own.pem")),
            key_file: Some(self.file("own.key")),
        };
        change(&mut tls);
        Access {
            tls: Some(tls),
            ..access(b"abc")
        }
    }
}

#[test]
fn names_are_not_compared_and_chains_are() {
    let authority = Authority::new();
    let fake = authority.start();
    let links = links(PLENTY);
    let other = Authority::new();
    let access = authority.access(|tls| tls.ca_file = Some(other.file("ca.pem")));
    links.follow(vec![fake.peer()], access);
    links.send(id(b'b'), vec![7; 100_000]).unwrap();
    let error = wait_for_error(&links, "no TLS with shard b")
        .last_error
        .unwrap();
    assert!(error.contains("UnknownIssuer"), "{error}");
    assert!(error.contains("tls-ca-cert-file"), "{error}");
    links.follow(vec![fake.peer()], authority.access(|_| ()));
    assert_eq!(fake.wait_for_frames(1), [vec![7; 100_000]]);
}

#[test]
fn a_folder_of_authorities_may_hold_other_files() {
    let authority = Authority::new();
    let fake = authority.start();
    let links = links(PLENTY);
    fs::write(authority.file("README"), "no certificate").unwrap();
    fs::create_dir(authority.file("folder")).unwrap();
    let folder = authority.folder.path().to_owned();
    let access = authority.access(|tls| (tls.ca_file, tls.ca_dir) = (None, Some(folder)));
    links.follow(vec![fake.peer()], access);
    links.send(id(b'b'), b"one".to_vec()).unwrap();
    assert_eq!(fake.wait_for_frames(1), [b"one"]);
}

#[test]
fn files_that_are_no_use_are_named() {
    let authority = Authority::new();
    let fake = authority.start();
    let empty = tempfile::tempdir().unwrap();
    let (missing, none): (PathBuf, &Path) = (authority.file("missing"), empty.path());
    authority.issue("other");
    type Change<'a> = Box<dyn FnOnce(&mut Tls) + 'a>;
    let cases: [(&str, Change<'_>); 7] = [
        (
            "missing (tls-ca-cert-file)",
            Box::new(|tls| tls.ca_file = Some(missing.clone())),
        ),
        (
            "own.key (tls-ca-cert-file)",
            Box::new(|tls| tls.ca_file = tls.key_file.clone()),
        ),
        (
            "missing (tls-cert-file)",
            Box::new(|tls| tls.cert_file = Some(missing.clone())),
        ),
        (
            "own.pem (tls-key-file)",
            Box::new(|tls| tls.key_file = tls.cert_file.clone()),
        ),
        (
            "does not go with the certificate",
            Box::new(|tls| tls.key_file = Some(authority.file("other.key"))),
        ),
        (
            "(tls-ca-cert-dir) holds none",
            Box::new(|tls| (tls.ca_file, tls.ca_dir) = (None, Some(none.to_owned()))),
        ),
        (
            "tls-ca-cert-file or tls-ca-cert-dir holds none",
            Box::new(|tls| tls.ca_file = None),
        ),
    ];
    for (cause, change) in cases {
        let links = links(PLENTY);
        links.follow(vec![fake.peer()], authority.access(change));
        wait_for_error(&links, cause);
    }
}

#[test]
fn ports_that_speak_otherwise_are_told() {
    let authority = Authority::new();
    let speaks_tls = authority.start();
    let speaks_none = Fake::start(me(b'b', "there"), b"abc");
    let cases = [
        (&speaks_none, authority.access(|_| ()), "tls-port"),
        (&speaks_tls, access(b"abc"), "lost the connection"),
        (
            &speaks_tls,
            authority.access(|tls| (tls.cert_file, tls.key_file) = (None, None)),
            "CertificateRequired",
        ),
    ];
    for (fake, access, cause) in cases {
        let links = links(PLENTY);
        links.follow(vec![fake.peer()], access);
        wait_for_error(&links, cause);
    }
}
