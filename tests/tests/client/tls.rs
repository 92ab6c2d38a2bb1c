//! `rediss://`, through a front that speaks TLS whatever the server binary can.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use gears_runtime::embedded::Server;
use gears_runtime::redis::{Client, TlsCertificates};
use gears_runtime::{ErrorKind, Gears, Result, gear_command, register_where};
use tokio::net::{TcpListener, UnixStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;

#[gear_command]
fn secret_echo(text: &str) -> Result<String> {
    "return text"
}

#[gear_command]
async fn secret_echo_later(text: &str) -> Result<String> {
    "return text"
}

/// A port that speaks TLS, in front of a server's socket.
struct Front {
    address: SocketAddr,
    certificate: String,
}

impl Front {
    async fn open(socket: PathBuf) -> Self {
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
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
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
        }
    }

    fn url(&self) -> String {
        format!("rediss://{}/", self.address)
    }

    fn trusting_client(&self) -> Client {
        let certificates = TlsCertificates {
            client_tls: None,
            root_cert: Some(self.certificate.clone().into_bytes()),
        };
        Client::build_with_tls(self.url(), certificates).unwrap()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn gears_work_over_tls() {
    let server = Server::start().unwrap();
    let front = Front::open(server.folder().join("server.sock")).await;
    let gears = Gears::from(front.trusting_client());
    let sync = gears.clone();
    tokio::task::spawn_blocking(move || {
        register_where(&sync, |gear| gear.trigger().starts_with("secret_echo")).unwrap();
        let large = "é".repeat(1 << 20);
        assert_eq!(secret_echo::on(&sync).call("x").unwrap(), "x");
        assert_eq!(secret_echo::on(&sync).call(&large).unwrap(), large);
    })
    .await
    .unwrap();
    assert_eq!(
        secret_echo_later::on(&gears).call("later").await.unwrap(),
        "later"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strangers_are_not_trusted() {
    let server = Server::start().unwrap();
    let front = Front::open(server.folder().join("server.sock")).await;
    let url = front.url();
    let error = Gears::connect_async(url.as_str()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection, "{error}");
    let error = tokio::task::spawn_blocking(move || Gears::connect(url.as_str()))
        .await
        .unwrap()
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection, "{error}");
    assert!(error.to_string().contains("certificate"), "{error}");
}

#[test]
fn server_without_tls_is_an_error() {
    let server = Server::builder().tcp().plain().start().unwrap();
    let url = format!("rediss://127.0.0.1:{}/", server.port().unwrap());
    let gears = Gears::builder(url.as_str())
        .unwrap()
        .connect_timeout(std::time::Duration::from_secs(2));
    let error = gears.connect().unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Connection | ErrorKind::Timeout),
        "{error}"
    );
}
