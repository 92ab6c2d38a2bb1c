//! Every setting, from each of the places that it may come from.

use std::fs;

use gears_tests::TestServer;

use super::command;
use crate::tool::{Outcome, Tool};

/// A setting of a scanner: what stands on the line, in the environment and in the file.
struct Setting<'a> {
    line: &'a [&'a str],
    variable: (&'a str, &'a str),
    file: &'a str,
}

impl Setting<'_> {
    /// Runs what is in a folder once for each place, and checks each outcome.
    fn check(&self, fill: impl Fn(&Tool), check: impl Fn(&Outcome, &Tool, &TestServer)) {
        for place in ["line", "variable", "file"] {
            let server = TestServer::private();
            let mut tool = Tool::at(server.url());
            fill(&tool);
            let mut words = vec!["watch", "--once", "."];
            match place {
                "line" => words.extend(self.line),
                "variable" => tool = tool.env(self.variable.0, self.variable.1),
                _ => drop(tool.file("gears.toml", format!("[watch]\n{}\n", self.file))),
            }
            check(&tool.call(words), &tool, &server);
        }
    }
}

/// Says which of the files were run.
fn ran(outcome: &Outcome) -> Vec<&str> {
    let lines = outcome.out.lines();
    let words = lines.filter_map(|line| line.split_whitespace().nth(1));
    words.collect()
}

fn scripts(names: &'static [&str]) -> impl Fn(&Tool) {
    move |tool| {
        for name in names {
            tool.file(name, command(name, "x"));
        }
    }
}

#[test]
fn folders_in_folders() {
    let setting = Setting {
        line: &["--recursive"],
        variable: ("GEARS_WATCH_RECURSIVE", "1"),
        file: "recursive = true",
    };
    let fill = |tool: &Tool| {
        fs::create_dir(tool.folder().join("deep")).unwrap();
        tool.file("deep/a.py", command("a", "x"));
    };
    setting.check(fill, |outcome, _, _| {
        assert_eq!(ran(outcome), ["deep/a.py"], "{outcome:?}")
    });
}

#[test]
fn names_of_scripts() {
    let setting = Setting {
        line: &["--script-pattern", "*.gear", "--script-pattern", "*.job"],
        variable: ("GEARS_WATCH_SCRIPT_PATTERN", "*.[gj]*"),
        file: "script_pattern = ['*.gear', '*.job']",
    };
    setting.check(scripts(&["a.py", "b.gear", "c.job"]), |outcome, _, _| {
        assert_eq!(ran(outcome), ["b.gear", "c.job"], "{outcome:?}");
    });
}

#[test]
fn names_of_requirements() {
    let setting = Setting {
        line: &[
            "--requirements-pattern",
            "*.list",
            "--requirements-pattern",
            "*.need",
        ],
        variable: ("GEARS_WATCH_REQUIREMENTS_PATTERN", "*.[ln]*"),
        file: "requirements_pattern = ['*.list', '*.need']",
    };
    let fill = |tool: &Tool| {
        tool.file("a.py", command("a", "x"));
        tool.file("one.list", "# none\n");
        tool.file("two.need", "# none\n");
        tool.file("requirements.txt", "/no/such/package.whl\n");
    };
    setting.check(fill, |outcome, _, _| {
        assert_eq!(outcome.code, Some(0), "{outcome:?}");
        for name in ["one.list", "two.need"] {
            assert!(outcome.out.contains(name), "{outcome:?}");
        }
    });
}

#[test]
fn scripts_that_are_not_waited_for() {
    let setting = Setting {
        line: &["--unblocking-pattern", "sl.w"],
        variable: ("GEARS_WATCH_UNBLOCKING_PATTERN", "sl.w"),
        file: "unblocking_pattern = 'sl.w'",
    };
    let fill = |tool: &Tool| drop(tool.file("a-slow-one.py", "GB('ShardsIDReader').run()"));
    setting.check(fill, |outcome, _, _| {
        assert!(
            outcome.out.contains("started      a-slow-one.py"),
            "{outcome:?}"
        );
    });
}

#[test]
fn names_that_are_passed_over() {
    let setting = Setting {
        line: &["-i", "a*", "--ignore", "b*"],
        variable: ("GEARS_WATCH_IGNORE", "[ab]*"),
        file: "ignore = ['a*', 'b*']",
    };
    setting.check(scripts(&["a.py", "b.py", "c.py"]), |outcome, _, _| {
        assert_eq!(ran(outcome), ["c.py"], "{outcome:?}");
    });
}

#[test]
fn names_of_the_index() {
    let setting = Setting {
        line: &["--index-prefix", "dev:"],
        variable: ("GEARS_WATCH_INDEX_PREFIX", "dev:"),
        file: "index_prefix = 'dev:'",
    };
    setting.check(scripts(&["a.py"]), |_, _, server| {
        let keys = server.client().ask(&[b"KEYS", b"*"]);
        assert!(keys.starts_with(r#"[$"dev:{gears:watch}:"#), "{keys}");
    });
}

#[test]
fn where_the_log_goes() {
    let setting = Setting {
        line: &["--log-config", "log.toml"],
        variable: ("GEARS_WATCH_LOG_CONFIG", "log.toml"),
        file: "log = { level = 'info', file = 'watch.log' }",
    };
    let fill = |tool: &Tool| {
        tool.file("log.toml", "level = 'info'\nfile = 'watch.log'\n");
        tool.file("a.py", command("a", "x"));
    };
    setting.check(fill, |_, tool, _| {
        let log = fs::read_to_string(tool.folder().join("watch.log")).unwrap();
        assert!(log.contains("registered a.py"), "{log}");
    });
}

#[test]
fn how_long_files_rest() {
    let setting = Setting {
        line: &["--delay", "-1"],
        variable: ("GEARS_WATCH_DELAY", "-1"),
        file: "delay = -1",
    };
    // Each place is read: what makes no sense there is refused.
    setting.check(scripts(&["a.py"]), |outcome, _, _| {
        assert_eq!(outcome.code, Some(2), "{outcome:?}");
    });
    let setting = Setting {
        line: &["-w", "0.5"],
        variable: ("GEARS_WATCH_DELAY", "0.5"),
        file: "delay = 0.5",
    };
    setting.check(scripts(&["a.py"]), |outcome, _, _| {
        assert_eq!(ran(outcome), ["a.py"], "{outcome:?}")
    });
}
