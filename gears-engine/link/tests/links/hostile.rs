//! Peers that are not what they should be, or not there.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use gears_greeting::Secret;
use gears_link::{Links, Peer, State};

use crate::fake::{Answer, Duplex, Fake, access, id, links, me, until, wait, wait_for_error};

const PLENTY: usize = 64 * 1024 * 1024;

/// A connection that ends when so many bytes were read from it.
struct Cut {
    tcp: TcpStream,
    left: usize,
}

impl Read for Cut {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = buffer.len().min(self.left);
        let came = self.tcp.read(&mut buffer[..most])?;
        self.left -= came;
        Ok(came)
    }
}

impl Write for Cut {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.tcp.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.tcp.flush()
    }
}

#[test]
fn a_connection_that_is_cut_within_a_frame_loses_nothing() {
    let made = AtomicUsize::new(0);
    let wrap = move |tcp| -> Box<dyn Duplex> {
        let number = made.fetch_add(1, Ordering::Relaxed);
        // The first ones end within a frame, each a bit later.
        let left = if number < 4 {
            30_000 * (number + 1)
        } else {
            usize::MAX
        };
        Box::new(Cut { tcp, left })
    };
    let fake = Fake::start_on(me(b'b', "there"), b"abc", Arc::new(wrap));
    let links = links(PLENTY);
    links.follow(vec![fake.peer()], access(b"abc"));
    let frames: Vec<Vec<u8>> = (0..40).map(|n| vec![n; 20_000]).collect();
    for frame in &frames {
        links.send(id(b'b'), frame.clone()).unwrap();
    }
    assert!(fake.wait_for_frames(40) == frames);
    let state = wait(&links, "all acknowledged", |state| state.queued_frames == 0);
    assert!(state.resent > 0);
    assert_eq!((state.generation, state.sent_bytes), (0, 800_000));
}

#[test]
fn a_frame_larger_than_window_and_queue_gets_through() {
    let fake = Fake::start(me(b'b', "there"), b"abc");
    let links = links(1000);
    links.follow(vec![fake.peer()], access(b"abc"));
    links.send(id(b'b'), vec![7; 3_000_000]).unwrap();
    assert_eq!(fake.wait_for_frames(1)[0].len(), 3_000_000);
}

#[test]
fn words_of_an_earlier_connection_get_nobody_in() {
    let fake = Fake::start(me(b'b', "there"), b"abc");
    let links = links(PLENTY);
    links.follow(vec![fake.peer()], access(b"abc"));
    links.send(id(b'b'), b"one".to_vec()).unwrap();
    fake.wait_for_frames(1);
    wait(&links, "all acknowledged", |state| state.queued_frames == 0);
    drop(links);
    let overheard = fake.with(|inner| inner.commands.clone());
    let mut tcp = TcpStream::connect(("127.0.0.1", fake.port)).unwrap();
    for (_, words) in &overheard {
        let words: Vec<_> = words.iter().map(Vec::as_slice).collect();
        let mut command = redis::Cmd::new();
        command.arg(&words);
        tcp.write_all(&command.get_packed_command()).unwrap();
    }
    let before = overheard.len();
    until("all words", || {
        fake.with(|inner| inner.commands.len() == before * 2)
    });
    until("their answers", || fake.with(|inner| inner.unanswered == 0));
    assert_eq!(fake.frames().len(), 1);
    assert_eq!(
        fake.with(|inner| inner.reception.greeted()),
        [(id(b'a'), "first".to_owned())]
    );
}

#[test]
fn a_peer_that_does_not_know_the_secret_learns_no_proof() {
    let fake = Fake::start(me(b'b', "there"), b"abc");
    fake.with(|inner| inner.secret = Secret::of(b"guess"));
    let links = links(PLENTY);
    links.follow(vec![fake.peer()], access(b"abc"));
    let state = wait_for_error(&links, "do not share a secret");
    assert_ne!(state.state, State::Greeted);
    let names = fake.with(|inner| {
        let words = inner.commands.iter().map(|(_, words)| words[1].clone());
        words.collect::<Vec<_>>()
    });
    assert!(names.iter().all(|name| name == b"1"), "{names:?}");
}

