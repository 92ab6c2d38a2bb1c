//! `RG.CONFIGSET` (spec sections 1.13 and 8).

use std::ffi::CStr;

use crate::config::config;
use gears_server::{Arguments, Category, Command, Context, Refusal, Reply};

/// Changes settings; each pair is answered for itself.
pub(super) struct ConfigSet;

impl Command for ConfigSet {
    const NAME: &'static CStr = c"rg.configset";
    const CATEGORY: Category = Category::Admin;

    fn serve(mut context: &Context, arguments: Arguments<'_>) -> Result<(), Refusal> {
        let words: Vec<_> = arguments
            .from(1)
            .map(|word| String::from_utf8_lossy(word).into_owned())
            .collect();
        context.array(words.len().div_ceil(2));
        for pair in words.chunks(2) {
            match config().set(&pair[0], pair.get(1).map(String::as_str)) {
                Ok(status) => context.status(status),
                Err(refusal) => context.refuse(&refusal),
            }
        }
        Ok(())
    }
}
