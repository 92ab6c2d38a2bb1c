//! Tracebacks of gear functions: nothing of the generated script, and a place in Rust whatever raised.

use std::fmt::Debug;

use gears_runtime::function::{
    BatchFunction, CommandReader, GearFunction, KeysReader, Order, PyValue, PythonReader,
    RawPython, Runs,
};
use gears_runtime::{Error, Mode, gear_fn, py};

use serde::de::DeserializeOwned;

use super::stage::Stage;

/// Writes the frames as `line in function: source`, all of them in this file.
fn places(error: &Error) -> Vec<String> {
    let printed = error.to_string();
    assert!(!printed.contains("<string>"), "{printed}");
    assert!(!printed.contains("_gear_"), "{printed}");
    let python = error
        .python()
        .unwrap_or_else(|| panic!("{error}: {:?}", error.kind()));
    python
        .frames()
        .iter()
        .map(|frame| {
            assert_eq!(frame.file(), file!(), "{printed}");
            let source = frame.source().unwrap_or("?");
            format!("{} in {}: {source}", frame.line(), frame.function())
        })
        .collect()
}

fn fail<T: DeserializeOwned + Debug, R: Runs>(
    stage: &Stage,
    function: &GearFunction<T, R>,
) -> Error {
    fail_closed(stage, &function.run())
}

fn fail_closed<T: DeserializeOwned + Debug, R>(
    stage: &Stage,
    function: &BatchFunction<T, R>,
) -> Error {
    match function.on(&stage.gears) {
        Ok(result) => result.into_result().unwrap_err(),
        Err(error) => error,
    }
}

/// The first frame; those of Python's own library follow.
fn outermost(error: &Error) -> String {
    let printed = error.to_string();
    assert!(!printed.contains("<string>"), "{printed}");
    let frame = &error.python().unwrap().frames()[0];
    assert_eq!(frame.file(), file!(), "{printed}");
    format!(
        "{} in {}: {}",
        frame.line(),
        frame.function(),
        frame.source().unwrap_or("?")
    )
}

#[test]
fn callables_that_are_not_written_in_python_have_the_place_of_their_expression() {
    let stage = Stage::new();
    let words = PythonReader::new(py!("lambda: iter(['12', 'x'])"));
    let line = line!() + 1;
    let error = fail(&stage, &words.map(py!("int")));
    assert_eq!(places(&error), [format!("{line} in map: int")]);
    assert_eq!(
        error.to_string(),
        format!(
            "Traceback (most recent call last):\n  File \"{}\", line {line}, in map\n    int\n\
             ValueError: invalid literal for int() with base 10: 'x'",
            file!()
        )
    );
    let number = PythonReader::new(py!("lambda: iter([1])"));
    let line = line!() + 1;
    let error = fail(&stage, &number.flat_map(py!("str.split")));
    assert_eq!(places(&error), [format!("{line} in flat_map: str.split")]);
    let line = line!() + 1;
    let error = fail(&stage, &number.aggregate("", py!("str.join"), py!("max")));
    assert_eq!(
        places(&error),
        [format!("{line} in aggregate: str.join … max")]
    );
    let line = line!() + 1;
    let error = fail(&stage, &PythonReader::new(py!("'text'")).map(py!("int")));
    assert_eq!(
        places(&error),
        [format!("{line} in generator: 'text' … int")]
    );
}

#[test]
fn steps_of_the_builder_have_the_place_of_their_call() {
    let stage = Stage::new();
    let mixed = PythonReader::new(py!("lambda: iter([1, 'one'])"));
    let line = line!() + 1;
    let error = fail(&stage, &mixed.sort(Order::Descending));
    assert_eq!(
        places(&error),
        [format!("{line} in sort: .sort(Order::Descending)")]
    );
    let line = line!() + 2;
    let by_length =
        |reader: PythonReader| reader.sort_by(Order::Ascending, py!("lambda record: len(record)"));
    let error = fail(&stage, &by_length(mixed));
    let shown = ".sort_by(Order::Ascending, …) … lambda record: len(record)";
    assert_eq!(
        places(&error),
        [
            format!("{line} in sort_by: {shown}"),
            format!("{line} in <lambda>: {shown}"),
        ]
    );
}

#[test]
fn steps_of_one_line_are_shown_side_by_side() {
    let stage = Stage::new();
    let key = stage.name("place");
    let _: String = stage.ask("SET", &[&key, "x"]);
    let line = line!() + 2;
    #[rustfmt::skip]
    let function = KeysReader::new(&key).values().map(py!("len")).map(py!("lambda n: n / (n - 1)"));
    let error = fail(&stage, &function);
    let shown = ".values() … len … lambda n: n / (n - 1)";
    assert_eq!(places(&error), [format!("{line} in <lambda>: {shown}")]);
    // Where Python marks a part of the line, it marks the right one.
    let printed = error.to_string();
    let lines: Vec<&str> = printed.lines().collect();
    if let Some(marks) = lines.get(3) {
        let column = |text: &str, what: char| text.chars().position(|it| it == what);
        assert_eq!(column(marks, '^'), column(lines[2], '/'), "{printed}");
    }
}

const YIELD: u32 = line!();
#[gear_fn]
fn halves(number: i64) -> Vec<f64> {
    r#"
    yield number / 2
    yield number / 0
    "#
}

