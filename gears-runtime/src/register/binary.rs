//! Registers the gears of this binary on a server.

#[cfg(feature = "aio")]
pub(crate) mod asynchronous;

use std::sync::Arc;

use super::{
    everywhere::run,
    options::Options,
    orphan::Orphan,
    plan::{Planning, Registration, Removing, pruning::Pruning},
    remembered::remember,
    report::{Change, Registered, Unregistered},
    setup::Setup,
};
use crate::{
    call::bound::bind,
    connect::{
        gears::{Gears, memory::forget},
        way::{ToServer, Way},
    },
    error::Result,
    gear::{descriptor::Gear, registry},
    observe,
};

/// Registers every gear linked into this binary, and makes stub calls use `gears`.
///
/// What the server has already is left alone, so this can run at every start:
/// it takes one round trip then, and two when there is something to register.
/// When it was interrupted, running it again completes it. An earlier version of the application gives way: its
/// own processes go on to call it, all others call the newest. A crate that nobody
/// names is dropped by the linker together with its gears: say `use that_crate as _;`.
///
/// # Errors
///
/// [`DuplicateTrigger`](crate::ErrorKind::DuplicateTrigger) when two gears share a trigger, or
/// the server has somebody else's function under one and the gear does not say `replace`; all that are in the way
/// are named, and nothing is registered then. [`Requirement`](crate::ErrorKind::Requirement) when a package cannot be
/// installed, [`Python`](crate::ErrorKind::Python) when the server's Python does not take a
/// body, [`Unsupported`](crate::ErrorKind::Unsupported) when the server has no module; the
/// other gears are registered then.
///
/// # Examples
///
#[cfg_attr(feature = "embedded", doc = "```standalone_crate")]
#[cfg_attr(not(feature = "embedded"), doc = "```text")]
/// use gears_runtime::{Change, Gears, Result, embedded, gear_command, register_all};
///
/// #[gear_command]
/// fn double(number: i64) -> Result<i64> {
///     "return 2 * number"
/// }
///
/// # fn main() -> Result<()> {
/// let server = embedded::Server::start()?;
/// let gears = Gears::connect(server.url())?;
/// assert_eq!(register_all(&gears)?.get("double"), Some(Change::Registered));
/// assert_eq!(register_all(&gears)?.get("double"), Some(Change::Unchanged));
/// assert_eq!(double(21)?, 42);
/// # Ok(())
/// # }
/// ```
pub fn register_all<'a>(server: impl ToServer<'a>) -> Result<Registered> {
    register(server, &Options::new())
}

/// Registers every gear linked into this binary as the options say, and makes stub calls use `gears`.
///
/// # Errors
///
/// As [`register_all`].
///
/// # Examples
///
#[cfg_attr(feature = "embedded", doc = "```standalone_crate")]
#[cfg_attr(not(feature = "embedded"), doc = "```text")]
/// use gears_runtime::{Gears, Options, Result, Script, embedded, gear_command, register};
///
/// #[gear_command]
/// fn double(number: i64) -> Result<i64> {
///     "return 2 * number"
/// }
///
/// # fn main() -> Result<()> {
/// let server = embedded::Server::start()?;
/// let gears = Gears::connect(server.url())?;
/// // Somebody else has the trigger.
/// gears.execute(&Script::from_source("GB('CommandReader').register(trigger='double')"))?;
/// assert!(register(&gears, &Options::new()).unwrap_err().is_duplicate_trigger());
/// register(&gears, &Options::new().replace(true))?;
/// assert_eq!(double(21)?, 42);
/// # Ok(())
/// # }
/// ```
pub fn register<'a>(server: impl ToServer<'a>, options: &Options) -> Result<Registered> {
    register_chosen(&server.into_way(), options, options.gears())
}

