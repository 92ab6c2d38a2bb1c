//! How often calls ask for memory, beside the same commands by redis-rs by hand.
//!
//! A binary of its own: its allocator counts.

use gears_runtime::{
    Gears, Result, gear_command,
    redis::{self, Cmd, Connection, Pipeline, aio::MultiplexedConnection},
    register_where_async,
};
use gears_tests::{CountingAllocator, TestServer, allocations};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

/// Calls that are counted together: some more memory for a buffer that grows is not for each of them.
const CALLS: usize = 500;
const TEXT: &str = "a text of some thirty characters";

#[gear_command(mode = "sync")]
fn called(text: &str) -> Result<String> {
    "return text"
}

#[gear_command(mode = "sync")]
async fn awaited(text: &str) -> Result<String> {
    "return text"
}

fn by_hand(trigger: &str) -> Cmd {
    let mut command = redis::cmd("RG.TRIGGER");
    command.arg(trigger).arg(TEXT);
    command
}

fn pipeline_by_hand(trigger: &str) -> Pipeline {
    let mut pipeline = redis::pipe();
    for _ in 0..CALLS {
        pipeline.cmd("RG.TRIGGER").arg(trigger).arg(TEXT);
    }
    pipeline
}

/// Registers the gear of calls that wait, and connects by hand too.
fn connected(server: &TestServer) -> (Gears, Connection) {
    let gears = server.register(&[&called::GEAR]);
    let connection = gears.client().get_connection().unwrap();
    (gears, connection)
}

/// Registers the gear of calls that are awaited, and connects by hand too.
async fn connected_async(server: &TestServer) -> (Gears, MultiplexedConnection) {
    server.keep(&[&awaited::GEAR]);
    let gears = Gears::connect_async(server.url()).await.unwrap();
    let is_meant = |gear: &gears_runtime::Gear| std::ptr::eq(gear, &awaited::GEAR);
    register_where_async(&gears, is_meant).await.unwrap();
    let connection = gears.client().get_multiplexed_async_connection().await;
    (gears, connection.unwrap())
}

#[test]
fn stub_asks_no_more_often_than_by_hand() {
    let server = TestServer::start();
    let (gears, mut connection) = connected(&server);
    let stub = called::on(&gears);
    let by_hand = |connection: &mut Connection| {
        let replies: Vec<String> = by_hand("called").query(connection).unwrap();
        assert_eq!(replies, [TEXT]);
    };
    by_hand(&mut connection);
    stub.call(TEXT).unwrap();

    let before = allocations();
    for _ in 0..CALLS {
        by_hand(&mut connection);
    }
    let between = allocations();
    for _ in 0..CALLS {
        assert_eq!(stub.call(TEXT).unwrap(), TEXT);
    }
    let (bare, ours) = (between - before, allocations() - between);
    assert!(ours <= bare, "{ours} beside {bare}");
}

#[test]
fn pipe_asks_no_more_often_than_by_hand() {
    let server = TestServer::start();
    let (gears, mut connection) = connected(&server);
    let mut by_hand = || {
        let replies: Vec<Vec<String>> = pipeline_by_hand("called").query(&mut connection).unwrap();
        assert_eq!(replies.len(), CALLS);
    };
    let pipe = || {
        let texts = called::pipe(&gears, std::iter::repeat_n(TEXT, CALLS));
        assert!(texts.iter().all(|text| text.as_deref().ok() == Some(TEXT)));
    };
    by_hand();
    pipe();
    let before = allocations();
    by_hand();
    let between = allocations();
    pipe();
    let (bare, ours) = (between - before, allocations() - between);
    assert!(ours <= bare, "{ours} beside {bare}");
}

#[tokio::test]
async fn awaited_stub_asks_no_more_often_than_by_hand() {
    let server = TestServer::start();
    let (gears, mut connection) = connected_async(&server).await;
    let stub = awaited::on(&gears);
    stub.call(TEXT).await.unwrap();
    // The task that drives the connection has this thread too.
    let before = allocations();
    for _ in 0..CALLS {
        let replies: Vec<String> = by_hand("awaited")
            .query_async(&mut connection)
            .await
            .unwrap();
        assert_eq!(replies, [TEXT]);
    }
    let between = allocations();
    for _ in 0..CALLS {
        assert_eq!(stub.call(TEXT).await.unwrap(), TEXT);
    }
    let (bare, ours) = (between - before, allocations() - between);
    assert!(ours <= bare, "{ours} beside {bare}");
}

#[tokio::test]
async fn awaited_pipe_asks_no_more_often_than_by_hand() {
    let server = TestServer::start();
    let (gears, mut connection) = connected_async(&server).await;
    let calls = || std::iter::repeat_n(TEXT, CALLS);
    awaited::pipe(&gears, calls()).await;
    let before = allocations();
    let pipeline = pipeline_by_hand("awaited");
    let replies: Vec<Vec<String>> = pipeline.query_async(&mut connection).await.unwrap();
    assert_eq!(replies.len(), CALLS);
    drop((pipeline, replies));
    let between = allocations();
    let texts = awaited::pipe(&gears, calls()).await;
    assert!(texts.iter().all(|text| text.as_deref().ok() == Some(TEXT)));
    let (bare, ours) = (between - before, allocations() - between);
    assert!(ours <= bare, "{ours} beside {bare}");
}

/// A future is copied when it is handed on, so one of a call is not to have room for all that a call may lead to.
#[tokio::test]
async fn future_of_a_stub_has_little_room() {
    let server = TestServer::start();
    let (gears, mut connection) = connected_async(&server).await;
    let stub = awaited::on(&gears);
    let command = by_hand("awaited");
    let bare = size_of_val(&connection.send_packed_command(&command));
    let ours = size_of_val(&stub.call(TEXT));
    assert!(ours < 4 * bare, "{ours} bytes beside {bare}");
}
