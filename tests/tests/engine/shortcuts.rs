//! The builder's shortcuts, which are functions of RedisGears' own around the
//! script's (spec sections 2.5 and 4.2).

use gears_tests::{Client, TestServer, ask};

fn run(client: &mut Client, items: &str, operations: &str) -> String {
    client.execute(&format!(
        "def items():\n    yield from {items}\n\
         GB('PythonReader').{operations}.run(items)"
    ))
}

#[test]
fn shortcuts_take_whatever_can_be_called() {
    let server = TestServer::start();
    let mut client = server.client();
    for (items, operations, expected) in [
        (
            "['a', 'bb', 'c']",
            "countby(len).map(lambda g: [g['key'], g['value']]).sort()",
            r#"[$"['1', 2]", $"['2', 1]"]"#,
        ),
        ("[1]", "countby(str).count()", r#"[$"1"]"#),
        ("[3, 9, 4]", "aggregate(0, max, max)", r#"[$"9"]"#),
        (
            "['a', 'b']",
            "aggregateby(len, '', lambda k, a, r: a + r, lambda k, a, r: a + r)",
            r#"[$"{'key': '1', 'value': 'ab'}"]"#,
        ),
    ] {
        let reply = run(&mut client, items, operations);
        assert_eq!(reply, format!("[{expected}, []]"), "{operations}");
    }
}

#[test]
fn shortcuts_take_keywords() {
    let server = TestServer::start();
    let mut client = server.client();
    for (operations, expected) in [
        (
            "aggregate(zero=1, seqOp=lambda a, r: a + r, combOp=lambda a, r: a * r)",
            r#"[$"7"]"#,
        ),
        (
            "aggregateby(extractor=lambda r: 'k', zero=0, seqOp=lambda k, a, r: a + r, \
             combOp=lambda k, a, r: r)",
            r#"[$"{'key': 'k', 'value': 6}"]"#,
        ),
        (
            "countby(extractor=lambda r: 'k')",
            r#"[$"{'key': 'k', 'value': 3}"]"#,
        ),
        ("avg(extractor=lambda r: r)", r#"[$"2.0"]"#),
        ("sort(reverse=0)", r#"[$"3", $"2", $"1"]"#),
    ] {
        let reply = run(&mut client, "[1, 2, 3]", operations);
        assert_eq!(reply, format!("[{expected}, []]"), "{operations}");
    }
}

#[test]
fn errors_within_shortcuts_have_a_traceback() {
    let server = TestServer::start();
    let mut client = server.client();
    for (operations, error) in [
        ("distinct()", "TypeError: unhashable type: 'list'"),
        (
            "flatmap(lambda r: [1, 'a']).sort()",
            "TypeError: '<' not supported between instances of",
        ),
        ("avg()", "TypeError: float() argument must be a string"),
        (
            "aggregate(0, lambda a: a, lambda a, r: r)",
            "TypeError: <lambda>() takes 1 positional argument but 2 were given",
        ),
        (
            "aggregate(0, 5, lambda a, r: r)",
            "TypeError: 'int' object is not callable",
        ),
        ("countby(5)", "TypeError: 'int' object is not callable"),
        (
            "aggregate(0, lambda a, r: 1 / 0, lambda a, r: r)",
            "ZeroDivisionError: division by zero",
        ),
    ] {
        let reply = run(&mut client, "[[1]]", operations);
        assert!(
            reply.starts_with("[[], [$\"['Traceback (most recent call last):"),
            "{operations}: {reply}"
        );
        assert!(reply.contains(error), "{operations}: {reply}");
    }
}

#[test]
fn shortcuts_are_called_as_python_functions_are() {
    let server = TestServer::start();
    let mut client = server.client();
    for (operations, error) in [
        (
            "aggregate(0)",
            "aggregate() missing 2 required positional arguments: 'seqOp' and 'combOp'",
        ),
        (
            "count(1)",
            "TypeError: count() takes 1 positional argument but 2 were given",
        ),
        (
            "distinct(1, 2)",
            "TypeError: distinct() takes 1 positional argument but 3 were given",
        ),
        (
            "sort('up')",
            "TypeError: an integer is required (got type str)",
        ),
        ("avg(len)", "gears.error: map argument must be a function"),
    ] {
        let reply = run(&mut client, "[1]", operations);
        assert!(reply.contains(error), "{operations}: {reply}");
        assert_eq!(ask!(client, "PING"), "+PONG");
    }
}

#[test]
fn flags_of_run_count_by_their_truth() {
    let server = TestServer::start();
    let mut client = server.client();
    for (arguments, expected) in [
        ("convertToStr=0", "[:7]"),
        ("convertToStr=None", "[:7]"),
        ("convertToStr='yes'", r#"[$"7"]"#),
        ("None, [], 0", "[:7]"),
        ("collect=None", r#"[$"7"]"#),
    ] {
        let script = format!("GB('ShardsIDReader').map(lambda r: 7).run({arguments})");
        let reply = client.execute(&script);
        assert_eq!(reply, format!("[{expected}, []]"), "{arguments}");
    }
}
