//! `cargo xtask`: sets a machine up, builds, tests, and runs servers.
//!
//! Plain Rust without dependencies, so that it builds in seconds on a machine
//! that has nothing but a Rust toolchain.

#![warn(clippy::expect_used, clippy::unwrap_used)]

mod apt;
mod aside;
mod bench;
mod binary;
mod brew;
mod check;
mod chroot;
mod clang;
mod crates;
mod deb;
mod demo;
mod docs;
mod example;
mod fuzz;
mod guide;
mod image;
mod kit;
mod linter;
mod matrix;
mod need;
mod optimised;
mod process;
mod python;
mod release;
mod resp;
mod rooms;
mod serve;
mod server;
mod setup;
mod shelf;
mod stage;
mod stub;
mod tool;
mod toolchain;
mod torture;
mod trial;
mod valkey;
mod venv;
mod wheel;
mod workspace;

use std::process::ExitCode;

use workspace::Workspace;

const USAGE: &str = "\
usage: cargo xtask <command>

  setup          installs what is missing: a Redis or Valkey server, libclang, a Python
  demo           sets up, builds, and runs the cache example against a private server
  test           sets up, then checks format, lints and docs, and runs every test and example
  ci             what continuous integration runs; the same as `test`
  aside          the part of `test` that runs beside its suites: fuzzing, attacks and examples, all in short forms
  rooms          checks that imports point from the roof to the ground (docs/architecture.md)
  docs           checks the documentation: no warnings, tested examples, and that the crates offer what is written down
  api            writes down anew what the published crates offer, in xtask/public-api/api
  guide          makes the guide of guide/pages, below target/guide, and looks whether its links lead somewhere
                   --repository URL  where links to the files of this checkout lead (default: to the checkout)
  bench          sets up and runs the benchmarks with the engine as it is published
  fuzz           tries inputs that coverage leads to, on what reads Python and what reads from other shards
                   TARGET       check or shards (default: both)
                   SECONDS      how long each of them (default: 10)
                   FILE…        tries these inputs again, on the target that was named
  torture        attacks real servers with the optimised engine: hostile commands and programs,
                 kill -9, links that break, runs over shards that fail, damaged files, want of memory, and many
                 calls whose memory is watched
                   KIND…        fuzz, python, kill, replica, cluster, files, memory or soak (default: all)
                   --minutes N  how long each of them takes (default: 1)
                   --seed N     does what a run with this number did
                   --replay F   tries the commands of a find again
                   --server P…  this server binary
  release --dry-run
                 makes all that is published, below target/dist, and tries each part away from the checkout: crates, command
                 line, the engine's package, a new crate; with digests and a bill of materials
                   --python P…  packs the engine for each of these Pythons (default: set-up's)
  server         runs a Redis server with the engine in the foreground
                   --port N     the port (default: 6379, or a free one when that is taken)
                   --release    with an optimised engine
                   -- ARGS…     more arguments for the server
  stub           writes editors/python/gears.pyi and checks it with mypy, which it fetches
  matrix PATH…   loads the engine into each of these server binaries and calls a trigger; for a Python, builds the engine
                 for it too, and runs that as one shard of a cluster
                   --tests      also runs the tests of the engine and of clusters on each server
                   --wheels     packs the engine for each Python, installs it with numpy in a new environment, has each server
                                call a trigger of it, and prints a table; wheels among the paths are not packed again
  wheel          packs the optimised engine as a Python package, below target/wheels
                   --try        installs it in a Debian without a compiler or a network (a chroot: as root, with
                                mmdebstrap), and has the server that it brings call a trigger with numpy
                   --python P…  for each of these Pythons (default: set-up's)
  deb            packs the optimised engine as a Debian package for /usr/bin/python3, below target/deb
                   --try        installs it in a Debian of its own (a chroot: as root, with mmdebstrap), switches it on, has
                                Debian's redis-server call a trigger with numpy, and removes it
  image          packs that, and does the steps of the Dockerfile in a Debian of its own, without Docker

environment:
  GEARS_PYTHON        the Python that the engine shall embed (3.9 or later, with a shared libpython)
  GEARS_REDIS_SERVER  the server binary to use
  GEARS_PROFILE       the profile by which the published engine is built, in place of a new one
  LLVM_PROFDATA       the llvm-profdata that makes that profile (default: the toolchain's, which rustup brings)
  GEARS_URL           runs server tests and examples against a server that is already there
";

/// What every part of this program returns: text for a person is enough here.
type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    match run(std::env::args().skip(1).collect()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nxtask: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Vec<String>) -> Result {
    let Some((command, rest)) = arguments.split_first() else {
        return Err(format!("no command given\n\n{USAGE}").into());
    };
    if matches!(command.as_str(), "help" | "--help" | "-h") {
        print!("{USAGE}");
        return Ok(());
    }
    if !rest.is_empty()
        && !matches!(
            command.as_str(),
            "bench"
                | "deb"
                | "fuzz"
                | "guide"
                | "release"
                | "server"
                | "matrix"
                | "torture"
                | "wheel"
        )
    {
        return Err(format!("`{command}` takes no arguments\n\n{USAGE}").into());
    }
    let workspace = Workspace::discover()?;
    match command.as_str() {
        "setup" => setup::run(&workspace).map(drop),
        "demo" => demo::run(&workspace),
        "test" | "ci" => check::run(&workspace),
        "aside" => aside::run(&workspace),
        "rooms" => rooms::check(&workspace),
        "docs" => docs::run(&workspace),
        "api" => docs::record(&workspace),
        "guide" => guide::run(&workspace, rest),
        "fuzz" => fuzz::run(&workspace, rest),
        "torture" => torture::run(&workspace, rest),
        "bench" => bench::run(&workspace, rest),
        "deb" => deb::run(&workspace, rest),
        "release" => release::run(&workspace, rest),
        "stub" => stub::run(&workspace),
        "server" => serve::run(&workspace, rest),
        "image" => image::run(&workspace),
        "matrix" => matrix::run(&workspace, rest),
        "wheel" => wheel::run(&workspace, rest),
        unknown => Err(format!("unknown command `{unknown}`\n\n{USAGE}").into()),
    }
}
