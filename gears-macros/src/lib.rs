//! The attributes of gears: Python functions for Redis and Valkey, called like Rust functions.
//!
//! Use them through the crate `gears-runtime`, which re-exports them and holds what they expand to.

#![warn(clippy::expect_used, clippy::unwrap_used)]

mod check;
mod command;
mod crate_root;
mod descriptor;
mod docs;
mod errors;
mod expand;
mod fallback;
mod gear_fn;
mod inspection;
mod item;
mod listener;
mod mock;
mod model;
mod options;
mod path;
mod pipe;
mod place;
mod py;
mod python;
mod server_test;
mod span;
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
/// ```
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
///
/// assert_eq!(greet::GEAR.signature(), "greet(name, polite=None)");
/// assert!(morning().unwrap_err().is_not_bound(), "no connection was bound with `register_all`");
/// ```
///
/// # Options
///
/// | option | value | when it is absent |
/// | --- | --- | --- |
/// | `trigger` | the name under which the server knows the function | the function's name |
/// | `mode` | `"async_local"`: on a worker of the shard that receives the call; `"sync"`: on its main thread, atomically, so that its body does not `await` (but see `allow`); `"async"`: on a worker of every shard, so that the function returns `Result<PerShard<T>>` | `"async_local"` |
/// | `requirements` | Python packages, as pip spells them: `["requests>=2"]` | none |
/// | `replace` | what to do when the trigger holds somebody else's function: `true` replaces it, `false` keeps it, also an earlier version of this one | an earlier version gives way; else an error of `register_all` that names both |
/// | `pinned` | `false`: the stub calls what has the trigger now | it calls the function that it was compiled with, also when another version has been registered since |
/// | `description` | what the server shows about the function | the first line of the docs |
/// | `key` | the parameter whose argument is a key of the server's: in a cluster, the call goes to the shard that has it. It is text, bytes or an integer, and travels first | any shard is called |
/// | `in_order` | alone, or `true`: calls run one after another | they run as workers are free |
/// | `timeout_ms` | milliseconds after which the server ends a run (gears-engine) | the server's own deadline |
/// | `on_registered` | Python that runs on each shard when the gear is registered, and whenever the server loads it | nothing runs |
/// | `hook`, `key_prefix` | the command that the function stands in for, see below | it is called by its trigger |
/// | `name` | what a gear with `hook` is recognised by | the function's name |
/// | `file` | a file with the body, from the crate's root; the function's own body is then `{}` | the body is the literal |
/// | `python` | the oldest Python that has to run the body, `"3.7"` to `"3.14"` | `python` under `[package.metadata.gears]` in `Cargo.toml`, or `"3.9"` |
/// | `allow` | checks of the Python to switch off, by name: `["unused-parameter"]`; messages name theirs | none |
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
/// ```
/// use gears_runtime::{Gears, Result, gear_command};
///
/// #[gear_command(trigger = "math.add")]
/// async fn add(a: i64, b: i64) -> Result<i64> {
///     "return a + b"
/// }
///
/// async fn elsewhere(gears: &Gears) -> Result<i64> {
///     add::on(gears).call(1, 2).await
/// }
///
/// assert_eq!(add::GEAR.trigger(), "math.add");
/// ```
///
/// `pipe` makes many calls in one go: it takes what can be iterated, bare values for a function of one parameter and
/// tuples for one of several, sends them in chunks without waiting for each reply, and returns the outcomes in their
/// order. An error of one call does not keep the others from theirs.
///
/// ```
/// use gears_runtime::{Gears, Result, gear_command};
///
/// #[gear_command(key = user, timeout_ms = 500)]
/// fn visit(user: &str, pages: u32) -> Result<i64> {
///     r#"return cmd.incrby("visits:" + user, pages)"#
/// }
///
/// fn all(gears: &Gears) -> Result<Vec<i64>> {
///     visit::pipe(gears, [("ada", 3), ("bob", 1)]).into_iter().collect()
/// }
///
/// assert_eq!(visit::GEAR.key(), Some(0));
/// ```
///
/// `mock` has a closure answer the plain calls in place of a server, for tests of the code around them:
///
/// ```
/// use gears_runtime::{Result, gear_command};
///
/// /// Returns what `n` pieces cost, by the rates on the server.
/// #[gear_command]
/// fn quote(n: i64, currency: &str) -> Result<f64> {
///     "return n * float(cmd.hget('rates', currency))"
/// }
///
/// let _mock = quote::mock(|n, currency| Ok(if currency == "EUR" { n as f64 * 1.5 } else { 0.0 }));
/// assert_eq!(quote(3, "EUR")?, 4.5);
/// # Ok::<(), gears_runtime::Error>(())
/// ```
///
/// # Hooks
///
/// With `hook`, the function stands in for a command of the server's (RedisGears 1.2 and gears-engine): for all of its
/// clients, whether a key begins with `key_prefix` or with anything. Nobody calls such a function by a trigger, so
/// what is made is the module with `GEAR` alone, and no function. It takes
/// [`Arguments`](https://docs.rs/gears-runtime/latest/gears_runtime/enum.Arguments.html), which is a `list` in Python,
/// without the command's name, and has no return type: what the Python returns is the reply. `call_next(*arguments)`
/// runs the command itself, or the hook that was registered before. Text, bytes, numbers and lists of them can be
/// replied; nil cannot, on any server. `"OK"` is the status that clients know.
///
/// ```
/// use gears_runtime::{Arguments, gear_command};
///
/// /// Notes when a person was last written.
/// #[gear_command(hook = "hset", key_prefix = "person:", mode = "sync")]
/// fn note_time(arguments: Arguments) {
///     r#"
///     import time
///     return call_next(*arguments, "written", str(time.time()))
///     "#
/// }
///
/// assert_eq!(note_time::GEAR.name(), "note_time");
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

