//! Tests with a server of their own, by `#[gears_runtime::test]`.

use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use gears_runtime::{Gears, Record, Result, Scope, embedded, gear_command, gear_on_keys, redis};
use gears_tests::until;

#[gear_command]
fn tested_count(counter: &str, by: i64) -> Result<i64> {
    "return execute('INCRBY', counter, by)"
}

#[gear_command]
async fn tested_counter(counter: &str) -> Result<Option<i64>> {
    "return execute('GET', counter)"
}

#[gear_command]
fn tested_failure() -> Result<()> {
    r#"
    log("it goes wrong now", level="warning")
    raise ValueError("no such thing")
    "#
}

/// Notes what was set.
#[gear_on_keys(prefix = "tested-event:*", events = ["set"])]
fn tested_event(record: Record) {
    "execute('LPUSH', record['key'] + '.noted', record['value'])"
}

mod inner {
    use gears_runtime::{Result, gear_command};

    #[gear_command]
    pub(super) fn tested_twice(text: &str) -> Result<String> {
        "return text + text"
    }
}

/// Several that use the same keys at the same time.
macro_rules! counting_by_itself {
    ($($name:ident)*) => {$(
        #[gears_runtime::test(gears = [tested_count])]
        fn $name() -> Result<()> {
            for expected in 1..=20 {
                assert_eq!(tested_count("visits", 1)?, expected);
                thread::yield_now();
            }
            Ok(())
        }
    )*};
}

counting_by_itself! { first_counts_by_itself second_counts_by_itself third_counts_by_itself }

#[gears_runtime::test(gears = [tested_count, inner::tested_twice])]
fn test_takes_what_it_needs(gears: &Gears, client: redis::Client, server: &embedded::Server) {
    assert_eq!(tested_count::on(gears).call("visits", 2).unwrap(), 2);
    let mut connection = client.get_connection().unwrap();
    let visits: i64 = redis::cmd("GET")
        .arg("visits")
        .query(&mut connection)
        .unwrap();
    assert_eq!(visits, 2);
    assert!(server.pid().is_some());
    assert_eq!(gears.dump_registrations().unwrap().len(), 2);
    assert_eq!(inner::tested_twice("ab").unwrap(), "abab");
}

#[gears_runtime::test(gears = [tested_count])]
fn thread_comes_along_with_the_scope(gears: Gears) -> Result<()> {
    let scope = Scope::current();
    let thread = thread::spawn(move || scope.run(|| tested_count("visits", 3)));
    assert_eq!(thread.join().unwrap()?, 3);
    assert_eq!(tested_count::on(&gears).call("visits", 0)?, 3);
    Ok(())
}

#[gears_runtime::test(gears = [tested_count, tested_counter])]
async fn tasks_and_threads_of_an_async_test_are_inside(client: &redis::Client) -> Result<()> {
    tested_count("visits", 4)?;
    let task = tokio::spawn(tested_counter("visits"));
    assert_eq!(task.await.unwrap()?, Some(4));
    let blocking = tokio::task::spawn_blocking(|| tested_count("visits", 1));
    assert_eq!(blocking.await.unwrap()?, 5);
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let deleted: i64 = redis::cmd("DEL")
        .arg("visits")
        .query_async(&mut connection)
        .await
        .unwrap();
    assert_eq!(deleted, 1);
    assert_eq!(tested_counter("visits").await?, None);
    Ok(())
}

#[gears_runtime::test(gears = [tested_count, tested_counter])]
async fn gears_can_be_mocked_beside_the_server() -> Result<()> {
    tested_count("visits", 4)?;
    let mock = tested_counter::mock(|_| Ok(Some(7)));
    // A task of the test is in its scope.
    let task = tokio::spawn(tested_counter("visits"));
    assert_eq!(task.await.unwrap()?, Some(7));
    drop(mock);
    assert_eq!(tested_counter("visits").await?, Some(4));
    Ok(())
}

#[gears_runtime::test(
    gears = [tested_count],
    server = embedded::Server::builder().tcp().engine_args(["MaxExecutions", "7"]),
)]
fn server_is_started_as_the_test_says(gears: &Gears, server: &embedded::Server) -> Result<()> {
    assert!(server.port().is_some());
    assert_eq!(gears.config().max_executions()?, 7);
    assert_eq!(tested_count("visits", 1)?, 1);
    Ok(())
}

#[gears_runtime::test(local, gears = [tested_count, tested_failure])]
fn gears_of_a_test_can_run_locally(gears: &Gears) -> Result<()> {
    assert_eq!(tested_count("visits", 5)?, 5);
    assert!(
        gears.info_cluster().unwrap_err().is_unsupported(),
        "there is no module"
    );
    let error = tested_failure().unwrap_err();
    assert_eq!(error.python().unwrap().exception(), "ValueError");
    Ok(())
}

/// How many tests have been on the shared server.
static SHARING: AtomicUsize = AtomicUsize::new(0);

macro_rules! sharing {
    ($($name:ident)*) => {$(
        #[gears_runtime::test(shared, gears = [tested_count, tested_event])]
        fn $name(gears: &Gears, client: redis::Client) -> Result<()> {
            let mut connection = client.get_connection().unwrap();
            let mut get = |words: &[&str]| -> String {
                let mut command = redis::cmd(words[0]);
                command.arg(&words[1..]).query(&mut connection).unwrap_or_default()
            };
            SHARING.fetch_add(1, Ordering::Relaxed);
            let prefix = gears.prefix();
            assert!(prefix.ends_with(concat!(stringify!($name), ":")), "{prefix}");
            let key = format!("{prefix}visits");
            for expected in 1..=20 {
                assert_eq!(tested_count(&key, 1)?, expected);
            }
            // The events of its own keys, and no others.
            let written = format!("{prefix}tested-event:a");
            get(&["SET", &written, stringify!($name)]);
            let noted = format!("{written}.noted");
            let event = until("event", || Some(get(&["RPOP", &noted])).filter(|it| !it.is_empty()));
            assert_eq!(event, stringify!($name));
            assert_eq!(get(&["LLEN", &noted]), "0");
            Ok(())
        }
    )*};
}

sharing! { first_shares_a_server second_shares_a_server third_shares_a_server }

/// Asks [`fails_when_asked`] to fail, in a process of its own.
const FAIL: &str = "GEARS_TESTS_FAIL";

#[gears_runtime::test(gears = [tested_failure])]
fn fails_when_asked() -> Result<()> {
    match std::env::var_os(FAIL) {
        Some(_) => tested_failure(),
        None => Ok(()),
    }
}

#[gears_runtime::test(server = embedded::Server::builder().server_binary("/no/such/server"), gears = [])]
#[should_panic(expected = "/no/such/server")]
fn server_that_does_not_start_is_a_panic_that_says_why() {}

#[test]
fn failed_test_shows_the_traceback_and_the_log_of_the_server() {
    let failed = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "server_test::fails_when_asked"])
        .env(FAIL, "1")
        .output()
        .unwrap();
    assert!(!failed.status.success());
    let told = String::from_utf8_lossy(&failed.stdout).into_owned();
    for part in [
        "ValueError: no such thing",
        "server_test.rs",
        "the server's log of this test ends with:",
        "it goes wrong now",
    ] {
        assert!(told.contains(part), "{part} is missing in: {told}");
    }
}
