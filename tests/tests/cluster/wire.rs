//! What happens on the way from shard to shard: connections that are cut in the middle of a frame or of an answer, and
//! greetings by another protocol.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use gears_tests::{Client, Meddler, TestCluster, Way, ask, until};

use super::faults::{
    NOT_FOUND, PATIENCE, RUNS, call, check, info, script, set_patience, wait_until_up,
    while_gears_register,
};

/// What a frame begins with, as it is sent.
const FRAME: &[u8] = b"RG.INNERMSGCOMMAND\r\n";

/// Leads the other shards to one by way of a port.
fn lead_through(cluster: &TestCluster, place: usize, port: u16) {
    let own = cluster.server(place).port().unwrap();
    for (setting, value) in [
        // The bus stays where it is.
        ("cluster-announce-bus-port", own + 10_000),
        ("cluster-announce-port", port),
    ] {
        let mut client = cluster.client(place);
        let set = ask!(client, "CONFIG", "SET", setting, value.to_string());
        assert_eq!(set, "+OK");
    }
    let row = format!("rg_{}:host=127.0.0.1,port={port},", cluster.id(place));
    for other in (0..3).filter(|other| *other != place) {
        until("a link to the other port", || {
            info(cluster, other).contains(&row).then_some(())
        });
    }
}

/// Cuts the connections to a shard when a test wants it.
#[derive(Default)]
struct Knife {
    within_frame: AtomicBool,
    within_answer: AtomicBool,
}

impl Knife {
    fn put_before(cluster: &TestCluster, place: usize) -> Arc<Self> {
        let knife = Arc::new(Self::default());
        let own = Arc::clone(&knife);
        let port = cluster.server(place).port().unwrap();
        let front = Meddler::open(port, move |way, bytes| own.lets_through(way, bytes));
        lead_through(cluster, place, front.port());
        knife
    }

    /// Cuts the connection in the middle of the next frame, which the shard does not get then, or
    /// in the middle of the next answer, which says that it has got one.
    fn lets_through(&self, way: Way, bytes: &mut Vec<u8>) -> bool {
        let (wish, begin) = match way {
            Way::In => (
                &self.within_frame,
                find(bytes, FRAME).map(|place| place + FRAME.len()),
            ),
            Way::Out => (&self.within_answer, find(bytes, b"*2\r\n:")),
        };
        let Some(begin) = begin else {
            return true;
        };
        if !wish.swap(false, Ordering::SeqCst) {
            return true;
        }
        bytes.truncate(begin + (bytes.len() - begin) / 2);
        false
    }

    /// Cuts within a frame, and then within an answer.
    fn cut(&self) {
        for wish in [&self.within_frame, &self.within_answer] {
            wish.store(true, Ordering::SeqCst);
            until("a cut", || (!wish.load(Ordering::SeqCst)).then_some(()));
        }
    }
}

fn find(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}

