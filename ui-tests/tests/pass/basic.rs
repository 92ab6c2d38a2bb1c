//! The example of the manual, with every option.

use gears_runtime::{Gears, Mode, Replace, Result, gear_command};

/// Returns the page at `url`, from the cache in Redis when it is there.
///
/// More about it.
#[gear_command(requirements = ["requests"])]
pub fn cache_get(url: &str) -> Result<Vec<u8>> {
    r#"
    import requests
    if cmd.exists(url):
        return cmd.get(url)
    response = requests.get(url, timeout=10)
    if response.status_code != 200:
        return b""
    cmd.set(url, response.content)
    return response.content
    "#
}

#[gear_command(
    trigger = "total of",
    mode = "sync",
    requirements = ["a>=1", "b"],
    replace = true,
    description = "Adds up.",
    python = "3.12",
    crate = ::gears_runtime,
)]
async fn total(first: i64, second: Option<i64>) -> Result<i64, Box<dyn std::error::Error>> {
    "return first + (second or 0)"
}

fn calls(gears: &Gears) -> Result<Vec<u8>> {
    cache_get("plain")?;
    cache_get::on(gears).call("bound")
}

async fn calls_async(gears: &Gears) -> Result<i64, Box<dyn std::error::Error>> {
    total(1, None).await?;
    let bound = total::on(gears);
    bound.clone().call(1, Some(2)).await
}

fn main() {
    let _ = (calls, calls_async);
    let gear = &cache_get::GEAR;
    assert_eq!(gear.name(), "cache_get");
    assert_eq!(gear.trigger(), "cache_get");
    assert_eq!(gear.mode(), Mode::AsyncLocal);
    assert_eq!(gear.replace(), Replace::Refuse);
    assert_eq!(gear.requirements(), ["requests"]);
    assert_eq!(
        gear.description(),
        "Returns the page at `url`, from the cache in Redis when it is there."
    );
    assert!(
        gear.body()
            .starts_with("import requests\nif cmd.exists(url):\n    return")
    );
    assert!(gear.file().ends_with("basic.rs"), "{}", gear.file());
    assert_eq!(gear.line(), Some(11));
    assert!(gear.uses_cmd());
    assert_eq!(gear.module_path(), module_path!());
    assert_eq!(gear.params().len(), 1);

    let gear = &total::GEAR;
    assert_eq!((gear.name(), gear.trigger()), ("total", "total of"));
    assert_eq!(gear.mode(), Mode::Sync);
    assert_eq!(gear.replace(), Replace::Always);
    assert_eq!(gear.description(), "Adds up.");
    assert_eq!(gear.line(), Some(32));
    assert!(!gear.uses_cmd());
    assert!(gear.params()[1].is_optional());
}
