//! Calls, ids, answers and filters in the forms that RedGrease has.

use gears_runtime::data::{ExecutionId, ExecutionResult, RegistrationId};
use gears_runtime::redis::Value;
use gears_runtime::{ErrorKind, Script};
use gears_tests::{RedGrease, TestServer};

/// Words that servers and scripts answer with, and whether `bool` takes them.
const WORDS: &[(&str, bool)] = &[
    ("1", true),
    ("0", true),
    ("True", true),
    ("false", true),
    ("TRUE", true),
    ("yes", true),
    ("No", true),
    ("OK", true),
    ("Ok", true),
    ("nonsense", false),
    ("2", false),
    ("", false),
];

#[test]
fn words_are_true_and_false_as_its_safe_bool_has_them() {
    let server = TestServer::start();
    let redgrease = RedGrease::of(&mut server.client());
    let words: Vec<&str> = WORDS.iter().map(|(word, _)| *word).collect();
    let theirs = redgrease.run(&format!(
        "from redgrease.utils import safe_bool\n\
         for word in {words:?}:\n    print(safe_bool(word))"
    ));
    for ((word, is_taken), theirs) in WORDS.iter().zip(theirs.lines()) {
        let reply = vec![Value::BulkString(word.as_bytes().to_vec())];
        let ours = ExecutionResult::from(reply).decode::<bool>();
        assert_eq!(ours.is_ok(), *is_taken, "{word}");
        if let Ok(ours) = ours {
            // What is no such word is false there, and an error here.
            assert_eq!(ours.results(), [theirs == "True"], "{word}");
        }
    }
    let replies = vec![Value::Int(1), Value::Int(0), Value::Okay];
    let read = ExecutionResult::from(replies).decode::<bool>().unwrap();
    assert_eq!(read.results(), [true, false, true]);
}

#[test]
fn scalars_are_texts_as_its_safe_str_has_them() {
    let server = TestServer::start();
    let redgrease = RedGrease::of(&mut server.client());
    let theirs = redgrease.run(
        "from redgrease.utils import safe_str\n\
         for value in ['text', b'bytes', 5, -1, 0.5, 2.0, True, False]:\n    print(safe_str(value))",
    );
    let replies = vec![
        Value::SimpleString("text".to_owned()),
        Value::BulkString(b"bytes".to_vec()),
        Value::Int(5),
        Value::Int(-1),
        Value::Double(0.5),
        Value::Double(2.0),
        Value::Boolean(true),
        Value::Boolean(false),
    ];
    let ours = ExecutionResult::from(replies).decode::<String>().unwrap();
    assert_eq!(ours.results(), theirs.lines().collect::<Vec<_>>());
    // Nothing is no text, and a list is none either.
    for reply in [Value::Nil, Value::Array(Vec::new())] {
        assert!(
            ExecutionResult::from(vec![reply])
                .decode::<String>()
                .is_err()
        );
    }
}

#[test]
fn arguments_travel_as_its_to_redis_type_has_them() {
    let server = TestServer::private();
    let gears = server.gears();
    let redgrease = RedGrease::of(&mut server.client());
    let theirs = redgrease.run(
        "from redgrease.utils import to_int_if_bool, to_redis_type\n\
         print(to_int_if_bool(True), to_int_if_bool(False))\n\
         print(*[value if isinstance(value, (int, float)) else value.decode() \
         for value in map(to_redis_type, ['a', b'b', True, 5, -1, 0.5])])",
    );
    gears
        .execute(&Script::from_source(
            "GB('CommandReader').map(lambda words: ' '.join(words[1:])).register(trigger='said')",
        ))
        .unwrap();
    let text = |replies: Vec<Value>| {
        let texts = ExecutionResult::from(replies).decode::<String>().unwrap();
        texts.into_one().unwrap()
    };
    let ours = [
        text(gears.trigger("said", [true, false]).unwrap()),
        text(
            gears
                .trigger("said", ("a", b"b", true, 5, -1_i64, 0.5))
                .unwrap(),
        ),
    ];
    assert_eq!(ours, theirs.lines().collect::<Vec<_>>().as_slice());
    assert_eq!(text(gears.trigger("said", []).unwrap()), "");
    assert_eq!(text(gears.trigger("said", ()).unwrap()), "");
    assert_eq!(text(gears.trigger("said", [5]).unwrap()), "5");
    let awaited = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let reply = awaited.block_on(gears.aio().trigger("said", ("a", 5)));
    assert_eq!(text(reply.unwrap()), "a 5");
}