const LATE: u32 = line!();
#[gear_fn]
fn late(number: i64) -> i64 {
    r#"
    import asyncio
    await asyncio.sleep(0)
    return 10 // number
    "#
}

#[test]
fn generators_and_coroutines_have_their_own_lines_alone() {
    let stage = Stage::new();
    let zero = PythonReader::new(py!("lambda: iter([0])"));
    let error = fail(&stage, &zero.flat_map(halves));
    let line = YIELD + 5;
    assert_eq!(
        places(&error),
        [format!("{line} in halves: yield number / 0")]
    );
    for error in [
        fail(&stage, &zero.map(late)),
        fail(&stage, &zero.filter(late)),
        fail(&stage, &zero.for_each(late)),
    ] {
        // RedisGears leaves only the message of what a coroutine raised.
        if !error.python().unwrap().exception().is_empty() {
            let line = LATE + 6;
            assert_eq!(
                places(&error),
                [format!("{line} in late: return 10 // number")]
            );
        }
    }
}

#[test]
fn triggers_in_every_mode_have_places_alone() {
    let stage = Stage::new();
    let first = CommandReader::new()
        .args()
        .map(py!("lambda words: words[0]"));
    for mode in [Mode::Sync, Mode::AsyncLocal, Mode::Async] {
        let line = line!() + 1;
        let numbers = first.map(py!("int"));
        let trigger = stage.name("place");
        let function = numbers.register_trigger(&trigger).mode(mode);
        function.on(&stage.gears).unwrap();
        let error = stage.gears.trigger(&trigger, ["x"]).unwrap_err();
        assert_eq!(places(&error), [format!("{line} in map: int")], "{mode:?}");
        function.unregister_from(&stage.gears).unwrap();
        if mode == Mode::Sync {
            // A coroutine does not run on the main thread.
            continue;
        }
        let function = numbers.map(late).register_trigger(&trigger).mode(mode);
        function.on(&stage.gears).unwrap();
        let error = stage.gears.trigger(&trigger, ["0"]).unwrap_err();
        if !error.python().unwrap().exception().is_empty() {
            let line = LATE + 6;
            assert_eq!(
                places(&error),
                [format!("{line} in late: return 10 // number")],
                "{mode:?}"
            );
        }
        function.unregister_from(&stage.gears).unwrap();
    }
}

#[test]
fn results_that_cannot_travel_have_the_place_where_the_function_was_closed() {
    let stage = Stage::new();
    let endless = PythonReader::new(py!("lambda: iter([1])"))
        .map(py!("lambda _n: (lambda all: all.append(all) or all)([])"));
    let line = line!() + 1;
    let error = fail_closed(&stage, &endless.run());
    assert_eq!(outermost(&error), format!("{line} in run: .run()"));
    assert_eq!(error.python().unwrap().exception(), "RecursionError");

    let odd = CommandReader::new().map(py!("lambda _words: object()"));
    let line = line!() + 1;
    let function = odd.register_trigger("odd");
    function.on(&stage.gears).unwrap();
    let error = stage.gears.trigger("odd", []).unwrap_err();
    assert_eq!(
        outermost(&error),
        format!("{line} in register_trigger: .register_trigger(\"odd\")")
    );
    function.unregister_from(&stage.gears).unwrap();
}

#[test]
fn what_the_script_itself_raises_has_a_place_too() {
    let stage = Stage::new();
    let line = line!() + 1;
    let error = fail(&stage, &PythonReader::new(py!("1 // 0")));
    assert_eq!(places(&error), [format!("{line} in <lambda>: 1 // 0")]);

    let keys = KeysReader::new("*");
    let line = line!() + 1;
    let refused = keys.register().commands(["no such command"]);
    let error = refused.on(&stage.gears).unwrap_err();
    assert_eq!(places(&error), [format!("{line} in register: .register()")]);
    // Whoever runs the script is told the same.
    let error = stage.gears.execute(&refused.script().unwrap()).unwrap_err();
    assert_eq!(places(&error), [format!("{line} in register: .register()")]);
}

#[test]
fn raw_python_has_its_own_lines_below_the_one_that_took_it_up() {
    let stage = Stage::new();
    let one = PythonReader::new(py!("lambda: iter([1])"));
    let line = line!() + 1;
    let raw = RawPython::new_unchecked("lambda n:\\\n  n / 0");
    let error = fail(&stage, &one.map(raw).declare::<PyValue>());
    let python = error.python().unwrap();
    let frames: Vec<_> = python
        .frames()
        .iter()
        .map(|frame| {
            (
                frame.file().to_owned(),
                frame.line(),
                frame.source().unwrap_or("?"),
            )
        })
        .collect();
    let own = format!("<raw Python of {}:{line}>", file!());
    assert_eq!(
        frames,
        [
            (file!().to_owned(), line, "RawPython::new_unchecked(…)"),
            (own, 2, "n / 0"),
        ]
    );
    // With the wrong number of parameters there is no frame of its own.
    let line = line!() + 1;
    let raw = RawPython::new_unchecked("lambda a, b: a");
    let error = fail(&stage, &one.map(raw));
    assert_eq!(
        places(&error),
        [format!("{line} in map: RawPython::new_unchecked(…)")]
    );
    let broken = RawPython::new_unchecked("lambda n: 2 *");
    let error = fail(&stage, &one.map(broken));
    let printed = error.to_string();
    assert!(!printed.contains("ast.py"), "{printed}");
    assert!(printed.contains("SyntaxError: "), "{printed}");
}
