//! What functions of RedGrease return: pickles, which the client reads without a Python.

use std::collections::BTreeMap;

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
