//! The commands about the cluster: a server that is alone has none
//! (spec sections 1.14 and 1.15).

use std::ffi::CStr;

use gears_server::{Arguments, Category, Command, Context, Reply};

/// `RG.INFOCLUSTER`: the shards.
pub(super) struct InfoCluster;

impl Command for InfoCluster {
    const NAME: &'static CStr = c"rg.infocluster";
    const CATEGORY: Category = Category::Admin;

    fn serve(mut context: &Context, _: Arguments<'_>) -> Result<(), String> {
        context.bulk(b"no cluster mode");
        Ok(())
    }
}

/// `RG.REFRESHCLUSTER`: nothing is left to do, and that is done.
pub(super) struct RefreshCluster;

impl Command for RefreshCluster {
    const NAME: &'static CStr = c"rg.refreshcluster";
    const CATEGORY: Category = Category::Admin;

    fn serve(mut context: &Context, _: Arguments<'_>) -> Result<(), String> {
        context.check_no_transaction()?;
        context.status("OK");
        Ok(())
    }
}