/// Registers the gears for which `choose` says yes, and makes stub calls use `gears`.
///
/// # Errors
///
/// As [`register_all`].
///
/// # Examples
///
/// ```no_run
/// # let gears = gears_runtime::Gears::connect("redis://127.0.0.1/")?;
/// gears_runtime::register_where(&gears, |gear| gear.module_path().starts_with("shop::"))?;
/// # Ok::<(), gears_runtime::Error>(())
/// ```
pub fn register_where<'a>(
    server: impl ToServer<'a>,
    choose: impl FnMut(&Gear) -> bool,
) -> Result<Registered> {
    register_chosen(&server.into_way(), &Options::new(), chosen(choose))
}

fn register_chosen(
    way: &Way<'_>,
    options: &Options,
    chosen: Vec<&'static Gear>,
) -> Result<Registered> {
    let (setup, registered) = install(way, options, chosen)?;
    if let Some(gears) = way.kept() {
        bind(&gears.named(setup.naming.clone()));
    }
    Ok(registered)
}

/// Registers gears, and notes what came of it with the connection, if that can be kept.
fn install(
    way: &Way<'_>,
    options: &Options,
    chosen: Vec<&'static Gear>,
) -> Result<(Arc<Setup>, Registered)> {
    let setup = Setup::new(&way.naming(), options);
    let registered = observe::registration("register", || {
        run(way, || Registration::new(chosen.clone(), setup.clone()))
    })?;
    if let Some(gears) = way.kept() {
        note(gears, &setup, &registered);
    }
    Ok((setup, registered))
}

/// Registers one gear, and binds nothing.
pub fn register_one<'a>(server: impl ToServer<'a>, gear: &'static Gear) -> Result<Change> {
    register_unbound(server, &[gear]).map(|registered| only(&registered))
}

/// Registers gears, and binds nothing.
pub(crate) fn register_unbound<'a>(
    server: impl ToServer<'a>,
    chosen: &[&'static Gear],
) -> Result<Registered> {
    let (_, registered) = install(&server.into_way(), &Options::new(), chosen.to_vec())?;
    Ok(registered)
}

/// Notes what was registered, and by which names gears are called from now on.
fn note(gears: &Gears, setup: &Arc<Setup>, registered: &Registered) {
    let mut ours = Vec::new();
    for (gear, change) in registered.iter() {
        gears.set_plain(gear, change == Change::Kept);
        if change != Change::Kept {
            ours.push(gear);
        }
    }
    remember(gears, &ours, setup);
}

/// Returns what became of the only gear of a report.
fn only(registered: &Registered) -> Change {
    let first = registered.iter().next();
    first.map_or(Change::Unchanged, |(_, change)| change)
}

/// Says what [`register_all`] would do, and does nothing.
///
/// # Errors
///
/// As [`register_all`], but a different function on the server is
/// [`Change::Refused`](crate::Change::Refused) in the report and no error.
///
/// # Examples
///
#[cfg_attr(feature = "embedded", doc = "```standalone_crate")]
#[cfg_attr(not(feature = "embedded"), doc = "```text")]
/// use gears_runtime::{Change, Gears, Result, embedded, gear_command, plan_all};
///
/// #[gear_command]
/// fn double(number: i64) -> Result<i64> {
///     "return 2 * number"
/// }
///
/// # fn main() -> Result<()> {
/// # let server = embedded::Server::start()?;
/// let gears = Gears::connect(server.url())?;
/// let plan = plan_all(&gears)?;
/// assert_eq!(plan.get("double"), Some(Change::Registered));
/// println!("{plan}"); // a table: what, which gear, where its source is
/// assert!(gears.dump_registrations()?.is_empty(), "nothing was done");
/// # Ok(())
/// # }
/// ```
pub fn plan_all<'a>(server: impl ToServer<'a>) -> Result<Registered> {
    plan(server, &Options::new())
}

