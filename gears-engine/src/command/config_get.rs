//! `RG.CONFIGGET` (spec sections 1.13 and 8).

use std::ffi::CStr;

use crate::api::{Arguments, Command, Context, Reply};
use crate::engine;

/// Tells the values of settings, in the order asked for.
///
/// `EngineVersion` and `PythonVersion` are ours: RedisGears answers them with an
/// error element, by which clients tell the two apart.
pub(super) struct ConfigGet;

impl Command for ConfigGet {
    const NAME: &'static CStr = c"rg.configget";

    fn serve(mut context: &Context, arguments: Arguments<'_>) -> Result<(), String> {
        context.array(arguments.len() - 1);
        for name in arguments.from(1) {
            reply_value(&mut context, &String::from_utf8_lossy(name));
        }
        Ok(())
    }
}

fn reply_value(to: &mut impl Reply, name: &str) {
    let engine = engine::get();
    let config = &engine.config;
    match name {
        "EngineVersion" => to.bulk(engine::VERSION.as_bytes()),
        "PythonVersion" => to.bulk(engine.interpreter.version.as_bytes()),
        "ExecutionThreads" => {
            to.integer(i64::try_from(config.execution_threads).unwrap_or(i64::MAX));
        }
        "PythonAttemptTraceback" => to.integer(i64::from(config.tracebacks)),
        "PythonInstallationDir" => {
            to.bulk(config.installation_dir.to_string_lossy().as_bytes());
        }
        _ => match config.extra(name) {
            Some(value) => to.bulk(value.as_bytes()),
            None => to.error(&format!("(error) Unsupported config parameter: {name}")),
        },
    }
}
