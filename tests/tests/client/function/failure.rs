//! What goes wrong in the Python of a gear function, with the place in the Rust source.

use gears_runtime::function::{Order, PythonReader, RawPython};
use gears_runtime::{ErrorKind, gear_fn, py};

use gears_tests::unless_lacking;

use super::stage::Stage;

#[test]
fn tracebacks_point_into_the_source() {
    let stage = Stage::new();
    let line = line!() + 4;
    let function = PythonReader::new(py!("lambda: iter([2, 1, 0])"))
        .map(py!("lambda n: (
                n and
                1 // (n - 1))"))
        .run();
    let result = function.on(&stage.gears).unwrap();
    assert_eq!(result.results().len(), 1);
    let python = result.errors()[0].python().unwrap();
    assert_eq!(python.exception(), "ZeroDivisionError");
    let frame = python.frames().last().unwrap();
    assert_eq!((frame.file(), frame.line()), (file!(), line));
    assert_eq!(frame.source(), Some("1 // (n - 1))"));
    assert_eq!(result.into_result().unwrap_err().kind(), ErrorKind::Python);
}

/// The line of a step in Rust, and the errors that it leaves.
macro_rules! failing {
    ($stage:ident, $function:expr) => {
        (
            line!(),
            $function.run().on(&$stage.gears).unwrap().errors().to_vec(),
        )
    };
}

#[test]
fn steps_without_python_point_to_their_call_once() {
    let stage = Stage::new();
    let records = PythonReader::new(py!("lambda: iter([{'a': 1}, {'a': 2}, 'x'])"));
    let some = records.filter(py!("bool"));
    let itself = py!("lambda record: record");
    for (name, (line, errors)) in [
        ("distinct", failing!(stage, records.distinct())),
        ("mean", failing!(stage, records.mean())),
        ("avg", failing!(stage, records.avg(itself.clone()))),
        ("sort", failing!(stage, records.sort(Order::Descending))),
        (
            "sort_by",
            failing!(stage, records.sort_by(Order::Ascending, itself.clone())),
        ),
        // These are written in another way, for counts that may be of nothing.
        ("distinct", failing!(stage, some.distinct().count())),
        ("mean", failing!(stage, some.mean().count())),
        ("avg", failing!(stage, some.avg(itself.clone()).count())),
        ("sort", failing!(stage, some.sort(Order::Ascending).count())),
        (
            "sort_by",
            failing!(stage, some.sort_by(Order::Ascending, itself).count()),
        ),
    ] {
        assert_eq!(errors.len(), 1, "{name}: {errors:?}");
        let python = errors[0].python().unwrap();
        assert_eq!(python.exception(), "TypeError", "{name}");
        let frame = python.frames().last().unwrap();
        assert_eq!((frame.file(), frame.line()), (file!(), line), "{name}");
        assert_eq!(frame.function(), name);
        let place = format!("File \"{}\", line {line}", file!());
        assert_eq!(
            errors[0].to_string().matches(&place).count(),
            1,
            "{name}: {}",
            errors[0]
        );
    }
}

const DIVIDE: u32 = line!();
#[gear_fn]
fn divide(number: i64) -> i64 {
    r#"
    half = 10
    return half // number
    "#
}

#[test]
fn functions_have_their_own_lines() {
    let stage = Stage::new();
    let function = PythonReader::new(py!("lambda: iter([0])"))
        .map(divide)
        .run();
    let error = function
        .on(&stage.gears)
        .unwrap()
        .into_result()
        .unwrap_err();
    let python = error.python().unwrap();
    let frame = python.frames().last().unwrap();
    assert_eq!((frame.file(), frame.line()), (file!(), DIVIDE + 5));
    assert_eq!(frame.function(), "divide");
    assert_eq!(frame.source(), Some("return half // number"));
}

const LATE: u32 = line!();
#[gear_fn]
fn divide_late(number: i64) -> i64 {
    r#"
    import asyncio
    await asyncio.sleep(0)
    return 10 // number
    "#
}

#[test]
fn coroutines_have_their_own_lines_too() {
    let stage = Stage::new();
    let values = PythonReader::new(py!("lambda: iter([0])"));
    let error = |function: gears_runtime::function::BatchFunction<i64, _>| {
        let result = unless_lacking(function.on(&stage.gears), "`await`")?;
        Some(result.into_result().unwrap_err())
    };
    let Some(late) = error(values.map(divide_late).run()) else {
        return;
    };
    let python = late.python().unwrap();
    // RedisGears leaves only the message of what a coroutine raised.
    if !python.exception().is_empty() {
        let frame = python.frames().last().unwrap();
        assert_eq!((frame.file(), frame.line()), (file!(), LATE + 6));
        assert_eq!(frame.source(), Some("return 10 // number"));
        let place = format!("File \"{}\", line {}, in divide_late", file!(), LATE + 6);
        assert!(late.to_string().contains(&place), "{late}");
        assert!(
            late.to_string()
                .ends_with("ZeroDivisionError: integer division or modulo by zero")
        );
    }
}

#[test]
fn raw_python_is_checked_by_nobody_before_it_runs() {
    let stage = Stage::new();
    let one = PythonReader::new(RawPython::new_unchecked("lambda: iter([3])"));
    let double = one
        .map(RawPython::new_unchecked("lambda n: 2 * n"))
        .declare::<i64>();
    assert_eq!(stage.run(&double), [6]);
    let broken = one.map(RawPython::new_unchecked("lambda n: 2 *"));
    let error = broken.run().on(&stage.gears).unwrap_err();
    assert_eq!(
        error.python().unwrap().exception(),
        "SyntaxError",
        "{error}"
    );
    let reducer = one.map(RawPython::new_unchecked("lambda a, b: a"));
    let result = reducer.run().on(&stage.gears).unwrap();
    assert_eq!(
        result.errors()[0].python().unwrap().exception(),
        "TypeError"
    );
}

#[test]
fn no_error_means_no_count_of_zero() {
    let stage = Stage::new();
    let function = PythonReader::new(py!("lambda: 1 // 0")).count().run();
    let result = function.on(&stage.gears).unwrap();
    assert!(result.results().is_empty());
    assert_eq!(result.errors().len(), 1);
}

#[test]
fn requirements_of_all_steps_are_asked_for_once() {
    let function = PythonReader::new(py!("lambda: iter([1])").requirements(["one"]))
        .map(py!("str").requirements(["two", "one"]))
        .requirements(["three"])
        .run();
    assert_eq!(
        function.script().unwrap().required(),
        ["three", "one", "two"]
    );
}
