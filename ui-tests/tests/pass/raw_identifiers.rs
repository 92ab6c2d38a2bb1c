//! Raw identifiers lose their `r#` on the way to Python, which has other keywords than Rust.

use gears_runtime::{Result, gear_command};

#[gear_command]
fn r#match(r#type: &str, r#fn: u8, r#struct: bool) -> Result<String> {
    "return type + str(fn) + str(struct)"
}

fn main() {
    let _ = |gears: &gears_runtime::Gears| r#match::on(gears).call("a", 1, true);
    let _ = || r#match("a", 1, true);
    let gear = &r#match::GEAR;
    assert_eq!((gear.name(), gear.trigger()), ("match", "match"));
    let names: Vec<&str> = gear.params().iter().map(|param| param.name()).collect();
    assert_eq!(names, ["type", "fn", "struct"]);
}
