//! Every type that travels, there and back.
//!
//! Text, numbers, booleans and bytes are plain on the wire, so that `redis-cli` and clients in
//! other languages can call these gears too; everything else that serde knows is JSON.

mod server;

use std::collections::BTreeMap;

use gears_runtime::redis::Value;
use gears_runtime::{Result, gear_command, register_all, unregister_all};
use serde::{Deserialize, Serialize};

/// Text is a `str` in Python.
#[gear_command(trigger = "types.text")]
fn text(text: &str) -> Result<String> {
    "return text.upper()"
}

/// A single character is a `str` too.
#[gear_command(trigger = "types.char")]
fn character(character: char) -> Result<char> {
    "return chr(ord(character) + 1)"
}

/// Integers of every size are an `int`, which has no limit; what does not fit back is an error.
#[gear_command(trigger = "types.integer")]
fn integer(small: i8, large: u128) -> Result<i128> {
    "return small - large"
}

/// Floats arrive to the last bit; so do infinities and NaN.
#[gear_command(trigger = "types.float")]
fn float(float: f64) -> Result<f64> {
    "return -float"
}

/// A `bool` is a `bool`.
#[gear_command(trigger = "types.boolean")]
fn boolean(boolean: bool) -> Result<bool> {
    "return not boolean"
}

/// Bytes are `bytes`, whatever is in them.
#[gear_command(trigger = "types.bytes")]
fn bytes(bytes: &[u8]) -> Result<Vec<u8>> {
    "return bytes[::-1]"
}

/// Nothing comes back.
#[gear_command(trigger = "types.nothing")]
fn nothing() -> Result<()> {
    r#"return "nobody reads this""#
}

/// An `Option` is `None` or a value, in both directions.
#[gear_command(trigger = "types.optional")]
fn optional(number: Option<i64>) -> Result<Option<i64>> {
    "return None if number is None else number + 1"
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Order {
    customer: String,
    items: BTreeMap<String, u32>,
    express: bool,
}

/// Structs, maps and lists of anything are a `dict` and a `list`.
#[gear_command(trigger = "types.order")]
fn merge(orders: &[Order]) -> Result<Order> {
    r#"
    items = {}
    for order in orders:
        for item, count in order["items"].items():
            items[item] = items.get(item, 0) + count
    return {
        "customer": orders[0]["customer"],
        "items": items,
        "express": any(order["express"] for order in orders),
    }
    "#
}

/// A `redis::Value` is what the server answers, as it comes.
#[gear_command(trigger = "types.raw")]
fn raw() -> Result<Value> {
    r#"return [1, "two", [b"\xff"]]"#
}

fn main() -> Result<()> {
    let server = server::Server::find()?;
    let gears = server.connect()?;
    println!("{}", register_all(&gears)?);

    assert_eq!(text("zürich")?, "ZÜRICH");
    // No text is special: not a sign in front, not a NUL, not the empty one.
    for odd in ["", "+OK", "-ERR", "A\0B", "\r\n", "%S"] {
        assert_eq!(text(odd)?, odd);
    }
    println!("text, and text that looks like something else");

    assert_eq!(character('a')?, 'b');
    assert_eq!(character('🦀')?, '🦁');
    println!("characters");

    assert_eq!(integer(i8::MIN, 0)?, -128);
    assert_eq!(integer(0, i128::MAX as u128)?, -i128::MAX);
    println!("integers of up to 128 bits");

    for number in [0.0, 0.1, -1e300, 5e-324, f64::INFINITY] {
        assert_eq!(float(number)?, -number);
    }
    assert!(float(f64::NAN)?.is_nan());
    println!("floats, with infinities and NaN");

    assert!(boolean(false)? && !boolean(true)?);
    println!("booleans");

    assert_eq!(bytes(b"\x00\x01\xfe\xff")?, b"\xff\xfe\x01\x00");
    println!("bytes that are no text");

    nothing()?;
    println!("nothing at all");

    assert_eq!(optional(Some(41))?, Some(42));
    assert_eq!(optional(None)?, None);
    println!("a value or None");

    let order = |items: &[(&str, u32)], express| Order {
        customer: "Ada".to_owned(),
        items: items
            .iter()
            .map(|&(item, count)| (item.to_owned(), count))
            .collect(),
        express,
    };
    let merged = merge(&[
        order(&[("tea", 1), ("cup", 2)], false),
        order(&[("tea", 3)], true),
    ])?;
    println!("structs, maps and lists: {merged:?}");
    assert_eq!(merged, order(&[("tea", 4), ("cup", 2)], true));

    let answer = raw()?;
    println!("the server's own values: {answer:?}");
    let inner = Value::Array(vec![Value::BulkString(vec![0xff])]);
    let two = Value::BulkString(b"two".to_vec());
    assert_eq!(answer, Value::Array(vec![Value::Int(1), two, inner]));

    unregister_all(&gears)?;
    Ok(())
}
