//! The one engine of the process.

use std::sync::OnceLock;

use crate::config::Config;
use crate::execution::Executions;
use crate::persist::Store;
use crate::python::interpreter::Interpreter;
use crate::python::requirement::Requirements;
use crate::registration::Registry;
use crate::worker::Pool;

/// Our own version, in INFO and for clients that ask.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The version of RedisGears' Python plugin, which is part of this engine.
pub(crate) const PLUGIN_VERSION: i64 = 10_000;

/// What lives from load to the end of the process.
pub(crate) struct Engine {
    pub(crate) config: &'static Config,
    pub(crate) interpreter: Interpreter,
    pub(crate) registry: Registry,
    pub(crate) executions: Executions,
    pub(crate) requirements: Requirements,
    pub(crate) workers: Pool,
    pub(crate) store: Store,
}

static ENGINE: OnceLock<Engine> = OnceLock::new();

/// Returns the engine.
///
/// # Panics
///
/// Before the module is loaded, when nobody can call.
pub(crate) fn get() -> &'static Engine {
    ENGINE
        .get()
        .expect("the engine is set up while the module loads")
}

/// Returns the engine if the module has been loaded that far.
pub(crate) fn try_get() -> Option<&'static Engine> {
    ENGINE.get()
}

/// Sets the engine up; once.
pub(crate) fn set_up(config: &'static Config, interpreter: Interpreter, workers: Pool) {
    let _ = ENGINE.set(Engine {
        config,
        interpreter,
        registry: Registry::default(),
        executions: Executions::default(),
        requirements: Requirements::default(),
        workers,
        store: Store::default(),
    });
}