/// Makes a function of the server's own in Python, and a typed stub that calls it with `FCALL`.
///
/// Valkey, from 8.1 on, runs functions in Python where gears-engine is loaded with `ScriptingEngine yes`. Body, types,
/// values, errors, `async fn`, `on`, `pipe` and `mock` are those of [`#[gear_command]`](macro@gear_command). Parameters
/// with `#[key]` are keys: a cluster routes the call by them, and the server checks whether the caller may use them.
/// `register_all` loads the library, with all functions that say its name.
///
/// ```
/// use gears_runtime::{Result, gear_function};
///
/// /// Returns what some pieces of an item cost.
/// #[gear_function(lib = "shop", flags(no_writes))]
/// fn price(#[key] item: &str, pieces: u32) -> Result<u64> {
///     r#"
///     return int(cmd.hget(item, "price") or 0) * pieces
///     "#
/// }
///
/// let _mock = price::mock(|_item, pieces| Ok(3 * u64::from(pieces)));
/// assert_eq!(price("item:apple", 5)?, 15);
/// # Ok::<(), gears_runtime::Error>(())
/// ```
///
/// | option | value | when it is absent |
/// | --- | --- | --- |
/// | `lib` | the name of the library: letters, digits and `_` | it has to be there |
/// | `name` | the name of the function, one on the whole server: letters, digits and `_` | the function's name |
/// | `flags(…)` | `no_writes` (the stub sends `FCALL_RO`), `allow_oom`, `allow_stale`, `no_cluster`, `allow_cross_slot_keys` | none |
/// | `fallback` | alone: on a server without functions in Python it is a gear of mode `sync`, and its name a trigger | there it is an error of `register_all` |
/// | `requirements` | Python packages that have to be there: loading a library installs none | none |
/// | `replace` | whether the library takes the place of somebody else's: `true`, or `false` to leave that one | an error |
/// | `description`, `file`, `python`, `allow`, `crate` | as with `#[gear_command]` | |
///
/// A function runs on the server's main thread, to its end; a body that awaits is refused. Functions of a library call
/// each other by their names in Rust, where `allow = ["undefined-name"]` says that the name is one. All binaries that
/// register a library link all of its functions, as it is loaded as a whole; so keep it in one crate.
///
/// ```compile_fail
/// # use gears_runtime::{Result, gear_function};
/// #[gear_function(lib = "shop", flags(no_write))]
/// fn price(#[key] item: &str) -> Result<u64> {
///     "return int(cmd.hget(item, 'price'))"
/// }
/// ```
#[proc_macro_attribute]
pub fn gear_function(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let root = crate_root::CrateRoot::from_env();
    command::gear(Family::Function, arguments.into(), item.into(), &root).into()
}

