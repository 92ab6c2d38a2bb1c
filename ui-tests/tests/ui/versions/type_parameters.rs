use gears_runtime::{Result, gear_command};

#[gear_command(python = "3.11")]
fn lookup(key: &str) -> Result<String> {
    r#"
    def first[T](items: list[T]) -> T:
        return items[0]
    return first([key])
    "#
}

fn main() {}
