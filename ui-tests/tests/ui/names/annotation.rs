use gears_runtime::{Result, gear_command};

#[gear_command]
fn lookup(key: &str) -> Result<String> {
    r#"
    def clean(text: Text) -> str:
        return text.strip()
    return clean(key)
    "#
}

fn main() {}
