//! `pipe` of 10,000 calls against a pipeline made by hand, sync and async.
//!
//! Both go over one connection to the same private server, and both read the
//! replies into the same type. The aim is a ratio of at most 1.05.

use gears_benches::compare;
use gears_runtime::{Gears, Result, embedded::Server, gear_command, redis, register_all};
use tokio::runtime::Runtime;

const CALLS: usize = 10_000;
const TEXT: &str = "a text of some thirty characters";

#[gear_command(mode = "sync")]
fn piped(text: &str) -> Result<String> {
    "return text"
}

#[gear_command(mode = "sync")]
async fn piped_awaited(text: &str) -> Result<String> {
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
    println!(
        "{:<32} {:>10} {:>10} {:>6}",
        "10,000 calls", "bare", "pipe", "ratio"
    );

    let mut connection = gears
        .client()
        .get_connection()
        .expect("the server is there");
    let comparison = compare(
        |rounds| {
            for _ in 0..rounds {
                let replies: Vec<Vec<String>> = pipeline("piped")
                    .query(&mut connection)
                    .expect("the gears run");
                assert_eq!(replies.len(), CALLS);
            }
        },
        |rounds| {
            for _ in 0..rounds {
                let texts = piped::pipe(&gears, std::iter::repeat_n(TEXT, CALLS));
                let texts: Vec<String> = texts.into_iter().map(Result::unwrap).collect();
                assert_eq!(texts.len(), CALLS);
            }
        },
    );
    report("sync", comparison);

    let runtime = Runtime::new().expect("threads can be started");
    let connection = runtime
        .block_on(gears.client().get_multiplexed_async_connection())
        .expect("the server is there");
    let comparison = compare(
        |rounds| {
            let mut connection = connection.clone();
            runtime.block_on(async {
                for _ in 0..rounds {
                    let replies: Vec<Vec<String>> = pipeline("piped_awaited")
                        .query_async(&mut connection)
                        .await
                        .expect("the gears run");
                    assert_eq!(replies.len(), CALLS);
                }
            });
        },
        |rounds| {
            runtime.block_on(async {
                for _ in 0..rounds {
                    let calls = std::iter::repeat_n(TEXT, CALLS);
                    let texts = piped_awaited::pipe(&gears, calls).await;
                    let texts: Vec<String> = texts.into_iter().map(Result::unwrap).collect();
                    assert_eq!(texts.len(), CALLS);
                }
            });
        },
    );
    report("async", comparison);
    Ok(())
}

fn pipeline(trigger: &str) -> redis::Pipeline {
    let mut pipeline = redis::pipe();
    for _ in 0..CALLS {
        pipeline.cmd("RG.TRIGGER").arg(trigger).arg(TEXT);
    }
    pipeline
}

fn report(name: &str, comparison: gears_benches::Comparison) {
    println!(
        "{name:<32} {:>10.1?} {:>10.1?} {:>6.3}",
        comparison.bare, comparison.ours, comparison.ratio
    );
}
