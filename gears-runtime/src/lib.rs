//! Server-side Python functions for Redis and Valkey, called from Rust like local functions.
//!
//! ```no_run
//! use gears_runtime::{Gears, Result, gear_command, register_all};
//!
//! /// Returns the page at `url`, from the cache in Redis when it is there.
//! #[gear_command(requirements = ["requests"])]
//! fn cache_get(url: &str) -> Result<Vec<u8>> {
//!     r#"
//!     import requests
//!     if cmd.exists(url):
//!         return cmd.get(url)
//!     response = requests.get(url, timeout=10)
//!     if response.status_code != 200:
//!         return b""
//!     cmd.set(url, response.content)
//!     return response.content
//!     "#
//! }
//!
//! fn main() -> Result<()> {
//!     let conn = Gears::connect("redis://127.0.0.1/")?;
//!     register_all(&conn)?;                       // every gear linked into this binary, in one go
//!     let page = cache_get("http://example.org")?; // runs in Redis; looks local
//!     println!("{} bytes", page.len());
//!     Ok(())
//! }
//! ```
//!
//! `redis-cli RG.TRIGGER cache_get http://example.org` does the same from any client in any
//! language.
//!
//! # How it works
//!
//! [`#[gear_command]`](gear_command) checks the Python when the Rust compiles, and makes two
//! things of the function: a stub with the same signature, and a descriptor that the linker
//! collects. [`register_all`] writes a script for each descriptor and sends those that the
//! server does not have yet. A call of the stub is one `RG.TRIGGER`; its result is read into
//! the declared type. What travels is source text, so no Python version has to match.
//!
//! * [`Gears`] is the connection: cheap to clone, shared by threads.
//! * `cache_get::on(&other)` calls a gear over another connection than the bound one: a [`Gears`], a client of
//!   redis-rs, or any connection that is lent ([`ToServer`]); `cache_get::register(&other)` registers it there,
//!   `cache_get::GEAR` is its descriptor.
//! * `cache_get::pipe(&gears, calls)` makes many calls in one go.
//! * [`#[gear_on_keys]`](gear_on_keys) and [`#[gear_on_stream]`](gear_on_stream) make gears that
//!   events call; `#[gear_command(hook = "…")]` stands in for a command.
//! * An [`Error`] of a gear reads like Python's traceback, and points into the Rust source.
//! * An `async fn` gear (feature `aio`) is awaited; its twin is `register_all_async`.
//! * [`Script`] is Python of your own: [`Gears::execute`] brings its results, typed, and
//!   [`Gears::spawn`] a handle on a run in the background.
//! * Every `RG.*` command is a method of [`Gears`], of `Gears::aio` (feature `aio`), and of any
//!   connection and pipeline of redis-rs ([`GearsCommands`]); replies are types of [`data`].
//! * [`Gears::config`] reads and changes the settings of the server.
//! * [`#[gears_runtime::test]`](macro@test) (feature `embedded`) is a test with a server of its own, to which plain calls go
//!   for that test alone ([`Scope`]). `cache_get::mock(…)` answers them without any.
//! * `embedded::Server` (feature `embedded`) is a private server for tests and examples.
//! * `Gears::local` (feature `local`) runs gears in a Python of this machine, for tests without
//!   the module.
//!
//! The server is Redis or Valkey with the module `gears-engine`, or genuine RedisGears 1.0.6
//! to 1.2. On the latter, `cmd` brings the requirement `redis`, bytes travel as base64, and
//! text with NUL is refused by the stub, as that server would cut it.
//!
//! # Values
//!
//! | Rust | argument | in Python | result in Python |
//! | --- | --- | --- | --- |
//! | `&str`, `String`, `char` | UTF-8 | `str` | `str`, or UTF-8 `bytes` |
//! | integers | decimal digits | `int` | `int` |
//! | `f32`, `f64` | shortest round trip, `inf`, `-inf`, `nan` | `float` | `float` or `int` |
//! | `bool` | `1` or `0` | `bool` | `bool` |
//! | `&[u8]`, `Vec<u8>`, `[u8; N]`, `bytes::Bytes` | the bytes | `bytes` | `bytes`, `bytearray` or `str` |
//! | `()` | | | anything; it is dropped |
//! | `Option<T>` | JSON, `null` for `None`; trailing `None`s are left out | `None` or the value | `None` or the value |
//! | any other `Serialize`, `Deserialize` | JSON | `dict`, `list`, … | what `json.dumps` takes |
//! | [`redis::Value`] | | | anything, as the server converts it |
//!
//! References, `Box`, `Rc`, `Arc` and `Cow` travel as what they hold. The compiler chooses by
//! the type, so aliases work. JSON has no NaN and no infinities: serde writes them as `null`,
//! and a gear that returns one inside JSON raises `ValueError`; alone, as `f64` or
//! `Option<f64>`, they travel well. A result that does not fit is [`ErrorKind::Decode`].
//!
//! # Limits
//!
//! * Python on the server is not sandboxed: whoever may register a gear may do what the server
//!   may do.
//! * The linker drops a crate that nobody names, and its gears with it: `use that_crate as _;`.
//! * A call waits for a worker of the server; one that is slow holds up its connection, so async
//!   calls spread over several, up to [`GearsBuilder::max_connections`].
//!
//! # Features
//!
//! `check` is on by default: the Python is held to rules beyond its syntax when the Rust compiles.
//! The others are off unless asked for: `aio` (async calls, with tokio), `cluster` and `cluster-async` (clients and
//! connections of redis-rs for clusters, as ways to a server; a [`Gears`] needs neither), `tls` (`rediss://`, with
//! rustls), `embedded` (a private server), `local` (gears in a Python of this machine, to test
//! them without a module), `tracing` (spans and events about calls and registrations, without
//! arguments, results or passwords).

