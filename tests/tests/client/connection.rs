//! Servers that are not there, not ours, or gone.

use std::net::{Ipv4Addr, TcpListener};
use std::thread;
use std::time::Duration;

use gears_runtime::embedded::Server;
use gears_runtime::{ErrorKind, Gears, Result, gear_command, redis, register_where};
use gears_tests::{Client, TestServer, ask, show, until};

#[gear_command]
fn connected_echo(text: &str) -> Result<String> {
    "return text"
}

#[gear_command]
fn connected_nap(seconds: f64) -> Result<()> {
    r#"
    import time
    time.sleep(seconds)
    "#
}

#[gear_command(mode = "sync")]
fn connected_set(key: &str, value: &str) -> Result<()> {
    "cmd.set(key, value)"
}

fn echo_again(gears: &Gears) {
    register_where(gears, |gear| gear.trigger() == "connected_echo").unwrap();
    assert_eq!(connected_echo::on(gears).call("back").unwrap(), "back");
}

#[test]
fn server_without_the_module_is_told_with_the_way_out() {
    let server = Server::builder().plain().start().unwrap();
    let gears = Gears::connect(server.url()).unwrap();
    let registering = register_where(&gears, |gear| gear.trigger() == "connected_echo");
    let calling = connected_echo::on(&gears).call("x");
    for error in [registering.unwrap_err(), calling.unwrap_err()] {
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
        assert!(error.unsupported().is_some(), "{error}");
        let text = error.to_string();
        for word in [
            "without the module",
            "gears-engine",
            "loadmodule",
            "cargo build",
        ] {
            assert!(text.contains(word), "{word} is not in: {text}");
        }
    }
}

#[test]
fn urls_that_make_no_sense_are_told() {
    for url in [
        "",
        "localhost",
        "http://127.0.0.1/",
        "redis://",
        "redis://host:port/",
        "redis://h/x",
    ] {
        let error = Gears::connect(url).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration, "{url}: {error}");
        assert!(error.to_string().contains("redis://"), "{url}: {error}");
    }
}

#[test]
fn refused_connection_is_an_error_at_once() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    for url in [
        format!("redis://127.0.0.1:{port}/"),
        "unix:///no/such/socket".to_owned(),
    ] {
        let error = Gears::connect(url.as_str()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Connection, "{url}: {error}");
        assert!(std::error::Error::source(&error).is_some(), "{error}");
    }
}

#[test]
fn silent_server_is_an_error_in_bounded_time() {
    // Accepts, and never says a word.
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!(
        "redis://127.0.0.1:{}/",
        listener.local_addr().unwrap().port()
    );
    let gears = Gears::builder(url.as_str())
        .unwrap()
        .connect_timeout(Duration::from_millis(300))
        .response_timeout(Duration::from_millis(300))
        .build();
    let error = connected_echo::on(&gears).call("x").unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Timeout | ErrorKind::Connection),
        "{error}"
    );
}

#[test]
fn server_that_dies_in_a_call_is_an_error_and_the_next_call_connects_again() {
    let mut server = TestServer::private();
    let gears = server.register(&[&connected_nap::GEAR, &connected_echo::GEAR]);
    let calling = thread::spawn({
        let gears = gears.clone();
        move || connected_nap::on(&gears).call(60.0)
    });
    let mut client = server.client();
    until("call that runs", || {
        let entry = client.registration("connected_nap").unwrap();
        show(&entry)
            .contains(r#"$"numTriggered", :1"#)
            .then_some(())
    });
    server.private_mut().kill();
    let error = calling.join().unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection, "{error}");
    // Nobody is there.
    let error = connected_echo::on(&gears).call("x").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection, "{error}");

    server.private_mut().restart().unwrap();
    // It has forgotten what was registered, and the call brings it along.
    assert_eq!(connected_echo::on(&gears).call("x").unwrap(), "x");
    echo_again(&gears);
}

