//! Frames on their way, and what becomes of them.

use gears_greeting::PROTOCOL;
use gears_link::{Access, Peer, State};

use crate::fake::{Answer, Fake, access, id, links, me, until, wait, wait_for_error};

const PLENTY: usize = 16 * 1024 * 1024;

fn texts(range: std::ops::Range<u64>) -> Vec<Vec<u8>> {
    range.map(|n| format!("frame {n}").into_bytes()).collect()
}

#[test]
fn both_ends_greet_and_frames_come_in_order() {
    let fake = Fake::start(me(b'b', "there"), b"abc");
    let links = links(PLENTY);
    links.follow(vec![fake.peer()], access(b"abc"));
    for frame in texts(0..1000) {
        links.send(id(b'b'), frame).unwrap();
    }
    assert_eq!(fake.wait_for_frames(1000), texts(0..1000));
    let state = wait(&links, "all acknowledged", |state| state.queued_frames == 0);
    assert_eq!(state.state, State::Greeted);
    assert_eq!(state.run.as_deref(), Some("there"));
    assert_eq!(state.protocol, Some(PROTOCOL));
    assert_eq!((state.sent_frames, state.resent), (1000, 0));
    assert_eq!(state.sent_bytes, texts(0..1000).concat().len() as u64);
    assert_eq!((state.queued_bytes, state.waits_since), (0, None));
    assert_eq!((state.generation, state.last_error), (0, None));
    let greeted = fake.with(|inner| inner.reception.greeted());
    assert_eq!(greeted, [(id(b'a'), "first".to_owned())]);
}

#[test]
fn frames_that_were_not_acknowledged_are_sent_again() {
    let fake = Fake::start(me(b'b', "there"), b"abc");
    let mut seen = 0;
    fake.trick(move |words| {
        seen += u64::from(words[0] == b"RG.INNERMSGCOMMAND");
        (seen == 5).then(|| {
            seen += 1;
            Answer::Close
        })
    });
    let links = links(PLENTY);
    links.follow(vec![fake.peer()], access(b"abc"));
    for frame in texts(0..20) {
        links.send(id(b'b'), frame).unwrap();
    }
    assert_eq!(fake.wait_for_frames(20), texts(0..20));
    let state = wait(&links, "all acknowledged", |state| state.queued_frames == 0);
    assert_eq!((state.generation, state.sent_frames), (0, 20));
    let error = state.last_error.unwrap();
    assert!(error.contains("lost the connection to shard b"), "{error}");
}

#[test]
fn another_run_of_the_peer_gets_nothing_of_what_waited() {
    let fake = Fake::start(me(b'b', "there"), b"abc");
    let links = links(PLENTY);
    links.follow(vec![fake.peer()], access(b"abc"));
    links.send(id(b'b'), b"one".to_vec()).unwrap();
    wait(&links, "acknowledged", |state| {
        state.sent_frames == 1 && state.queued_frames == 0
    });
    fake.trick(|words| (words[0] == b"RG.INNERMSGCOMMAND").then_some(Answer::Close));
    links.send(id(b'b'), b"two".to_vec()).unwrap();
    wait(&links, "lost", |state| state.last_error.is_some());
    fake.with(|inner| {
        inner.me.run = "new".to_owned();
        inner.reception = gears_greeting::Reception::new();
        inner.trick = None;
    });
    fake.cut();
    wait(&links, "a new run", |state| state.generation == 1);
    links.send(id(b'b'), b"three".to_vec()).unwrap();
    assert_eq!(fake.wait_for_frames(2), [&b"one"[..], b"three"]);
    let state = links.states().pop().unwrap();
    assert_eq!(state.run.as_deref(), Some("new"));
    let last = fake.with(|inner| inner.commands.last().cloned()).unwrap().1;
    assert_eq!(last[1], b"1", "numbers begin again");
}

#[test]
fn nodes_with_different_secrets_do_not_talk() {
    let fake = Fake::start(me(b'b', "there"), b"abc");
    let links = links(PLENTY);
    links.follow(vec![fake.peer()], access(b"other"));
    links.send(id(b'b'), b"one".to_vec()).unwrap();
    wait_for_error(&links, "do not share a secret");
    assert_eq!(fake.frames().len(), 0);
    let has_proven = |words: &[Vec<u8>]| words.get(1).is_some_and(|word| word == b"PROVE");
    let all = fake.with(|inner| inner.commands.clone());
    assert!(
        !all.iter().any(|(_, words)| has_proven(words)),
        "the peer comes first"
    );
    links.follow(vec![fake.peer()], access(b"abc"));
    assert_eq!(fake.wait_for_frames(1), [b"one"]);
}

#[test]
fn the_window_is_never_exceeded() {
    let fake = Fake::start(me(b'b', "there"), b"abc");
    fake.with(|inner| {
        inner.window = 1000;
        inner.is_holding = true;
    });
    let links = links(PLENTY);
    links.follow(vec![fake.peer()], access(b"abc"));
    for _ in 0..30 {
        links.send(id(b'b'), vec![7; 400]).unwrap();
    }
    let state = wait(&links, "a full window", |state| state.sent_frames == 2);
    assert_eq!((state.queued_frames, state.queued_bytes), (30, 12_000));
    assert!(state.waits_since.is_some());
    fake.with(|inner| {
        inner.window = 100;
        inner.is_holding = false;
    });
    fake.wait_for_frames(30);
}

