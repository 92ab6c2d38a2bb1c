//! A stub call against a bare `redis::cmd("RG.TRIGGER")`, sync and async.
//!
//! Both go over one connection of the same kind to the same private server,
//! and both read the reply into the same type. The aim is a ratio of at most
//! 1.05.

use gears_benches::compare;
use gears_runtime::{Gears, Result, embedded::Server, gear_command, redis, register_all};
use tokio::runtime::Runtime;

#[gear_command(mode = "sync")]
fn identity(text: &str) -> Result<String> {
    "return text"
}

#[gear_command]
fn identity_on_a_worker(text: &str) -> Result<String> {
    "return text"
}

#[gear_command(mode = "sync")]
async fn identity_awaited(text: &str) -> Result<String> {
    "return text"
}

#[gear_command]
async fn identity_on_a_worker_awaited(text: &str) -> Result<String> {
    "return text"
}

#[gear_command(mode = "sync")]
fn identity_of_bytes(bytes: &[u8]) -> Result<Vec<u8>> {
    "return bytes"
}

fn main() -> Result<()> {
    // Without the word this is `cargo test --benches`, which wants no figures.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let server = Server::start()?;
    let gears = Gears::connect(server.url())?;
    register_all(&gears)?;
    println!(
        "{:<32} {:>10} {:>10} {:>6}",
        "gear", "bare", "stub", "ratio"
    );

    let mut connection = gears
        .client()
        .get_connection()
        .expect("the server is there");
    let text = "a text of some thirty characters";
    let mut sync = |trigger: &str, stub: fn(&str) -> Result<String>| {
        let comparison = compare(
            |calls| {
                for _ in 0..calls {
                    let reply: Vec<String> = redis::cmd("RG.TRIGGER")
                        .arg(trigger)
                        .arg(text)
                        .query(&mut connection)
                        .expect("the gear runs");
                    assert_eq!(reply[0].len(), text.len());
                }
            },
            |calls| {
                for _ in 0..calls {
                    assert_eq!(stub(text).expect("the gear runs").len(), text.len());
                }
            },
        );
        report(trigger, comparison);
    };
    sync("identity", identity);
    sync("identity_on_a_worker", identity_on_a_worker);

    let bytes = vec![7; 1 << 20];
    let comparison = compare(
        |calls| {
            for _ in 0..calls {
                let reply: Vec<Vec<u8>> = redis::cmd("RG.TRIGGER")
                    .arg("identity_of_bytes")
                    .arg(&bytes)
                    .query(&mut connection)
                    .expect("the gear runs");
                assert_eq!(reply[0].len(), bytes.len());
            }
        },
        |calls| {
            for _ in 0..calls {
                let reply = identity_of_bytes(&bytes).expect("the gear runs");
                assert_eq!(reply.len(), bytes.len());
            }
        },
    );
    report("identity_of_bytes (1 MiB)", comparison);

    let runtime = Runtime::new().expect("threads can be started");
    let connection = runtime
        .block_on(gears.client().get_multiplexed_async_connection())
        .expect("the server is there");
    let bare = |trigger: &'static str| {
        let (runtime, mut connection) = (&runtime, connection.clone());
        move |calls: u32| {
            runtime.block_on(async {
                for _ in 0..calls {
                    let reply: Vec<String> = redis::cmd("RG.TRIGGER")
                        .arg(trigger)
                        .arg(text)
                        .query_async(&mut connection)
                        .await
                        .expect("the gear runs");
                    assert_eq!(reply[0].len(), text.len());
                }
            });
        }
    };
    let comparison = compare(bare("identity_awaited"), |calls| {
        runtime.block_on(async {
            for _ in 0..calls {
                let reply = identity_awaited(text).await.expect("the gear runs");
                assert_eq!(reply.len(), text.len());
            }
        });
    });
    report("identity_awaited", comparison);
    let comparison = compare(bare("identity_on_a_worker_awaited"), |calls| {
        runtime.block_on(async {
            for _ in 0..calls {
                let reply = identity_on_a_worker_awaited(text)
                    .await
                    .expect("the gear runs");
                assert_eq!(reply.len(), text.len());
            }
        });
    });
    report("identity_on_a_worker_awaited", comparison);
    Ok(())
}

fn report(name: &str, comparison: gears_benches::Comparison) {
    println!(
        "{name:<32} {:>10.1?} {:>10.1?} {:>6.3}",
        comparison.bare, comparison.ours, comparison.ratio
    );
}
