#[gears_runtime::test]
#[test]
fn test_twice() {}

#[gears_runtime::test]
fn generic<T>() {}

#[gears_runtime::test]
unsafe fn dangerous() {}

#[gears_runtime::test]
struct NoFunction;

fn main() {}
