use gears_runtime::{Result, gear_command};

#[gear_command(on_registered = r#"
    log("ready"
"#)]
fn syntax() -> Result<()> {
    "pass"
}

#[gear_command(on_registered = "await runCoroutine(None)")]
fn awaits() -> Result<()> {
    "pass"
}

fn main() {}
