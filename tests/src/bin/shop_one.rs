//! The shop in its first version.

use gears_runtime::{Record, Result, gear_command, gear_on_keys, gear_on_stream};
use gears_tests::shop;

/// Prices an offer.
#[gear_command(trigger = "shop.quote")]
fn quote(net: i64) -> Result<String> {
    "return 'one %d' % net"
}

/// Adds up, of two numbers.
#[gear_command(trigger = "shop.total", mode = "sync")]
fn total(left: i64, right: i64) -> Result<i64> {
    "return left + right"
}

/// Notes that an order was seen.
#[gear_on_keys(prefix = "order:*", events = ["set"], name = "shop.on_order")]
fn on_order(record: Record) {
    "cmd.incr('seen:' + record['key'])"
}

/// Notes that a sale was seen.
#[gear_on_stream(prefix = "sales", name = "shop.on_sale")]
fn on_sale(record: Record) {
    "cmd.incr('sold:' + record['value']['n'])"
}

fn main() {
    shop::serve("1.0.0", |number| {
        assert_eq!(quote(number).unwrap(), format!("one {number}"));
        assert_eq!(total(number, 1).unwrap(), number + 1);
    });
}
