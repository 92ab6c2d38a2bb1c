use gears_runtime::gear_fn;

#[gear_fn]
async fn f(self, (a, b): (i64, i64), lambda: i64) -> i64 {
    "return 1"
}

#[gear_fn]
fn g<T>(record: T) -> i64 {
    "return 1"
}

#[gear_fn]
fn h(record: Missing) -> i64 {
    "return 1"
}

fn main() {}
