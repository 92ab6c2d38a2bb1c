use proptest::prelude::*;

use super::*;
use crate::python::spot::Spot;

/// Writes a list as Python does.
fn list(items: &[&str]) -> String {
    literal::list(items.iter().copied())
}

const ENTRY: &str = "  File \"<string>\", line 9, in _gear_call\n";
const BODY: &str = "  File \"src/main.rs\", line 42, in cache_get\n    foo(1 / 0)\n        ~~^~~\n";

#[test]
fn traceback_is_taken_apart_and_reads_as_python_printed_it() {
    let raw = list(&[HEADER, ENTRY, BODY, "ZeroDivisionError: division by zero\n"]);
    let traceback = Traceback::parse(&raw).unwrap().without_machinery();
    assert_eq!(traceback.exception, "ZeroDivisionError");
    assert_eq!(traceback.message, "division by zero");
    let [frame] = traceback.frames.as_slice() else {
        panic!("{traceback:?}");
    };
    assert_eq!((frame.file(), frame.line()), ("src/main.rs", 42));
    assert_eq!(frame.function(), "cache_get");
    assert_eq!(frame.source(), Some("foo(1 / 0)"));
    assert_eq!(
        traceback.to_string(),
        format!("{HEADER}{BODY}ZeroDivisionError: division by zero")
    );
}

#[test]
fn chained_exceptions_keep_the_context_without_machinery() {
    let cause = "\nDuring handling of the above exception, another exception occurred:\n\n";
    let inner = "  File \"a.rs\", line 1, in f\n    x\n";
    let raw = list(&[
        HEADER,
        ENTRY,
        inner,
        "KeyError: 1\n",
        cause,
        HEADER,
        ENTRY,
        BODY,
        "ValueError: it's: bad\n",
    ]);
    let traceback = Traceback::parse(&raw).unwrap().without_machinery();
    assert_eq!(
        (traceback.exception.as_str(), traceback.message.as_str()),
        ("ValueError", "it's: bad")
    );
    assert_eq!(traceback.frames.len(), 1);
    assert_eq!(
        traceback.to_string(),
        format!("{HEADER}{inner}KeyError: 1\n{cause}{HEADER}{BODY}ValueError: it's: bad")
    );
}

#[test]
fn messages_of_several_lines_and_none_at_all() {
    let parts = |items: &[&str]| {
        let traceback = Traceback::parse(&list(items)).unwrap();
        (traceback.exception, traceback.message)
    };
    let pair = |exception: &str, message: &str| (exception.to_owned(), message.to_owned());
    assert_eq!(
        parts(&[HEADER, "gears.error: a\nb\n"]),
        pair("gears.error", "a\nb")
    );
    assert_eq!(parts(&["StopIteration\n"]), pair("StopIteration", ""));
    // A message that looks like a traceback is one.
    let message = format!("ValueError: \n{HEADER}{BODY}");
    let traceback = Traceback::parse(&list(&[HEADER, BODY, &message])).unwrap();
    assert_eq!(traceback.exception, "ValueError");
    assert_eq!(traceback.frames.len(), 1);
}

#[test]
fn helpers_of_scripts_are_left_out_and_scripts_are_not() {
    let script = "  File \"<string>\", line 3, in <module>\n";
    let lambda = "  File \"<string>\", line 3, in <lambda>\n";
    let helper = "  File \"<string>\", line 9, in _gear_plain\n";
    let inner = "  File \"<string>\", line 9, in <listcomp>\n";
    let engine = "  File \"<gears engine>\", line 7, in run\n";
    let raw = list(&[
        HEADER,
        script,
        engine,
        helper,
        inner,
        lambda,
        BODY,
        lambda,
        "KeyError: 1\n",
    ]);
    let traceback = Traceback::parse(&raw).unwrap().without_helpers();
    let functions: Vec<_> = traceback.frames.iter().map(Frame::function).collect();
    assert_eq!(functions, ["<module>", "cache_get", "<lambda>"]);
    assert_eq!(
        traceback.to_string(),
        format!("{HEADER}{script}{BODY}{lambda}KeyError: 1")
    );
}

#[test]
fn scripts_built_in_rust_have_the_place_of_what_closed_them() {
    let spot = Spot {
        file: "src/main.rs".to_owned(),
        line: 12,
        name: "register",
        call: ".register()".to_owned(),
    };
    let script = "  File \"<string>\", line 3, in <module>\n";
    let closed = |items: &[&str]| {
        let traceback = Traceback::parse(&list(items)).unwrap().closed_at(&spot);
        (traceback.to_string(), traceback.frames.len())
    };
    let place = "  File \"src/main.rs\", line 12, in register\n    .register()\n";
    assert_eq!(
        closed(&[HEADER, script, "ValueError: no\n"]),
        (format!("{HEADER}{place}ValueError: no"), 1)
    );
    // What raised in the user's Python needs no other place.
    assert_eq!(
        closed(&[HEADER, script, BODY, "ValueError: no\n"]),
        (format!("{HEADER}{BODY}ValueError: no"), 1)
    );
    assert_eq!(
        closed(&["ValueError: no\n"]),
        ("ValueError: no".to_owned(), 0)
    );
    let group = "  |   File \"<string>\", line 3, in <module>\n";
    let (text, _) = closed(&[GROUP_HEADER, group, "  | ExceptionGroup: two\n"]);
    assert_eq!(
        text,
        format!(
            "{GROUP_HEADER}  |   File \"src/main.rs\", line 12, in register\n  |     .register()\n  \
             | ExceptionGroup: two"
        )
    );
}

