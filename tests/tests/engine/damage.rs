//! Stored registrations that changed since, or end too early: the server lives, and says so.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use gears_runtime::embedded::Server;
use gears_tests::{Client, Numbers, TestServer, ask, stored_records, until, without_checksum};

/// Functions whose code objects are in the pickle.
const SCRIPT: &str = "
count = 0
def up(record):
    global count
    count += 1
    return count
GB('CommandReader', desc='counts').map(up).register(trigger='count', mode='sync')
GB('CommandReader').map(lambda r: [x * 2 for x in range(3)][2]).register(
    trigger='double', mode='async_local')
GB('KeysReader').foreach(lambda r: execute('INCR', 'events')).register('k*', mode='sync')
";
const OTHER: &str = "GB('CommandReader').map(lambda r: 'other').register(trigger='other')";

/// How many files a test damages.
const FILES: usize = 40;

fn start(arguments: &[&str]) -> TestServer {
    let mut all = vec!["--rdbcompression", "no", "--rdbchecksum", "no"];
    all.extend(arguments);
    TestServer::of(Server::builder().server_args(all))
}

const WITH_AOF: [&str; 4] = ["--appendonly", "yes", "--appendfsync", "always"];

/// Finds the append-only file that registrations were written to last.
fn append_only_file(folder: &Path) -> PathBuf {
    let parts = fs::read_dir(folder.join("appendonlydir")).map_or_else(
        |_| Vec::new(),
        |parts| parts.map(|part| part.unwrap().path()).collect(),
    );
    let mut growing = parts
        .into_iter()
        .filter(|path| path.to_string_lossy().ends_with(".incr.aof"));
    growing
        .next()
        .unwrap_or_else(|| folder.join("appendonly.aof"))
}

fn unreadable(client: &mut Client) -> usize {
    usize::try_from(client.number("everything", "rg_records_unreadable")).unwrap()
}

/// Calls everything that is listed: it answers, or says why not.
fn call_all(client: &mut Client) {
    for (trigger, _) in client.triggers() {
        let answer = client.trigger(&trigger, &[]);
        let right = match trigger.as_str() {
            "count" => answer.starts_with("[$\""),
            "double" => answer == r#"[$"4"]"#,
            "other" => answer == r#"[$"other"]"#,
            _ => false,
        };
        assert!(right || answer.starts_with('-'), "{trigger}: {answer}");
    }
    assert_eq!(ask!(client, "SET", "k", "v"), "+OK");
}

/// Starts the server with this file; when it refuses, it has said so and ended in order.
fn load(server: &mut TestServer, file: &Path, content: &[u8]) -> io::Result<Client> {
    server.private_mut().kill();
    fs::write(file, content)?;
    match server.private_mut().restart() {
        Ok(()) => Ok(server.client()),
        Err(error) => {
            let log = server.log().unwrap();
            for fault in ["crashed by signal", "ASSERTION FAILED", "panicked"] {
                assert!(!log.contains(fault), "{error}\n{log}");
            }
            let error = error.to_string();
            assert!(error.contains("ended with exit status"), "{error}");
            Err(io::Error::other(error))
        }
    }
}

#[test]
fn flipped_bits_in_records_of_a_dump_do_no_harm() {
    let mut numbers = Numbers::any();
    let mut server = start(&[]);
    let mut client = server.client();
    client.install(SCRIPT);
    client.install(OTHER);
    assert_eq!(ask!(client, "SAVE"), "+OK");
    let file = server.private_mut().folder().join("dump.rdb");
    let sound = fs::read(&file).unwrap();
    let records = stored_records(&sound);
    assert_eq!(records.len(), 2);
    for _ in 0..FILES {
        let record = records[numbers.below(2)].clone();
        let mut damaged = sound.clone();
        let at = record.start + numbers.below(record.len());
        damaged[at] ^= 1 << numbers.below(8);
        let mut client = load(&mut server, &file, &damaged).unwrap();
        assert_eq!(unreadable(&mut client), 1, "{at}");
        assert!(!client.triggers().is_empty(), "{at}");
        call_all(&mut client);
        // Kept as it was, for who can mend it.
        assert_eq!(ask!(client, "SAVE"), "+OK");
        let saved = fs::read(&file).unwrap();
        let kept = &damaged[record.clone()];
        assert!(
            saved.windows(kept.len()).any(|bytes| bytes == kept),
            "{at} is not saved as it was"
        );
    }
    let mut client = load(&mut server, &file, &sound).unwrap();
    assert_eq!(unreadable(&mut client), 0);
    assert_eq!(client.registrations().len(), 4);
}