/// Makes a gear that the server runs when something happens to a key.
///
/// The body is Python, as with [`#[gear_command]`](macro@gear_command); its one parameter is the record, a `dict` of
/// `event`, `key`, `type` and `value`. `register_all` registers, replaces and unregisters it together with the
/// commands. Nobody calls it, so what is made is a module of the function's name with the descriptor `GEAR`, and no
/// function.
///
/// ```
/// use gears_runtime::{Record, gear_on_keys};
///
/// /// Counts the orders that expire, for each shop.
/// #[gear_on_keys(prefix = "order:*", events = ["expired"], read_value = false)]
/// fn count_expired(record: Record) {
///     r#"
///     shop = record["key"].split(":")[1]
///     cmd.hincrby("expired", shop, 1)
///     "#
/// }
///
/// assert_eq!(count_expired::GEAR.trigger(), "count_expired");
/// ```
///
/// | option | value | when it is absent |
/// | --- | --- | --- |
/// | `prefix` | a key's whole name, or what it begins with and `*` | `"*"`, all keys |
/// | `events` | the events, such as `["set", "expired"]` | all events |
/// | `key_types` | the types of keys, such as `["hash"]` | all types |
/// | `commands` | the commands that cause the events; their clients wait for the gear, which can `override_reply(value)` and ask `get_command()` (RedisGears 1.2, gears-engine) | whatever causes them, and nobody waits |
/// | `read_value` | `false`: `type` and `value` are `None` in the record, which is quicker | `true` |
/// | `on_full` | what becomes of events for which the gear's queue has no room: `"drop"`, they are counted; `"wait"`, those who write its keys wait until there is room (gears-engine) | `"drop"` |
/// | `name` | what the gear is recognised by, one of its kind in a program and on a server | the function's name |
/// | `was` | the name that it had before: what is registered under it gives way in the same step | |
/// | `mode` | `"async_local"`: on a worker, in the order of the events; `"sync"`: on the main thread, before the client is answered; `"async"`: on all shards | `"async_local"` |
/// | `requirements`, `replace`, `description`, `on_registered`, `file`, `python`, `timeout_ms`, `crate` | as with `#[gear_command]` | |
///
/// The value is read when the gear runs: after `SET` and `DEL`, a gear on a worker may find the key gone at the first
/// event. A gear on a worker that writes keys of its own prefix runs for ever. What it raises is counted and shown in
/// `RG.DUMPREGISTRATIONS`; nobody else hears of it.
#[proc_macro_attribute]
pub fn gear_on_keys(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let root = crate_root::CrateRoot::from_env();
    command::gear(Family::Keys, arguments.into(), item.into(), &root).into()
}

