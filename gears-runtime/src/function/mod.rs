//! Gear functions, built in Rust: a reader, steps, and what closes them.
//!
//! ```
//! use gears_runtime::{function::KeysReader, py};
//!
//! // Open: steps can be added, and none changes what was there before.
//! let words = KeysReader::new("*").values().flat_map(py!("str.split"));
//! let counts = words.count_each();
//! // Closed: ready to be sent.
//! let script = counts.run().script()?;
//! assert!(script.source().contains("countby"));
//! # Ok::<(), gears_runtime::Error>(())
//! ```

mod batch;
mod callback;
mod capture;
mod decode;
mod event;
mod keyword;
mod open;
mod prelude;
mod raw;
mod reader;
mod record;
mod registering;
mod role;
mod run;
mod step;
mod value;
mod write;

pub use crate::data::FailurePolicy;
pub use batch::BatchFunction;
pub use callback::{Between, CalledWith, Exactly, PyFn, Unknown};
pub use event::EventFunction;
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
    Processor, Reducer, Registrator,
};
pub use value::PyValue;

#[doc(hidden)]
pub use callback::{CodeParts, Kind};
#[doc(hidden)]
pub use capture::{Capturing, SerdeCapture};
