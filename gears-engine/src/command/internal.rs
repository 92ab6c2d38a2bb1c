//! Commands that RedisGears has for its own use, or had once
//! (spec section 1.21).

use std::ffi::CStr;

use gears_server::{Arguments, Category, Command, Context, Refusal, Reply};

use crate::ground::version;

/// `RG.DUMPPLUGINS`: Python, which is part of this engine.
pub(super) struct DumpPlugins;

impl Command for DumpPlugins {
    const NAME: &'static CStr = c"rg.dumpplugins";
    const CATEGORY: Category = Category::Admin;

    fn serve(mut context: &Context, _: Arguments<'_>) -> Result<(), Refusal> {
        context.array(1);
        context.array(2);
        context.bulk(b"GearsPythonPlugin");
        context.integer(version::PLUGIN_VERSION);
        Ok(())
    }
}

/// `RG.PYEXECUTEREMOTE`: gone, and says so.
pub(super) struct ExecuteRemote;

impl Command for ExecuteRemote {
    const NAME: &'static CStr = c"rg.pyexecuteremote";
    const CATEGORY: Category = Category::Register;

    fn serve(mut context: &Context, _: Arguments<'_>) -> Result<(), Refusal> {
        context.bulk(b"Execute remote is not longer supported");
        Ok(())
    }
}

/// `RG.PYFREEINTERPRETER`: gone, and says so.
pub(super) struct FreeInterpreter;

impl Command for FreeInterpreter {
    const NAME: &'static CStr = c"rg.pyfreeinterpreter";
    const CATEGORY: Category = Category::Register;

    fn serve(mut context: &Context, _: Arguments<'_>) -> Result<(), Refusal> {
        context.bulk(b"Free interpreter is not longer supported");
        Ok(())
    }
}

/// `RG.CLUSTERSET`: tells a shard of Redis Enterprise about the others.
pub(super) struct ClusterSet;

impl Command for ClusterSet {
    const NAME: &'static CStr = c"rg.clusterset";
    const CATEGORY: Category = Category::Admin;

    fn serve(_: &Context, _: Arguments<'_>) -> Result<(), Refusal> {
        Err(Refusal::whole("Could not parse cluster set arguments"))
    }
}
