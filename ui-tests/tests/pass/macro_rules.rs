//! Gears may be made by macros, from literals, names, types, options and visibilities that were handed in.

use gears_runtime::{Result, gear_command};

mod hidden {
    pub use gears_runtime as runtime;
}

macro_rules! from_parts {
    ($visibility:vis $name:ident, $argument:ident: $ty:ty => $returned:ty, $body:literal) => {
        #[gear_command]
        $visibility fn $name($argument: $ty) -> Result<$returned> {
            $body
        }
    };
}

from_parts!(pub(crate) first, text: &str => String, r#"
    return text
"#);

macro_rules! from_expression {
    ($name:ident, $body:expr) => {
        #[gear_command]
        fn $name() -> Result<i64> {
            $body
        }
    };
}

from_expression!(second, "return 2");

macro_rules! from_options {
    ($name:ident, $trigger:literal, $mode:expr, $requirement:literal, $replace:literal) => {
        #[gear_command(trigger = $trigger, mode = $mode, requirements = [$requirement], replace = $replace)]
        fn $name() -> Result<i64> {
            "return 3"
        }
    };
}

from_options!(third, "the third", "sync", "requests", true);

macro_rules! with_crate {
    ($name:ident) => {
        #[gear_command(crate = $crate::hidden::runtime)]
        fn $name(__call: u8, argument: u8) -> Result<u8> {
            "return __call + argument"
        }
    };
}

with_crate!(fourth);

macro_rules! whole_item {
    ($item:item) => {
        #[gear_command]
        $item
    };
}

whole_item! {
    /// Documented.
    fn fifth() -> Result<u8> { "return 5" }
}

macro_rules! through_two {
    ($body:literal) => {
        from_expression!(sixth, $body);
    };
}

through_two!("return 6");

fn main() {
    assert_eq!(first::GEAR.body(), "return text");
    assert_eq!(first::GEAR.line(), Some(19));
    assert_eq!(second::GEAR.body(), "return 2");
    assert_eq!(third::GEAR.trigger(), "the third");
    assert_eq!(third::GEAR.requirements(), ["requests"]);
    assert_eq!(fourth::GEAR.params()[0].name(), "__call");
    assert_eq!(fifth::GEAR.description(), "Documented.");
    assert_eq!(sixth::GEAR.body(), "return 6");
}
