use gears_runtime::{Result, gear_command};

#[gear_command]
fn f(key: &str) -> Result<String> {
    r#"
    if key:
        x = 1
      return x
    "#
}

fn main() {}
