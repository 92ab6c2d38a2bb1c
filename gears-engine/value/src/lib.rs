//! What a record is where there is no Python: a value, and its bytes.
//!
//! A record that crosses a link, a pipe or a file is one of Python's plain values: `None`,
//! `bool`, `int`, `float`, `complex`, `str`, `bytes`, `tuple`, `list`, `dict`, `set` or
//! `frozenset`, and what these hold. Anything else cannot leave its process, and whoever
//! would send it says so.
//!
//! Nothing here knows Python, a server, or another part of the engine.

mod decode;
mod encode;
mod fault;
mod text;
mod value;
mod varint;

pub use decode::decode;
pub use encode::encode;
pub use fault::Fault;
pub use text::Text;
pub use value::Value;

/// How deep values may be within each other: Python's own limit of calls is as high, and
/// whoever walks over a value needs some stack for each.
pub const DEEPEST: usize = 1_000;