/// Makes a gear that the server runs for the entries that come into streams.
///
/// As [`#[gear_on_keys]`](macro@gear_on_keys), with a record of `key`, `id` and `value`, a `dict` of the entry's fields.
/// Entries that were there before are read too. They are acknowledged when they have run, so those that a crash
/// interrupts run again.
///
/// ```
/// use gears_runtime::{Record, gear_on_stream};
///
/// /// Adds up the sales of each shop.
/// #[gear_on_stream(prefix = "sales:*", batch = 100, duration_ms = 50, on_failed = "retry")]
/// fn add_up(record: Record) {
///     r#"cmd.hincrbyfloat("sales", record["key"], record["value"]["amount"])"#
/// }
///
/// assert_eq!(add_up::GEAR.cause().kind(), "stream");
/// ```
///
/// | option | value | when it is absent |
/// | --- | --- | --- |
/// | `prefix` | a stream's whole name, or what it begins with and `*` | `"*"`, all streams |
/// | `batch` | how many entries run together | 1 |
/// | `duration_ms` | milliseconds after which fewer than a batch run | they wait for ever |
/// | `on_failed` | `"continue"`: an entry on which the gear raised counts as done, and the others of its batch run; `"abort"`: it stays, and the gear runs no more; `"retry"`: its batch runs again | `"continue"` |
/// | `retry_interval_ms` | milliseconds until then, whole seconds | 1000 |
/// | `trim` | `false`: entries stay in the stream when they have run | `true` |
/// | `name`, `was`, `mode`, `requirements`, `replace`, `description`, `on_registered`, `file`, `python`, `timeout_ms`, `crate` | as with `#[gear_on_keys]` | |
///
/// Two gears on one stream share its entries: each entry goes to one of them. A gear that raises
/// `flat_error("PAUSE …")` pauses, until `RG.UNPAUSEREGISTRATIONS`.
#[proc_macro_attribute]
pub fn gear_on_stream(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let root = crate_root::CrateRoot::from_env();
    command::gear(Family::Stream, arguments.into(), item.into(), &root).into()
}

/// Makes a checked Python function of one expression, for the steps of a gear function.
///
/// The text is one expression, mostly a `lambda`; it may go over several lines. It is parsed when the Rust compiles:
/// what is wrong with it is an error that names its line, and so is a name that it reads and that nothing gives a
/// meaning. The type of what is made says how many arguments it takes.
///
/// ```
/// use gears_runtime::{function::KeysReader, py};
///
/// let limit = 1000;
/// let large = KeysReader::new("*")
///     .filter(py!("lambda record: len(record['value'] or '') > limit", limit = limit))
///     .keys();
/// # assert!(large.run().script()?.source().contains("limit=1000"));
/// # Ok::<(), gears_runtime::Error>(())
/// ```
///
/// # Values
///
/// `name = value` gives a name of the Python a value of the Rust program: bytes, or anything of serde's. The value
/// never becomes code, whatever it holds. `name` alone is the variable of that name. A value is written down when
/// the expression is made; one that has no Python form is an error of what sends the function.
///
/// # Options
///
/// They stand before the text, as in `py!(python = "3.12", "lambda record: …")`:
///
/// | option | meaning |
/// | --- | --- |
/// | `allow = ["rule"]` | switches rules of the check off |
/// | `python = "3.12"` | the oldest Python that has to understand it; by default `python` under `[package.metadata.gears]` in `Cargo.toml`, or 3.9 |
/// | `crate = path` | the path of `gears_runtime`, for when it goes by another name |
///
/// # Errors
///
/// ```compile_fail
/// # use gears_runtime::{function::KeysReader, py};
/// let broken = KeysReader::new("*").filter(py!("lambda record: len(record['value']"));
/// ```
///
/// A `lambda` with the wrong number of parameters is one, too:
///
/// ```compile_fail
/// # use gears_runtime::{function::KeysReader, py};
/// let broken = KeysReader::new("*").filter(py!("lambda total, record: total"));
/// ```
#[proc_macro]
pub fn py(input: TokenStream) -> TokenStream {
    let root = crate_root::CrateRoot::from_env();
    py::py(input.into(), &root).into()
}

/// Makes a Python function with a body, for the steps of a gear function.
///
/// The body is Python in one string literal, as it is for [`macro@gear_command`]. What is made is a constant of the
/// function's name: a `PyFn` that takes as many arguments as there are parameters and returns the declared type. It
/// cannot be called from Rust.
///
/// ```
/// use gears_runtime::{function::{KeysReader, PyValue}, gear_fn};
///
/// /// Returns a user's supervisor; who has none is their own.
/// #[gear_fn]
/// fn supervisor(user: PyValue) -> String {
///     r#"return user.get("supervisor", user["id"])"#
/// }
///
/// let counts = KeysReader::new("user:*").values().count_by(supervisor);
/// # assert!(counts.run().script()?.source().contains("'supervisor'"));
/// # Ok::<(), gears_runtime::Error>(())
/// ```
///
/// The types of the parameters are for the reader: no Rust value travels.
///
/// # Options
///
/// | option | value | when it is absent |
/// | --- | --- | --- |
/// | `requirements` | Python packages, as pip spells them: `["numpy"]` | none |
/// | `file` | a file with the body, from the crate's root; the function's own body is then `{}` | the body is the literal |
/// | `python` | the oldest Python that has to run the body | `python` under `[package.metadata.gears]` in `Cargo.toml`, or `"3.9"` |
/// | `allow` | checks of the Python to switch off, by name: `["undefined-name"]`; messages name theirs | none |
/// | `crate` | the path of `gears_runtime`, for when it goes by another name | `::gears_runtime` |
#[proc_macro_attribute]
pub fn gear_fn(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let root = crate_root::CrateRoot::from_env();
    gear_fn::gear_fn(arguments.into(), item.into(), &root).into()
}

