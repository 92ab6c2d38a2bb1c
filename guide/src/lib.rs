//! The pages of the guide, the README and what the attributes say of themselves, as documentation whose examples
//! `cargo test --doc -p gears-guide` compiles and runs.
//!
//! `tests/pages.rs` sees to it that each page with Rust of its own stands here, and holds its Python to what it says.

#![warn(clippy::expect_used, clippy::unwrap_used)]

/// Makes a page a module.
#[cfg(doctest)]
macro_rules! page {
    ($($module:ident: $page:literal),* $(,)?) => {
        $(
            #[doc = include_str!(concat!("../pages/", $page))]
            mod $module {}
        )*
    };
}

#[cfg(doctest)]
page! {
    clusters: "clusters.md",
    deploys: "deploys.md",
    errors: "errors.md",
    events: "events.md",
    fcall: "fcall.md",
    first_gear: "first-gear.md",
    functions: "functions.md",
    introduction: "introduction.md",
    modes: "modes.md",
    moving_from_redgrease: "moving-from-redgrease.md",
    readme: "../../README.md",
    security: "security.md",
    testing: "testing.md",
    values: "values.md",
}

#[cfg(doctest)]
page! {
    attribute_gear_command: "../../gears-macros/docs/gear_command.md",
    attribute_gear_fn: "../../gears-macros/docs/gear_fn.md",
    attribute_gear_function: "../../gears-macros/docs/gear_function.md",
    attribute_gear_on_keys: "../../gears-macros/docs/gear_on_keys.md",
    attribute_gear_on_stream: "../../gears-macros/docs/gear_on_stream.md",
    attribute_py: "../../gears-macros/docs/py.md",
    attribute_test: "../../gears-macros/docs/test.md",
}
