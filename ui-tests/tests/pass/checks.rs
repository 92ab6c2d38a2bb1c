//! What is right, or allowed, compiles without a word.
#![deny(warnings)]

use gears_runtime::{Result, gear_command, gear_fn, gear_on_keys, py};

#[gear_command(requirements = ["requests>=2", "PyYAML"])]
fn page(url: &str, tags: Vec<String>, _rest: Option<u8>) -> Result<String> {
    r#"
    import json
    import requests, yaml

    def clean(text):
        return "\n".join(line for line in text.splitlines() if line)

    try:
        response = requests.get(url, timeout=10)
    except requests.RequestException as error:
        log(f"no answer: {error}", level="warning")
        return ""
    while True:
        if (text := clean(response.text)):
            break
        return yaml.dump(tags)
    with atomic():
        cmd.set(url, text)
    return json.dumps({"text": text, "count": sum(1 for tag in tags if tag)})
    "#
}

#[gear_command(allow = ["unused-parameter", "possibly-unbound", "missing-requirement", "bare-except"])]
fn loose(key: &str, flag: bool) -> Result<String> {
    r#"
    import anything
    if flag:
        value = anything.get()
    try:
        cmd.ping()
    except:
        pass
    return value
    "#
}

#[gear_command(allow = ["undefined-name"])]
fn made_elsewhere() -> Result<i64> {
    "return defined_by_another_script()"
}

#[gear_command(allow = ["missing-return"])]
fn sometimes(flag: bool) -> Result<i64> {
    r#"
    if flag:
        return 1
    "#
}

// The caller knows that others come in between.
#[gear_command(mode = "sync", allow = ["await-in-sync"])]
fn waits(key: &str) -> Result<Option<String>> {
    r#"
    import asyncio

    while not cmd.exists(key):
        await asyncio.sleep(0.01)
    return cmd.get(key)
    "#
}

// What is only made here is awaited elsewhere.
#[gear_command(mode = "sync")]
fn begins(key: &str) -> Result<()> {
    r#"
    import asyncio

    async def forget():
        await asyncio.sleep(60)
        execute("DEL", key)

    runCoroutine(forget())
    "#
}

// A slip that does not matter where `None` is a value.
#[gear_command]
fn maybe(flag: bool) -> Result<Option<i64>> {
    r#"
    if flag:
        return 1
    "#
}

// Routes the call.
#[gear_command(key = user)]
fn routed(user: &str) -> Result<i64> {
    "return 1"
}

// What is passed is the event's to say.
#[gear_on_keys(prefix = "order:*")]
fn count(record: gears_runtime::Record) {
    "cmd.incr('orders')"
}

#[gear_fn]
fn words(record: String) -> Vec<String> {
    r#"
    for word in record.split():
        yield word
    "#
}

#[gear_fn(allow = ["unused-parameter", "missing-return"])]
fn silent(key: String, records: Vec<i64>) -> i64 {
    "print('seen')"
}

// Types of other names may be anything.
#[gear_fn]
fn perhaps(record: i64) -> gears_runtime::function::PyValue {
    "if record: return 1"
}

fn main() {
    let _ = py!("lambda _key, total, record: (total or 0) + record");
    let _ = py!(
        allow = ["unused-parameter"],
        "lambda key, total, record: record"
    );
    let _ = py!(
        python = "3.12",
        allow = ["mutable-default"],
        "lambda all=[]: anext(all)"
    );
    let _ = (silent, perhaps);
    let _ = (page, loose, made_elsewhere, sometimes, maybe, routed, words);
}
