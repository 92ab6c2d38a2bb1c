use gears_runtime::{Result, gear_command};

struct Cache;

impl Cache {
    #[gear_command]
    fn get(&self, key: &str) -> Result<String> {
        "return cmd.get(key)"
    }
}

fn main() {}
