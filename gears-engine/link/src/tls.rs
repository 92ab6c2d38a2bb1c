//! TLS as servers speak it between nodes: chains are checked, names are not.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_cert_signed_by_trust_anchor;
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio::net::TcpStream;
use tokio::task::spawn_blocking;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::failure::describe;
use crate::{Peer, Tls};

/// Shakes hands with a peer.
///
/// # Errors
///
/// Which file is at fault, or why the handshake failed.
pub(crate) async fn connect(
    files: &Tls,
    peer: &Peer,
    tcp: TcpStream,
) -> Result<TlsStream<TcpStream>, String> {
    let own = files.clone();
    // Files may be new since the last connection, and disks may be slow.
    let config = spawn_blocking(move || config(&own)).await;
    let config = config.map_err(|error| format!("cannot read the certificates: {error}"))??;
    let name = ServerName::try_from(peer.host.clone());
    // Whatever it is, it is not compared with anything.
    let name = name.or_else(|_| ServerName::try_from("gears"));
    let name = name.map_err(|error| format!("{} has no name for TLS: {error}", describe(peer)))?;
    let connector = TlsConnector::from(Arc::new(config));
    connector.connect(name, tcp).await.map_err(|error| {
        format!(
            "no TLS with {}: {error}; look whether its port for clients speaks TLS (tls-port, \
             tls-cluster) and whether {} holds the authority of its certificate",
            describe(peer),
            authorities(files)
        )
    })
}

fn config(files: &Tls) -> Result<ClientConfig, String> {
    let provider = Arc::new(ring::default_provider());
    let verifier = Chain {
        roots: roots(files)?,
        provider: Arc::clone(&provider),
    };
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| format!("cannot set up TLS: {error}"))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    let (Some(cert_file), Some(key_file)) = (&files.cert_file, &files.key_file) else {
        return Ok(config.with_no_client_auth());
    };
    let certificates =
        certificates(cert_file).map_err(|error| unreadable("tls-cert-file", cert_file, &error))?;
    let key = PrivateKeyDer::from_pem_file(key_file)
        .map_err(|error| unreadable("tls-key-file", key_file, &error.to_string()))?;
    config
        .with_client_auth_cert(certificates, key)
        .map_err(|error| {
            format!(
                "the key {} (tls-key-file) does not go with the certificate {} (tls-cert-file): \
                 {error}",
                key_file.display(),
                cert_file.display()
            )
        })
}

/// Reads whom to trust.
fn roots(files: &Tls) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    if let Some(file) = &files.ca_file {
        let found =
            certificates(file).map_err(|error| unreadable("tls-ca-cert-file", file, &error))?;
        for certificate in found {
            roots
                .add(certificate)
                .map_err(|error| unreadable("tls-ca-cert-file", file, &error.to_string()))?;
        }
    }
    if let Some(folder) = &files.ca_dir {
        let unreadable =
            |error: std::io::Error| unreadable("tls-ca-cert-dir", folder, &error.to_string());
        for file in fs::read_dir(folder).map_err(unreadable)? {
            // Such a folder holds other files as well.
            let found = certificates(&file.map_err(unreadable)?.path());
            roots.add_parsable_certificates(found.unwrap_or_default());
        }
    }
    if roots.is_empty() {
        return Err(format!(
            "TLS needs authorities to trust, and {} holds none",
            authorities(files)
        ));
    }
    Ok(roots)
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_file_iter(file)
        .map_err(|error| error.to_string())?
        .collect();
    match found {
        Ok(found) if found.is_empty() => Err("it holds no certificate".to_owned()),
        found => found.map_err(|error| error.to_string()),
    }
}

fn unreadable(setting: &str, path: &Path, error: &str) -> String {
    format!("cannot use {} ({setting}) for TLS: {error}", path.display())
}

fn authorities(files: &Tls) -> String {
    let named = |setting, path: &Option<std::path::PathBuf>| {
        let path = path.as_ref()?;
        Some(format!("{} ({setting})", path.display()))
    };
    let file = named("tls-ca-cert-file", &files.ca_file);
    let folder = named("tls-ca-cert-dir", &files.ca_dir);
    match (file, folder) {
        (Some(file), Some(folder)) => format!("{file} or {folder}"),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => "tls-ca-cert-file or tls-ca-cert-dir".to_owned(),
    }
}

/// Asks for a chain to an authority that is trusted, and for no name.
#[derive(Debug)]
struct Chain {
    roots: RootCertStore,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Chain {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        verify_server_cert_signed_by_trust_anchor(
            &ParsedCertificate::try_from(end_entity)?,
            &self.roots,
            intermediates,
            now,
            self.provider.signature_verification_algorithms.all,
        )?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let algorithms = &self.provider.signature_verification_algorithms;
        algorithms.supported_schemes()
    }
}
