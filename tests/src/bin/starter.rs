//! Starts a server or a local Python, tells which process that is, and ends without stopping it.
//!
//! The argument says how: it is killed by a test while a static, another thread's server, or a Python that never
//! lets go of its lock is there, or ends by itself with a server in a static. It may also call a gear that needs a
//! package, on a server like those of everybody.

use std::sync::OnceLock;
use std::{env, io, process, thread};

use gears_runtime::embedded::Server;
use gears_runtime::{Gears, Result, gear_command, register_where};

static KEPT: OnceLock<Server> = OnceLock::new();

#[gear_command]
fn number_of_process() -> Result<u32> {
    "import os; return os.getpid()"
}

/// Runs in C all the time, so that no other thread of Python has its turn.
#[gear_command]
fn hold_python() -> Result<()> {
    "sum(range(10 ** 15))"
}

/// Needs a package that the test has made.
#[gear_command(requirements = ["gears_probe"])]
fn version_of_package() -> Result<String> {
    "import gears_probe; return gears_probe.VERSION"
}

fn main() -> Result<()> {
    let how = env::args().nth(1).unwrap_or_default();
    match how.as_str() {
        "static" => {
            tell(KEPT.get_or_init(|| Server::plain().unwrap()));
        }
        "killed" => {
            tell(KEPT.get_or_init(|| Server::start().unwrap()));
            wait_for_the_end();
        }
        "thread" => {
            let starting = thread::spawn(|| Server::plain().unwrap());
            let server = starting.join().unwrap();
            tell(&server);
            wait_for_the_end();
        }
        "requirement" => {
            let server = Server::start()?;
            let gears = Gears::connect(server.url())?;
            register_where(&gears, |gear| gear.name() == "version_of_package")?;
            println!("version {}", version_of_package()?);
        }
        "python" => busy_python(&Server::plain()?)?,
        _ => panic!("{how:?} is no way to start a server"),
    }
    Ok(())
}

fn tell(server: &Server) {
    println!("process {}", server.pid().unwrap());
    println!("folder {}", server.folder().display());
    println!("url {}", server.url());
    println!("done");
}

fn busy_python(server: &Server) -> Result<()> {
    let gears = Gears::local(server.url())?;
    register_where(&gears, |gear| gear.requirements().is_empty())?;
    println!("process {}", number_of_process()?);
    println!("folder {}", server.folder().display());
    println!("url {}", server.url());
    println!("done");
    hold_python()
}

fn wait_for_the_end() -> ! {
    // The test kills this process; when it fails first, its end of the pipe is closed.
    let _ = io::stdin().read_line(&mut String::new());
    process::exit(0)
}
