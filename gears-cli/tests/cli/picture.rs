//! The pictures of screens in the documentation.

use gears_tests::{TestServer, wheel};

use crate::tool::Tool;

const SCRIPT: &str = "
import gearsfetch
GB('CommandReader', desc='the page at a URL, from the cache when it is there').map(lambda x: x[1]).register(trigger='cache_get', mode='sync')
GB('CommandReader', desc='divides').map(lambda x: 1 / int(x[1])).register(trigger='divide', mode='sync')
GB('KeysReader', desc='keeps an index of people').register('person:*', eventTypes=['hset'], mode='async_local')
GB('StreamReader', desc='sends mail').register('mail', batch=100, onFailedPolicy='retry')
";

/// Shows what `gears list` looks like; made again with `GEARS_PICTURES=1`.
#[test]
fn picture_of_the_list_is_up_to_date() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    let package = wheel(tool.folder(), "gearsfetch", "1.0", "");
    tool.feed(["run", "-", "-r", package.to_str().unwrap()], SCRIPT)
        .good();
    for _ in 0..7 {
        tool.call(["trigger", "cache_get", "http://example.org"])
            .good();
    }
    tool.call(["trigger", "divide", "0"])
        .bad(1, &["ZeroDivisionError"]);
    tool.call(["pause", "mail"]).good();
    let list = tool.call(["list", "--color", "always"]).good();
    let screen = format!("$ gears list\n{}", without_times(&list));
    let made = anstyle_svg::Term::new().render_svg(&screen);
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/pictures/list.svg");
    if std::env::var_os("GEARS_PICTURES").is_some() {
        std::fs::write(path, &made).unwrap();
    }
    assert!(
        std::fs::read_to_string(path).is_ok_and(|picture| picture == made),
        "docs/pictures/list.svg is old: GEARS_PICTURES=1 cargo test -p redis-gears-cli picture"
    );
}

/// Writes the same in place of each average, which differs from run to run.
fn without_times(list: &str) -> String {
    let mut all = String::new();
    for line in list.lines() {
        let average = line.char_indices().find(|(index, char)| {
            let digit = |at: usize| line.as_bytes().get(at).is_some_and(u8::is_ascii_digit);
            *char == '.' && digit(index + 1) && *index > 3 && digit(index - 1)
        });
        match average {
            Some((dot, _)) => {
                // A number of at most six columns, at the right of them.
                all.push_str(&line[..dot - 4]);
                all.push_str("   0.1");
                all.push_str(&line[dot + 2..]);
            }
            None => all.push_str(line),
        }
        all.push('\n');
    }
    all
}
