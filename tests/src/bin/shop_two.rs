//! The shop in its second version: other bodies, another number of arguments, a gear of another name.

use gears_runtime::{Record, Result, gear_command, gear_on_keys, gear_on_stream};
use gears_tests::shop;

/// Prices an offer, otherwise.
#[gear_command(trigger = "shop.quote")]
fn quote(net: i64) -> Result<String> {
    "return 'two %d' % net"
}

/// Adds up, of three numbers.
#[gear_command(trigger = "shop.total", mode = "sync")]
fn total(left: i64, middle: i64, right: i64) -> Result<i64> {
    "return left + middle + right"
}

/// Notes that an order was seen, under a new name.
#[gear_on_keys(prefix = "order:*", events = ["set"], name = "shop.note_order", was = "shop.on_order")]
fn note_order(record: Record) {
    "cmd.incrby('seen:' + record['key'], 1)"
}

/// Notes that a sale was seen, otherwise.
#[gear_on_stream(prefix = "sales", name = "shop.on_sale")]
fn on_sale(record: Record) {
    "cmd.incrby('sold:' + record['value']['n'], 1)"
}

fn main() {
    shop::serve("2.0.0", |number| {
        assert_eq!(quote(number).unwrap(), format!("two {number}"));
        assert_eq!(total(number, 1, 1).unwrap(), number + 2);
    });
}
