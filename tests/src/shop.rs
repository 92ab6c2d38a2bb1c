//! The part that both versions of a small service have in common, for the test of deploys.

use std::io::{self, Read as _, Write as _};
use std::process::exit;
use std::sync::atomic::{AtomicBool, Ordering};
use std::{env, thread};

use gears_runtime::{Gears, Options, Prune, Registered, register};

/// Registers the gears of this program at the server that the argument names, and calls them until its input ends.
///
/// It says `ready` when they are registered, and in the end how often it has called.
///
/// # Panics
///
/// When a call fails or answers what `call` says is wrong: that is what the test is about.
pub fn serve(version: &str, call: impl Fn(i64) + Send + 'static) {
    let url = env::args().nth(1).expect("the server's URL");
    let gears = Gears::connect(url).unwrap();
    let options = Options::new().application("shop").version(version);
    if env::args().nth(2).as_deref() == Some("prune") {
        let registered = register(&gears, &options.prune(Prune::All)).unwrap();
        println!("{}", left(&registered));
        return;
    }
    register(&gears, &options).unwrap();
    say("ready");
    static OVER: AtomicBool = AtomicBool::new(false);
    let calls = thread::spawn(move || {
        let mut calls = 0;
        while !OVER.load(Ordering::Relaxed) || calls == 0 {
            call(calls);
            calls += 1;
        }
        calls
    });
    // A call that fails ends the process at once, and does not wait for its input to end.
    let waiter = thread::spawn(|| {
        let _ = io::stdin().read_to_end(&mut Vec::new());
        OVER.store(true, Ordering::Relaxed);
    });
    match calls.join() {
        Ok(calls) => say(&format!("called {calls} times")),
        Err(_) => exit(1),
    }
    waiter.join().unwrap();
}

fn left(registered: &Registered) -> usize {
    let orphans = registered.orphans().iter();
    orphans.filter(|orphan| !orphan.is_pruned()).count()
}

fn say(line: &str) {
    println!("{line}");
    io::stdout().flush().unwrap();
}