#[test]
fn restart_between_calls_costs_one_error_at_most() {
    let mut server = TestServer::private();
    let gears = server.register(&[&connected_echo::GEAR]);
    for _ in 0..3 {
        // Several idle connections, all of which break.
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| connected_echo::on(&gears).call("x").unwrap());
            }
        });
        server.private_mut().kill();
        server.private_mut().restart().unwrap();
        if let Err(error) = connected_echo::on(&gears).call("x") {
            let lost = matches!(
                error.kind(),
                ErrorKind::Connection | ErrorKind::UnknownTrigger
            );
            assert!(lost, "{error}");
        }
        echo_again(&gears);
    }
}

#[test]
fn connections_that_the_server_closes_are_replaced() {
    let server = TestServer::private();
    let gears = server.register(&[&connected_echo::GEAR]);
    let mut client = server.client();
    for _ in 0..5 {
        ask!(client, "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
        // One call may meet the closed connection; it is told, and not hidden, when it was sent.
        if let Err(error) = connected_echo::on(&gears).call("x") {
            assert_eq!(error.kind(), ErrorKind::Connection, "{error}");
        }
        assert_eq!(connected_echo::on(&gears).call("x").unwrap(), "x");
    }
}

#[test]
fn slow_gear_times_out_and_the_next_call_works() {
    let server = TestServer::start();
    let gears = server.register(&[&connected_nap::GEAR]);
    let hasty = gears
        .clone()
        .with_response_timeout(Duration::from_millis(200));
    let error = connected_nap::on(&hasty).call(1.0).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    assert!(error.to_string().contains("200ms"), "{error}");
    connected_nap::on(&gears).call(0.0).unwrap();
    // The late answer of the first call must not be taken for one of these.
    let patient = connected_nap::on(&gears);
    for _ in 0..5 {
        patient.call(0.0).unwrap();
    }
}

#[test]
fn server_over_tcp_with_user_password_and_database() {
    let server = Server::builder()
        .tcp()
        .server_args(["--requirepass", "secret"])
        .start()
        .unwrap();
    let port = server.port().unwrap();
    let address = format!("127.0.0.1:{port}");
    let mut admin = Client::connect(&format!("redis://:secret@{address}/"));
    assert_eq!(
        ask!(admin, "ACL", "SETUSER", "ada", "on", ">pass", "~*", "+@all"),
        "+OK"
    );
    let error = Gears::connect(format!("redis://{address}/"))
        .and_then(|gears| connected_echo::on(&gears).call("x"))
        .unwrap_err();
    assert!(
        error.to_string().contains("NOAUTH") || error.to_string().contains("uthentication"),
        "{error}"
    );
    assert!(error.is_auth(), "{error}");
    let error = Gears::connect(format!("redis://:wrong@{address}/")).unwrap_err();
    assert!(error.is_auth(), "{error}");
    assert!(!error.to_string().contains("wrong@"), "{error}");
    for login in [":secret", "ada:pass"] {
        let gears = Gears::connect(format!("redis://{login}@{address}/5")).unwrap();
        echo_again(&gears);
        // Passwords are not for logs.
        assert!(!format!("{gears:?}").contains("secret"), "{gears:?}");
    }
    let gears = Gears::connect(format!("redis://:secret@{address}/5")).unwrap();
    register_where(&gears, |gear| gear.trigger() == "connected_set").unwrap();
    connected_set::on(&gears).call("key", "value").unwrap();
    assert_eq!(ask!(admin, "GET", "key"), r#"$"value""#);
}

#[test]
fn existing_client_is_taken() {
    let server = TestServer::private();
    let client = redis::Client::open(server.url()).unwrap();
    let gears = Gears::from(client);
    echo_again(&gears);
}

#[test]
fn server_that_cannot_start_says_why() {
    let error = Server::builder()
        .server_binary("/no/such/server")
        .start()
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(error.to_string().contains("/no/such/server"), "{error}");
    let error = Server::builder()
        .engine("/no/such/engine.so")
        .start()
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(error.to_string().contains("/no/such/engine.so"), "{error}");
    // A server that ends at once brings its log.
    let error = Server::builder()
        .server_args(["--no-such-option", "1"])
        .start()
        .unwrap_err();
    assert!(error.to_string().contains("no-such-option"), "{error}");
}
