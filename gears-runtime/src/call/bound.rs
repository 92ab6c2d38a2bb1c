//! The connection that plain stub calls use.

use std::sync::RwLock;

use crate::{
    connect::{gears::Gears, poison::unpoisoned},
    error::{Error, Result},
    gear::descriptor::Gear,
};

static BOUND: RwLock<Option<Gears>> = RwLock::new(None);

/// Makes plain stub calls use `gears` from now on.
///
/// `register_all` does this; call it yourself when another process has
/// registered the gears and this one only calls them.
///
/// # Examples
///
/// ```no_run
/// let gears = gears_runtime::Gears::connect("redis://127.0.0.1/")?;
/// gears_runtime::bind(&gears);
/// # Ok::<(), gears_runtime::Error>(())
/// ```
pub fn bind(gears: &Gears) {
    *unpoisoned(BOUND.write()) = Some(gears.clone());
}

/// Returns the bound connection, for a call of `gear`.
///
/// # Errors
///
/// Before the first [`bind`] there is none.
pub fn bound(gear: &Gear) -> Result<Gears> {
    unpoisoned(BOUND.read())
        .clone()
        .ok_or_else(|| Error::not_bound(gear.name()))
}
