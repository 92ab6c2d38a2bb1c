#![deny(warnings)]

use gears_runtime::gear_fn;

#[gear_fn]
fn unused(key: String, total: i64) -> i64 {
    "return total"
}

#[gear_fn]
fn unbound(record: i64) -> i64 {
    r#"
    if record > 1:
        half = record // 2
    return half
    "#
}

#[gear_fn]
fn sometimes(record: i64) -> String {
    r#"
    if record > 1:
        return "many"
    "#
}

#[gear_fn]
fn never(record: i64) -> Vec<i64> {
    "print(record)"
}

#[gear_fn]
fn several(record: i64) -> i64 {
    r#"
    import yaml, tomllib
    def collect(value, into=[]):
        into.append(value)
        return into
    try:
        execute("SET", record, yaml.dump(tomllib))
    except:
        pass
    return len(collect(recrod))
    print("done")
    "#
}

fn main() {}
