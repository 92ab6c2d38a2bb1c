//! 64 tasks that call a gear over one async client, against 64 tasks on a bare connection of
//! redis-rs.
//!
//! The aim is a ratio of at most 1.05 where both have one connection: for a gear of mode `sync`.

use gears_benches::compare;
use gears_runtime::{Gears, Result, embedded::Server, gear_command, redis, register_all};
use tokio::{runtime::Runtime, task::JoinSet};

const TASKS: usize = 64;
const TEXT: &str = "a text of some thirty characters";

#[gear_command(mode = "sync")]
async fn shared(text: &str) -> Result<String> {
    "return text"
}

#[gear_command]
async fn shared_on_workers(text: &str) -> Result<String> {
    "return text"
}

fn main() -> Result<()> {
    // Without the word this is `cargo test --benches`, which wants no figures.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let server = Server::start()?;
    let gears = Gears::connect(server.url())?;
    register_all(&gears)?;
    let runtime = Runtime::new().expect("threads can be started");
    let connection = runtime
        .block_on(gears.client().get_multiplexed_async_connection())
        .expect("the server is there");
    let bare = |trigger: &'static str| {
        let (runtime, connection) = (&runtime, connection.clone());
        move |rounds: u32| {
            runtime.block_on(async {
                let mut tasks = JoinSet::new();
                for _ in 0..TASKS {
                    let mut connection = connection.clone();
                    tasks.spawn(async move {
                        for _ in 0..rounds {
                            let reply: Vec<String> = redis::cmd("RG.TRIGGER")
                                .arg(trigger)
                                .arg(TEXT)
                                .query_async(&mut connection)
                                .await
                                .expect("the gear runs");
                            assert_eq!(reply[0].len(), TEXT.len());
                        }
                    });
                }
                tasks.join_all().await;
            });
        }
    };
    println!(
        "{:<32} {:>10} {:>10} {:>6}",
        "64 calls at a time", "bare", "stub", "ratio"
    );
    let comparison = compare(bare("shared"), |rounds| {
        runtime.block_on(async {
            let mut tasks = JoinSet::new();
            for _ in 0..TASKS {
                let stub = shared::on(&gears);
                tasks.spawn(async move {
                    for _ in 0..rounds {
                        let reply = stub.call(TEXT).await.expect("the gear runs");
                        assert_eq!(reply.len(), TEXT.len());
                    }
                });
            }
            tasks.join_all().await;
        });
    });
    report("sync", comparison);
    let comparison = compare(bare("shared_on_workers"), |rounds| {
        runtime.block_on(async {
            let mut tasks = JoinSet::new();
            for _ in 0..TASKS {
                let stub = shared_on_workers::on(&gears);
                tasks.spawn(async move {
                    for _ in 0..rounds {
                        let reply = stub.call(TEXT).await.expect("the gear runs");
                        assert_eq!(reply.len(), TEXT.len());
                    }
                });
            }
            tasks.join_all().await;
        });
    });
    report("async_local", comparison);
    Ok(())
}

fn report(name: &str, comparison: gears_benches::Comparison) {
    println!(
        "{name:<32} {:>10.1?} {:>10.1?} {:>6.3}",
        comparison.bare, comparison.ours, comparison.ratio
    );
}
