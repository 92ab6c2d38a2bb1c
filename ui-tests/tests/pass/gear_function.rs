//! Functions of the server's own, in all their shapes.
#![deny(warnings)]

use gears_runtime::{Cause, Result, gear_function};

/// Keys go first, whatever their places.
#[gear_function(
    lib = "shop",
    name = "move_all",
    flags(no_cluster, allow_oom,),
    replace = true
)]
pub fn r#move(pieces: Option<u32>, #[key] source: &str, #[key] target: i64) -> Result<()> {
    r#"cmd.decrby(source, pieces or 1), cmd.incrby(target, pieces or 1)"#
}

#[gear_function(lib = "shop", fallback, description = "Counts")]
async fn count(#[key] _key: Vec<u8>) -> Result<u64> {
    "return 1"
}

#[gear_function(lib = "shop", flags(), fallback = false)]
fn none() -> Result<()> {
    "pass"
}

fn main() {
    let Cause::Function(function) = r#move::GEAR.cause() else {
        panic!();
    };
    assert_eq!(function.keys, [1, 2]);
    assert_eq!(function.flags, ["no-cluster", "allow-oom"]);
    assert_eq!(r#move::GEAR.trigger(), "move_all");
    let _mock = none::mock(|| Ok(()));
    none().unwrap();
    let _ = (r#move, count, count::GEAR.description());
}
