//! The attributes of gears: Python functions for Redis and Valkey, called like Rust functions.
//!
//! Use them through the crate `gears-runtime`, which re-exports them and holds what they expand to.

mod check;
mod command;
mod crate_root;
mod docs;
mod errors;
mod expand;
mod fallback;
mod item;
mod model;
mod options;
mod path;
mod python;
#[cfg(test)]
mod tests;

use proc_macro::TokenStream;

/// X.
#[proc_macro_attribute]
pub fn gear_command(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let root = crate_root::CrateRoot::from_env();
    command::gear_command(arguments.into(), item.into(), &root).into()
}
