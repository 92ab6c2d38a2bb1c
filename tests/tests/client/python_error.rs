//! Exceptions in Python, with the place in the Rust source.

use gears_runtime::{Error, ErrorKind, PerShard, Result, gear_command};
use gears_tests::{TestServer, unless_cut, unless_lacking};

const RAISING: u32 = line!();
#[gear_command]
fn raising(text: &str) -> Result<String> {
    r#"
    def inner(text):
        raise ValueError("no " + text)

    # A line between.
    return inner(text)
    "#
}

#[gear_command(file = "gears/divide.py")]
fn divide_in_file(number: i64) -> Result<i64> {}

const SYNC: u32 = line!();
#[gear_command(mode = "sync")]
fn raising_sync(text: &str) -> Result<()> {
    r#"raise LookupError(text)"#
}

macro_rules! through_a_macro {
    ($name:ident, $body:literal) => {
        #[gear_command]
        fn $name() -> Result<i64> {
            $body
        }
    };
}

const MACRO: u32 = line!() + 4;
through_a_macro!(
    raising_in_macro,
    r#"
return 1 // 0
"#
);

// Lines of this Python are no lines of the file.
#[gear_command]
fn raising_with_escapes() -> Result<i64> {
    "a = 1\nb = 0\nreturn a // b"
}

const AWAITING: u32 = line!();
#[gear_command]
fn raising_coroutine() -> Result<i64> {
    r#"
    import asyncio
    await asyncio.sleep(0)
    raise OSError("late")
    "#
}

const EVERYWHERE: u32 = line!();
#[gear_command(mode = "async")]
fn raising_everywhere(text: &str) -> Result<PerShard<String>> {
    r#"
    raise KeyError(text)
    "#
}

#[gear_command]
fn raising_own_type() -> Result<i64> {
    r#"
    class Mine(Exception):
        pass
    raise Mine("own")
    "#
}

#[gear_command]
fn raising_chain() -> Result<()> {
    r#"
    try:
        {}["missing"]
    except KeyError as error:
        raise RuntimeError("no such thing") from error
    "#
}

#[gear_command]
fn raising_flat(text: &str) -> Result<()> {
    "flat_error(text)"
}

#[gear_command]
fn raising_exit() -> Result<i64> {
    "raise SystemExit(3)"
}

fn raised<T: std::fmt::Debug>(result: Result<T>, trigger: &str) -> Error {
    let error = result.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Python, "{error}");
    assert_eq!(error.python().unwrap().trigger(), trigger);
    assert_eq!(error.trigger(), Some(trigger));
    error
}

/// Writes the frames as `file:line in function: source`.
fn frames(error: &Error) -> Vec<String> {
    let frames = error.python().unwrap().frames().iter();
    frames
        .map(|frame| {
            let source = frame.source().unwrap_or("?");
            format!(
                "{}:{} in {}: {source}",
                frame.file(),
                frame.line(),
                frame.function()
            )
        })
        .collect()
}

#[test]
fn frames_name_the_rust_file_and_line() {
    let server = TestServer::start();
    let gears = server.register(&[&raising::GEAR]);
    let error = raised(raising::on(&gears).call("luck"), "raising");
    let python = error.python().unwrap();
    assert_eq!(python.exception(), "ValueError");
    assert_eq!(python.message(), "no luck");
    let file = file!();
    assert_eq!(
        frames(&error),
        [
            format!("{file}:{} in raising: return inner(text)", RAISING + 8),
            format!(
                "{file}:{} in inner: raise ValueError(\"no \" + text)",
                RAISING + 5
            ),
        ]
    );
    let text = error.to_string();
    // Newer Pythons mark a part of a line.
    let printed: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim().trim_matches(['~', '^']).is_empty())
        .collect();
    assert_eq!(
        printed.join("\n"),
        format!(
            "Traceback (most recent call last):\n  \
             File \"{file}\", line {}, in raising\n    return inner(text)\n  \
             File \"{file}\", line {}, in inner\n    raise ValueError(\"no \" + text)\n\
             ValueError: no luck",
            RAISING + 8,
            RAISING + 5,
        )
    );
    let more = format!("{error:#}");
    assert!(more.starts_with(&text), "{more}");
    for told in ["`raising`", "raising(text: str)", " on ", " at "] {
        assert!(more[text.len()..].contains(told), "{told}: {more}");
    }
    assert!(format!("{error:?}").starts_with(&more));
    assert!(
        error.raw().unwrap().starts_with("['Traceback"),
        "{:?}",
        error.raw()
    );
}

