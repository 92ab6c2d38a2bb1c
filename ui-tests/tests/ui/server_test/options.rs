#[gears_runtime::test(share)]
fn unknown() {}

#[gears_runtime::test(shared, local)]
fn two_places() {}

#[gears_runtime::test(shared = true)]
fn flag_with_value() {}

#[gears_runtime::test(server)]
fn value_missing() {}

#[gears_runtime::test(python = "python3.12")]
fn python_of_the_engine() {}

#[gears_runtime::test(gears = "count", gears = [count])]
fn gears_twice_and_wrong() {}

fn main() {}
