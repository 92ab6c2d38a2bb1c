//! Over HTTP.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    process::{Child, Stdio},
};

use gears_runtime::embedded::Server;
use gears_tests::{Figures, TestServer, until};

use crate::tool::{self, Tool};

/// `gears metrics --listen`.
pub(super) struct Exporter {
    child: Child,
    pub(super) url: String,
}

impl Exporter {
    pub(super) fn start(tool: &Tool, options: &[&str]) -> Self {
        let words = ["metrics", "--listen", "127.0.0.1:0"].iter().chain(options);
        let mut child = tool.spawn(words, Stdio::null());
        let mut line = String::new();
        let mut out = BufReader::new(child.stdout.as_mut().unwrap());
        out.read_line(&mut line).unwrap();
        let url = line.trim_end().to_owned();
        assert!(url.starts_with("http://127.0.0.1:"), "{url}");
        Self { child, url }
    }

    /// Asks as a program without a library for HTTP does; returns the whole answer.
    fn ask(&self, request: &str) -> String {
        let address = self
            .url
            .trim_start_matches("http://")
            .trim_end_matches("/metrics");
        let mut stream = TcpStream::connect(address).unwrap();
        write!(stream, "{request} HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// Ends it; returns what it said meanwhile.
    fn stop(mut self) -> String {
        tool::signal(&self.child, libc::SIGINT);
        let (code, said) = tool::end(&mut self.child);
        assert_eq!(code, Some(0), "{said}");
        said
    }
}

impl Drop for Exporter {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn figures_are_served_until_ctrl_c() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    tool.run("GB('CommandReader').map(lambda r: 1).register(trigger='quick', mode='sync')");
    let exporter = Exporter::start(&tool, &[]);
    for calls in 0..2 {
        let figures = Figures::fetch(&exporter.url);
        let media = "text/plain; version=0.0.4; charset=utf-8";
        assert_eq!(figures.media.as_deref(), Some(media));
        let counted = figures.value("gears_calls_total", &[("gear", "quick")]);
        assert_eq!(counted, f64::from(calls));
        server.client().trigger("quick", &[]);
    }
    for (request, status) in [
        ("GET /", "HTTP/1.1 200 "),
        ("HEAD /metrics", "HTTP/1.1 200 "),
        ("GET /nothing", "HTTP/1.1 404 "),
        ("POST /metrics", "HTTP/1.1 405 "),
        ("nonsense", "HTTP/1.1 400 "),
    ] {
        let answer = exporter.ask(request);
        assert!(answer.starts_with(status), "{request}: {answer}");
    }
    assert_eq!(exporter.stop(), "");
}

#[test]
fn address_that_is_taken_is_a_sentence() {
    let tool = Tool::at("redis://127.0.0.1:1/");
    let exporter = Exporter::start(&tool, &[]);
    let taken = exporter
        .url
        .trim_start_matches("http://")
        .trim_end_matches("/metrics");
    tool.call(["metrics", "--listen", taken])
        .bad(1, &[taken, "cannot be listened at", "port 0"]);
}

#[test]
fn server_may_go_and_come_back() {
    let mut server = TestServer::of(Server::builder().tcp());
    let port = server.port().to_string();
    let tool = Tool::nowhere();
    let exporter = Exporter::start(&tool, &["-p", &port]);
    let up = || Figures::fetch(&exporter.url).value("gears_up", &[("shard", "alone")]);
    assert_eq!(up(), 1.0);
    server.private_mut().kill();
    assert_eq!(up(), 0.0);
    assert_eq!(up(), 0.0, "it is told each time");
    server.private_mut().restart().unwrap();
    until("it is back", || (up() == 1.0).then_some(()));
    let said = exporter.stop();
    assert_eq!(said.matches("does not answer").count(), 1, "{said}");
    assert!(said.contains("all shards answer again"), "{said}");
}

#[test]
fn many_may_ask_at_once() {
    let server = TestServer::private();
    let exporter = Exporter::start(&Tool::at(server.url()), &[]);
    // Who connects and asks nothing keeps nobody else waiting.
    let address = exporter
        .url
        .trim_start_matches("http://")
        .trim_end_matches("/metrics");
    let _idle = TcpStream::connect(address).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let answer = exporter.ask("GET /metrics");
                assert!(answer.contains("\ngears_up{"), "{answer}");
            });
        }
    });
}