#[test]
fn frames_name_the_file_of_the_body() {
    let server = TestServer::start();
    let gears = server.register(&[&divide_in_file::GEAR]);
    let divide = divide_in_file::on(&gears);
    assert_eq!(divide.call(5).unwrap(), 2);
    let error = raised(divide.call(0), "divide_in_file");
    assert_eq!(error.python().unwrap().exception(), "ZeroDivisionError");
    assert_eq!(
        frames(&error),
        [
            "gears/divide.py:8 in divide_in_file: return inner(number)",
            "gears/divide.py:3 in inner: return 10 // number",
        ]
    );
    let error = raised(divide.call(13), "divide_in_file");
    assert_eq!(error.python().unwrap().message(), "'thirteen'");
    assert_eq!(
        frames(&error),
        [r#"gears/divide.py:7 in divide_in_file: raise KeyError("thirteen")"#]
    );
}

#[test]
fn one_line_bodies_and_macros_have_their_line() {
    let server = TestServer::start();
    let gears = server.register(&[&raising_sync::GEAR, &raising_in_macro::GEAR]);
    let error = raised(raising_sync::on(&gears).call("x"), "raising_sync");
    let file = file!();
    assert_eq!(
        frames(&error),
        [format!(
            "{file}:{} in raising_sync: raise LookupError(text)",
            SYNC + 3
        )]
    );
    let error = raised(raising_in_macro::on(&gears).call(), "raising_in_macro");
    assert_eq!(
        frames(&error),
        [format!("{file}:{MACRO} in raising_in_macro: return 1 // 0")]
    );
}

#[test]
fn gears_of_all_shards_have_their_lines() {
    let server = TestServer::start();
    let gears = server.register(&[&raising_everywhere::GEAR]);
    let error = raised(
        raising_everywhere::on(&gears).call("x"),
        "raising_everywhere",
    );
    assert_eq!(
        frames(&error),
        [format!(
            "{}:{} in raising_everywhere: raise KeyError(text)",
            file!(),
            EVERYWHERE + 4
        )]
    );
}

#[test]
fn escapes_count_from_the_start_of_the_body() {
    let server = TestServer::start();
    let gears = server.register(&[&raising_with_escapes::GEAR]);
    let error = raised(
        raising_with_escapes::on(&gears).call(),
        "raising_with_escapes",
    );
    let frames = frames(&error);
    assert_eq!(frames.len(), 1, "{frames:?}");
    assert!(
        frames[0].ends_with(":3 in raising_with_escapes: return a // b"),
        "{frames:?}"
    );
}

#[test]
fn coroutines_tell_what_they_raised() {
    let server = TestServer::start();
    let ready = server.try_register(&[&raising_coroutine::GEAR]);
    let Some(gears) = unless_lacking(ready, "`await`") else {
        return;
    };
    let error = raised(raising_coroutine::on(&gears).call(), "raising_coroutine");
    let python = error.python().unwrap();
    // RedisGears leaves only the message of what a coroutine raised.
    assert_eq!(python.message(), "late", "{error}");
    if !python.exception().is_empty() {
        assert_eq!(python.exception(), "OSError");
        let line = python.frames().last().unwrap().line();
        assert_eq!(line, AWAITING + 6);
    }
}

#[test]
fn every_exception_has_type_and_message() {
    let server = TestServer::start();
    let gears = server.register(&[
        &raising_own_type::GEAR,
        &raising_chain::GEAR,
        &raising_flat::GEAR,
        &raising_exit::GEAR,
    ]);
    let error = raised(raising_own_type::on(&gears).call(), "raising_own_type");
    let python = error.python().unwrap();
    assert!(
        python.exception().ends_with("Mine"),
        "{}",
        python.exception()
    );
    assert_eq!(python.message(), "own");

    let error = raised(raising_chain::on(&gears).call(), "raising_chain");
    let python = error.python().unwrap();
    assert_eq!(
        (python.exception(), python.message()),
        ("RuntimeError", "no such thing")
    );
    assert!(error.to_string().contains("KeyError: 'missing'"), "{error}");

    let error = raised(raising_flat::on(&gears).call("just this"), "raising_flat");
    assert_eq!(error.python().unwrap().message(), "just this");

    let error = raised(raising_exit::on(&gears).call(), "raising_exit");
    let python = error.python().unwrap();
    assert_eq!((python.exception(), python.message()), ("SystemExit", "3"));
}

#[test]
fn strange_messages_arrive_whole() {
    let server = TestServer::start();
    let gears = server.register(&[&raising::GEAR, &raising_sync::GEAR, &raising_flat::GEAR]);
    let long = "é".repeat(1 << 20);
    for text in [
        "café 世界 🦀",
        "%s %n %d",
        "a\0b",
        "it's \"quoted\" \\ back",
        "line one\nline two",
        "Traceback (most recent call last):",
        "',\n \"]",
        "",
        long.as_str(),
    ] {
        let came = raising::on(&gears).call(text);
        if text.contains('\0')
            && came
                .as_ref()
                .is_err_and(|error| error.unsupported().is_some())
        {
            assert!(unless_cut(came, text).is_none());
            continue;
        }
        let error = raised(came, "raising");
        let python = error.python().unwrap();
        assert_eq!(python.exception(), "ValueError", "{text:.50}");
        assert!(
            python.message() == format!("no {text}").trim_end(),
            "{text:.50}: {:.200}",
            python.message()
        );
        let error = raised(raising_sync::on(&gears).call(text), "raising_sync");
        assert!(
            error.python().unwrap().message() == text,
            "{text:.50}: {error:.200}"
        );
        assert_eq!(error.python().unwrap().exception(), "LookupError");
    }
    for text in ["%s", "é", "it is flat"] {
        let error = raised(raising_flat::on(&gears).call(text), "raising_flat");
        assert_eq!(error.python().unwrap().message(), text);
    }
}
