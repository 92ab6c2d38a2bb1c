use gears_runtime::{Result, gear_command, gear_function};

#[gear_function(lib = "shop")]
fn optional(#[key] key: Option<String>) -> Result<String> {
    "return key"
}

#[gear_function(lib = "shop")]
fn ratio(#[key] key: f64) -> Result<f64> {
    "return key"
}

#[gear_function(lib = "shop")]
fn twice(#[key] #[key] key: &str) -> Result<String> {
    "return key"
}

#[gear_function(lib = "shop")]
fn named(#[key = "a"] key: &str) -> Result<String> {
    "return key"
}

#[gear_command]
fn command(#[key] key: &str) -> Result<String> {
    "return key"
}

fn main() {
    let _ = (optional(None), ratio(1.0), twice(""), named(""), command(""));
}
