use gears_runtime::{Result, gear_command};

#[gear_command]
fn lookup(key: &str) -> Result<String> {
    r#"
    return await anext(source(key))
    def source(key):
        return key
    "#
}

fn main() {}
