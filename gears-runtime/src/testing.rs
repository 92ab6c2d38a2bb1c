//! What tests run against: a private server, and a Python of this machine.

#[cfg(feature = "embedded")]
pub(crate) mod case;
#[cfg(feature = "embedded")]
pub mod embedded;
#[cfg(feature = "local")]
pub mod local;
#[cfg(any(feature = "embedded", feature = "local"))]
mod signals;
#[cfg(any(feature = "embedded", feature = "local"))]
mod ward;
