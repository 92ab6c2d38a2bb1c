//! Loading: what the server calls first.

use std::os::raw::c_int;

use gears_server::{Arguments, Context, Loading, LogLevel, REFUSED, can_run_as_user, log, raw};

use crate::cluster;
use crate::config::{self, Config};
use crate::ground::version;
use crate::occasion::{event, filter};
use crate::python::{failure, interpreter, memory, template};
use crate::registration::slow;
use crate::script::namespace;
use crate::thread::{prober, worker};
use crate::{
    command, execution, info, life, registration, requirement, scripting, share, spread, watchdog,
};

/// The version that clients of RedisGears look for: 1.2.13.
const COMPATIBLE_VERSION: c_int = 10_213;

/// Starts the engine; the server calls this when it loads the module.
///
/// # Safety
///
/// Only the server calls this, as the module API says.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn RedisModule_OnLoad(
    context: *mut raw::RedisModuleCtx,
    argv: *mut *mut raw::RedisModuleString,
    argc: c_int,
) -> c_int {
    // SAFETY: the server passes them.
    unsafe { gears_server::load(context, argv, argc, (c"rg", COMPATIBLE_VERSION), load) }
}

/// Refuses to be unloaded: CPython cannot be taken out of a process again.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn RedisModule_OnUnload(_: *mut raw::RedisModuleCtx) -> c_int {
    log(
        LogLevel::Warning,
        "the gears engine cannot be unloaded, because Python stays in the process; restart the server without it",
    );
    REFUSED
}

fn load(context: &Context, arguments: Arguments<'_>) -> Result<(), String> {
    // Lives as long as the process; what a load that failed was told is not for the next.
    let config: &'static Config = Box::leak(Box::new(Config::parse(arguments.from(0))?));
    for plugin in config.plugins() {
        log(
            LogLevel::Notice,
            &format!("the plugin {plugin} is not loaded: Python is part of the gears engine"),
        );
    }
    let loading = Loading::new(context);
    loading.options();
    loading.server_config(config)?;
    config.follow(config::MEMORY_LIMIT, memory::set_limit);
    config.follow(config::SLOW_LOG_LENGTH, slow::set_length);
    config.follow(config::SLOW_LOG_TIME, slow::set_time);
    config.follow(config::TRACEBACKS, |shown| {
        failure::show_tracebacks(shown != 0)
    });
    cluster::look(context);
    config.settle_installation_dir()?;
    let executable = config.python_executable();
    interpreter::check_executable(&executable)?;
    interpreter::start(&executable)?;
    let interpreter = interpreter::interpreter();
    log(
        LogLevel::Notice,
        &format!(
            "gears engine {} with Python {} ({}, {})",
            version::VERSION,
            interpreter.version,
            interpreter.executable,
            interpreter.library
        ),
    );
    for (package, what) in interpreter::WANTED {
        if interpreter.lacks.contains(&package) {
            log(
                LogLevel::Warning,
                &format!(
                    "this Python has no package {package}: {what}; `{} -m pip install {package}` brings it",
                    interpreter.executable
                ),
            );
        }
    }
    worker::start(config.execution_threads())
        .map_err(|error| format!("the workers cannot start: {error}"))?;
    prober::start(watchdog::raise)
        .map_err(|error| format!("the GIL's prober cannot start: {error}"))?;
    watchdog::start(tick).map_err(|error| format!("the watchdog cannot start: {error}"))?;
    config::set_up(config);
    requirement::tell_news(life::missing::packages_came);
    template::provide(namespace::make);
    if !can_run_as_user() {
        log(
            LogLevel::Warning,
            "this server cannot run commands as a user (Redis before 7.0.6): what gears execute has the server's own rights, whoever calls them",
        );
    }
    loading.categories()?;
    if !command::register_all(&loading) {
        return Err(
            "its commands exist already; is RedisGears loaded too? Load one of the two".to_owned(),
        );
    }
    if !loading.command_filter::<filter::Filter>() {
        return Err("the server refuses to show it commands, which hooks need".to_owned());
    }
    loading.key_events::<event::Listeners>();
    loading.data_type::<life::Saved>()?;
    loading.server_events::<life::Follower>();
    loading.info::<info::Report>();
    loading.bus_messages::<share::secret::Listener>();
    share::inbox::serve_runs(spread::runs());
    execution::spread_by(spread::run);
    share::tick::start(context);
    registration::look_by(share::idle::start);
    scripting::load(&loading, config.is_scripting_engine());
    Ok(())
}

/// Looks at what has a time of its own; says whether to look again soon.
fn tick() -> bool {
    execution::end_late();
    scripting::look()
}
