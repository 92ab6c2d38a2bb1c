//! One test with a server: what `#[gears_runtime::test]` expands to calls it.

mod given;
mod shared;
mod verdict;

pub use self::given::Given;

use std::sync::Arc;

use self::verdict::Verdict;
use super::embedded::{Builder, Server};
#[cfg(feature = "local")]
use super::local;
use crate::{
    call::scope::Scope,
    connect::gears::Gears,
    error::{Error, Result},
    gear::{cause::Cause, descriptor::Gear, registry},
    register::binary::register_unbound,
};

/// How much of the log a test shows that failed.
const LOG_LINES: usize = 20;

/// Says what a test needs.
pub struct Case {
    /// Its path.
    name: &'static str,
    stage: Stage,
    /// The gears that it names, or else all of the binary.
    chosen: Option<Vec<&'static Gear>>,
}

/// Where its gears run.
enum Stage {
    Own(Box<Builder>),
    Shared,
    #[cfg(feature = "local")]
    Local(local::Builder),
}

/// What a test has while it runs.
pub struct Place {
    scope: Scope,
    gears: Gears,
    client: redis::Client,
    is_shared: bool,
    // Last, as what uses it goes first.
    server: Arc<Server>,
}

impl Case {
    /// Begins a test with a server of its own.
    pub fn new(name: &'static str) -> Self {
        Self {
            name,
            stage: Stage::Own(Box::default()),
            chosen: None,
        }
    }

    /// Starts the server in this way.
    #[must_use]
    pub fn server(mut self, builder: Builder) -> Self {
        self.stage = Stage::Own(Box::new(builder));
        self
    }

    /// Takes the server that tests of the binary share.
    #[must_use]
    pub fn shared(mut self) -> Self {
        self.stage = Stage::Shared;
        self
    }

    /// Runs the gears in a Python of this machine, that one or the one that is found.
    #[cfg(feature = "local")]
    #[must_use]
    pub fn local(mut self, python: Option<&str>) -> Self {
        let mut builder = local::Builder::new();
        if let Some(python) = python {
            builder = builder.python(python);
        }
        self.stage = Stage::Local(builder);
        self
    }

    /// Registers these gears alone.
    #[must_use]
    pub fn gears<const N: usize>(mut self, chosen: [&'static Gear; N]) -> Self {
        self.chosen = Some(chosen.into());
        self
    }

    /// Runs a test.
    ///
    /// # Panics
    ///
    /// When there is no server for it, or it does not take the gears.
    pub fn run<R: Verdict>(self, test: impl FnOnce(&Place) -> R) -> R {
        let place = self.place();
        let log = Log::of(&place);
        log.end(place.scope.run(|| test(&place)))
    }

    /// Runs a test on a runtime of its own, whose tasks and threads are in its scope.
    ///
    /// # Panics
    ///
    /// As [`run`](Self::run).
    #[cfg(feature = "aio")]
    pub fn run_async<R: Verdict>(self, test: impl AsyncFnOnce(&Place) -> R) -> R {
        let name = self.name;
        let place = self.place();
        let log = Log::of(&place);
        let scope = place.scope.clone();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .on_thread_start(move || scope.stay())
            .build()
            .unwrap_or_else(|error| panic!("{name} has no runtime: {error}"));
        log.end(place.scope.run(|| runtime.block_on(test(&place))))
    }

    fn place(self) -> Place {
        let name = self.name;
        self.set_up()
            // With all that the error tells, as the output of a test is read by people.
            .unwrap_or_else(|error| panic!("{name} cannot begin: {error:?}"))
    }

    fn set_up(self) -> Result<Place> {
        let is_shared = matches!(self.stage, Stage::Shared);
        let is_local = !matches!(self.stage, Stage::Shared | Stage::Own(_));
        let named = self.chosen;
        let (server, gears) = match self.stage {
            Stage::Own(builder) => {
                let server = builder.start()?;
                let gears = Gears::connect(server.url())?;
                (Arc::new(server), gears)
            }
            Stage::Shared => {
                let server = shared::server()?;
                let gears = Gears::connect(server.url())?;
                (server, gears.with_prefix(&format!("{}:", self.name)))
            }
            #[cfg(feature = "local")]
            Stage::Local(builder) => {
                let server = Server::plain()?;
                let gears = builder.connect(server.url())?;
                (Arc::new(server), gears)
            }
        };
        let chosen = named.unwrap_or_else(|| {
            let mut all = registry::all();
            // Nothing else runs locally.
            all.retain(|gear| !is_local || gear.cause() == Cause::Trigger);
            all
        });
        let client = redis::Client::open(server.url())
            .map_err(|error| Error::configuration(error.to_string()))?;
        register_unbound(&gears, &chosen)?;
        Ok(Place {
            scope: Scope::over(&gears),
            gears,
            client,
            is_shared,
            server,
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.is_shared {
            // A test that broke the server has failed already.
            let _ = crate::register::unregister_all(&self.gears);
        }
    }
}

/// Shows what the server logged during a test that failed.
struct Log<'a> {
    server: &'a Server,
    /// How long the log was when the test began.
    begin: usize,
    has_passed: bool,
}

impl<'a> Log<'a> {
    fn of(place: &'a Place) -> Self {
        Self {
            server: &place.server,
            begin: place.server.log().len(),
            has_passed: false,
        }
    }

    fn end<R: Verdict>(mut self, outcome: R) -> R {
        self.has_passed = !outcome.is_failure();
        outcome
    }
}

impl Drop for Log<'_> {
    fn drop(&mut self) {
        if self.has_passed {
            return;
        }
        let log = self.server.log();
        let lines: Vec<&str> = log.get(self.begin..).unwrap_or_default().lines().collect();
        let last = &lines[lines.len().saturating_sub(LOG_LINES)..];
        if !last.is_empty() {
            // The harness keeps it with the rest of what the test says.
            eprintln!(
                "the server's log of this test ends with:\n{}",
                last.join("\n")
            );
        }
    }
}
