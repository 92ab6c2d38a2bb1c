//! The client in clusters of real servers.
//!
//! Each test starts a cluster of its own, with `GEARS_URL` too: it moves slots and ends nodes.

mod any_connection;
mod failover;
mod faults;
mod forgotten;
mod functions;
mod guard;
mod handover;
mod joining;
mod listing;
mod manual;
mod redgrease_names;
mod registration;
mod rights;
mod routing;
mod run_faults;
mod run_load;
mod run_steps;
mod runs;
mod shared;
mod slots;
mod topology;
mod values;
mod versions;
mod wire;
