//! `async fn` stubs.

use std::time::Duration;

use gears_runtime::{
    Change, ErrorKind, Gears, PerShard, Result, gear_command, register_where_async,
};
use gears_tests::{TestServer, ask, unless_lacking};

#[gear_command]
async fn later_echo(number: i64, text: &str) -> Result<String> {
    r#"return "%d %s" % (number, text)"#
}

#[gear_command]
async fn later_nap(seconds: f64) -> Result<f64> {
    r#"
    import asyncio
    await asyncio.sleep(seconds)
    return seconds
    "#
}

/// Returns when so many calls have come.
#[gear_command]
async fn later_together(counter: &str, count: i64) -> Result<()> {
    r#"
    import asyncio
    execute("INCR", counter)
    while int(execute("GET", counter)) < count:
        await asyncio.sleep(0.01)
    "#
}

#[gear_command]
async fn later_error() -> Result<i64> {
    "return 1 // 0"
}

#[gear_command(mode = "async")]
async fn later_everywhere(text: String) -> Result<PerShard<String>> {
    "return text.upper()"
}

#[gear_command(mode = "async")]
fn everywhere(numbers: &[i64]) -> Result<PerShard<i64>> {
    "return sum(numbers)"
}

/// Connects and registers without blocking.
async fn ready(server: &TestServer, gear: &'static gears_runtime::Gear) -> Gears {
    try_ready(server, gear).await.unwrap()
}

/// Connects and registers without blocking, where the server has what the gear asks for.
async fn try_ready(server: &TestServer, gear: &'static gears_runtime::Gear) -> Result<Gears> {
    server.keep(&[gear]);
    let gears = Gears::connect_async(server.url()).await.unwrap();
    let report = register_where_async(&gears, |other| std::ptr::eq(other, gear)).await?;
    // On a server that tests share, another test may have been faster.
    let shared = server.log().is_none();
    assert!(
        shared || report.get(gear.trigger()) == Some(Change::Registered),
        "{report}"
    );
    let report = register_where_async(&gears, |other| std::ptr::eq(other, gear))
        .await
        .unwrap();
    assert_eq!(report.get(gear.trigger()), Some(Change::Unchanged));
    Ok(gears)
}

#[tokio::test]
async fn calls_are_awaited() {
    let server = TestServer::start();
    let gears = ready(&server, &later_echo::GEAR).await;
    assert_eq!(later_echo::on(&gears).call(5, "é").await.unwrap(), "5 é");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_tasks_share_one_connection() {
    let server = TestServer::start();
    let gears = ready(&server, &later_echo::GEAR).await;
    let tasks = (0..200).map(|number| {
        let gears = gears.clone();
        tokio::spawn(async move {
            let answer = later_echo::on(&gears).call(number, "x").await.unwrap();
            assert_eq!(answer, format!("{number} x"));
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
}

#[tokio::test]
async fn sleeping_coroutines_take_no_worker() {
    let server = TestServer::start();
    let ready = try_ready(&server, &later_together::GEAR).await;
    let Some(gears) = unless_lacking(ready, "`await`") else {
        return;
    };
    let counter = server.name("count");
    // More than there are workers.
    let calls = (0..12).map(|_| {
        let (gears, counter) = (gears.clone(), counter.clone());
        tokio::spawn(async move { later_together::on(&gears).call(&counter, 12).await })
    });
    for call in calls.collect::<Vec<_>>() {
        call.await.unwrap().unwrap();
    }
    assert_eq!(ask!(server.client(), "DEL", counter), ":1");
}

#[tokio::test]
async fn errors_are_the_same() {
    let server = TestServer::start();
    let gears = ready(&server, &later_error::GEAR).await;
    let error = later_error::on(&gears).call().await.unwrap_err();
    assert_eq!(error.python().unwrap().exception(), "ZeroDivisionError");

    let error = Gears::connect_async("unix:///no/such/socket")
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection, "{error}");
}

#[tokio::test]
async fn slow_calls_time_out() {
    let server = TestServer::start();
    let ready = try_ready(&server, &later_nap::GEAR).await;
    let Some(gears) = unless_lacking(ready, "`await`") else {
        return;
    };
    let hasty = gears
        .clone()
        .with_response_timeout(Duration::from_millis(100));
    let error = later_nap::on(&hasty).call(5.0).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    assert_eq!(later_nap::on(&gears).call(0.0).await.unwrap(), 0.0);
}

#[tokio::test]
async fn dead_server_is_an_error_and_the_next_call_connects_again() {
    let mut server = TestServer::private();
    let ready = try_ready(&server, &later_nap::GEAR).await;
    let Some(gears) = unless_lacking(ready, "`await`") else {
        return;
    };
    let call = tokio::spawn({
        let gears = gears.clone();
        async move { later_nap::on(&gears).call(60.0).await }
    });
    tokio::task::spawn_blocking({
        let mut client = server.client();
        move || {
            gears_tests::until("call that runs", || {
                let entry = client.registration("later_nap").unwrap();
                gears_tests::show(&entry)
                    .contains(r#"$"numTriggered", :1"#)
                    .then_some(())
            });
        }
    })
    .await
    .unwrap();
    server.private_mut().kill();
    let error = tokio::time::timeout(gears_tests::DEADLINE, call)
        .await
        .expect("an error in bounded time")
        .unwrap()
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection, "{error}");
    server.private_mut().restart().unwrap();
    register_where_async(&gears, |gear| gear.trigger() == "later_nap")
        .await
        .unwrap();
    assert_eq!(later_nap::on(&gears).call(0.0).await.unwrap(), 0.0);
}

#[tokio::test]
async fn every_shard_answers_once() {
    let server = TestServer::start();
    let gears = ready(&server, &later_everywhere::GEAR).await;
    let answers = later_everywhere::on(&gears)
        .call("text".to_owned())
        .await
        .unwrap();
    assert_eq!(answers.into_vec(), ["TEXT"]);
}

#[test]
fn every_shard_answers_without_async_too() {
    let server = TestServer::start();
    let gears = server.register(&[&everywhere::GEAR]);
    assert_eq!(*everywhere::on(&gears).call(&[1, 2, 3]).unwrap(), [6]);
}