#[test]
fn ids_are_checked_when_they_are_parsed() {
    let server = TestServer::private();
    let gears = server.gears();
    let redgrease = RedGrease::of(&mut server.client());
    let started = gears
        .spawn(&Script::from_source("GB('ShardsIDReader').run()"))
        .unwrap();
    let id = started.id().as_str();
    let theirs = redgrease.run(&format!(
        "from redgrease.data import ExecID\n\
         id = ExecID.parse('{id}')\n\
         print(id.shard_id, id.sequence)"
    ));
    let parsed: ExecutionId = id.parse().unwrap();
    let ours = format!(
        "{} {}\n",
        parsed.shard_id().unwrap(),
        parsed.sequence().unwrap()
    );
    assert_eq!(ours, theirs);
    assert_eq!(parsed, *started.id());
    for wrong in [
        "", "-", "5", "-5", "a-", "a-b", "a b-5", "a-5 ", "a--5", "é-5",
    ] {
        let error = wrong.parse::<ExecutionId>().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration, "{wrong}");
        assert!(wrong.parse::<RegistrationId>().is_err(), "{wrong}");
    }
}

#[test]
fn a_script_whose_trigger_is_taken_is_told_so() {
    let server = TestServer::private();
    let gears = server.gears();
    let registering = |step: &str| {
        Script::from_source(format!(
            "GB('CommandReader').map(lambda _: {step}).register(trigger='taken')"
        ))
    };
    gears.execute(&registering("1")).unwrap();
    let error = gears.execute(&registering("2")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DuplicateTrigger, "{error}");
    assert!(error.is_duplicate_trigger() && error.is_trigger_taken());
    assert!(error.duplicate().is_none(), "the server names neither");
    // Whatever else is refused is none.
    let other = gears.execute(&Script::from_source("GB('No')")).unwrap_err();
    assert_eq!(other.kind(), ErrorKind::Python);
}

#[test]
fn registrations_are_found_by_patterns_as_its_desc_has_them() {
    let server = TestServer::private();
    let gears = server.gears();
    let redgrease = RedGrease::of(&mut server.client());
    let descriptions = [
        "transaction log",
        "log of a transaction",
        "a [b] c",
        "transactions, logged",
    ];
    for (number, description) in descriptions.iter().enumerate() {
        let source =
            format!("GB('CommandReader', desc='{description}').register(trigger='t{number}')");
        gears.execute(&Script::from_source(source)).unwrap();
    }
    let patterns = [
        "transaction*log*",
        "*log*",
        "?[!x][[]b]*",
        "*",
        "log",
        "[a-l]*",
    ];
    let theirs = redgrease.run(&format!(
        "import fnmatch\n\
         for pattern in {patterns:?}:\n    \
             print([d for d in {descriptions:?} if fnmatch.fnmatchcase(d, pattern)])"
    ));
    for (pattern, theirs) in patterns.iter().zip(theirs.lines()) {
        let mut found = gears.dump_registrations().unwrap();
        found.retain(|registration| registration.is_described(pattern));
        found.sort_by_key(|registration| {
            let described = registration.plain_description();
            descriptions.iter().position(|other| *other == described)
        });
        let ours: Vec<&str> = found.iter().map(|one| one.plain_description()).collect();
        assert_eq!(format!("{ours:?}").replace('"', "'"), theirs, "{pattern}");
    }
}
