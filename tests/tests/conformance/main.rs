//! Replays conversations that were recorded with RedisGears; see `conformance/README.md`.

/// Makes a test of each theme.
macro_rules! themes {
    ($($theme:ident),+ $(,)?) => {
        pub(crate) const THEMES: &[&str] = &[$(stringify!($theme)),+];

        $(
            #[test]
            fn $theme() {
                replay(stringify!($theme));
            }
        )+
    };
}

mod case;
mod cluster;
mod connection;
mod exception;
mod matching;
mod names;
mod reply;
mod runner;
mod shard;

use std::env;
use std::fs;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use gears_tests::{Client, TestServer, ask};

use crate::exception::{EXCEPTIONS, Version};
use crate::names::Names;

/// Held by the theme that runs, on a server that all themes share: each empties it.
static SHARED: Mutex<()> = Mutex::new(());

themes! {
    async_await,
    big,
    commands,
    config,
    execute,
    executions,
    hooks,
    ops_global,
    ops_local,
    reader_keys,
    reader_keysonly,
    reader_python,
    reader_stream,
    register_keys,
    register_streams,
    registrations,
    results,
    runtime,
    scripts,
    transactions,
    triggers,
}

/// Replays the cases of a theme on a server and tells of all that fail.
fn replay(theme: &str) {
    // Cases empty the server, so `GEARS_URL` alone does not give leave to use the one there.
    let leave = env::var_os("GEARS_CONFORMANCE").is_some_and(|value| value == "1");
    let _alone = leave.then(|| SHARED.lock().unwrap_or_else(PoisonError::into_inner));
    let server = match leave {
        true => TestServer::start(),
        false => TestServer::private(),
    };
    replay_on(&[server.url().to_owned()], &Names::default(), theme);
}

/// Replays the cases of a theme on a server, or on the shards of a cluster.
fn replay_on(urls: &[String], names: &Names, theme: &str) {
    let mut cases = case::load(theme);
    exception::apply(theme, version(&urls[0]), &mut cases);
    let mut failures = Vec::new();
    let mut dead = false;
    for case in &cases {
        let name = &case.name;
        let failure = match dead {
            true => Some("not tried, a server is dead".to_owned()),
            false => runner::run(urls, names, case),
        };
        let Some(failure) = failure else { continue };
        dead = dead || !runner::are_alive(urls);
        let quirk = if case.quirk { ", a quirk" } else { "" };
        let about = &case.about;
        failures.push(format!("{name} ({about}{quirk}): {failure}"));
    }
    assert!(
        failures.is_empty(),
        "{} of {} cases of {theme} fail:\n{}",
        failures.len(),
        cases.len(),
        failures.join("\n")
    );
}

/// Returns the version of Redis that a server is, or claims to be for its clients.
fn version(url: &str) -> Version {
    let info = ask!(Client::connect(url), "INFO", "server");
    let version = info.split_once("redis_version:").and_then(|(_, rest)| {
        let mut numbers = rest.split('.').map(|number| number.parse().ok());
        Some((numbers.next()??, numbers.next()??))
    });
    version.unwrap_or_else(|| panic!("no version in {info}"))
}

#[test]
fn every_theme_has_a_test() {
    assert_eq!(themes_in(&case::folder()), THEMES);
    assert_eq!(themes_in(&case::folder().join("cluster")), cluster::THEMES);
}

fn themes_in(folder: &Path) -> Vec<String> {
    let mut themes: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|it| it == "json"))
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    themes.sort_unstable();
    themes
}

#[test]
fn every_exception_has_a_theme_and_a_reason() {
    for exception in EXCEPTIONS {
        let is_known = match exception.theme.strip_prefix("cluster/") {
            Some(theme) => cluster::THEMES.contains(&theme),
            None => THEMES.contains(&exception.theme),
        };
        assert!(is_known, "{}", exception.theme);
        assert!(!exception.reason.is_empty(), "{}", exception.case);
    }
}

#[test]
fn what_is_unknown_in_a_case_is_an_error() {
    for (step, message) in [
        (r#"{"send": ["PING"], "expects": 1}"#, "unknown field"),
        (
            r#"{"send": ["PING"], "match": "roughly", "expect": 1}"#,
            "unknown variant",
        ),
        (r#"{"send": ["PING"]}"#, "a reply to compare with"),
        (
            r#"{"send": ["PING"], "expect": {"stat": 1}}"#,
            "any variant",
        ),
        (r#"{"send": [1], "expect": 1}"#, "any variant"),
        (r#"{"wait_ms": 1, "expect": 1}"#, "no reply to check"),
        (
            r#"{"send": ["PING"], "on": "all", "expect": 1}"#,
            "is no shard",
        ),
        (
            r#"{"send": ["PING"], "on": "each", "expect": 1}"#,
            "a reply of its own",
        ),
        (
            r#"{"send": ["PING"], "match": "error", "expect": {"error": ""}}"#,
            "needs a needle",
        ),
        (r#"{}"#, "a step is one of"),
    ] {
        let error = serde_json::from_str::<case::Step>(step).err();
        let error = error.map(|error| error.to_string()).unwrap_or_default();
        assert!(error.contains(message), "{step}: {error:?}");
    }
}
