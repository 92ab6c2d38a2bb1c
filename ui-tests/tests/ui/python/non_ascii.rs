use gears_runtime::{Result, gear_command};

#[gear_command]
fn f(key: &str) -> Result<String> {
    r#"
    größe = "日本" + + )
    return größe
    "#
}

fn main() {}
