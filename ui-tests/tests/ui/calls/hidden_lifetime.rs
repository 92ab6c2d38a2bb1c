//! A type that leaves its lifetime out, as an `async fn` may not either.

use gears_runtime::{Result, gear_command};
use serde::Serialize;

#[derive(Serialize)]
struct Page<'a> {
    title: &'a str,
}

#[gear_command]
fn title_of(page: Page) -> Result<String> {
    "return page['title']"
}

fn main() {}
