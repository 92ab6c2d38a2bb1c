//! The client program as it is: the same command, checked when it compiles, with arguments and a result of Rust.
//!
//! Without words it views a page; with words it is a command line over its own gears, which deploys them.

use std::{env, process::ExitCode};

use gears_runtime::{Gears, Result, gear_command, register_all};

/// Counts a visit of `page`, and returns how many there were.
#[gear_command]
fn view(page: &str, visitor: &str) -> Result<u64> {
    r#"
    times = cmd.hincrby("views", page, 1)
    log(f"{visitor} sees {page}")
    return times
    "#
}

fn view_home() -> Result<()> {
    let url = env::var("GEARS_URL").unwrap_or_else(|_| "redis://127.0.0.1/".to_owned());
    register_all(&Gears::connect(url)?)?;
    println!("{}", view("home", "Ada")?);
    Ok(())
}

pub(crate) fn main() -> ExitCode {
    if env::args().len() > 1 {
        return gears_cli::main_for_this_binary();
    }
    match view_home() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