/// Makes a test with a server of its own, on which the gears of the binary are registered.
///
/// The server ([`embedded::Server`](https://docs.rs/gears-runtime/latest/gears_runtime/embedded/struct.Server.html), with
/// the engine) begins and ends with the test. Plain calls go there, for this test alone: tests that run at once in one
/// program do not disturb each other, as each runs in a `Scope` of its own. The function may be `async`; it may return
/// a `Result`, and takes what it needs of the test by the types of its parameters.
///
/// ```
/// use gears_runtime::{Gears, Result, gear_command, redis};
///
/// /// Adds to a counter and returns it.
/// #[gear_command]
/// fn count(counter: &str, by: i64) -> Result<i64> {
///     "return execute('INCRBY', counter, by)"
/// }
///
/// #[gears_runtime::test]
/// fn counters_begin_at_nothing() -> Result<()> {
///     assert_eq!(count("visits", 2)?, 2);
///     Ok(())
/// }
///
/// #[gears_runtime::test]
/// async fn others_see_the_counter(gears: &Gears, client: redis::Client) -> Result<()> {
///     count::on(gears).call("visits", 3)?;
///     let mut connection = client.get_connection().unwrap();
///     let visits: i64 = redis::cmd("GET").arg("visits").query(&mut connection).unwrap();
///     assert_eq!(visits, 3);
///     Ok(())
/// }
/// ```
///
/// It needs the feature `embedded` of gears-runtime, for an `async fn` `aio` as well.
///
/// | parameter | is |
/// | --- | --- |
/// | `&Gears`, `Gears` | the connection that plain calls use |
/// | `&redis::Client`, `redis::Client` | one for other commands |
/// | `&embedded::Server` | the server, with its log |
///
/// | option | value | when it is absent |
/// | --- | --- | --- |
/// | `gears` | the gears that are registered: `[count, shop::visit]` | all of the binary |
/// | `shared` | alone: the test uses one server together with others of the binary. Its gears have a prefix of their own there, `Gears::prefix`; keys are everybody's | a server of its own |
/// | `server` | how the server is started, an `embedded::Builder`: `embedded::Server::builder().engine_args(["ExecutionThreads", "1"])` | `Server::builder()` |
/// | `local` | alone: gears run in a Python of this machine, beside a server without the engine (feature `local`) | in the engine |
/// | `python` | of a `local` test: the interpreter | the one that `local` finds |
/// | `crate` | the path of `gears_runtime`, for when it goes by another name | `::gears_runtime` |
///
/// An `async` test has a runtime of tokio of its own, of one thread. Its tasks and its threads for blocking work are in
/// the scope of the test. A thread that the test starts is outside: `Scope::current()` takes it along.
///
/// When the test fails, what the server logged meanwhile is shown with it. A server that does not start, or does not
/// take the gears, is a panic that says why.
#[proc_macro_attribute]
pub fn test(arguments: TokenStream, item: TokenStream) -> TokenStream {
    server_test::server_test(arguments.into(), item.into()).into()
}

/// Puts what it is given in the place of a module, see `place`.
#[doc(hidden)]
#[proc_macro_attribute]
pub fn __gear(items: TokenStream, _module: TokenStream) -> TokenStream {
    items
}
