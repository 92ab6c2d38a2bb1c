//! `async fn` gears, and Python that awaits.

mod server;

use std::time::{Duration, Instant};

use gears_runtime::{Gears, Result, gear_command, register_all_async, unregister_all_async};

/// Squares a number: an `async fn` makes an async stub, whatever the Python does.
#[gear_command(trigger = "asynchronous.square")]
async fn square(number: i64) -> Result<i64> {
    "return number * number"
}

/// Waits for something slow: a body that awaits becomes a coroutine, and holds no thread of the
/// server while it waits.
#[gear_command(trigger = "asynchronous.brew")]
async fn brew(drink: &str, seconds: f64) -> Result<String> {
    r#"
    import asyncio

    await asyncio.sleep(seconds)
    return "a cup of " + drink
    "#
}

#[tokio::main]
async fn main() -> Result<()> {
    let server = server::Server::find()?;
    let gears = Gears::connect_async(server.url()).await?;
    println!("{}", register_all_async(&gears).await?);

    // One after another …
    assert_eq!(square(7).await?, 49);

    // … or many at a time.
    let calls: Vec<_> = (0..100)
        .map(|number| tokio::spawn(square(number)))
        .collect();
    let mut sum = 0;
    for call in calls {
        sum += call.await.expect("the task ends")?;
    }
    println!("the squares up to 99 add up to {sum}");
    assert_eq!(sum, 328_350);

    // Ten cups take hardly longer than one.
    let start = Instant::now();
    let cups: Vec<_> = (0..10).map(|_| tokio::spawn(brew("tea", 0.3))).collect();
    for cup in cups {
        assert_eq!(cup.await.expect("the task ends")?, "a cup of tea");
    }
    let took = start.elapsed();
    println!("ten cups of tea in {took:.1?}");
    assert!(took < Duration::from_millis(900));

    unregister_all_async(&gears).await?;
    Ok(())
}
