//! The compiler chooses how a value travels, so that aliases and types of one's own work.
// Warnings about the Python are told as uses of something deprecated.
#![allow(deprecated)]

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use gears_runtime::{PerShard, Returned, Wire, gear_command};
use serde::{Deserialize, Serialize};

type Text = &'static str;
type Outcome<T> = std::result::Result<T, Failure>;
type Nothing = Outcome<()>;

struct Failure;

impl From<gears_runtime::Error> for Failure {
    fn from(_: gears_runtime::Error) -> Self {
        Failure
    }
}

#[derive(Serialize, Deserialize)]
struct Newtype(Vec<u8>);

#[derive(Serialize, Deserialize)]
struct Pair<'a, T> {
    text: Cow<'a, str>,
    value: T,
}

#[gear_command]
fn arguments(
    a: Text,
    b: String,
    c: &Arc<str>,
    d: &[u8],
    e: [u8; 4],
    f: Option<&str>,
    g: &Newtype,
    h: Pair<'_, i32>,
    i: &HashMap<String, Vec<u8>>,
    j: (u8, &str),
    k: f32,
    l: &&i128,
    m: char,
) -> Nothing {
    "pass"
}

#[gear_command]
fn optional() -> Outcome<Option<u8>> {
    "return None"
}

#[gear_command]
fn own() -> Outcome<Pair<'static, Newtype>> {
    "return {}"
}

#[gear_command]
fn raw() -> Outcome<gears_runtime::redis::Value> {
    "pass"
}

#[gear_command(mode = "async")]
fn everywhere() -> Outcome<PerShard<Option<u8>>> {
    "return 1"
}

// Nothing is returned, and that is fine for each of these types.
#[gear_command]
fn nothing() -> Nothing {
    "cmd.set('a', 1)"
}

#[gear_command]
fn perhaps() -> Outcome<Option<String>> {
    "pass"
}

#[gear_command]
fn unfinished(x: u8) -> Outcome<String> {
    "raise NotImplementedError"
}

fn main() {
    let wires: Vec<Wire> = arguments::GEAR
        .params()
        .iter()
        .map(|param| param.wire())
        .collect();
    use Wire::{Boolean, Bytes, Float, Integer, Json, Text};
    let _ = Boolean;
    assert_eq!(
        wires,
        [
            Text, Text, Text, Bytes, Bytes, Text, Json, Json, Json, Json, Float, Integer, Text
        ]
    );
    assert_eq!(arguments::GEAR.returns().wire(), Returned::Unit);
    assert!(optional::GEAR.returns().is_nullable());
    assert_eq!(own::GEAR.returns().wire(), Returned::Json);
    assert_eq!(raw::GEAR.returns().wire(), Returned::Raw);
    assert_eq!(everywhere::GEAR.returns().wire(), Returned::Integer);
    let _ = (nothing, perhaps, unfinished, everywhere);
}
