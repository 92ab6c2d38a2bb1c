//! The client in clusters of real servers.
//!
//! Each test starts a cluster of its own, with `GEARS_URL` too: it moves slots and ends nodes.

mod failover;
mod handover;
mod listing;
mod registration;
mod rights;
mod routing;
mod slots;
mod topology;
mod values;