#[test]
fn dumps_that_end_among_the_registrations_end_the_server_in_order() {
    let mut numbers = Numbers::any();
    let mut server = start(&[]);
    let mut client = server.client();
    client.install(SCRIPT);
    client.install(OTHER);
    assert_eq!(ask!(client, "SAVE"), "+OK");
    let file = server.private_mut().folder().join("dump.rdb");
    let sound = fs::read(&file).unwrap();
    let records = stored_records(&sound);
    let (first, last) = (records[0].clone(), records[1].clone());
    let mut damaged = Vec::new();
    for _ in 0..FILES / 2 {
        let end = first.start - 6 + numbers.below(last.end - (first.start - 6));
        damaged.push(sound[..end].to_vec());
    }
    // What says how long the first record is: longer than the file, or than all memory.
    for length in [
        &[0x80, 0x7f, 0xff, 0xff, 0xff][..],
        &[0x80, 0, 0, 0xff, 0xff],
        &[0x81, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff],
        &[0x81, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        &[0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
    ] {
        let head = &sound[..first.start - 2];
        damaged.push([head, length, &sound[first.start..]].concat());
    }
    for content in damaged {
        assert!(load(&mut server, &file, &content).is_err());
    }
    assert!(
        server
            .log()
            .unwrap()
            .contains("bring an undamaged dump file")
    );
    let mut client = load(&mut server, &file, &sound).unwrap();
    assert_eq!(client.registrations().len(), 4);
}

/// Writes a command as append-only files have it.
fn command(words: &[&[u8]]) -> Vec<u8> {
    let mut written = format!("*{}\r\n", words.len()).into_bytes();
    for word in words {
        written.extend(format!("${}\r\n", word.len()).into_bytes());
        written.extend_from_slice(word);
        written.extend_from_slice(b"\r\n");
    }
    written
}

/// Starts a server that wrote `SCRIPT` to its append-only file; returns that with the record.
fn with_record_in_aof() -> (TestServer, PathBuf, Vec<u8>, Vec<u8>) {
    let mut server = start(&WITH_AOF);
    let mut client = server.client();
    client.install(SCRIPT);
    let file = append_only_file(server.private_mut().folder());
    let content = fs::read(&file).unwrap();
    let records = stored_records(&content);
    assert_eq!(records.len(), 1);
    let record = content[records[0].clone()].to_vec();
    (server, file, content, record)
}

#[test]
fn a_bit_flipped_at_every_byte_of_what_replicas_and_append_only_files_get_does_no_harm() {
    let mut numbers = Numbers::any();
    let (mut server, file, mut content, record) = with_record_in_aof();
    for at in 0..record.len() {
        let mut damaged = record.clone();
        damaged[at] ^= 1 << numbers.below(8);
        content.extend(command(&[b"rg.innerregister", &damaged]));
    }
    for length in (0..record.len()).step_by(97) {
        content.extend(command(&[b"rg.innerregister", &record[..length]]));
    }
    let mut client = load(&mut server, &file, &content).unwrap();
    assert_eq!(
        unreadable(&mut client),
        record.len() + record.len().div_ceil(97)
    );
    assert_eq!(client.registrations().len(), 3);
    call_all(&mut client);
    let info = ask!(client, "INFO", "everything");
    assert!(info.contains("rg_unreadable_1:session="), "{info:.3000}");
    assert!(server.log().unwrap().contains("register the script again"));
}

#[test]
fn malformed_words_in_append_only_files_do_no_harm() {
    let (mut server, file, mut content, record) = with_record_in_aof();
    let long = vec![b'x'; 1 << 20];
    for words in [
        &[&b"rg.innerregister"[..]][..],
        &[b"rg.innerregister", b""],
        &[b"rg.innerregister", b"\x02"],
        &[b"rg.innerregister", &[2; 9]],
        &[b"rg.innerregister", &[2, 0, 0, 0, 0, 0, 0, 0, 0]],
        &[
            b"rg.innerregister",
            &[1, 1, 255, 255, 255, 255, 255, 255, 255, 127],
        ],
        &[b"rg.innerregister", &long, b"\xff\0\r\n%s%n"],
        &[b"rg.innerregister", &record, &long],
        &[b"rg.innerregister", &record, b"a", b"b"],
        &[b"rg.innerunregister"],
        &[b"rg.innerunregister", b""],
        &[b"rg.innerunregister", b"\xff\0-18446744073709551616"],
        &[b"rg.innerunregister", &long, b"ABORTPENDING"],
        &[b"rg.innerunregister", b"a", b"b", b"c"],
    ] {
        content.extend(command(words));
    }
    let mut client = load(&mut server, &file, &content).unwrap();
    assert_eq!(client.registrations().len(), 3);
    call_all(&mut client);
}

#[test]
fn records_of_earlier_versions_load_and_are_saved_with_a_checksum() {
    let (mut server, file, content, record) = with_record_in_aof();
    let at = stored_records(&content)[0].clone();
    let head = format!("${}\r\n", record.len()).into_bytes();
    let earlier = without_checksum(&record);
    let mut old = content[..at.start - head.len()].to_vec();
    old.extend(format!("${}\r\n", earlier.len()).into_bytes());
    old.extend_from_slice(&earlier);
    old.extend_from_slice(&content[at.end..]);
    let mut client = load(&mut server, &file, &old).unwrap();
    assert_eq!(unreadable(&mut client), 0);
    assert_eq!(client.registrations().len(), 3);
    call_all(&mut client);
    assert_eq!(ask!(client, "SAVE"), "+OK");
    let saved = fs::read(server.private_mut().folder().join("dump.rdb")).unwrap();
    assert_eq!(saved[stored_records(&saved)[0].clone()], record);
}

#[test]
fn append_only_files_that_end_in_a_registration_load_up_to_it() {
    let mut numbers = Numbers::any();
    let (mut server, file, content, _) = with_record_in_aof();
    let mut longer = content.clone();
    let mut client = server.client();
    client.install(OTHER);
    longer.extend_from_slice(&fs::read(&file).unwrap()[content.len()..]);
    for _ in 0..8 {
        let end = content.len() + numbers.below(longer.len() - content.len());
        let mut client = load(&mut server, &file, &longer[..end]).unwrap();
        assert_eq!(client.id("other"), None);
        assert_eq!(client.registrations().len(), 3, "{end}");
        call_all(&mut client);
        // It goes on where the file was cut.
        client.install(OTHER);
        server.private_mut().kill();
        server.private_mut().restart().unwrap();
        assert_eq!(server.client().registrations().len(), 4, "{end}");
    }
}

#[test]
fn killed_while_it_saves_the_server_has_what_it_had() {
    for order in ["BGSAVE", "BGREWRITEAOF"] {
        let mut server = start(&WITH_AOF);
        let mut client = server.client();
        client.install(SCRIPT);
        for key in 0..50 {
            ask!(client, "SET", format!("key{key}"), "v");
        }
        // Saving takes a second or more.
        assert_eq!(
            ask!(client, "CONFIG", "SET", "rdb-key-save-delay", "20000"),
            "+OK"
        );
        assert!(ask!(client, order).starts_with('+'), "{order}");
        until("child that saves", || {
            let info = ask!(client, "INFO", "persistence");
            (info.contains("rdb_bgsave_in_progress:1")
                || info.contains("aof_rewrite_in_progress:1"))
            .then_some(())
        });
        client.install(OTHER);
        server.private_mut().kill();
        server.private_mut().restart().unwrap();
        let mut client = server.client();
        assert_eq!(client.registrations().len(), 4, "{order}");
        assert_eq!(unreadable(&mut client), 0);
        call_all(&mut client);
    }
}
