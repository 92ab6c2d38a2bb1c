//! The same, awaited.

use std::sync::Arc;

use super::{chosen, note, only};
use crate::{
    call::bound::bind,
    connect::{
        gears::memory::forget,
        way::asynchronous::{ToServer, Way},
    },
    error::Result,
    gear::descriptor::Gear,
    observe,
    register::{
        everywhere::run_async,
        options::Options,
        orphan::Orphan,
        plan::{Planning, Registration, Removing, pruning::Pruning},
        report::{Change, Registered, Unregistered},
        setup::Setup,
    },
};

/// Registers every gear linked into this binary, as [`register_all`](crate::register_all) does.
///
/// # Errors
///
/// As [`register_all`](crate::register_all).
///
/// # Examples
///
#[cfg_attr(feature = "embedded", doc = "```standalone_crate")]
#[cfg_attr(not(feature = "embedded"), doc = "```text")]
/// use gears_runtime::{Change, Gears, Result, embedded, gear_command, register_all_async};
///
/// #[gear_command]
/// fn double(number: i64) -> Result<i64> {
///     "return 2 * number"
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let server = embedded::Server::start()?;
/// let gears = Gears::connect_async(server.url()).await?;
/// let registered = register_all_async(&gears).await?;
/// assert_eq!(registered.get("double"), Some(Change::Registered));
/// assert_eq!(register_all_async(&gears).await?.count(Change::Unchanged), 1);
/// # Ok(())
/// # }
/// ```
pub async fn register_all_async<'a>(server: impl ToServer<'a>) -> Result<Registered> {
    register_async(server, &Options::new()).await
}

/// Registers every gear linked into this binary as the options say, as [`register`](crate::register) does.
///
/// # Errors
///
/// As [`register_all`](crate::register_all).
///
/// # Examples
///
/// ```no_run
/// # async fn start() -> gears_runtime::Result<()> {
/// use gears_runtime::{Gears, Options, register_async};
///
/// let gears = Gears::connect_async("redis://127.0.0.1/").await?;
/// register_async(&gears, &Options::new().application("shop")).await?;
/// # Ok(())
/// # }
/// ```
pub async fn register_async<'a>(
    server: impl ToServer<'a>,
    options: &Options,
) -> Result<Registered> {
    register_chosen_async(&server.into_way(), options, options.gears()).await
}

/// Registers the gears for which `choose` says yes, as [`register_where`](crate::register_where) does.
///
/// # Errors
///
/// As [`register_all`](crate::register_all).
///
/// # Examples
///
#[cfg_attr(feature = "embedded", doc = "```standalone_crate")]
#[cfg_attr(not(feature = "embedded"), doc = "```text")]
/// use gears_runtime::{Gears, Result, embedded, gear_command, register_where_async};
///
/// #[gear_command]
/// fn double(number: i64) -> Result<i64> {
///     "return 2 * number"
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let server = embedded::Server::start()?;
/// let gears = Gears::connect_async(server.url()).await?;
/// let registered = register_where_async(&gears, |gear| gear.trigger().starts_with("shop.")).await?;
/// assert!(registered.is_empty(), "`double` was not chosen");
/// # Ok(())
/// # }
/// ```
pub async fn register_where_async<'a>(
    server: impl ToServer<'a>,
    choose: impl FnMut(&Gear) -> bool,
) -> Result<Registered> {
    register_chosen_async(&server.into_way(), &Options::new(), chosen(choose)).await
}

async fn register_chosen_async(
    way: &Way<'_>,
    options: &Options,
    chosen: Vec<&'static Gear>,
) -> Result<Registered> {
    let (setup, registered) = install_async(way, options, chosen).await?;
    if let Some(gears) = way.kept() {
        bind(&gears.named(setup.naming.clone()));
    }
    Ok(registered)
}

/// Registers gears, as [`install`](super::install) does.
async fn install_async(
    way: &Way<'_>,
    options: &Options,
    chosen: Vec<&'static Gear>,
) -> Result<(Arc<Setup>, Registered)> {
    let setup = Setup::new(&way.naming(), options);
    let task = run_async(way, || Registration::new(chosen.clone(), setup.clone()));
    let registered = observe::registration_async("register", task).await?;
    if let Some(gears) = way.kept() {
        note(gears, &setup, &registered);
    }
    Ok((setup, registered))
}

/// Registers one gear, as [`register_one`](super::register_one) does.
pub async fn register_one_async<'a>(
    server: impl ToServer<'a>,
    gear: &'static Gear,
) -> Result<Change> {
    let way = server.into_way();
    let (_, registered) = install_async(&way, &Options::new(), vec![gear]).await?;
    Ok(only(&registered))
}

