//! The gears linked into this binary.
//!
//! Every `#[gear_command]`, `#[gear_on_keys]` and `#[gear_on_stream]` submits its descriptor when the binary is linked;
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
pub(crate) fn check(gears: &[&'static Gear]) -> Result<()> {
    match gears.windows(2).find(|pair| {
        pair[0].trigger() == pair[1].trigger() && pair[0].cause().kind() == pair[1].cause().kind()
    }) {
        Some(pair) => Err(Error::duplicate_trigger(
            pair[0].trigger(),
            pair[0].place(),
            format!("{} in the same binary", pair[1].place()),
        )),
        None => Ok(()),
    }
}
