//! `rediss://`, through a front that speaks TLS whatever the server binary can.

use gears_runtime::embedded::Server;
use gears_runtime::redis::{Client, TlsCertificates};
use gears_runtime::{ErrorKind, Gears, Result, gear_command, register_where};
use gears_tests::TlsFront;

#[gear_command]
fn secret_echo(text: &str) -> Result<String> {
    "return text"
}

#[gear_command]
async fn secret_echo_later(text: &str) -> Result<String> {
    "return text"
}

fn trusting_client(front: &TlsFront) -> Client {
    let certificates = TlsCertificates {
        client_tls: None,
        root_cert: Some(front.certificate().as_bytes().to_vec()),
    };
    Client::build_with_tls(front.url(), certificates).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn gears_work_over_tls() {
    let server = Server::start().unwrap();
    let front = TlsFront::open(server.folder().join("server.sock"));
    let gears = Gears::from(trusting_client(&front));
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

#[test]
fn authority_of_ones_own_is_trusted_and_no_other() {
    let server = Server::start().unwrap();
    let front = TlsFront::open(server.folder().join("server.sock"));
    let other = TlsFront::open(server.folder().join("server.sock"));
    let trusting = |pem: &str| {
        let builder = Gears::builder(front.url().as_str()).unwrap();
        builder.root_certificates(pem)
    };
    let gears = trusting(front.certificate()).unwrap().connect().unwrap();
    gears.network_test().unwrap();
    let error = trusting(other.certificate())
        .unwrap()
        .connect()
        .unwrap_err();
    assert!(error.is_tls(), "{error}");
    for nothing in ["", "a certificate"] {
        let error = trusting(nothing).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration, "{error}");
    }
    let plain = Gears::builder("redis://127.0.0.1:1/").unwrap();
    let error = plain.root_certificates(front.certificate()).unwrap_err();
    assert!(error.to_string().contains("rediss://"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strangers_are_not_trusted() {
    let server = Server::start().unwrap();
    let front = TlsFront::open(server.folder().join("server.sock"));
    let url = front.url();
    let error = Gears::connect_async(url.as_str()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection, "{error}");
    assert!(error.is_tls(), "{error}");
    let error = tokio::task::spawn_blocking(move || Gears::connect(url.as_str()))
        .await
        .unwrap()
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection, "{error}");
    assert!(error.to_string().contains("certificate"), "{error}");
    assert!(error.is_tls(), "{error}");
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
    let said = error.to_string();
    assert!(
        said.contains("a port without it takes `redis://`"),
        "{said}"
    );
}