/// Says what [`register_all_async`] would do, as [`plan_all`](crate::plan_all) does.
///
/// # Errors
///
/// As [`plan_all`](crate::plan_all).
///
/// # Examples
///
#[cfg_attr(feature = "embedded", doc = "```standalone_crate")]
#[cfg_attr(not(feature = "embedded"), doc = "```text")]
/// use gears_runtime::{Change, Gears, Result, embedded, gear_command, plan_all_async};
///
/// #[gear_command]
/// fn double(number: i64) -> Result<i64> {
///     "return 2 * number"
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let server = embedded::Server::start()?;
/// let gears = Gears::connect_async(server.url()).await?;
/// assert_eq!(plan_all_async(&gears).await?.get("double"), Some(Change::Registered));
/// assert!(gears.aio().dump_registrations().await?.is_empty(), "nothing was done");
/// # Ok(())
/// # }
/// ```
pub async fn plan_all_async<'a>(server: impl ToServer<'a>) -> Result<Registered> {
    plan_async(server, &Options::new()).await
}

/// Says what [`register_async`] would do, as [`plan`](crate::plan) does.
///
/// # Errors
///
/// As [`plan_all`](crate::plan_all).
///
/// # Examples
///
/// ```no_run
/// # async fn look() -> gears_runtime::Result<()> {
/// use gears_runtime::{Gears, Options, plan_async};
///
/// let gears = Gears::connect_async("redis://127.0.0.1/").await?;
/// println!("{}", plan_async(&gears, &Options::new().application("shop")).await?);
/// # Ok(())
/// # }
/// ```
pub async fn plan_async<'a>(server: impl ToServer<'a>, options: &Options) -> Result<Registered> {
    let way = server.into_way();
    let setup = Setup::new(&way.naming(), options);
    let task = run_async(&way, || Planning::new(options.gears(), setup.clone()));
    observe::registration_async("plan", task).await
}

/// Removes what the application registered once and has no more, as [`prune`](crate::prune) does.
///
/// # Errors
///
/// As [`prune`](crate::prune).
///
/// # Examples
///
/// ```no_run
/// # async fn tidy() -> gears_runtime::Result<()> {
/// use gears_runtime::{Gears, Options, Prune, prune_async};
///
/// let gears = Gears::connect_async("redis://127.0.0.1/").await?;
/// prune_async(&gears, &Options::new().prune(Prune::Unused)).await?;
/// # Ok(())
/// # }
/// ```
pub async fn prune_async<'a>(server: impl ToServer<'a>, options: &Options) -> Result<Vec<Orphan>> {
    let way = server.into_way();
    let setup = Setup::new(&way.naming(), options);
    run_async(&way, || Ok(Pruning::new(setup.clone()))).await
}

/// Unregisters every gear linked into this binary, as [`unregister_all`](crate::unregister_all) does.
///
/// # Errors
///
/// As [`unregister_all`](crate::unregister_all).
///
/// # Examples
///
#[cfg_attr(feature = "embedded", doc = "```standalone_crate")]
#[cfg_attr(not(feature = "embedded"), doc = "```text")]
/// use gears_runtime::{Gears, Removal, Result, embedded, gear_command, register_all_async, unregister_all_async};
///
/// #[gear_command]
/// fn double(number: i64) -> Result<i64> {
///     "return 2 * number"
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let server = embedded::Server::start()?;
/// let gears = Gears::connect_async(server.url()).await?;
/// register_all_async(&gears).await?;
/// assert_eq!(unregister_all_async(&gears).await?.count(Removal::Unregistered), 1);
/// assert!(gears.aio().dump_registrations().await?.is_empty());
/// # Ok(())
/// # }
/// ```
pub async fn unregister_all_async<'a>(server: impl ToServer<'a>) -> Result<Unregistered> {
    unregister_async(server, &Options::new()).await
}

/// Unregisters every gear linked into this binary that was registered with these options, as [`unregister`](crate::unregister) does.
///
/// # Errors
///
/// As [`unregister`](crate::unregister).
///
/// # Examples
///
/// ```no_run
/// # async fn end() -> gears_runtime::Result<()> {
/// use gears_runtime::{Gears, Options, unregister_async};
///
/// let gears = Gears::connect_async("redis://127.0.0.1/").await?;
/// unregister_async(&gears, &Options::new().application("shop")).await?;
/// # Ok(())
/// # }
/// ```
pub async fn unregister_async<'a>(
    server: impl ToServer<'a>,
    options: &Options,
) -> Result<Unregistered> {
    let way = server.into_way();
    let setup = Setup::new(&way.naming(), options);
    forget(way.kept(), &options.gears(), setup.naming.prefix());
    let task = run_async(&way, || Ok(Removing::new(options.gears(), setup.clone())));
    observe::registration_async("unregister", task).await
}
