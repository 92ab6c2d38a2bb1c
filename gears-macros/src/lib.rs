//! The attributes of gears: Python functions for Redis and Valkey, called like Rust functions.
//!
//! Use them through the crate `gears-runtime`, which re-exports them and holds what they expand to.

mod check;
mod command;
mod crate_root;
mod descriptor;
mod docs;
mod errors;
mod expand;
mod fallback;
mod inspection;
mod item;
mod listener;
mod model;
mod options;
mod path;
mod python;
#[cfg(test)]
mod tests;

use proc_macro::TokenStream;

use options::Family;

/// Makes a Rust function of Python that runs inside Redis.
///
/// The body of the function is Python in one string literal; the signature is what Rust calls. `register_all` sends
/// every gear of the binary to the server, and from then on a call of the function runs the Python there. Building
/// needs neither Python nor Redis: the Python is parsed when the Rust compiles, and what is wrong with it is an error
/// that names its line.
///
/// ```no_run
/// use gears_runtime::{Result, gear_command};
///
/// /// Returns the greeting for `name`, and counts how often it was asked for.
/// #[gear_command(mode = "sync")]
/// fn greet(name: &str, polite: Option<bool>) -> Result<String> {
///     r#"
///     cmd.incr("greetings")
///     if polite:
///         return "Good morning, " + name
///     return "Hello, " + name
///     "#
/// }
///
/// fn morning() -> Result<String> {
///     greet("Ada", Some(true))
/// }
/// ```
///
/// # Options
///
/// | option | value | when it is absent |
/// | --- | --- | --- |
/// | `trigger` | the name under which the server knows the function | the function's name |
/// | `mode` | `"async_local"`: on a worker of the shard that receives the call; `"sync"`: on its main thread, atomically; `"async"`: on a worker of every shard, so that the function returns `Result<PerShard<T>>` | `"async_local"` |
/// | `requirements` | Python packages, as pip spells them: `["requests>=2"]` | none |
/// | `replace` | what to do when the trigger holds another function: `true` replaces it, `false` keeps it | an error of `register_all` that names both |
/// | `description` | what the server shows about the function | the first line of the docs |
/// | `file` | a file with the body, from the crate's root; the function's own body is then `{}` | the body is the literal |
/// | `python` | the oldest Python that has to run the body, `"3.7"` to `"3.14"` | `python` under `[package.metadata.gears]` in `Cargo.toml`, or `"3.9"` |
/// | `crate` | the path of `gears_runtime`, for when it goes by another name | `::gears_runtime` |
///
/// # Body
///
/// The text is dedented as Python's `textwrap.dedent` does and becomes the inside of a `def` whose parameters are
/// those of the Rust function. A body that awaits becomes an `async def`. Raw strings (`r#"…"#`) are best: in a
/// string with escapes, the lines of the Python are no lines of the file, and messages and tracebacks can only count
/// from the start of the body. A string that comes through `macro_rules!` is fine.
///
/// # Signature
///
/// Parameters are plain names with concrete types; the function returns a `Result<T, E>` with
/// `E: From<gears_runtime::Error>`, under whatever name. An `async fn` makes an async stub, which needs the feature
/// `aio` of gears-runtime. Text, numbers, `bool`, bytes and `Option`s of them travel as they are, any other type that
/// has serde's traits as JSON. Visibility, docs, `cfg` and other attributes are kept, and rustdoc shows the Python.
///
/// # What is made
///
/// Beside the function stands a module of the same name with the descriptor `GEAR`, and with `on`, which binds the
/// gear to a connection instead of the one that `register_all` was given:
///
/// ```no_run
/// use gears_runtime::{Gears, Result, gear_command};
///
/// #[gear_command(trigger = "math.add")]
/// async fn add(a: i64, b: i64) -> Result<i64> {
///     "return a + b"
/// }
///
/// async fn elsewhere(gears: &Gears) -> Result<i64> {
///     assert_eq!(add::GEAR.trigger(), "math.add");
///     add::on(gears).call(1, 2).await
/// }
/// ```
///
/// # Errors
///
/// Whatever is wrong is told at once, each thing at its own place. Messages about the Python begin with `python:`:
///
/// ```compile_fail
/// # use gears_runtime::{Result, gear_command};
/// #[gear_command]
/// fn broken(x: i64) -> Result<i64> {
///     r#"
///     return (x +
///     "#
/// }
/// ```
///
/// A crate that nobody names is dropped by the linker, its gears with it: `use that_crate as _;` keeps it.
#[proc_macro_attribute]
pub fn gear_command(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let root = crate_root::CrateRoot::from_env();
    command::gear(Family::Command, arguments.into(), item.into(), &root).into()
}

/// placeholder keys
#[proc_macro_attribute]
pub fn gear_on_keys(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let root = crate_root::CrateRoot::from_env();
    command::gear(Family::Keys, arguments.into(), item.into(), &root).into()
}

/// placeholder stream
#[proc_macro_attribute]
pub fn gear_on_stream(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let root = crate_root::CrateRoot::from_env();
    command::gear(Family::Stream, arguments.into(), item.into(), &root).into()
}
