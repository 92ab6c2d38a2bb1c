//! `gears serve`.

use std::{
    env,
    io::{BufRead as _, BufReader},
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use gears_runtime::Gears;
use gears_tests::{deaf, until};

use crate::tool::{Tool, end, signal};

/// A server that `gears serve` runs; it ends with the test.
struct Served {
    child: Child,
    url: String,
}

impl Served {
    fn start(tool: &Tool, words: &[&str]) -> Self {
        let mut all = vec!["serve", "-p", "0"];
        all.extend(words);
        Self::of(tool.spawn(all, Stdio::null()))
    }

    /// Waits until it listens.
    fn of(mut child: Child) -> Self {
        let mut url = String::new();
        BufReader::new(child.stdout.as_mut().unwrap())
            .read_line(&mut url)
            .unwrap();
        let url = url.trim().to_owned();
        if url.is_empty() {
            panic!("{}", end(&mut child).1);
        }
        Self { child, url }
    }

    /// Sends a signal, and returns the code that it ended with.
    fn stop(mut self, how: libc::c_int) -> Option<i32> {
        signal(&self.child, how);
        let code = until("end of the server", || self.child.try_wait().unwrap()).code();
        assert!(Gears::connect(self.url.as_str()).is_err(), "nobody is left");
        code
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        if self.child.try_wait().is_ok_and(|status| status.is_none()) {
            signal(&self.child, libc::SIGTERM);
            let _ = self.child.wait();
        }
    }
}

#[test]
fn it_serves_until_ctrl_c() {
    for how in [libc::SIGINT, libc::SIGTERM, libc::SIGHUP] {
        let served = Served::start(&Tool::nowhere(), &[]);
        let tool = Tool::at(&served.url);
        assert_eq!(tool.run("GB('ShardsIDReader').count().run()"), "1\n");
        assert_eq!(served.stop(how), Some(0));
    }
}

#[test]
fn what_it_says_to_try_next_works() {
    let mut served = Served::start(&Tool::nowhere(), &[]);
    let mut said = BufReader::new(served.child.stderr.as_mut().unwrap()).lines();
    let mut line = || said.next().unwrap().unwrap();
    assert!(line().starts_with("it runs until Ctrl-C"));
    let binary = Path::new(env!("CARGO_BIN_EXE_gears"));
    let path = format!(
        "{}:{}",
        binary.parent().unwrap().display(),
        env::var("PATH").unwrap()
    );
    let mut try_next = || {
        let mut shell = Command::new("sh");
        let output = shell.args(["-c", &line()]).env("PATH", &path).output();
        let output = output.unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    try_next();
    assert_eq!(try_next(), "hello, world\n");
    assert!(try_next().contains("hello"));
    assert_eq!(served.stop(libc::SIGINT), Some(0));
}

#[test]
fn data_outlive_it_in_a_folder() {
    let tool = Tool::nowhere();
    let served = Served::start(&tool, &["--data-dir", "data"]);
    let client = Tool::at(&served.url);
    client.run("execute('SET', 'x', '1')\nGB('CommandReader').register(trigger='kept')");
    assert_eq!(served.stop(libc::SIGINT), Some(0));
    let served = Served::start(&tool, &["--data-dir", "data"]);
    let client = Tool::at(&served.url);
    assert!(client.call(["list"]).good().contains("kept"));
    assert_eq!(served.stop(libc::SIGINT), Some(0));
}

#[test]
fn password_settings_and_server_options_are_passed_on() {
    let served = Served::start(
        &Tool::nowhere().env("GEARS_PASSWORD", "s3cret"),
        &["--set", "MaxExecutions=5", "--", "--maxmemory", "123mb"],
    );
    let tool = Tool::at(&served.url);
    tool.call(["list"]).bad(3, &["NOAUTH"]);
    let tool = tool.env("GEARS_PASSWORD", "s3cret");
    assert_eq!(
        tool.call(["config", "MaxExecutions"]).good(),
        "MaxExecutions  5\n"
    );
    let asked = tool.run(
        "GB('PythonReader').run(lambda: (x for x in [execute('CONFIG', 'GET', 'maxmemory')[1]]))",
    );
    assert_eq!(asked, "128974848\n");
    assert_eq!(served.stop(libc::SIGINT), Some(0));
}

#[test]
fn server_that_ends_by_itself_is_told() {
    let mut served = Served::start(&Tool::nowhere(), &[]);
    let client = redis_client(&served.url);
    // It answers by going.
    let _ = redis::cmd("SHUTDOWN")
        .arg("NOSAVE")
        .exec(&mut client.get_connection().unwrap());
    let (code, said) = end(&mut served.child);
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("the server ended") && said.contains("log"),
        "{said}"
    );
}

fn redis_client(url: &str) -> redis::Client {
    Gears::connect(url).unwrap().client().clone()
}

#[test]
fn server_that_is_there_already_is_neither_announced_nor_stopped() {
    let tool = Tool::nowhere();
    let there = Served::start(&tool, &[]);
    let port = there.url.trim_end_matches('/').rsplit(':').next().unwrap();
    tool.call(["serve", "-p", port])
        .bad(2, &["somebody else listens", "-p 0"]);
    let client = redis_client(&there.url);
    redis::cmd("PING")
        .exec(&mut client.get_connection().unwrap())
        .unwrap();
    assert_eq!(there.stop(libc::SIGINT), Some(0));
}

#[test]
fn what_cannot_be_served_is_told() {
    let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let tool = Tool::nowhere();
    tool.call(["serve", "-p", &port])
        .bad(2, &["somebody else listens", "-p 0"]);
    tool.call(["serve", "-h", "example.org"])
        .bad(2, &["example.org", "this machine"]);
    tool.call(["serve", "-s", "/tmp/x.sock"])
        .bad(2, &["not on a socket"]);
    tool.call(["serve", "--engine", "none.so"])
        .bad(2, &["--engine names none.so"]);
    tool.call(["serve", "--server", "none"])
        .bad(2, &["--server names none"]);
    tool.call(["serve", "--set", "x"]).bad(2, &["NAME=VALUE"]);
    tool.call(["serve", "--user", "ann", "-a", "x"])
        .bad(2, &["no user ann"]);
    tool.call(["serve", "-p", "0", "--set", "ExecutionThreads=many"])
        .bad(1, &["ExecutionThreads"]);
    tool.file("file", "");
    tool.call(["serve", "-p", "0", "--data-dir", "file/below"])
        .bad(2, &["file/below"]);
}

// Only there does the system tell the folder of a process.
#[cfg(target_os = "linux")]
#[test]
fn interrupted_start_leaves_no_server_behind() {
    let tool = Tool::nowhere();
    let folder = tool.folder().join("data");
    std::fs::create_dir(&folder).unwrap();
    let there = || {
        let processes = std::fs::read_dir("/proc").unwrap().flatten();
        processes
            .filter(|one| std::fs::read_link(one.path().join("cwd")).is_ok_and(|cwd| cwd == folder))
            .count()
    };
    let served = Served::start(&tool, &["--data-dir", "data"]);
    assert_eq!(there(), 1, "it would be seen");
    served.stop(libc::SIGINT);
    for delay in [0, 5, 10, 20, 40, 80, 160, 320] {
        let mut child = tool.spawn(["serve", "-p", "0", "--data-dir", "data"], Stdio::null());
        std::thread::sleep(Duration::from_millis(delay));
        signal(&child, libc::SIGINT);
        let status = until("end of gears", || child.try_wait().unwrap());
        // A signal that comes before it listens to any ends it, and there is no server yet.
        assert!(matches!(status.code(), Some(0) | None), "{delay}: {status}");
        until("end of the server", || (there() == 0).then_some(()));
    }
}

#[test]
fn server_hears_signals_of_its_own() {
    let mut served = Served::start(&Tool::nowhere(), &[]);
    let mut connection = redis_client(&served.url).get_connection().unwrap();
    let info: redis::InfoDict = redis::cmd("INFO").query(&mut connection).unwrap();
    let server: libc::pid_t = info.get("process_id").unwrap();
    // SAFETY: a plain system call; the process is the server that this test had started.
    assert_eq!(unsafe { libc::kill(server, libc::SIGTERM) }, 0);
    let (code, said) = end(&mut served.child);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("the server ended"), "{said}");
}