#[test]
fn syntax_errors_show_their_place() {
    let raw = list(&[
        HEADER,
        ENTRY,
        BODY,
        "  File \"<made>\", line 1\n",
        "    a b\n      ^\n",
        "SyntaxError: invalid syntax\n",
    ]);
    let traceback = Traceback::parse(&raw).unwrap().without_machinery();
    assert_eq!(traceback.exception, "SyntaxError");
    assert_eq!(traceback.message, "invalid syntax");
    assert_eq!(traceback.frames.len(), 1);
    assert!(
        traceback
            .to_string()
            .ends_with("  File \"<made>\", line 1\n    a b\n      ^\nSyntaxError: invalid syntax")
    );
}

#[test]
fn repeated_lines_stay_with_their_frame() {
    let repeated = "  [Previous line repeated 900 more times]\n";
    let raw = list(&[
        HEADER,
        ENTRY,
        repeated,
        BODY,
        repeated,
        "RecursionError: deep\n",
    ]);
    let traceback = Traceback::parse(&raw).unwrap().without_machinery();
    assert_eq!(
        traceback.to_string(),
        format!("{HEADER}{BODY}{repeated}RecursionError: deep")
    );
}

#[test]
fn exception_groups_have_type_message_and_frames() {
    // As Python 3.11 formats what an asyncio.TaskGroup raises.
    let raw = list(&[
        GROUP_HEADER,
        "  |   File \"<string>\", line 9, in _gear_call\n",
        "  |   File \"src/main.rs\", line 3, in gather\n  |     async with group:\n",
        "  | ExceptionGroup: unhandled errors in a TaskGroup (1 sub-exception)\n",
        "  +-+---------------- 1 ----------------\n",
        "    | Traceback (most recent call last):\n",
        "    |   File \"src/main.rs\", line 5, in task\n    |     1 / 0\n",
        "    | ZeroDivisionError: division by zero\n",
        "    +------------------------------------\n",
    ]);
    let traceback = Traceback::parse(&raw).unwrap().without_machinery();
    assert_eq!(traceback.exception, "ExceptionGroup");
    assert_eq!(
        traceback.message,
        "unhandled errors in a TaskGroup (1 sub-exception)"
    );
    assert_eq!(traceback.frames.len(), 1);
    assert_eq!(traceback.frames[0].source(), Some("async with group:"));
    let text = traceback.to_string();
    assert!(!text.contains("_gear_call"), "{text}");
    assert!(
        text.contains("    | ZeroDivisionError: division by zero"),
        "{text}"
    );
}

#[test]
fn typed_text_is_taken_apart() {
    let raw = "Error type: <class 'TypeError'>, Value: f() missing 1 argument: 'y'";
    let traceback = Traceback::parse(raw).unwrap();
    assert_eq!(
        traceback.to_string(),
        "TypeError: f() missing 1 argument: 'y'"
    );
}

/// Makes items such as Python writes, in any order, and others.
fn items() -> impl Strategy<Value = Vec<String>> {
    let item = prop_oneof![
        Just(HEADER.to_owned()),
        Just(GROUP_HEADER.to_owned()),
        Just(ENTRY.to_owned()),
        Just(BODY.to_owned()),
        Just("  [Previous line repeated 3 more times]\n".to_owned()),
        "(  \\| )?  File \"[a-z<>\", ]{0,9}\", line [0-9a]{0,12}(, in [a-z]{0,3})?\n([ ~^x\n]{0,9})?",
        "(  \\| |  \\+-)?[A-Z][a-z.]{0,5}(: [a-z:é\n ]{0,9})?\n?",
        ".{0,9}",
    ];
    prop::collection::vec(item, 0..12)
}

proptest! {
    #[test]
    fn never_panics(raw in ".*") {
        let _ = Traceback::parse(&raw);
    }

    #[test]
    fn never_panics_on_lists(inner in r#"[\[\]'"\\nuUxN{}0-9a-f, FileTrackbn:\n]*"#) {
        let _ = Traceback::parse(&format!("['{inner}']")).map(|traceback| traceback.to_string());
    }

    #[test]
    fn shows_all_that_is_not_machinery(items in items()) {
        let raw = literal::list(items.iter().map(String::as_str));
        let whole = Traceback::parse(&raw).unwrap();
        let text = items.concat();
        prop_assert_eq!(whole.to_string(), text.trim_end());
        let users = whole.without_machinery();
        prop_assert!(!users.frames.iter().any(Frame::is_machinery));
        // Nothing is made up.
        let mut rest = text.as_str();
        for item in &users.items {
            let (_, after) = rest.split_once(item.printed()).unwrap();
            rest = after;
        }
    }
}
