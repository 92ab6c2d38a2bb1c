//! The gears linked into this binary.
//!
//! Every `#[gear_command]`, `#[gear_function]`, `#[gear_on_keys]` and `#[gear_on_stream]` submits its descriptor when the binary is linked;
//! nothing has to be listed by hand. The linker drops a crate that nobody
//! names, and its gears with it: `use that_crate as _;` keeps them.

use super::descriptor::Gear;
use crate::error::{Error, Result};

/// Carries a descriptor from generated code to the registry.
#[doc(hidden)]
pub struct Submission(pub &'static Gear);

inventory::collect!(Submission);

/// Returns every gear linked into this binary, sorted by trigger or name.
///
/// Two gears with one trigger both appear; [`register_all`](crate::register_all) refuses them.
///
/// # Examples
///
/// ```
/// use gears_runtime::{Result, gear_command, registry};
///
/// #[gear_command]
/// fn ping() -> Result<String> {
///     r#"return "pong""#
/// }
///
/// let gears = registry::all();
/// assert!(gears.iter().any(|gear| gear.trigger() == "ping"));
/// ```
pub fn all() -> Vec<&'static Gear> {
    let mut gears: Vec<&'static Gear> = inventory::iter::<Submission>
        .into_iter()
        .map(|submission| submission.0)
        .collect();
    // Two gears with one trigger keep the same order on every run.
    gears.sort_by_key(|gear| {
        (
            gear.trigger(),
            gear.cause().kind(),
            gear.module_path(),
            gear.name(),
            gear.line(),
        )
    });
    gears
}

/// Refuses gears of one kind of which two share a trigger or a name; they are sorted by it.
///
/// A function of the server's is of one kind with gears that are called, as it may have to be one of them.
pub(crate) fn check(gears: &[&'static Gear]) -> Result<()> {
    let clash = gears.iter().enumerate().find_map(|(place, gear)| {
        let mut others = gears[place + 1..]
            .iter()
            .take_while(|other| other.trigger() == gear.trigger());
        let kind = gear.cause().registered_kind();
        let other = others.find(|other| other.cause().registered_kind() == kind)?;
        Some([gear, other])
    });
    match clash {
        Some(pair) => Err(Error::duplicate_trigger(
            pair[0].trigger(),
            pair[0].place(),
            format!("{} in the same binary", pair[1].place()),
        )),
        None => Ok(()),
    }
}
