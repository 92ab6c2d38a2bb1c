//! What the `RG.*` commands answer, as types.
//!
//! The fields follow RedisGears 1.2 (the names on the wire are in `guide/pages/redgrease-map.md`). What
//! an older server does not tell is `None`; what a newer one tells beyond is in `extra()`; a
//! word that is not known yet is `Other`. So nothing is lost, and no listing fails because a
//! server is of another version. Texts that are not UTF-8 are shown with replacements.
//!
//! All but those that can hold errors can be read out of pipelines of redis-rs too.
//!
//! # Examples
//!
#![cfg_attr(feature = "embedded", doc = "```")]
#![cfg_attr(not(feature = "embedded"), doc = "```text")]
//! use gears_runtime::{Gears, Script, data::ReaderArgs, embedded};
//!
//! let server = embedded::Server::start()?;
//! let gears = Gears::connect(server.url())?;
//! gears.execute(&Script::from_source(
//!     "GB('KeysReader').register('person:*', eventTypes=['hset'], mode='async_local')",
//! ))?;
//! for registration in gears.dump_registrations()? {
//!     println!("{} ({}): {:?}", registration.id, registration.data.mode, registration.extra());
//!     match &registration.data.args {
//!         ReaderArgs::Keys(args) => assert_eq!(args.event_types.as_deref().unwrap(), ["hset"]),
//!         other => panic!("{other:?}"),
//!     }
//! }
//! # Ok::<(), gears_runtime::Error>(())
//! ```

mod cluster;
mod configuration;
mod executed;
mod execution;
mod execution_error;
mod pattern;
mod pipeline;
mod private_data;
mod python;
pub(crate) mod read;
mod registration;
mod registration_args;
mod requirement;
mod result;
mod session;
mod session_query;

pub use cluster::{ClusterInfo, ShardInfo};
pub use configuration::{ConfigChange, ConfigValue};
pub(crate) use configuration::{read_each, read_value};
pub use executed::Executed;
pub use execution::{
    ExecutionId, ExecutionInfo, ExecutionPlan, ExecutionStatus, ExecutionStep, Locality, ShardPlan,
};
pub use execution_error::ExecutionError;
pub use private_data::PrivateData;
pub use python::{Plugin, PyStats};
pub(crate) use read::{Misfit, Read, Unread};
pub use registration::{
    Registration, RegistrationData, RegistrationId, RegistrationMode, RegistrationStatus,
};
pub use registration_args::{CommandArgs, FailurePolicy, KeysArgs, ReaderArgs, StreamArgs};
pub use requirement::{ExportedRequirement, PyRequirement, Wheels};
pub use result::ExecutionResult;
pub use session::{Listed, Session, SessionLink, Sessions};
pub use session_query::SessionQuery;
