#![deny(warnings)]
//! Many calls of gears of all shapes.

use std::borrow::Cow;

use gears_runtime::{Error, Gears, Result, gear_command};

struct Private;

#[derive(Debug)]
struct OwnError;

impl From<Error> for OwnError {
    fn from(_: Error) -> Self {
        OwnError
    }
}

type Alias<'a> = &'a str;

impl serde::Serialize for Private {
    fn serialize<S: serde::Serializer>(
        &self,
        serializer: S,
    ) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_unit()
    }
}

#[gear_command(allow = ["unused-parameter"])]
pub(crate) fn everything(
    text: &str,
    r#type: Option<&[&str]>,
    cow: Cow<'_, str>,
    alias: Alias<'_>,
    own: Private,
    pair: (u8, &u8),
) -> std::result::Result<u8, OwnError> {
    "return 1"
}

#[gear_command(key = key)]
fn keyed(number: u8, key: &str) -> Result<String> {
    "return key * number"
}

#[gear_command]
async fn later(number: u8) -> Result<String> {
    "return str(number)"
}

#[gear_command]
fn nothing() -> Result<()> {
    "pass"
}

async fn pipes(gears: &Gears) {
    let owned = String::from("a");
    let _: Vec<std::result::Result<u8, OwnError>> = everything::pipe(
        gears,
        [(owned.as_str(), None, Cow::from("b"), "c", Private, (1, &2))],
    );
    let _ = keyed::on(gears).pipe(std::iter::repeat_n((1, "key"), 3));
    let _: Vec<Result<String>> = later::pipe(gears, 0..3).await;
    let _ = nothing::pipe(gears, [(); 3]);
}

fn sendable<T: Send>(_: T) {}

fn main() {
    let _ = |gears: &Gears| sendable(pipes(gears));
}