#[test]
fn it_hears_signals_that_who_started_it_masks_and_ignores() {
    let mut command = Command::new("sh");
    let script = r#"trap '' CHLD TERM; exec "$0" serve -p 0"#;
    command.args(["-c", script, env!("CARGO_BIN_EXE_gears")]);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let served = Served::of(deaf(|| command.spawn().unwrap()));
    let mut connection = redis_client(&served.url).get_connection().unwrap();
    // The server learns of the end of its child by a signal.
    redis::cmd("BGSAVE").exec(&mut connection).unwrap();
    until("end of the save", || {
        let info: redis::InfoDict = redis::cmd("INFO").query(&mut connection).unwrap();
        let saves: i32 = info.get("rdb_bgsave_in_progress").unwrap();
        (saves == 0).then(|| {
            let status: String = info.get("rdb_last_bgsave_status").unwrap();
            assert_eq!(status, "ok");
        })
    });
    assert_eq!(served.stop(libc::SIGTERM), Some(0));
}

#[test]
fn several_signals_leave_no_server() {
    let mut served = Served::start(&Tool::nowhere(), &[]);
    // Signals that come while one waits to be taken are one with it.
    until("end of the tool", || {
        signal(&served.child, libc::SIGTERM);
        served.child.try_wait().unwrap()
    });
    until("end of the server", || {
        Gears::connect(served.url.as_str()).is_err().then_some(())
    });
}