/// Links break again and again while gears are registered and called: each is registered once on all shards, and each call
/// has run once on each of them.
#[test]
fn a_link_that_is_cut_in_the_middle_of_frames_loses_and_doubles_nothing() {
    let mut cluster = TestCluster::start();
    set_patience(&cluster, &[0, 1, 2], PATIENCE);
    let knives = [0, 2].map(|place| Knife::put_before(&cluster, place));
    cluster.client(1).install(
        "def count(_):\n    \
             me = execute('CLUSTER', 'MYID')\n    \
             execute('INCR', 'calls:%s{%s}' % (me, hashtag()))\n\
         GB('CommandReader').foreach(count).count().register(trigger='call')",
    );
    let url = cluster.url(1);
    let done = AtomicBool::new(false);
    let (calls, answers) = thread::scope(|scope| {
        let calling = scope.spawn(|| {
            let mut client = Client::connect(&url);
            let mut calls = 0;
            while !done.load(Ordering::SeqCst) {
                assert_eq!(ask!(client, "RG.TRIGGER", "call"), r#"[$"3"]"#);
                calls += 1;
            }
            calls
        });
        let answers = while_gears_register(&mut cluster, |_, progress| {
            for round in 0..20 {
                progress.wait_for_more();
                knives[round % 2].cut();
            }
            progress.wait_for_more();
        });
        done.store(true, Ordering::SeqCst);
        (calling.join().unwrap(), answers)
    });
    assert!(
        answers.iter().all(|(_, answer)| answer == "+OK"),
        "{answers:?}"
    );
    check(&cluster, &[0, 1, 2], &answers);
    for place in 0..3 {
        let mut client = cluster.client(place);
        let registrations = client.registrations().len();
        assert_eq!(registrations, answers.len() + 1, "shard {place}");
        let key = format!("calls:{}*", cluster.id(place));
        let script = format!("GB().map(lambda r: r['value']).run('{key}', collect=False)");
        assert_eq!(
            client.execute(&script),
            format!(r#"[[$"{calls}"], []]"#),
            "shard {place}"
        );
    }
}

/// What is changed in greetings, so that they are by another protocol: which way, and what is put in place of what.
type Change = (Way, &'static [u8], &'static [u8]);

/// How the protocol is said in a greeting, and in what it is answered with.
const HELLO: &[u8] = b"RG.HELLO\r\n$1\r\n1\r\n";
const WELCOME: &[u8] = b"*5\r\n:1\r\n";

#[test]
fn shards_of_another_protocol_agree_on_the_older_one_or_are_named() {
    let cluster = TestCluster::start();
    let change = Arc::<Mutex<Option<Change>>>::default();
    let cut = Arc::<AtomicBool>::default();
    let (changes, cuts) = (Arc::clone(&change), Arc::clone(&cut));
    let front = Meddler::open(cluster.server(2).port().unwrap(), move |way, bytes| {
        if let Some((at, from, to)) = *changes.lock().unwrap()
            && at == way
            && let Some(place) = find(bytes, from)
        {
            bytes[place..place + from.len()].copy_from_slice(to);
        }
        // Who has greeted already shall do so again.
        way == Way::Out || find(bytes, FRAME).is_none() || !cuts.swap(false, Ordering::SeqCst)
    });
    lead_through(&cluster, 2, front.port());
    wait_until_up(&cluster, 0, 2);
    let peer = cluster.id(2);
    // Who hears of a protocol that it does not know, knows that waiting does not help.
    let older: [(Change, &str, &str); 2] = [
        (
            (Way::In, HELLO, b"RG.HELLO\r\n$1\r\n0\r\n"),
            "protocols of links are numbers from 1",
            "300",
        ),
        (
            (Way::Out, WELCOME, b"*5\r\n:0\r\n"),
            "wants protocol 0 of links",
            PATIENCE,
        ),
    ];
    for (number, (older, cause, patience)) in older.into_iter().enumerate() {
        set_patience(&cluster, &[0], patience);
        *change.lock().unwrap() = Some(older);
        cut.store(true, Ordering::SeqCst);
        until(cause, || {
            ask!(cluster.client(0), "RG.NETWORKTEST");
            info(&cluster, 0).contains(cause).then_some(())
        });
        let trigger = format!("greeted.{number}");
        let refused = cluster.client(0).execute(&script(&trigger));
        assert!(refused.contains(&format!("shard-{peer}")), "{refused}");
        assert!(refused.contains(cause), "{refused}");
        for place in 0..3 {
            assert_eq!(call(&cluster, place, &trigger), NOT_FOUND);
        }
        *change.lock().unwrap() = None;
        wait_until_up(&cluster, 0, 2);
        set_patience(&cluster, &[0], PATIENCE);
        cluster.client(0).install(&script(&trigger));
    }
    *change.lock().unwrap() = Some((Way::In, HELLO, b"RG.HELLO\r\n$1\r\n9\r\n"));
    cut.store(true, Ordering::SeqCst);
    cluster.client(0).install(&script("newer"));
    assert!(!cut.load(Ordering::SeqCst), "it has greeted again");
    for place in 0..3 {
        for trigger in ["greeted.0", "greeted.1", "newer"] {
            assert_eq!(call(&cluster, place, trigger), RUNS);
        }
    }
}
