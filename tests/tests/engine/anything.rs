//! Commands made of anything: each gets a reply, and the server lives.

use gears_tests::TestServer;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

const COMMANDS: &[&str] = &[
    "RG.PYEXECUTE",
    "RG.TRIGGER",
    "RG.DUMPREGISTRATIONS",
    "RG.UNREGISTER",
    "RG.PYSTATS",
    "RG.CONFIGGET",
    "RG.DUMPEXECUTIONS",
];

/// Words that mean something. Not `REQUIREMENTS`: pip takes its time, and has tests of its own.
const WORDS: &[&str] = &[
    "",
    "UNBLOCKING",
    "ID",
    "DESCRIPTION",
    "UPGRADE",
    "REPLACE_WITH",
    "ABORTPENDING",
    "hostile",
    "GB().run('hostile')",
    "GB('CommandReader').register(trigger='hostile')",
    "GB('CommandReader').map(lambda r: bytes(r[1], 'utf-8')).register(trigger='hostile-too')",
    "raise ValueError('%s%n\\r\\n\\x00')",
    "0000000000000000000000000000000000000000-1",
    "0000000000000000000000000000000000000000-",
    "%s%n%d",
    "a\0b",
    "\r\n+OK\r\n",
];

fn word() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        proptest::sample::select(WORDS).prop_map(|word| word.as_bytes().to_vec()),
        any::<Vec<u8>>(),
        any::<String>().prop_map(String::into_bytes),
    ]
}

#[test]
fn every_command_line_gets_a_reply() {
    // Private: it registers whatever comes.
    let server = TestServer::private();
    let client = std::cell::RefCell::new(server.client());
    let config = ProptestConfig {
        cases: 1500,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let lines = (
        proptest::sample::select(COMMANDS),
        proptest::collection::vec(word(), 0..5),
    );
    let ran = TestRunner::new(config).run(&lines, |(command, arguments)| {
        let mut words: Vec<&[u8]> = vec![command.as_bytes()];
        words.extend(arguments.iter().map(Vec::as_slice));
        client.borrow_mut().value(&words);
        Ok(())
    });
    if let Err(error) = ran {
        panic!("{error}");
    }
}
