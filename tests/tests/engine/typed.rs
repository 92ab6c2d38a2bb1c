//! Functions with declared types go the short way, and nobody can tell: each has a twin that goes the long one.

mod gears;
mod odd;
mod twins;

use gears_runtime::embedded::Server;
use gears_tests::{Client, Numbers, TestServer, ask, until};

use self::gears::{CALLERS, RESULTS, SPINS, WORDS};
use self::odd::{EXPRESSIONS, ODD_WORDS, random_json};
use self::twins::{long, twins};

/// What a gear says that looks for its caller: there is none.
const SHORT: &str = "[:1]";
const LONG: &str = "[:0]";

/// Asks a gear and its twin the same.
fn compare(client: &mut Client, gear: &str, words: &[&[u8]]) {
    let (short, by_long) = (
        client.trigger(gear, words),
        client.trigger(&long(gear), words),
    );
    let words: Vec<_> = words.iter().map(|word| word.escape_ascii()).collect();
    assert_eq!(short, by_long, "{gear} {words:?}");
}

#[test]
fn arguments_are_what_the_script_makes_of_them() {
    let server = TestServer::private();
    let mut client = twins(&server);
    for gear in WORDS {
        let name = gear.trigger();
        compare(&mut client, name, &[]);
        for word in ODD_WORDS {
            compare(&mut client, name, &[word]);
            compare(&mut client, name, &[word, word]);
        }
        compare(&mut client, name, &[b"1", b"\"a\"", b"3"]);
        compare(&mut client, name, &[b"1", b"2", b"3", b"4"]);
        compare(&mut client, name, &[b"1".as_slice(); 20]);
    }
}

#[test]
fn results_are_what_the_script_makes_of_them() {
    let server = TestServer::private();
    let mut client = twins(&server);
    for gear in RESULTS {
        for expression in EXPRESSIONS {
            compare(&mut client, gear.trigger(), &[expression.as_bytes()]);
        }
        // It is no UTF-8, and none is given.
        compare(&mut client, gear.trigger(), &[b"\xff"]);
        compare(&mut client, gear.trigger(), &[]);
    }
}

#[test]
fn what_could_be_waited_for_is_a_value_like_any() {
    let server = TestServer::private();
    let mut client = twins(&server);
    for gear in ["typed_gives_nothing", "typed_gives_anything"] {
        for expression in ["gearsFuture()", "[gearsFuture()]", "waits()"] {
            compare(&mut client, gear, &[expression.as_bytes()]);
        }
    }
}

#[test]
fn any_json_is_what_the_script_makes_of_it() {
    let server = TestServer::private();
    let mut client = twins(&server);
    let mut numbers = Numbers::any();
    for _ in 0..2000 {
        let json = random_json(&mut numbers);
        compare(&mut client, "typed_json", &[&json]);
        compare(&mut client, "typed_echo", &[&json]);
    }
}

