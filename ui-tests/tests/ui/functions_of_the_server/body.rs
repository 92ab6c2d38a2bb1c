use gears_runtime::{Result, gear_function};

#[gear_function(lib = "shop")]
fn awaits() -> Result<i64> {
    r#"
    import asyncio
    await asyncio.sleep(1)
    return 1
    "#
}

#[gear_function(lib = "shop")]
fn broken(x: i64) -> Result<i64> {
    r#"
    return (x +
    "#
}

fn main() {
    let _ = (awaits(), broken(1));
}
