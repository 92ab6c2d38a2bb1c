//! A Python function in Redis, called from Rust.

mod server;

use gears_runtime::{Result, gear_command, register_all, unregister_all};

/// Greets `name`, and counts how often it was greeted.
///
/// The body is Python. It runs inside the server, so `cmd` costs no round trip.
#[gear_command]
fn hello(name: &str) -> Result<String> {
    r#"
    times = cmd.incr("hello:" + name)
    if times == 1:
        return "Hello, " + name + "!"
    return "Hello again, " + name + "! That makes " + str(times) + "."
    "#
}

/// Forgets that `name` was ever greeted.
#[gear_command]
fn goodbye(name: &str) -> Result<bool> {
    r#"return cmd.delete("hello:" + name) == 1"#
}

fn main() -> Result<()> {
    let server = server::Server::find()?;
    let gears = server.connect()?;

    // Sends every gear of this program to the server, once.
    let report = register_all(&gears)?;
    println!("{report}");

    // From here on they are functions like any others.
    let first = hello("Ada")?;
    println!("{first}");
    assert_eq!(first, "Hello, Ada!");

    let second = hello("Ada")?;
    println!("{second}");
    assert_eq!(second, "Hello again, Ada! That makes 2.");

    assert!(goodbye("Ada")?);
    assert!(!goodbye("Ada")?);

    unregister_all(&gears)?;
    Ok(())
}