#[test]
fn answers_that_are_none_end_the_connection_and_not_the_link() {
    let long = vec![b'x'; 2_000_000];
    let cases: [(&str, Vec<u8>, &str); 9] = [
        ("RG.HELLO", b"+OK\r\n".to_vec(), "answers something else"),
        (
            "RG.HELLO",
            b"*5\r\n:9\r\n+a\r\n+r\r\n+n\r\n+p\r\n".to_vec(),
            "protocol 9",
        ),
        (
            "RG.HELLO",
            b"*5\r\n:0\r\n+a\r\n+r\r\n+n\r\n+p\r\n".to_vec(),
            "protocol 0",
        ),
        (
            "RG.HELLO",
            b"*5\r\n:1\r\n+\xff\r\n+r\r\n+n\r\n+p\r\n".to_vec(),
            "lost the connection",
        ),
        (
            "RG.HELLO",
            b"*5\r\n:1\r\n+zz\r\n+r\r\n+n\r\n+p\r\n".to_vec(),
            "answers shard zz and not b",
        ),
        (
            "RG.HELLO",
            [b"+", &long[..]].concat(),
            "sends more than any reply",
        ),
        (
            "RG.HELLO",
            b"*2000000000\r\n".repeat(200),
            "lost the connection",
        ),
        (
            "RG.HELLO",
            b"!-7\r\n".to_vec(),
            "did not answer the greeting",
        ),
        (
            "RG.INNERMSGCOMMAND",
            b"*2\r\n:7\r\n:7\r\n".to_vec(),
            "answers something else",
        ),
    ];
    for (command, answer, cause) in cases {
        let fake = Fake::start(me(b'b', "there"), b"abc");
        fake.trick(move |words| {
            let is_it = words[0] == command.as_bytes();
            is_it.then(|| Answer::Bytes(answer.clone()))
        });
        let me = me(b'a', "first");
        let links = Links::start(me, PLENTY, Duration::from_millis(500)).unwrap();
        links.follow(vec![fake.peer()], access(b"abc"));
        links.send(id(b'b'), b"one".to_vec()).unwrap();
        let state = wait_for_error(&links, cause);
        fake.with(|inner| inner.trick = None);
        if state.is_refused {
            // What waited was dropped.
            wait(&links, "greeted", |state| state.state == State::Greeted);
            links.send(id(b'b'), b"one".to_vec()).unwrap();
        }
        assert_eq!(fake.wait_for_frames(1)[0], b"one");
        assert_eq!(state.is_refused, cause.starts_with("protocol"), "{cause}");
    }
}

#[test]
fn a_peer_that_says_nothing_any_more_is_connected_anew() {
    let fake = Fake::start(me(b'b', "there"), b"abc");
    fake.trick(|words| {
        let is_frame = words[0] == b"RG.INNERMSGCOMMAND";
        is_frame.then(|| Answer::Bytes(Vec::new()))
    });
    let me = me(b'a', "first");
    let links = Links::start(me, PLENTY, Duration::from_millis(200)).unwrap();
    links.follow(vec![fake.peer()], access(b"abc"));
    links.send(id(b'b'), b"one".to_vec()).unwrap();
    wait_for_error(&links, "has said nothing for 600 ms");
    fake.with(|inner| inner.trick = None);
    assert_eq!(fake.wait_for_frames(1), [b"one"]);
    let state = wait(&links, "all acknowledged", |state| state.queued_frames == 0);
    assert!(state.resent > 0);
    assert_eq!((state.sent_frames, state.generation), (1, 0));
}

#[test]
fn addresses_without_a_peer_are_told() {
    let links = links(PLENTY);
    let nobody = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = nobody.local_addr().unwrap().port();
    drop(nobody);
    for (host, port, cause) in [
        ("", 7000, "has no address yet"),
        ("127.0.0.1", 0, "has no address yet"),
        ("127.0.0.1", port, "cannot connect to shard b"),
    ] {
        let host = host.to_owned();
        links.follow(
            vec![Peer {
                id: id(b'b'),
                host,
                port,
            }],
            access(b"abc"),
        );
        wait_for_error(&links, cause);
    }
}

#[test]
fn what_waits_for_a_peer_that_refuses_this_node_is_dropped() {
    let refuse = |words: &[Vec<u8>]| {
        let is_hello = words[0] == b"RG.HELLO";
        is_hello.then(|| Answer::Bytes(b"-NOPERM no permissions\r\n".to_vec()))
    };
    let fake = Fake::start(me(b'b', "there"), b"abc");
    let links = links(PLENTY);
    links.follow(vec![fake.peer()], access(b"abc"));
    links.send(id(b'b'), b"one".to_vec()).unwrap();
    assert_eq!(fake.wait_for_frames(1), [b"one"]);
    wait(&links, "all acknowledged", |state| state.queued_frames == 0);

    fake.trick(refuse);
    fake.cut();
    wait(&links, "refused", |state| state.is_refused);
    let before = links.states()[0].generation;
    links.send(id(b'b'), b"two".to_vec()).unwrap();
    let state = wait(&links, "dropped", |state| state.queued_frames == 0);
    assert_eq!((state.generation, state.is_refused), (before + 1, true));

    fake.with(|inner| inner.trick = None);
    wait(&links, "let in", |state| {
        links.retry_refused();
        state.state == State::Greeted
    });
    assert!(!links.states()[0].is_refused);
    links.send(id(b'b'), b"three".to_vec()).unwrap();
    assert_eq!(fake.wait_for_frames(2), [&b"one"[..], b"three"]);
}
