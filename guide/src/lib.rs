//! The pages of the guide and the README, as documentation whose examples `cargo test --doc -p gears-guide` compiles and runs.
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
