//! Values of the type that registrations are saved under: there are none, whoever brings one.

use std::fs;

use gears_runtime::embedded::Server;
use gears_tests::{Client, TestServer, ask};

/// What a value of a module is marked by.
const MODULE_VALUE: u8 = 7;
/// What a number of a module and the end of a value are marked by.
const NUMBER: u8 = 2;
const STRING: u8 = 5;
const END: u8 = 0;

/// Numbers our type as servers do: six bits for each letter, then ten for its version.
fn type_number(version: u64) -> [u8; 9] {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let name = b"gearsregs".iter().fold(0, |number, letter| {
        let place = LETTERS.iter().position(|other| other == letter).unwrap();
        number << 6 | u64::try_from(place).unwrap()
    });
    let mut number = [0x81; 9];
    number[1..].copy_from_slice(&(name << 10 | version).to_be_bytes());
    number
}

/// A value of our type that holds this.
fn value(version: u64, content: &[u8]) -> Vec<u8> {
    [&type_number(version), content, &[END]].concat()
}

/// What `DUMP` would answer: the value with the version of the format and a checksum.
fn dumped(value: &[u8]) -> Vec<u8> {
    let mut dumped = [&[MODULE_VALUE], value, &[9, 0]].concat();
    let sum = dumped.iter().fold(0, |sum, byte| {
        (0..8).fold(sum ^ u64::from(*byte), |sum: u64, _| {
            (sum >> 1) ^ (0x95AC_9329_AC4B_C9B5 * (sum & 1))
        })
    });
    dumped.extend(sum.to_le_bytes());
    dumped
}

fn contents() -> Vec<Vec<u8>> {
    vec![
        vec![],
        vec![NUMBER, 0],
        vec![NUMBER, 1, STRING, 3, b'a', b'b', b'c'],
        vec![NUMBER, 0x81, 255, 255, 255, 255, 255, 255, 255, 255],
        vec![STRING, 0x81, 127, 255, 255, 255, 255, 255, 255, 255],
        vec![9; 100],
    ]
}

fn install(client: &mut Client) {
    client.install("GB('CommandReader').map(lambda r: 1).register(trigger='one', mode='sync')");
}

#[test]
fn restoring_a_value_of_our_type_is_refused() {
    let server = TestServer::private();
    let mut client = server.client();
    // Servers before Redis 7.2 know the type from now on.
    install(&mut client);
    for version in [0, 1, 1023] {
        for content in contents() {
            for replace in [&b"REPLACE"[..], b"ABSTTL"] {
                let payload = dumped(&value(version, &content));
                let reply = ask!(client, "RESTORE", "key", "0", payload, replace);
                assert!(
                    reply.contains("Bad data format"),
                    "{version} {content:?}: {reply}"
                );
            }
        }
    }
    assert_eq!(ask!(client, "EXISTS", "key"), ":0");
    assert_eq!(client.trigger("one", &[]), r#"[$"1"]"#);
}

#[test]
fn dump_with_a_value_of_our_type_ends_the_server_in_order() {
    let arguments = ["--rdbchecksum", "no"];
    let mut server = TestServer::of(Server::builder().server_args(arguments));
    let mut client = server.client();
    install(&mut client);
    ask!(client, "SET", "key", "value");
    assert_eq!(ask!(client, "SAVE"), "+OK");
    let file = server.private_mut().folder().join("dump.rdb");
    let sound = fs::read(&file).unwrap();
    // The mark of the end and the place of a checksum.
    let end = sound.len() - 9;
    for content in [&[][..], &[NUMBER, 1, STRING, 3, b'a', b'b', b'c']] {
        let key = [&[MODULE_VALUE, 3][..], b"bad", &value(0, content)].concat();
        server.private_mut().kill();
        fs::write(&file, [&sound[..end], &key, &sound[end..]].concat()).unwrap();
        let error = server.private_mut().restart().unwrap_err().to_string();
        assert!(error.contains("ended with exit status"), "{error}");
    }
    let log = server.log().unwrap();
    assert!(
        log.contains("a value of the type gearsregs is refused"),
        "{log}"
    );
    assert!(!log.contains("crashed by signal"), "{log}");
    fs::write(&file, sound).unwrap();
    server.private_mut().restart().unwrap();
    assert_eq!(server.client().trigger("one", &[]), r#"[$"1"]"#);
}
