//! `RG.CONFIGGET` (spec sections 1.13 and 8).

use std::ffi::CStr;

use gears_greeting::PROTOCOL;
use gears_server::{Arguments, Category, Command, Context, Refusal, Reply, text};

use crate::cluster;
use crate::config::{Value, config};
use crate::ground::version;
use crate::python::interpreter::interpreter;
use crate::scripting;

/// Tells the values of settings, in the order asked for.
///
/// `EngineVersion`, `PythonVersion`, `ClusterProtocol`, `ServesVersions` and `ServesFunctions` are
/// ours: RedisGears answers them with an error element, by which clients tell the two apart.
/// `ClusterProtocol` says that shards of a cluster share their registrations, and how they talk to
/// each other; alone it is 0. `ServesVersions` says that several versions of a trigger can be there
/// side by side, `ServesFunctions` that the server's own functions can be in Python.
pub(super) struct ConfigGet;

impl Command for ConfigGet {
    const NAME: &'static CStr = c"rg.configget";
    const CATEGORY: Category = Category::Admin;

    fn serve(mut context: &Context, arguments: Arguments<'_>) -> Result<(), Refusal> {
        context.array(arguments.count() - 1);
        for name in arguments.from(1) {
            reply_value(&mut context, &String::from_utf8_lossy(name));
        }
        Ok(())
    }
}

fn cluster_protocol() -> i64 {
    if cluster::is_alone() {
        return 0;
    }
    i64::try_from(PROTOCOL).unwrap_or(i64::MAX)
}

fn reply_value(to: &mut impl Reply, name: &str) {
    match name {
        "EngineVersion" => to.bulk(version::VERSION.as_bytes()),
        "PythonVersion" => to.bulk(interpreter().version.as_bytes()),
        "ClusterProtocol" => to.integer(cluster_protocol()),
        "ServesVersions" => to.integer(1),
        "ServesFunctions" => to.integer(i64::from(scripting::state().api() > 0)),
        // The engine is its own and only plugin.
        "Plugin" => to.array(0),
        _ => match config().get(name) {
            Some(Value::Number(number)) => to.integer(number),
            Some(Value::Text(text)) => to.bulk(text.as_bytes()),
            None => {
                let name = text::echoed(name);
                let refusal = format!("(error) Unsupported config parameter: {name}");
                to.refuse(&Refusal::whole(refusal));
            }
        },
    }
}