#![warn(clippy::expect_used, clippy::unwrap_used)]

pub use redis;

#[cfg(feature = "aio")]
pub mod aio;
mod call;
mod command;
mod connect;
pub mod data;
mod error;
pub mod function;
mod gear;
mod observe;
mod private;
mod python;
mod register;
mod server;
mod testing;
mod wire;

#[cfg(feature = "aio")]
pub use command::AsyncGearsCommands;
#[cfg(feature = "aio")]
pub use register::{
    plan_all_async, plan_async, prune_async, register_all_async, register_async,
    register_where_async, unregister_all_async, unregister_async,
};
#[cfg(feature = "embedded")]
pub use testing::embedded;
#[cfg(feature = "local")]
pub use testing::local;
pub use {
    call::{Mock, Scope, bind},
    command::{
        Configuration, Execution, GearsCommands, OnDrop, PipelineGearsCommands, Runtime, Script,
        TriggerArgs,
    },
    connect::{Gears, GearsBuilder, RedisConnection, ToGears, ToServer},
    error::{
        DecodeError, DuplicateTrigger, Error, ErrorKind, PythonError, RequirementError, Result,
        UnsupportedError,
    },
    gear::{
        Arguments, Cause, Gear, Hook, KeyEvents, LibraryFunction, Maker, Mode, OnFailed, OnFull,
        OnRegistered, Param, Record, Replace, Returned, Shape, StreamEntries, Wire, registry,
    },
    python::traceback::Frame,
    register::{
        Change, Options, Orphan, Prune, Registered, Removal, Report, Unregistered, Watch, plan,
        plan_all, prune, register, register_all, register_where, unregister, unregister_all,
    },
    wire::PerShard,
};

#[cfg(feature = "macros")]
pub use gears_macros::{
    __gear, gear_command, gear_fn, gear_function, gear_on_keys, gear_on_stream, py, test,
};

include!(concat!(env!("OUT_DIR"), "/private.rs"));