/// Says what [`register`] would do, and does nothing.
///
/// # Errors
///
/// As [`plan_all`].
///
/// # Examples
///
/// ```no_run
/// use gears_runtime::{Gears, Options, plan};
///
/// let gears = Gears::connect("redis://127.0.0.1/")?;
/// for orphan in plan(&gears, &Options::new().application("shop"))?.orphans() {
///     println!("the shop has no {} any more", orphan.name());
/// }
/// # Ok::<(), gears_runtime::Error>(())
/// ```
pub fn plan<'a>(server: impl ToServer<'a>, options: &Options) -> Result<Registered> {
    let way = server.into_way();
    let setup = Setup::new(&way.naming(), options);
    observe::registration("plan", || {
        run(&way, || Planning::new(options.gears(), setup.clone()))
    })
}

/// Removes what the application registered once and has no more, and nothing of another application.
///
/// Returns all of it, also what stays; [`Options::prune`] says what goes.
///
/// # Errors
///
/// The server cannot be reached or refuses.
///
/// # Examples
///
/// ```no_run
/// use gears_runtime::{Gears, Options, Prune, prune};
///
/// let gears = Gears::connect("redis://127.0.0.1/")?;
/// let orphans = prune(&gears, &Options::new().prune(Prune::Unused))?;
/// let gone = orphans.iter().filter(|orphan| orphan.is_pruned()).count();
/// println!("{gone} of {} are gone", orphans.len());
/// # Ok::<(), gears_runtime::Error>(())
/// ```
pub fn prune<'a>(server: impl ToServer<'a>, options: &Options) -> Result<Vec<Orphan>> {
    let way = server.into_way();
    let setup = Setup::new(&way.naming(), options);
    run(&way, || Ok(Pruning::new(setup.clone())))
}

/// Unregisters every gear linked into this binary, in all versions that the server has.
///
/// What another application registered stays, and what gears-runtime did not register.
///
/// # Errors
///
/// The server cannot be reached or refuses.
///
/// # Examples
///
#[cfg_attr(feature = "embedded", doc = "```standalone_crate")]
#[cfg_attr(not(feature = "embedded"), doc = "```text")]
/// use gears_runtime::{Gears, Removal, Result, embedded, gear_command, register_all, unregister_all};
///
/// #[gear_command]
/// fn double(number: i64) -> Result<i64> {
///     "return 2 * number"
/// }
///
/// # fn main() -> Result<()> {
/// # let server = embedded::Server::start()?;
/// let gears = Gears::connect(server.url())?;
/// register_all(&gears)?;
/// assert_eq!(unregister_all(&gears)?.get("double"), Some(Removal::Unregistered));
/// assert_eq!(unregister_all(&gears)?.get("double"), Some(Removal::Absent));
/// # Ok(())
/// # }
/// ```
pub fn unregister_all<'a>(server: impl ToServer<'a>) -> Result<Unregistered> {
    unregister(server, &Options::new())
}

/// Unregisters every gear linked into this binary that was registered with these options.
///
/// # Errors
///
/// The server cannot be reached or refuses.
///
/// # Examples
///
/// ```no_run
/// use gears_runtime::{Gears, Options, unregister};
///
/// let gears = Gears::connect("redis://127.0.0.1/")?;
/// unregister(&gears, &Options::new().application("shop").prefix("staging:"))?;
/// # Ok::<(), gears_runtime::Error>(())
/// ```
pub fn unregister<'a>(server: impl ToServer<'a>, options: &Options) -> Result<Unregistered> {
    let way = server.into_way();
    let setup = Setup::new(&way.naming(), options);
    // First, so that no call puts back what is about to go.
    forget(way.kept(), &options.gears(), setup.naming.prefix());
    observe::registration("unregister", || {
        run(&way, || Ok(Removing::new(options.gears(), setup.clone())))
    })
}

fn chosen(mut choose: impl FnMut(&Gear) -> bool) -> Vec<&'static Gear> {
    let mut gears = registry::all();
    gears.retain(|gear| choose(gear));
    gears
}
