//! What functions of RedGrease return: pickles, which the client reads without a Python.

use std::collections::BTreeMap;

use gears_runtime::data::{ExecutionId, ExecutionResult, RegistrationId};
use gears_runtime::function::PyValue;
use gears_runtime::redis::Value;
use gears_runtime::{ErrorKind, Result, Script, gear_command, register_where};
use gears_tests::{RedGrease, TestServer};
use serde::Deserialize;

/// Values of Python, and how the client shows them.
const VALUES: &[(&str, &str)] = &[
    ("None", "None"),
    ("[True, False]", "[True, False]"),
    (
        "[0, -1, 255, 65536, -2**31, 2**31, 2**63 - 1, -2**63]",
        "[0, -1, 255, 65536, -2147483648, 2147483648, 9223372036854775807, -9223372036854775808]",
    ),
    ("2**63", "int('9223372036854775808')"),
    (
        "-2**127 - 1",
        "int('-170141183460469231731687303715884105729')",
    ),
    (
        "[0.1, -0.0, 1e300, float('inf')]",
        "[0.1, -0.0, 1e300, float('inf')]",
    ),
    (
        "'snow \\u2603 \\U0001f600 \\\\ \\n \\0'",
        "'snow \\u2603 \\U0001f600 \\\\ \\n \\x00'",
    ),
    ("'x' * 300 == 'x' * 300 and 'x' * 3", "'xxx'"),
    (
        "[b'', b'\\xff\\0', bytearray(b'ab\\xfe'), bytearray()]",
        "[b'', b'\\xff\\x00', b'ab\\xfe', b'']",
    ),
    (
        "[(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)]",
        "[(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)]",
    ),
    (
        "[{5}, frozenset('a'), set()]",
        "[set([5]), set(['a']), set([])]",
    ),
    (
        "{'a': 1, 5: {b'k': None}, (1, 'x'): [[]]}",
        "{'a': 1, 5: {b'k': None}, (1, 'x'): [[]]}",
    ),
    ("collections.OrderedDict(b=1, a=2)", "{'b': 1, 'a': 2}"),
    ("collections.Counter(['x', 'x'])", "{'x': 2}"),
    ("collections.defaultdict(list, {'k': [1]})", "{'k': [1]}"),
    ("[shared, shared]", "[['one'], ['one']]"),
    (
        "Record('k', 1, 'string', 'set')",
        "{'key': 'k', 'value': 1, 'type': 'string', 'event': 'set', 'kwargs': {}}",
    ),
    (
        "StreamRecord('s', '1-0', {'a': b'b'})",
        "{'key': 's', 'id': '1-0', 'value': {'a': b'b'}, 'kwargs': {}}",
    ),
    ("CaseInsensitiveDict({'name': 1})", "{'NAME': 1}"),
    ("ExecID('shard', 5)", "{'shard_id': 'shard', 'sequence': 5}"),
    (
        "[ExecutionStatus.done, ExecLocality.Shard]",
        "[b'done', 'Shard']",
    ),
    (
        "ExecutionInfo(b'0123456789012345678901234567890123456789-7', b'done', 1)",
        "{'executionId': {'shard_id': '0123456789012345678901234567890123456789', 'sequence': 7}, 'status': b'done', 'registered': True}",
    ),
];

#[test]
fn plain_data_and_records_are_read_from_every_protocol() {
    let server = TestServer::start();
    let redgrease = RedGrease::of(&mut server.client());
    let values: Vec<&str> = VALUES.iter().map(|(value, _)| *value).collect();
    let pickles = redgrease.run(&format!(
        "import collections, pickle\n\
         from redgrease.data import *\n\
         from redgrease.utils import *\n\
         shared = ['one']\n\
         for protocol in range(6):\n    \
             for value in ({},):\n        \
                 print(protocol, pickle.dumps(value, protocol=protocol).hex())",
        values.join(",\n")
    ));
    let shown = VALUES.iter().map(|(_, shown)| *shown).cycle();
    assert_eq!(pickles.lines().count(), 6 * VALUES.len());
    for (line, shown) in pickles.lines().zip(shown) {
        let (protocol, hex) = line.split_once(' ').unwrap();
        let digit = |at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
        let pickle: Vec<u8> = (0..hex.len()).step_by(2).map(digit).collect();
        let value = PyValue::from_pickle(&pickle);
        let value = value.unwrap_or_else(|error| panic!("{shown}, protocol {protocol}: {error}"));
        assert_eq!(value.to_string(), shown, "protocol {protocol}");
    }
}

