//! Every way to write a string literal, and what is known about its lines.

use gears_runtime::{Result, gear_command};

#[gear_command]
fn escaped() -> Result<String> {
    "\n    x = 'a\\n'\n    return x\n"
}

#[gear_command]
fn plain() -> Result<String> {
    "
    x = 'a'
    return x
    "
}

#[gear_command]
fn continued() -> Result<i64> {
    "return \
     1"
}

#[gear_command]
fn hashes() -> Result<String> {
    r###"return '"##' + "#" "###
}

#[gear_command]
fn unicode() -> Result<String> {
    r#"
        größe = "日本"
        return größe
    "#
}

#[gear_command]
fn several_lines_in_a_string() -> Result<String> {
    r#"
    return """
      indented
    """
    "#
}

#[gear_command]
fn coroutine() -> Result<i64> {
    r#"
    import asyncio
    await asyncio.sleep(0)
    return 1
    "#
}

fn main() {
    assert_eq!(escaped::GEAR.body(), "x = 'a\\n'\nreturn x");
    assert_eq!(escaped::GEAR.line(), None);
    assert_eq!(plain::GEAR.line(), Some(13));
    assert_eq!(continued::GEAR.body(), "return 1");
    assert_eq!(continued::GEAR.line(), None);
    assert_eq!(hashes::GEAR.body(), r###"return '"##' + "#""###);
    assert_eq!(hashes::GEAR.line(), Some(26));
    assert_eq!(unicode::GEAR.body(), "größe = \"日本\"\nreturn größe");
    assert_eq!(
        several_lines_in_a_string::GEAR.body(),
        "return \"\"\"\n  indented\n\"\"\""
    );
    assert!(coroutine::GEAR.is_coroutine() && !plain::GEAR.is_coroutine());
}
