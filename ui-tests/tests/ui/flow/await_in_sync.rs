use gears_runtime::{Arguments, Result, gear_command};

#[gear_command(mode = "sync")]
fn add(key: &str, n: i64) -> Result<i64> {
    r#"
    async def price():
        return n

    value = int(cmd.get(key) or 0)
    value += await price()
    cmd.set(key, value)
    return value
    "#
}

#[gear_command(mode = "sync")]
fn all(items: Vec<String>) -> Result<Vec<String>> {
    "return [item async for item in items]"
}

#[gear_command(hook = "get", mode = "sync")]
fn get(arguments: Arguments) {
    r#"
    async with arguments:
        return call_next(*arguments)
    "#
}

fn main() {}
