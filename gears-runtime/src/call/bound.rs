//! The connection that plain stub calls use.

use std::sync::RwLock;

use super::{
    mock::Answer,
    scope::{Way, way_of},
};
use crate::{
    connect::{gears::Gears, poison::unpoisoned, way::kept::ToGears},
    error::Error,
    gear::descriptor::Gear,
};

static BOUND: RwLock<Option<Gears>> = RwLock::new(None);

/// Makes plain stub calls of the whole program use `gears` from now on: a [`Gears`], or a client of redis-rs.
///
/// `register_all` does this; call it yourself when another process has
/// registered the gears and this one only calls them. What runs in a [`Scope`](crate::Scope) keeps its own.
///
/// # Examples
///
/// ```no_run
/// let gears = gears_runtime::Gears::connect("redis://127.0.0.1/")?;
/// gears_runtime::bind(&gears);
/// # Ok::<(), gears_runtime::Error>(())
/// ```
pub fn bind(gears: &impl ToGears) {
    *unpoisoned(BOUND.write()) = Some(gears.to_gears());
}

/// Who answers a plain call, for generated code.
#[doc(hidden)]
pub enum Callee {
    /// A server.
    Server(Gears),
    /// A closure of a test.
    Mock(Answer),
    /// No one, and why.
    Nobody(Error),
}

/// Finds who answers a plain call of a gear: its mock or the connection of the scope that this runs in, or else the
/// connection of the program.
pub fn callee(gear: &'static Gear) -> Callee {
    match way_of(gear) {
        Way::Mock(answer) => Callee::Mock(answer),
        Way::Server(gears) => Callee::Server(gears),
        Way::Nowhere(mocked) => Callee::Nobody(Error::not_bound(gear.name(), &mocked)),
        Way::Program => match unpoisoned(BOUND.read()).clone() {
            Some(gears) => Callee::Server(gears),
            None => Callee::Nobody(Error::not_bound(gear.name(), &[])),
        },
    }
}
