//! Gears in a Python of this machine, against a plain server.

mod ending;
mod failure;
mod names;
mod place;
mod terminal;
mod unavailable;
mod value;
mod versions;

use gears_runtime::local::Builder;
use gears_runtime::{Gear, Gears, embedded, register_where};

/// A plain server, and this binary's gears in a Python beside it.
struct Local {
    gears: Gears,
    server: embedded::Server,
}

impl Local {
    /// Runs some gears locally.
    fn of(wanted: &[&'static Gear]) -> Self {
        Self::with(Builder::new(), wanted)
    }

    fn with(builder: Builder, wanted: &[&'static Gear]) -> Self {
        let server = embedded::Server::plain().unwrap();
        let gears = builder.connect(server.url()).unwrap();
        register(&gears, wanted).unwrap();
        Self { gears, server }
    }

    fn client(&self) -> gears_tests::Client {
        gears_tests::Client::connect(self.server.url())
    }
}

fn register(gears: &Gears, wanted: &[&'static Gear]) -> gears_runtime::Result<()> {
    register_where(gears, |gear| {
        wanted.iter().any(|wanted| std::ptr::eq(*wanted, gear))
    })
    .map(drop)
}
