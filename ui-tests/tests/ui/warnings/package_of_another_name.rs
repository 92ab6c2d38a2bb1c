#![deny(warnings)]

use gears_runtime::{Result, gear_command};

#[gear_command]
fn lookup(key: &str) -> Result<String> {
    r#"
    from PIL import Image
    return str(Image.open(key).size)
    "#
}

fn main() {}
