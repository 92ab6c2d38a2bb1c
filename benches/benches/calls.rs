//! What calls cost beside the clock: how often they ask for memory, by stubs and by redis-rs by hand.
//!
//! With the name of a way and a number it makes so many calls and nothing else, for a tool that counts
//! instructions: what `calls --bench stub 40000` takes more than `calls --bench stub 20000` is 20,000 calls.

use gears_runtime::{
    Gears, Result,
    embedded::Server,
    gear_command,
    redis::{self, Connection, Pipeline, aio::MultiplexedConnection},
    register_all,
};
use gears_tests::{CountingAllocator, allocations};
use tokio::{
    runtime::{Builder, Runtime},
    task::JoinSet,
};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

/// Calls that are counted.
const CALLS: usize = 10_000;
const TASKS: usize = 64;
const TEXT: &str = "a text of some thirty characters";

#[gear_command(mode = "sync")]
fn called(text: &str) -> Result<String> {
    "return text"
}

#[gear_command(mode = "sync")]
async fn awaited(text: &str) -> Result<String> {
    "return text"
}

/// Both ways of each kind, over connections of their own.
struct Ways {
    gears: Gears,
    connection: Connection,
    runtime: Runtime,
    multiplexed: MultiplexedConnection,
}

impl Ways {
    fn connect(server: &Server) -> Result<Self> {
        let gears = Gears::connect(server.url())?;
        register_all(&gears)?;
        // One thread, so that it has all that is counted.
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a runtime can be made");
        let multiplexed = runtime
            .block_on(gears.client().get_multiplexed_async_connection())
            .expect("the server is there");
        let connection = gears.client().get_connection();
        Ok(Self {
            gears,
            connection: connection.expect("the server is there"),
            runtime,
            multiplexed,
        })
    }

    /// Makes so many calls.
    fn call(&mut self, way: &str, calls: usize) {
        let Self {
            gears,
            connection,
            runtime,
            multiplexed,
        } = self;
        match way {
            "stub-by-hand" => {
                for _ in 0..calls {
                    let reply: Vec<String> = redis::cmd("RG.TRIGGER")
                        .arg("called")
                        .arg(TEXT)
                        .query(connection)
                        .expect("the gear runs");
                    assert_eq!(reply[0].len(), TEXT.len());
                }
            }
            "stub" => {
                for _ in 0..calls {
                    let reply = called(TEXT).expect("the gear runs");
                    assert_eq!(reply.len(), TEXT.len());
                }
            }
            "awaited-by-hand" => runtime.block_on(awaited_by_hand(multiplexed, calls)),
            "awaited" => runtime.block_on(async {
                for _ in 0..calls {
                    let reply = awaited(TEXT).await.expect("the gear runs");
                    assert_eq!(reply.len(), TEXT.len());
                }
            }),
            "tasks-by-hand" => runtime.block_on(async {
                let mut tasks = JoinSet::new();
                for _ in 0..TASKS {
                    let mut multiplexed = multiplexed.clone();
                    tasks.spawn(
                        async move { awaited_by_hand(&mut multiplexed, calls / TASKS).await },
                    );
                }
                tasks.join_all().await;
            }),
            "tasks" => runtime.block_on(async {
                let mut tasks = JoinSet::new();
                for _ in 0..TASKS {
                    let stub = awaited::on(&*gears);
                    tasks.spawn(async move {
                        for _ in 0..calls / TASKS {
                            let reply = stub.call(TEXT).await.expect("the gear runs");
                            assert_eq!(reply.len(), TEXT.len());
                        }
                    });
                }
                tasks.join_all().await;
            }),
            "pipe-by-hand" => {
                let replies: Vec<Vec<String>> = pipeline("called", calls)
                    .query(connection)
                    .expect("the gears run");
                assert_eq!(replies.len(), calls);
            }
            "pipe" => {
                let texts = called::pipe(&*gears, std::iter::repeat_n(TEXT, calls));
                assert!(texts.iter().all(Result::is_ok));
            }
            "awaited-pipe-by-hand" => {
                let sent = pipeline("awaited", calls);
                let replies: Vec<Vec<String>> = runtime
                    .block_on(sent.query_async(multiplexed))
                    .expect("the gears run");
                assert_eq!(replies.len(), calls);
            }
            "awaited-pipe" => {
                let calls = std::iter::repeat_n(TEXT, calls);
                let texts = runtime.block_on(awaited::pipe(&*gears, calls));
                assert!(texts.iter().all(Result::is_ok));
            }
            other => panic!("there is no way `{other}`"),
        }
    }
}

async fn awaited_by_hand(connection: &mut MultiplexedConnection, calls: usize) {
    for _ in 0..calls {
        let reply: Vec<String> = redis::cmd("RG.TRIGGER")
            .arg("awaited")
            .arg(TEXT)
            .query_async(connection)
            .await
            .expect("the gear runs");
        assert_eq!(reply[0].len(), TEXT.len());
    }
}

fn pipeline(trigger: &str, calls: usize) -> Pipeline {
    let mut pipeline = redis::pipe();
    for _ in 0..calls {
        pipeline.cmd("RG.TRIGGER").arg(trigger).arg(TEXT);
    }
    pipeline
}

fn main() -> Result<()> {
    // Without the word this is `cargo test --benches`, which wants no figures.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let mut arguments = std::env::args().skip(1).filter(|word| word != "--bench");
    let server = Server::start()?;
    let mut ways = Ways::connect(&server)?;
    if let Some(way) = arguments.next() {
        let calls = arguments.next().and_then(|calls| calls.parse().ok());
        ways.call(&way, calls.unwrap_or(CALLS));
        return Ok(());
    }
    println!("{:<16} {:>8} {:>8}", "allocations", "by hand", "ours");
    for way in ["stub", "awaited", "tasks", "pipe", "awaited-pipe"] {
        let mut a_call = |way: &str| {
            ways.call(way, TASKS);
            let before = allocations();
            ways.call(way, CALLS);
            (allocations() - before) as f64 / CALLS as f64
        };
        let (bare, ours) = (a_call(&format!("{way}-by-hand")), a_call(way));
        println!("{way:<16} {bare:>8.2} {ours:>8.2}");
    }
    Ok(())
}
