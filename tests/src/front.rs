//! A port that speaks TLS, in front of a server that need not.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;

use tokio::net::UnixStream;
use tokio::runtime::Runtime;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;

/// A port that speaks TLS, in front of a server's socket, until it is dropped.
pub struct TlsFront {
    address: SocketAddr,
    certificate: String,
    /// Runs what passes bytes on; taken when dropped.
    runtime: Option<Runtime>,
}

impl TlsFront {
    /// Opens a port in front of this unix socket, with a certificate of its own.
    ///
    /// # Panics
    ///
    /// When no port can be had.
    pub fn open(socket: PathBuf) -> Self {
        let name = Ipv4Addr::LOCALHOST.to_string();
        let ours = rcgen::generate_simple_self_signed([name]).unwrap();
        let key = PrivatePkcs8KeyDer::from(ours.signing_key.serialize_der());
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![ours.cert.der().clone()], key.into())
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        listener.set_nonblocking(true).unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_io()
            .build()
            .unwrap();
        runtime.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, socket) = (acceptor.clone(), socket.clone());
                tokio::spawn(async move {
                    // A client that does not trust us hangs up.
                    let mut outside = acceptor.accept(stream).await?;
                    let mut inside = UnixStream::connect(socket).await?;
                    tokio::io::copy_bidirectional(&mut outside, &mut inside).await
                });
            }
        });
        Self {
            address,
            certificate: ours.cert.pem(),
            runtime: Some(runtime),
        }
    }

    /// Returns the URL of the port.
    pub fn url(&self) -> String {
        format!("rediss://{}/", self.address)
    }

    /// Returns the port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Returns the certificate, PEM.
    pub fn certificate(&self) -> &str {
        &self.certificate
    }
}

impl Drop for TlsFront {
    fn drop(&mut self) {
        // Also from within async tests, where nothing may wait.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