#[test]
fn a_peer_at_another_address_is_connected_there() {
    let old = Fake::start(me(b'b', "there"), b"abc");
    let new = Fake::start(me(b'b', "there"), b"abc");
    let links = links(PLENTY);
    links.follow(vec![old.peer()], access(b"abc"));
    wait(&links, "greeted", |state| state.state == State::Greeted);
    links.follow(vec![new.peer()], access(b"abc"));
    links.send(id(b'b'), b"one".to_vec()).unwrap();
    assert_eq!(new.wait_for_frames(1), [b"one"]);
    assert_eq!(old.frames().len(), 0);
    assert_eq!(links.states()[0].peer, new.peer());
}

#[test]
fn a_peer_that_is_gone_has_no_link() {
    let fake = Fake::start(me(b'b', "there"), b"abc");
    let links = links(PLENTY);
    links.follow(vec![fake.peer()], access(b"abc"));
    wait(&links, "greeted", |state| state.state == State::Greeted);
    links.follow(vec![], access(b"abc"));
    assert_eq!(links.states().len(), 0);
    let error = links.send(id(b'b'), Vec::new()).unwrap_err();
    assert!(error.contains("RG.REFRESHCLUSTER"), "{error}");
    let own = Peer {
        id: id(b'a'),
        ..fake.peer()
    };
    links.follow(vec![own], access(b"abc"));
    assert_eq!(links.states().len(), 0, "no link to itself");
    // It comes back in the same run: its frames have numbers that were not used before.
    links.follow(vec![fake.peer()], access(b"abc"));
    links.send(id(b'b'), b"one".to_vec()).unwrap();
    assert_eq!(fake.wait_for_frames(1), [b"one"]);
}

#[test]
fn a_full_queue_refuses_and_says_why() {
    let fake = Fake::start(me(b'b', "there"), b"abc");
    fake.trick(|_| Some(Answer::Bytes(b"-LOADING it loads\r\n".to_vec())));
    let links = links(1000);
    links.follow(vec![fake.peer()], access(b"abc"));
    wait(&links, "refused", |state| state.last_error.is_some());
    links.send(id(b'b'), vec![0; 5000]).unwrap();
    let error = links.send(id(b'b'), Vec::new()).unwrap_err();
    assert!(error.contains("5000 bytes wait for shard b"), "{error}");
    assert!(error.contains("still loads its data"), "{error}");
    fake.with(|inner| inner.trick = None);
    fake.wait_for_frames(1);
    until("room", || links.send(id(b'b'), Vec::new()).is_ok());
}

#[test]
fn refusals_say_what_to_do() {
    let cases = [
        ("AUTH", "WRONGPASS invalid", "login of user mate"),
        (
            "RG.HELLO",
            "NOAUTH login",
            "ClusterUser and ClusterPassword",
        ),
        ("RG.HELLO", "NOPERM no", "+rg.hello +rg.innermsgcommand"),
        (
            "RG.HELLO",
            "ERR unknown command 'RG.HELLO'",
            "has no gears engine",
        ),
        (
            "RG.HELLO",
            "ERR wrong number of arguments",
            "has no gears engine",
        ),
        ("RG.HELLO", "READONLY no", "is a replica now"),
        (
            "RG.HELLO",
            "ERR shard a is no member",
            "refuses to greet: shard a is no member",
        ),
        ("RG.HELLO", "DENIED protected", "DENIED protected"),
    ];
    for (command, answer, cause) in cases {
        let fake = Fake::start(me(b'b', "there"), b"abc");
        fake.trick(move |words| {
            let is_it = words[0] == command.as_bytes();
            is_it.then(|| Answer::Bytes(format!("-{answer}\r\n").into_bytes()))
        });
        let links = links(PLENTY);
        let login = Some((b"mate".to_vec(), b"\xff".to_vec()));
        let access = Access {
            login,
            ..access(b"abc")
        };
        links.follow(vec![fake.peer()], access);
        wait_for_error(&links, cause);
        let first = fake.with(|inner| inner.commands[0].1.clone());
        assert_eq!(first, [&b"AUTH"[..], b"mate", b"\xff"]);
    }
}

/// Servers that log in at each other by themselves agree on that over the cluster bus, and it takes a moment until who has
/// just come has heard of it.
#[test]
fn a_login_that_a_peer_does_not_know_yet_is_tried_again() {
    let fake = Fake::start(me(b'b', "there"), b"abc");
    fake.trick(|words| {
        let answer = b"-WRONGPASS invalid internal password\r\n".to_vec();
        (words[0] == b"AUTH").then_some(Answer::Bytes(answer))
    });
    let links = links(PLENTY);
    let access = Access {
        login: Some((b"internal connection".to_vec(), b"secret".to_vec())),
        is_internal: true,
        ..access(b"abc")
    };
    links.follow(vec![fake.peer()], access);
    links.send(id(b'b'), b"one".to_vec()).unwrap();
    let state = wait_for_error(&links, "do not share the secret of their servers");
    assert!(!state.is_refused);
    fake.with(|inner| inner.trick = None);
    assert_eq!(fake.wait_for_frames(1), [b"one"]);
    assert_eq!(links.states()[0].generation, 0);
}
