use gears_runtime::gear_fn;

#[gear_fn(trigger = "f", requirements = ["", "numpy", "numpy"])]
fn f(record: i64) -> i64 {
    "return record"
}

#[gear_fn(requirement = ["numpy"])]
fn g(record: i64) -> i64 {
    "return record"
}

fn main() {}