#[derive(Deserialize, Debug, PartialEq)]
struct Found {
    key: String,
    value: Option<String>,
    r#type: String,
}

#[test]
fn results_of_functions_are_typed() {
    let server = TestServer::private();
    let gears = server.gears();
    let mut client = server.client();
    let redgrease = RedGrease::of(&mut client);
    client.ask(&[b"SET", b"page", b"long"]);
    let script = |function: &str| {
        Script::from_source(redgrease.script(function)).requirements(["redgrease[runtime]"])
    };

    let count = script("KeysReader().count().run()").returning::<i64>();
    assert_eq!(gears.execute(&count).unwrap().into_one().unwrap(), 1);
    let name = script("KeysReader().keys().run()").returning::<String>();
    assert_eq!(gears.execute(&name).unwrap().into_one().unwrap(), "page");
    let found = script("KeysReader().records().run()").returning::<Found>();
    let page = Found {
        key: "page".to_owned(),
        value: Some("long".to_owned()),
        r#type: "string".to_owned(),
    };
    assert_eq!(gears.execute(&found).unwrap().into_one().unwrap(), page);
    let lengths = "KeysReader().values().aggregate({}, lambda sum, text: {**sum, text: len(text)}, lambda one, other: {**one, **other}).run()";
    let lengths = script(lengths).returning::<BTreeMap<String, u64>>();
    let lengths = gears.spawn(&lengths).unwrap();
    let lengths = lengths.wait(gears_tests::DEADLINE).unwrap().into_one();
    assert_eq!(lengths.unwrap()["long"], 4);
    let none = script("ShardsIDReader().map(lambda _: None).run()").returning::<Option<i64>>();
    assert_eq!(gears.execute(&none).unwrap().into_one().unwrap(), None);

    // Bytes are what came, whatever they begin with.
    let bytes = script("KeysReader().keys().run()").returning::<Vec<u8>>();
    let pickled = gears.execute(&bytes).unwrap().into_one().unwrap();
    assert_eq!(
        PyValue::from_pickle(&pickled).unwrap(),
        PyValue::from("page")
    );

    let class = script("ShardsIDReader().map(lambda _: __import__('decimal').Decimal(1)).run()");
    let error = gears.execute(&class.returning::<f64>()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(error.to_string().contains("decimal.Decimal"), "{error}");
}

/// RedGrease has the trigger; the stub only calls it.
#[gear_command(replace = false)]
fn redgrease_joined(one: &str, other: &str) -> Result<String> {
    "return one + other"
}

#[gear_command(replace = false)]
fn redgrease_counted(one: &str, other: &str) -> Result<BTreeMap<String, i64>> {
    "return {one: 1, other: 1}"
}

#[test]
fn stubs_read_triggers_of_redgrease() {
    let server = TestServer::private();
    let gears = server.gears();
    let redgrease = RedGrease::of(&mut server.client());
    for function in [
        "CommandReader().args().map(lambda a: '+'.join(a)).register(trigger='redgrease_joined')",
        "CommandReader().args().map(lambda a: {one: len(one) for one in a}).register(trigger='redgrease_counted')",
    ] {
        let script = Script::from_source(redgrease.script(function));
        gears
            .execute(&script.requirements(["redgrease[runtime]"]))
            .unwrap();
    }
    let ours = |gear: &gears_runtime::Gear| gear.name().starts_with("redgrease_");
    register_where(&gears, ours).unwrap();
    let joined = redgrease_joined::on(&gears).call("a", "b").unwrap();
    assert_eq!(joined, "a+b");
    let counted = redgrease_counted::on(&gears).call("a", "bc").unwrap();
    assert_eq!(
        counted,
        BTreeMap::from([("a".to_owned(), 1), ("bc".to_owned(), 2)])
    );

    // What nobody gave a type stays what came.
    let raw = gears.trigger("redgrease_joined", ["a", "b"]).unwrap();
    let [Value::BulkString(pickled)] = raw.as_slice() else {
        panic!("{raw:?}");
    };
    assert_eq!(PyValue::from_pickle(pickled).unwrap().as_str(), Some("a+b"));
}

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
