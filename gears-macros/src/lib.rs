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

#[doc = include_str!("../docs/gear_command.md")]
#[proc_macro_attribute]
pub fn gear_command(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let root = crate_root::CrateRoot::from_env();
    command::gear(Family::Command, arguments.into(), item.into(), &root).into()
}

#[doc = include_str!("../docs/gear_function.md")]
#[proc_macro_attribute]
pub fn gear_function(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let root = crate_root::CrateRoot::from_env();
    command::gear(Family::Function, arguments.into(), item.into(), &root).into()
}

#[doc = include_str!("../docs/gear_on_keys.md")]
#[proc_macro_attribute]
pub fn gear_on_keys(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let root = crate_root::CrateRoot::from_env();
    command::gear(Family::Keys, arguments.into(), item.into(), &root).into()
}

#[doc = include_str!("../docs/gear_on_stream.md")]
#[proc_macro_attribute]
pub fn gear_on_stream(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let root = crate_root::CrateRoot::from_env();
    command::gear(Family::Stream, arguments.into(), item.into(), &root).into()
}

#[doc = include_str!("../docs/py.md")]
#[proc_macro]
pub fn py(input: TokenStream) -> TokenStream {
    let root = crate_root::CrateRoot::from_env();
    py::py(input.into(), &root).into()
}

#[doc = include_str!("../docs/gear_fn.md")]
#[proc_macro_attribute]
pub fn gear_fn(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let root = crate_root::CrateRoot::from_env();
    gear_fn::gear_fn(arguments.into(), item.into(), &root).into()
}

#[doc = include_str!("../docs/test.md")]
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
