use gears_runtime::{Result, gear_command, gear_on_keys};

struct Shop;

impl Shop {
    #[gear_command]
    pub fn quote(item: &str) -> Result<u64> {
        "return int(cmd.get(item))"
    }

    #[gear_on_keys(prefix = "order:*")]
    fn on_order(event: KeyEvent) {
        "cmd.incr('orders')"
    }
}

trait Sells {
    #[gear_command(mode = "sync")]
    fn sell(item: &str) -> Result<u64> {
        "return cmd.decr(item)"
    }
}

fn main() {}
