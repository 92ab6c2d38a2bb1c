//! Registers the gears of this binary on a server.

use crate::{
    bound::bind,
    error::{Error, Result},
    gear::Gear,
    gears::Gears,
    held::Look,
    observe,
    plan::{Planning, Registration, Removing, Step, Task},
    registry,
    report::{Registered, Unregistered},
};

/// Registers every gear linked into this binary, and makes stub calls use `gears`.
///
/// What the server has already is left alone, so this can run at every start:
/// it takes one round trip then, and two when there is something to register.
/// When it was interrupted, running it again completes it. A crate that nobody
/// names is dropped by the linker together with its gears: say `use that_crate as _;`.
///
/// # Errors
///
/// [`DuplicateTrigger`](crate::ErrorKind::DuplicateTrigger) when two gears share a trigger, or
/// the server has a different function under one and the gear does not say `replace`; nothing
/// is registered then. [`Requirement`](crate::ErrorKind::Requirement) when a package cannot be
/// installed, [`Python`](crate::ErrorKind::Python) when the server's Python does not take a
/// body, [`Unsupported`](crate::ErrorKind::Unsupported) when the server has no module; the
/// other gears are registered then.
///
/// # Examples
///
#[cfg_attr(feature = "embedded", doc = "```")]
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
pub fn register_all(gears: &Gears) -> Result<Registered> {
    register_where(gears, |_| true)
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
/// # fn main() -> gears_runtime::Result<()> {
/// # let gears = gears_runtime::Gears::connect("redis://127.0.0.1/")?;
/// gears_runtime::register_where(&gears, |gear| gear.module_path().starts_with("shop::"))?;
/// # Ok(())
/// # }
/// ```
pub fn register_where(gears: &Gears, choose: impl FnMut(&Gear) -> bool) -> Result<Registered> {
    let registered = observe::registration("register", || {
        run(gears, Registration::new(chosen(choose))?)
    })?;
    bind(gears);
    Ok(registered)
}

/// Says what [`register_all`] would do, and does nothing.
///
/// # Errors
///
/// As [`register_all`], but a different function on the server is
/// [`Change::Refused`](crate::Change::Refused) in the report and no error.
pub fn plan_all(gears: &Gears) -> Result<Registered> {
    observe::registration("plan", || run(gears, Planning::new(registry::all())?))
}

/// Unregisters every gear linked into this binary, whichever version of it the server has.
///
/// What gears-runtime did not register stays.
///
/// # Errors
///
/// The server cannot be reached or refuses.
pub fn unregister_all(gears: &Gears) -> Result<Unregistered> {
    observe::registration("unregister", || run(gears, Removing::new(registry::all())))
}

/// Registers every gear linked into this binary, as [`register_all`] does.
///
/// # Errors
///
/// As [`register_all`].
#[cfg(feature = "aio")]
pub async fn register_all_async(gears: &Gears) -> Result<Registered> {
    register_where_async(gears, |_| true).await
}

/// Registers the gears for which `choose` says yes, as [`register_where`] does.
///
/// # Errors
///
/// As [`register_all`].
#[cfg(feature = "aio")]
pub async fn register_where_async(
    gears: &Gears,
    choose: impl FnMut(&Gear) -> bool,
) -> Result<Registered> {
    let gears_chosen = chosen(choose);
    let task = async { run_async(gears, Registration::new(gears_chosen)?).await };
    let registered = observe::registration_async("register", task).await?;
    bind(gears);
    Ok(registered)
}

/// Says what [`register_all_async`] would do, as [`plan_all`] does.
///
/// # Errors
///
/// As [`plan_all`].
#[cfg(feature = "aio")]
pub async fn plan_all_async(gears: &Gears) -> Result<Registered> {
    let task = async { run_async(gears, Planning::new(registry::all())?).await };
    observe::registration_async("plan", task).await
}

/// Unregisters every gear linked into this binary, as [`unregister_all`] does.
///
/// # Errors
///
/// As [`unregister_all`].
#[cfg(feature = "aio")]
pub async fn unregister_all_async(gears: &Gears) -> Result<Unregistered> {
    let task = run_async(gears, Removing::new(registry::all()));
    observe::registration_async("unregister", task).await
}

fn chosen(mut choose: impl FnMut(&Gear) -> bool) -> Vec<&'static Gear> {
    let mut gears = registry::all();
    gears.retain(|gear| choose(gear));
    gears
}

const WHAT: &str = "registering gears";

/// Carries out a task.
///
/// Its first look changes nothing, so it is asked for again when a connection turns out to be one to a server that
/// has restarted since.
pub(crate) fn run<T: Task>(gears: &Gears, mut task: T) -> Result<T::Output> {
    let mut commands = Look::commands();
    let mut first = true;
    loop {
        let mut replies = gears.pipeline(&commands, WHAT);
        if first && replies.as_ref().is_err_and(Error::is_connection) {
            replies = gears.pipeline(&commands, WHAT);
        }
        first = false;
        let replies = replies?;
        match task.receive(replies)? {
            Step::Send(next) => commands = next,
            Step::Done(output) => return Ok(output),
        }
    }
}

/// Carries out a task, as [`run`] does.
#[cfg(feature = "aio")]
pub(crate) async fn run_async<T: Task>(gears: &Gears, mut task: T) -> Result<T::Output> {
    let mut commands = Look::commands();
    let mut first = true;
    loop {
        let mut replies = gears.pipeline_async(commands, WHAT).await;
        if first && replies.as_ref().is_err_and(Error::is_connection) {
            replies = gears.pipeline_async(Look::commands(), WHAT).await;
        }
        first = false;
        let replies = replies?;
        match task.receive(replies)? {
            Step::Send(next) => commands = next,
            Step::Done(output) => return Ok(output),
        }
    }
}