#[test]
fn deep_and_long_json_is_what_the_script_makes_of_it() {
    let server = TestServer::private();
    let mut client = twins(&server);
    for depth in [1, 63, 64, 65, 127, 128, 129, 500, 900, 5_000] {
        let nested = [b"[".repeat(depth), b"]".repeat(depth)].concat();
        compare(&mut client, "typed_echo", &[&nested]);
        let nested = [br#"{"a":"#.repeat(depth), b"1".to_vec(), b"}".repeat(depth)];
        compare(&mut client, "typed_echo", &[&nested.concat()]);
    }
    for length in [31, 32, 33, 1 << 12, 1 << 20, 1 << 25] {
        let text = [b"\"", &*b"x".repeat(length), b"\""].concat();
        compare(&mut client, "typed_echo", &[&text]);
        compare(&mut client, "typed_echo", &[&[b"[", &*text, b"]"].concat()]);
        compare(
            &mut client,
            "typed_echo",
            &[&[b"{", &*text, b":", &*text, b"}"].concat()],
        );
    }
}

#[test]
fn every_mode_goes_the_short_way() {
    let server = TestServer::private();
    let mut client = twins(&server);
    for gear in CALLERS {
        assert_eq!(client.trigger(gear.trigger(), &[b"1"]), SHORT, "{gear:?}");
        assert_eq!(client.trigger(&long(gear.trigger()), &[b"1"]), LONG);
        let pinned = format!("{}@{}", gear.trigger(), gear.fingerprint());
        assert_eq!(client.trigger(&pinned, &[b"1"]), SHORT);
        for words in [
            &[][..],
            &[b"one".as_slice()],
            &[b"1", b"2"],
            &[b"0"],
            &[b"-1"],
        ] {
            compare(&mut client, gear.trigger(), words);
        }
    }
}

#[test]
fn code_that_is_ended_fails_alike() {
    let server = TestServer::private();
    let mut client = twins(&server);
    compare(&mut client, SPINS.trigger(), &[b"1"]);
}

#[test]
fn transactions_and_scripts_of_the_server_go_the_short_way() {
    let server = TestServer::private();
    let mut client = twins(&server);
    let trigger = "typed_caller_sync";
    assert_eq!(ask!(client, "MULTI"), "+OK");
    for word in ["1", "0", "x"] {
        assert_eq!(ask!(client, "RG.TRIGGER", trigger, word), "+QUEUED");
        assert_eq!(ask!(client, "RG.TRIGGER", long(trigger), word), "+QUEUED");
    }
    let replies = client.value(&[b"EXEC"]);
    let redis::Value::Array(replies) = replies else {
        panic!("{replies:?}");
    };
    let replies: Vec<_> = replies.iter().map(gears_tests::show).collect();
    assert_eq!(replies[..2], [SHORT, LONG]);
    assert_eq!(replies[2], replies[3]);
    assert_eq!(replies[4], replies[5]);
    let script = "return redis.call('RG.TRIGGER', ARGV[1], ARGV[2])";
    assert_eq!(ask!(client, "EVAL", script, "0", trigger, "1"), SHORT);
}

#[test]
fn stored_registrations_go_the_short_way() {
    for way in [
        &["--appendonly", "yes", "--appendfsync", "always"][..],
        &["--save", "3600 1"],
    ] {
        let mut server = TestServer::of(Server::builder().server_args(way.iter().copied()));
        let mut client = twins(&server);
        if way[0] == "--save" {
            assert_eq!(ask!(client, "SAVE"), "+OK");
        }
        server.private_mut().kill();
        server.private_mut().restart().unwrap();
        check_again(&mut server.client());
    }
}

#[test]
fn replicas_go_the_short_way() {
    let master = TestServer::of(Server::builder().tcp());
    let replica = TestServer::of(Server::builder().tcp());
    let mut at_master = twins(&master);
    let mut at_replica = replica.client();
    at_replica.follow(master.port());
    until("the replica's registrations", || {
        (at_replica.registrations().len() == at_master.registrations().len()).then_some(())
    });
    check_again(&mut at_replica);
}

/// Checks what was not registered here, but made of what is stored.
fn check_again(client: &mut Client) {
    until("the dataset", || {
        ask!(client, "PING").starts_with("+PONG").then_some(())
    });
    assert_eq!(client.trigger("typed_caller_sync", &[b"1"]), SHORT);
    assert_eq!(client.trigger(&long("typed_caller_sync"), &[b"1"]), LONG);
    for word in ODD_WORDS {
        compare(client, "typed_json", &[word]);
        compare(client, "typed_two", &[word, word]);
    }
    for expression in EXPRESSIONS {
        compare(client, "typed_gives_json", &[expression.as_bytes()]);
        compare(client, "typed_gives_text", &[expression.as_bytes()]);
    }
}

#[test]
fn profiles_show_the_functions_of_the_script() {
    let server = TestServer::private();
    let mut client = twins(&server);
    assert_eq!(
        ask!(client, "RG.CONFIGSET", "ProfileExecutions", "1"),
        "[+OK]"
    );
    assert_eq!(client.trigger("typed_caller_sync", &[b"1"]), LONG);
}

#[test]
fn what_says_nothing_that_is_known_goes_the_long_way() {
    let server = TestServer::private();
    let mut client = server.client();
    let told = [
        "None",
        "(_gear_function, {'a': 'str'})",
        "(_gear_function, {'a': 'complex'}, 'int')",
        "(_gear_function, {'a': 'str'}, 'complex')",
        "(_gear_function, {'b': 'str'}, 'int')",
        "(_gear_function, {}, 'int')",
        "(_gear_function, {'a': 'str', 'b': 'str'}, 'int')",
        "(_gear_function, [('a', 'str')], 'int')",
        "(lambda a: 0, {'a': 'str'}, 'int')",
        "(len, {'a': 'str'}, 'int')",
        "(5, {5: 5}, 5)",
    ];
    for (place, told) in told.iter().enumerate() {
        let trigger = server.name(&format!("told{place}"));
        client.install(&format!(
            "import sys
def _gear_function(a):
    return int(sys._getframe().f_back is None)
def _gear_call(_record):
    return _gear_function(_record[1])
_gear_call.gears_types = {told}
GB('CommandReader').flatmap(_gear_call).register(
    trigger='{trigger}', mode='sync', convertToStr=False)
"
        ));
        assert_eq!(client.trigger(&trigger, &[b"1"]), LONG, "{told}");
    }
}
