//! Many calls in one go: `pipe`.

use std::borrow::Cow;
use std::time::Duration;

use gears_runtime::{ErrorKind, Gear, Gears, PerShard, Result, gear_command};
use gears_tests::TestServer;

#[gear_command(mode = "sync")]
fn piped_double(number: i64) -> Result<i64> {
    "return 2 * number"
}

#[gear_command]
fn piped_join(left: &str, right: Option<&str>, words: &[&str]) -> Result<String> {
    r#"return "%s|%s|%s" % (left, right, ",".join(words))"#
}

#[gear_command(mode = "sync")]
fn piped_nothing() -> Result<String> {
    "return 'nothing'"
}

#[gear_command(mode = "sync")]
fn piped_bytes(bytes: &[u8]) -> Result<Vec<u8>> {
    "return bytes"
}

#[gear_command(mode = "sync", key = key)]
fn piped_keyed(number: u8, key: Cow<'_, str>) -> Result<Cow<'static, str>> {
    r#"return "%s %d" % (key, number)"#
}

#[gear_command(mode = "async")]
fn piped_everywhere(number: u8) -> Result<PerShard<u8>> {
    "return number + 1"
}

#[gear_command]
async fn piped_later(number: i64, text: &str) -> Result<String> {
    r#"
    if number == 7:
        raise ValueError(text)
    return text * number
    "#
}

#[gear_command(timeout_ms = 10000)]
fn piped_slow(seconds: f64) -> Result<()> {
    r#"
    import time
    time.sleep(seconds)
    "#
}

fn ready(server: &TestServer, gear: &'static Gear) -> Gears {
    server.register(&[gear])
}

#[test]
fn outcomes_come_in_the_order_of_the_calls() {
    let server = TestServer::start();
    let gears = ready(&server, &piped_double::GEAR);
    let outcomes = piped_double::pipe(&gears, 0..10_000);
    let doubled: Vec<i64> = outcomes.into_iter().map(Result::unwrap).collect();
    assert_eq!(doubled, (0..10_000).map(|n| 2 * n).collect::<Vec<_>>());
    assert!(piped_double::pipe(&gears, []).is_empty());
    assert_eq!(piped_double::pipe(&gears, [21])[0].as_ref().unwrap(), &42);
}

#[test]
fn elements_are_tuples_of_the_arguments() {
    let server = TestServer::start();
    let gears = server.register(&[
        &piped_join::GEAR,
        &piped_nothing::GEAR,
        &piped_keyed::GEAR,
        &piped_everywhere::GEAR,
    ]);
    let owned = "owned".to_owned();
    let calls = [
        ("a", Some("b"), &["c", "d"][..]),
        (owned.as_str(), None, &[]),
    ];
    let outcomes = piped_join::pipe(&gears, calls);
    let texts: Vec<String> = outcomes.into_iter().map(Result::unwrap).collect();
    assert_eq!(texts, ["a|b|c,d", "owned|None|"]);
    let outcomes = piped_nothing::pipe(&gears, [(), ()]);
    assert_eq!(
        outcomes.into_iter().flatten().collect::<Vec<_>>(),
        ["nothing"; 2]
    );
    let outcomes = piped_keyed::pipe(&gears, [(1, Cow::from("a")), (2, owned.into())]);
    assert_eq!(
        outcomes.into_iter().flatten().collect::<Vec<_>>(),
        ["a 1", "owned 2"]
    );
    let outcomes = piped_everywhere::pipe(&gears, [1, 2]);
    let values: Vec<Vec<u8>> = outcomes
        .into_iter()
        .map(|outcome| outcome.unwrap().into_vec())
        .collect();
    assert_eq!(values, [[2], [3]]);
}

#[test]
fn error_of_one_call_is_its_own() {
    let server = TestServer::start();
    let gears = server.register(&[&piped_double::GEAR]);
    let outcomes = piped_double::pipe(&gears, [1, i64::MAX, 3]);
    assert_eq!(*outcomes[0].as_ref().unwrap(), 2);
    assert_eq!(outcomes[1].as_ref().unwrap_err().kind(), ErrorKind::Decode);
    assert_eq!(*outcomes[2].as_ref().unwrap(), 6);
}

#[test]
fn big_arguments_and_results_block_nobody() {
    let server = TestServer::start();
    let gears = ready(&server, &piped_bytes::GEAR);
    let big: Vec<Vec<u8>> = (0..40_u8).map(|n| vec![n; 1 << 20]).collect();
    let outcomes = piped_bytes::pipe(&gears, big.iter().map(Vec::as_slice));
    assert_eq!(outcomes.len(), big.len());
    for (outcome, sent) in outcomes.into_iter().zip(&big) {
        assert!(outcome.unwrap() == *sent);
    }
}

#[test]
fn unreachable_server_fails_each_call() {
    let mut server = TestServer::private();
    let gears = server.gears();
    server.private_mut().kill();
    let outcomes = piped_double::pipe(&gears, 0..2500);
    assert_eq!(outcomes.len(), 2500);
    for outcome in outcomes {
        assert!(outcome.unwrap_err().is_connection());
    }
    server.kill();
}

#[test]
fn calls_before_a_break_keep_their_outcomes() {
    let server = TestServer::private();
    server.register(&[&piped_slow::GEAR]);
    let gears = server.gears().with_response_timeout(Duration::from_secs(3));
    let outcomes = piped_slow::pipe(&gears, [0.0, 9.0, 0.0]);
    assert!(outcomes[0].is_ok());
    for outcome in &outcomes[1..] {
        assert!(outcome.as_ref().unwrap_err().is_timeout(), "{outcome:?}");
    }
    // The connection with the late replies is used for nothing else.
    assert!(piped_slow::pipe(&server.gears(), [0.0])[0].is_ok());
}

#[test]
fn unknown_trigger_is_told_for_each_call() {
    let server = TestServer::private();
    let outcomes = piped_double::pipe(&server.gears(), [1, 2]);
    for outcome in outcomes {
        assert!(outcome.unwrap_err().is_unknown_trigger());
    }
}

#[test]
fn iterator_may_call_gears_itself() {
    let server = TestServer::start();
    let gears = ready(&server, &piped_double::GEAR);
    let calls = (0..3).map(|n| piped_double::on(&gears).call(n).unwrap());
    let outcomes = piped_double::on(&gears).pipe(calls);
    assert_eq!(
        outcomes.into_iter().flatten().collect::<Vec<_>>(),
        [0, 4, 8]
    );
}

#[tokio::test]
async fn async_gears_are_piped_too() {
    let server = TestServer::start();
    server.keep(&[&piped_later::GEAR]);
    let gears = Gears::connect_async(server.url()).await.unwrap();
    gears_runtime::register_where_async(&gears, |gear| std::ptr::eq(gear, &piped_later::GEAR))
        .await
        .unwrap();
    let task = tokio::spawn(async move {
        piped_later::pipe(&gears, (0..300).map(|number| (number % 10, "ab"))).await
    });
    let outcomes = task.await.unwrap();
    assert_eq!(outcomes.len(), 300);
    for (number, outcome) in outcomes.into_iter().enumerate() {
        match (number % 10, outcome) {
            (7, outcome) => {
                let error = outcome.unwrap_err();
                assert_eq!(error.python().unwrap().message(), "ab");
            }
            (number, outcome) => assert_eq!(outcome.unwrap(), "ab".repeat(number)),
        }
    }
}
