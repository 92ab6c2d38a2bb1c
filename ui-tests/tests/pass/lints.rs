//! Strict crates take the expansion without a warning.
#![deny(
    missing_docs,
    missing_debug_implementations,
    missing_copy_implementations,
    non_snake_case,
    private_interfaces,
    unnameable_types,
    unreachable_pub,
    unused,
    unused_qualifications,
    unused_results,
    warnings,
    elided_lifetimes_in_paths,
    explicit_outlives_requirements,
    let_underscore_drop,
    meta_variable_misuse,
    non_local_definitions,
    single_use_lifetimes,
    trivial_casts,
    unit_bindings,
    variant_size_differences
)]
#![forbid(unsafe_code)]

use gears_runtime::{Result, gear_command};

/// Documented.
#[gear_command]
pub fn documented(text: &str, list: &[u16]) -> Result<String> {
    "return text + str(list)"
}

#[gear_command]
pub async fn undocumented(text: &str) -> Result<()> {
    "log(text)"
}

/// A module.
pub mod module {
    /// Documented.
    #[super::gear_command]
    #[must_use = "it says something"]
    #[inline]
    pub fn marked() -> super::Result<i32> {
        "return 1"
    }

    /// Old.
    #[super::gear_command]
    #[deprecated = "use the other one"]
    #[allow(non_snake_case)]
    pub fn Old() -> super::Result<()> {
        "pass"
    }
}

fn main() {
    let _ = documented;
}
