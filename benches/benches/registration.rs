//! Registering a thousand gears: round trips and time, new and unchanged, sync and async.
//!
//! A proxy counts the round trips, those of connecting apart. The aims are at
//! most 4 round trips for new gears and at most 2 for unchanged ones.

use std::time::Instant;

use gears_benches::proxy::Proxy;
use gears_runtime::{
    Change, Gears, Registered, Result, embedded::Server, register_all, register_all_async,
    unregister_all,
};
use tokio::runtime::Runtime;

#[allow(missing_docs)]
mod gears {
    include!(concat!(env!("OUT_DIR"), "/gears.rs"));
}

fn main() -> Result<()> {
    // Without the word this is `cargo test --benches`, which wants no figures.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let server = Server::builder().tcp().start()?;
    let port = server.port().expect("the server was asked for one");
    let proxy = Proxy::start(port).expect("a port is free");
    let report = |name: &str, started: Instant, registered: &Registered, change: Change| {
        assert_eq!(registered.count(change), registered.len(), "{registered}");
        println!(
            "{name:<28} {:>5} gears {:>3} round trips {:>8.0?}",
            registered.len(),
            proxy.take(),
            started.elapsed()
        );
    };

    let connected = Gears::connect(proxy.url())?;
    println!("{:<28} {:>15} round trips", "connecting", proxy.take());
    let started = Instant::now();
    report(
        "new",
        started,
        &register_all(&connected)?,
        Change::Registered,
    );
    let started = Instant::now();
    report(
        "unchanged",
        started,
        &register_all(&connected)?,
        Change::Unchanged,
    );
    assert_eq!(gears::add_9(1)?, 10);
    unregister_all(&connected)?;

    let runtime = Runtime::new().expect("threads can be started");
    let connected = runtime.block_on(Gears::connect_async(proxy.url()))?;
    proxy.take();
    let started = Instant::now();
    let registered = runtime.block_on(register_all_async(&connected))?;
    report("new, async", started, &registered, Change::Registered);
    let started = Instant::now();
    let registered = runtime.block_on(register_all_async(&connected))?;
    report("unchanged, async", started, &registered, Change::Unchanged);
    Ok(())
}
