//! Servers that share one folder of packages.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::thread;

use gears_runtime::embedded::Server;
use gears_tests::{Client, LONG_DEADLINE, TestServer, ask, until_within, wheel};
use tempfile::TempDir;

/// A folder that servers share, and wheels for them.
struct Shared {
    wheels: TempDir,
    home: TempDir,
}

impl Shared {
    fn new() -> Self {
        let shared = Self {
            wheels: TempDir::new().unwrap(),
            home: TempDir::new().unwrap(),
        };
        for version in ["1.0", "2.0"] {
            for name in ["gears_one", "gears_two", "gears_three"] {
                wheel(
                    shared.wheels.path(),
                    name,
                    version,
                    &format!("VERSION = '{version}'\nPAD = '{}'\n", "x".repeat(50_000)),
                );
            }
        }
        shared
    }

    fn server(&self, settings: &[&str]) -> (TestServer, Client) {
        let places = format!(" --no-index --find-links {}", self.wheels.path().display());
        let home = self.home.path().to_str().unwrap();
        let arguments = ["PipArguments", &places, "PythonInstallationDir", home];
        let server = TestServer::of(
            Server::builder()
                .engine_args(arguments.iter().chain(settings))
                .env("PIP_CONFIG_FILE", "/dev/null"),
        );
        let client = server.client();
        client.wait_at_most(LONG_DEADLINE);
        (server, client)
    }

    /// Starts one whose pip says in a file what it does.
    fn logging(&self, log: &Path) -> TestServer {
        let places = format!(" --no-index --find-links {}", self.wheels.path().display());
        TestServer::of(
            Server::builder()
                .engine_args(["PipArguments", &places])
                .packages_dir(self.home.path())
                .env("PIP_CONFIG_FILE", "/dev/null")
                .env("PIP_LOG", log),
        )
    }

    /// Lists what is in a place, without locks.
    fn list(&self, place: &str) -> BTreeSet<String> {
        fs::read_dir(self.home.path().join(place))
            .into_iter()
            .flatten()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .filter(|name| !name.ends_with(".lock"))
            .collect()
    }

    /// Lists the folders themselves.
    fn folders(&self) -> Vec<String> {
        let all = ["environments", "requirements"];
        let all = all.iter().flat_map(|place| self.list(place));
        all.filter(|name| name.contains('+')).collect()
    }

    fn scratch(&self) -> Vec<String> {
        let all = self.list("requirements").into_iter();
        all.filter(|name| name.starts_with("scratch-")).collect()
    }
}

/// Imports these and tells their versions.
fn run(client: &mut Client, names: &[&str], force: bool) -> String {
    let imported = |requirement: &&str| requirement.split('=').next().unwrap().to_owned();
    let modules: Vec<_> = names.iter().map(imported).collect();
    let versions: Vec<_> = modules
        .iter()
        .map(|name| format!("{name}.VERSION"))
        .collect();
    let script = format!(
        "import {}\nGB('ShardsIDReader').map(lambda r: ' '.join([{}])).run()",
        modules.join(", "),
        versions.join(", ")
    );
    let mut words = vec!["RG.PYEXECUTE", &script];
    if force {
        words.push("FORCE_REINSTALL_REQUIREMENTS");
    }
    words.push("REQUIREMENTS");
    words.extend(names);
    let words: Vec<_> = words.iter().map(|word| word.as_bytes()).collect();
    client.ask(&words)
}

#[test]
fn servers_install_the_same_and_other_packages_at_once() {
    let shared = Shared::new();
    let sets: [&[&str]; 4] = [
        &["gears_one==1.0"],
        &["gears_one==1.0", "gears_two==1.0"],
        &["gears_two==1.0"],
        &["gears_three", "gears_one==1.0"],
    ];
    let servers: Vec<_> = (0..3).map(|_| shared.server(&[]).0).collect();
    thread::scope(|scope| {
        for (place, server) in servers.iter().enumerate() {
            scope.spawn(move || {
                let mut client = server.client();
                client.wait_at_most(LONG_DEADLINE);
                // The same ones at first, then each in another order.
                for turn in 0..sets.len() {
                    let set = sets[(turn * (place + 1)) % sets.len()];
                    // Again and again in place of what others use.
                    let force = (turn + place) % 2 == 1;
                    let reply = run(&mut client, set, force);
                    assert!(reply.starts_with("[[$\""), "{set:?}: {reply}");
                    assert!(reply.contains("1.0") || reply.contains("2.0"), "{reply}");
                }
            });
        }
    });
    assert_eq!(shared.scratch(), Vec::<String>::new());
    // Each name leads to something whole.
    for place in ["environments", "requirements"] {
        for name in shared.list(place) {
            let path = shared.home.path().join(place).join(name);
            assert!(path.is_dir(), "{}", path.display());
        }
    }
}

