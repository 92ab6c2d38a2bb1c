//! Takes all that an order wants from the stock, or nothing.

use std::collections::BTreeMap;

use gears_runtime::{Result, gear_command, redis};

use super::both::{compare, eval};

// ANCHOR: gear
/// Takes what an order wants; returns the items of which there are too few,
/// and then takes none.
#[gear_command(mode = "sync", key = stock)]
fn reserve(stock: &str, order: &BTreeMap<&str, i64>) -> Result<Vec<String>> {
    r#"
    short = []
    for item, wanted in order.items():
        if wanted < 1:
            raise ValueError(f"nobody can take {wanted}")
        if int(cmd.hget(stock, item) or 0) < wanted:
            short.append(item)
    if not short:
        for item, wanted in order.items():
            cmd.hincrby(stock, item, -wanted)
    return short
    "#
}
// ANCHOR_END: gear

#[gears_runtime::test(gears = [reserve])]
fn both_take_all_or_nothing(client: redis::Client) {
    let cases: [(&str, &[(&str, i64)]); 10] = [
        ("stock", &[("nuts", 2), ("bolts", 3)]),
        // One of them is short, so none is taken.
        ("stock", &[("nuts", 1), ("bolts", 100)]),
        ("stock", &[("nuts", 100), ("bolts", 100)]),
        ("stock", &[("nuts", 3)]),
        ("stock", &[("nuts", 1)]),
        ("stock", &[("", 1)]),
        ("stock", &[("bolts", 1), ("washers", 1)]),
        ("stock", &[]),
        // An order that gives is none.
        ("stock", &[("bolts", 0)]),
        ("empty", &[("bolts", 1), ("nuts", -1)]),
    ];
    compare(
        &client,
        &[&["HSET", "stock", "nuts", "5", "bolts", "7"]],
        &cases,
        |connection, (stock, order)| {
            let order: BTreeMap<_, _> = order.iter().copied().collect();
            let words: Vec<String> = order
                .iter()
                .flat_map(|(item, wanted)| [item.to_string(), wanted.to_string()])
                .collect();
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let script = include_str!("../../lua/inventory.lua");
            eval(connection, script, &[stock], &words)
        },
        |(stock, order)| reserve(stock, &order.iter().copied().collect()),
    );
}
