//! The server's log: what scripts and clients say there is one line each.

use gears_tests::{TestServer, ask, until};

/// Line ends of every kind, and what steers terminals, as Python writes them and as
/// the log has them.
const STEERING: &[(&str, &str)] = &[
    (r"\n", r"\n"),
    (r"\r\n", r"\r\n"),
    (r"\r", r"\r"),
    (r"\x0b", r"\x0b"),
    (r"\x0c", r"\x0c"),
    (r"\x1c", r"\x1c"),
    (r"\x85", r"\x85"),
    (r"\u2028", r"\u2028"),
    (r"\u2029", r"\u2029"),
    (r"\x1b[2K", r"\x1b[2K"),
    (r"\x9b2K", r"\x9b2K"),
    (r"\x00", r"\x00"),
    (r"\x7f", r"\x7f"),
    (r"\x08", r"\x08"),
    (r"\u202e", r"\u202e"),
];

#[test]
fn what_is_logged_is_one_line() {
    let server = TestServer::private();
    let mut client = server.client();
    for (number, (written, logged)) in STEERING.iter().enumerate() {
        let text = format!("begin{number} {written}99:M 01 Jan 2030 # forged {number}end");
        client.install(&format!("log('{text}')"));
        client.install(&format!("log('again {text}', level='warning')"));
        // Errors of functions come there too, and names that clients give.
        client.execute(&format!(
            "def f(r): raise Exception('raised {text}')\n\
             GB('KeysReader').foreach(f).register('failing{number}', mode='sync')\n\
             GB('CommandReader').register(trigger='named {text}')"
        ));
        ask!(client, "SET", format!("failing{number}"), "x");
        for start in ["GEARS: ", "GEARS: again ", "raised ", "named "] {
            let line = until(start, || {
                let log = server.log().unwrap();
                let wanted = format!("{start}begin{number} ");
                log.split('\n')
                    .find(|line| line.contains(&wanted))
                    .map(str::to_owned)
            });
            // Names of triggers end at a NUL.
            let is_whole = start != "named " || *written != r"\x00";
            assert!(
                !is_whole || line.contains(&format!("{number}end")),
                "{written}: {line:?}"
            );
            assert!(!line.chars().any(char::is_control), "{written}: {line:?}");
            let quoted = start == "raised " || start == "named ";
            assert!(quoted || line.contains(logged), "{written}: {line:?}");
        }
    }
    let log = server.log().unwrap();
    assert!(!log.lines().any(|line| line.starts_with("99:M")), "{log}");
}

#[test]
fn long_texts_are_whole_lines_without_their_middle() {
    let server = TestServer::private();
    let mut client = server.client();
    client.install("log('begin ' + 'x' * 5_000_000 + ' end')");
    client.execute(
        "def f(r): raise Exception('begin ' + 'y' * 1_000_000 + ' end')\n\
         GB('KeysReader').foreach(f).register('failing', mode='sync')\n\
         GB('CommandReader').register(trigger='begin ' + 'z' * 1_000_000 + ' end')",
    );
    ask!(client, "SET", "failing", "x");
    for letters in ["xxx", "yyy", "zzz"] {
        let line = until(letters, || {
            let log = server.log().unwrap();
            let line = log.lines().find(|line| line.contains(letters));
            line.map(str::to_owned)
        });
        assert!(line.contains("[...]"), "{line}");
        // What stands behind is there too: the rest of the line, its quotes included.
        assert!(line.contains(" end"), "{line}");
        assert_eq!(line.matches('"').count() % 2, 0, "{line}");
        assert!(line.len() < 1_100, "{}", line.len());
    }
}