#[test]
fn servers_that_ask_for_the_same_at_once_run_pip_once() {
    let shared = Shared::new();
    let log = shared.wheels.path().join("pip.log");
    let servers: Vec<_> = (0..3).map(|_| shared.logging(&log)).collect();
    let (first, others) = servers.split_first().unwrap();
    let ask = |server: &TestServer, name: &str| {
        let mut client = server.client();
        client.wait_at_most(LONG_DEADLINE);
        assert_eq!(run(&mut client, &[name], false), r#"[[$"1.0"], []]"#);
    };
    ask(first, "gears_one==1.0");
    let runs = pip_runs(&log);
    assert!(runs > 0);
    // What is there runs none.
    ask(&others[0], "gears_one==1.0");
    assert_eq!(pip_runs(&log), runs);
    thread::scope(|scope| {
        for server in &servers {
            scope.spawn(|| ask(server, "gears_two==1.0"));
        }
    });
    assert_eq!(pip_runs(&log), 2 * runs);
}

/// Counts how often pip was started, by what it logs.
fn pip_runs(log: &Path) -> usize {
    let log = fs::read_to_string(log).unwrap_or_default();
    log.matches("Using pip ").count()
}

#[test]
fn reinstallation_takes_nothing_from_others() {
    let shared = Shared::new();
    let (_one, mut one) = shared.server(&[]);
    let (_two, mut two) = shared.server(&[]);
    let script = "def late(record):\n    import gears_one\n    return gears_one.VERSION\n\
                  GB('CommandReader').map(late).register(trigger='late')";
    let words = ["RG.PYEXECUTE", script, "REQUIREMENTS", "gears_one==1.0"];
    assert_eq!(ask!(one, words[0], words[1], words[2], words[3]), "+OK");
    let used = shared.list("environments");
    for _ in 0..2 {
        assert_eq!(
            run(&mut two, &["gears_one==1.0"], true),
            r#"[[$"1.0"], []]"#
        );
    }
    // What the first uses stays; what only the second had used went.
    let now = shared.list("environments");
    assert!(used.is_subset(&now), "{used:?} {now:?}");
    assert_eq!(one.trigger("late", &[]), r#"[$"1.0"]"#);
}

#[test]
fn what_a_server_leaves_that_dies_while_it_installs_is_removed() {
    let shared = Shared::new();
    // pip waits for whoever listens and does not answer.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let index = format!("http://{}/simple", listener.local_addr().unwrap());
    let arguments = format!(" --index-url {index} --timeout 600 --retries 0");
    let home = shared.home.path().to_str().unwrap();
    let dying = TestServer::of(
        Server::builder()
            .engine_args(["PipArguments", &arguments, "PythonInstallationDir", home])
            .env("PIP_CONFIG_FILE", "/dev/null"),
    );
    let mut connection = redis::Client::open(dying.url())
        .unwrap()
        .get_connection()
        .unwrap();
    let mut call = redis::cmd("RG.PYEXECUTE");
    call.arg("1").arg("REQUIREMENTS").arg("gears_one==1.0");
    connection
        .send_packed_command(&call.get_packed_command())
        .unwrap();
    let (asking, _) = listener.accept().unwrap();
    assert_eq!(shared.scratch().len(), 1);
    dying.kill();
    // Another server installs beside; pip of the dead one may still run.
    let (_server, mut client) = shared.server(&[]);
    assert_eq!(
        run(&mut client, &["gears_one==1.0"], false),
        r#"[[$"1.0"], []]"#
    );
    // Nobody is there to be waited for any more; then the next one cleans up.
    drop((asking, listener));
    until_within(LONG_DEADLINE, "end of what was left", || {
        let reply = run(&mut client, &["gears_two==1.0"], true);
        assert_eq!(reply, r#"[[$"1.0"], []]"#);
        shared.scratch().is_empty().then_some(())
    });
}

fn server_with_limit(shared: &Shared, limit: u64) -> (TestServer, Client) {
    shared.server(&["EnvironmentsLimit", &limit.to_string()])
}

#[test]
fn what_nobody_uses_is_kept_up_to_the_limit_and_the_oldest_goes() {
    let shared = Shared::new();
    // A package of each takes 50 KB twice, as a wheel and installed.
    let (_server, mut client) = server_with_limit(&shared, 250_000);
    let function = "import gears_one\n\
         GB('CommandReader').map(lambda r: gears_one.VERSION).register(trigger='uses')";
    let words = ["RG.PYEXECUTE", function, "REQUIREMENTS", "gears_one==1.0"];
    assert_eq!(ask!(client, words[0], words[1], words[2], words[3]), "+OK");
    // These are over at once, and import nothing.
    for requirement in ["gears_two==1.0", "gears_two==2.0", "gears_three==1.0"] {
        let words = ["RG.PYEXECUTE", "1", "REQUIREMENTS", requirement];
        assert_eq!(ask!(client, words[0], words[1], words[2], words[3]), "+OK");
    }
    let left = shared.folders();
    let has = |name: &str| left.iter().filter(|left| left.starts_with(name)).count();
    assert_eq!(has("gears-one"), 2, "what is in use: {left:?}");
    assert_eq!(has("gears-two==1.0"), 0, "the oldest: {left:?}");
    assert_eq!(has("gears-three"), 2, "what came last: {left:?}");
    assert_eq!(client.trigger("uses", &[]), r#"[$"1.0"]"#);
    // What went comes again.
    assert_eq!(
        run(&mut client, &["gears_two==2.0"], false),
        r#"[[$"2.0"], []]"#
    );
    // Without a limit all of it stays.
    assert_eq!(
        ask!(client, "RG.CONFIGSET", "EnvironmentsLimit", "0"),
        "[+OK]"
    );
    let before = shared.folders().len();
    assert_eq!(
        run(&mut client, &["gears_three==1.0", "gears_one"], false),
        r#"[[$"1.0 1.0"], []]"#
    );
    assert!(shared.folders().len() >= before);
}

#[test]
fn what_another_server_uses_stays_beyond_the_limit() {
    let shared = Shared::new();
    let (mut one, mut at_one) = shared.server(&[]);
    let late = "def late(record):\n    import gears_one, gears_two\n    \
                    return gears_one.VERSION + gears_two.VERSION\n\
                GB('CommandReader').map(late).register(trigger='late')";
    let words = [
        "RG.PYEXECUTE",
        late,
        "REQUIREMENTS",
        "gears_one==1.0",
        "gears_two==2.0",
    ];
    let words: Vec<_> = words.iter().map(|word| word.as_bytes()).collect();
    assert_eq!(at_one.ask(&words), "+OK");
    let used = shared.list("environments");
    let (_two, mut at_two) = server_with_limit(&shared, 1);
    for version in ["1.0", "2.0"] {
        let words = [
            "RG.PYEXECUTE",
            "1",
            "REQUIREMENTS",
            &format!("gears_three=={version}"),
        ];
        assert_eq!(ask!(at_two, words[0], words[1], words[2], words[3]), "+OK");
    }
    assert!(used.is_subset(&shared.list("environments")), "{used:?}");
    assert_eq!(at_one.trigger("late", &[]), r#"[$"1.02.0"]"#);
    // When that is gone, so is what it used.
    one.private_mut().kill();
    assert_eq!(
        run(&mut at_two, &["gears_three==2.0"], true),
        r#"[[$"2.0"], []]"#
    );
    assert!(used.is_disjoint(&shared.list("environments")), "{used:?}");
    one.private_mut().restart().unwrap();
}
