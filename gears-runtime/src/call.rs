//! Calls of gears: of one, of many in one go, and over the connection that is bound.

pub(crate) mod bound;
pub(crate) mod called;
pub(crate) mod driver;
pub(crate) mod mock;
pub(crate) mod pipe;
pub(crate) mod route;
pub(crate) mod scope;

pub use self::{bound::bind, mock::Mock, scope::Scope};
