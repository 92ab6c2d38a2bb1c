//! Gear functions, built in Rust: a reader, steps, and what closes them.
//!
//! A gear function reads records, takes them through steps of Python, and either runs once
//! ([`run`](GearFunction::run)) or waits for events ([`register`](GearFunction::register)).
//!
#![cfg_attr(feature = "embedded", doc = "```")]
#![cfg_attr(not(feature = "embedded"), doc = "```text")]
//! use std::collections::BTreeMap;
//! use gears_runtime::{Gears, embedded, function::KeysReader, py, redis};
//!
//! let server = embedded::Server::start()?;
//! let gears = Gears::connect(server.url())?;
//! # let mut connection = gears.client().get_connection().unwrap();
//! redis::cmd("SET").arg("a").arg("to be or not to be").exec(&mut connection).unwrap();
//!
//! // Open: steps can be added, and none changes what was there before.
//! let words = KeysReader::new("*").values().flat_map(py!("str.split"));
//! // Closed: ready to be sent, and no longer.
//! let counts = words.count_each().run();
//!
//! let counts: BTreeMap<String, i64> = counts.on(&gears)?.into_results().into_iter().collect();
//! assert_eq!(counts["be"], 2);
//! # Ok::<(), gears_runtime::Error>(())
//! ```
//!
//! # Types
//!
//! The compiler knows what a function can do: which reader it has decides whether it can
//! `run` or `register` and with which options, a closed function takes no more steps, and a
//! Python function with the wrong number of parameters fits no step. What the records are
//! flows along: [`count`](GearFunction::count) makes them `i64`,
//! [`group_by`](GearFunction::group_by) [`Group`]s, [`map`](GearFunction::map) what its
//! [`PyFn`] returns. Where nobody says, they are [`PyValue`]s, which hold anything;
//! [`declare`](GearFunction::declare) says what they are.
//!
//! # The same on every server
//!
//! A function means what it says on gears-engine and on genuine RedisGears 1.0.6 to 1.2: the
//! generated script makes up for what those do otherwise (spec section 12).
//!
//! | step | what servers do by themselves |
//! | --- | --- |
//! | `sort(Order::Ascending)` ascends | `sort(reverse=True)` does |
//! | `flat_map` keeps the order, and takes any iterable | reverse each list, and take lists only |
//! | `limit` is of all shards together | of each shard |
//! | `count` of nothing is 0 | there is no record |
//! | `aggregate` keeps a total that is 0 or empty | begin again from `zero` |
//! | a `PythonReader` reads a list to its end | call a function that is no generator for ever |
//! | records without values have all their entries | leave `type` and `value` out |
//! | a step takes any callable | functions only |
//! | `None`, negative numbers, bytes and texts such as `-x` arrive as they are | change them |
//!
//! # Sync and async
//!
//! [`on`](BatchFunction::on) waits, `on_async` is awaited (feature `aio`),
//! [`spawn_on`](BatchFunction::spawn_on) returns at once. [`script`](BatchFunction::script)
//! shows the Python, and is what [`Gears::execute`](crate::Gears::execute) takes.

mod batch;
mod callback;
mod capture;
mod closed;
mod counting;
mod decode;
mod event;
mod group_key;
mod keyword;
mod open;
mod origin;
mod prelude;
mod raw;
mod read;
mod reader;
mod reading;
mod record;
mod registering;
mod role;
mod run;
mod shown;
mod step;
#[cfg(test)]
mod tests;
mod write;
mod writer;

pub use crate::{data::FailurePolicy, python::value::PyValue};
pub use batch::BatchFunction;
pub use callback::{Between, CalledWith, Exactly, PyFn, Unknown};
#[doc(hidden)]
pub use callback::{Capture, CodeParts, Kind};
#[doc(hidden)]
pub use capture::{Capturing, SerdeCapture, captures};
pub use event::EventFunction;
pub use group_key::GroupKey;
pub use keyword::{KeyType, LogLevel, Order, ReaderType};
pub use open::{GearFunction, StartValue};
pub use raw::RawPython;
pub use reader::{
    CommandReader, Commands, Generated, Keys, KeysOnly, KeysOnlyReader, KeysReader, PythonReader,
    Reader, Registers, Runs, ShardIds, ShardsIdReader, StreamReader, Streams,
};
pub use record::{CommandRecord, Group, KeyRecord, StreamRecord};
pub use role::{
    Accumulator, BatchReducer, Callee, Elements, Expander, Extractor, Filterer, Generator, Mapper,
    PatternGenerator, Processor, Reducer, Registrator,
};
