//! What travels to a local Python and back, and what its functions do to the server.

use std::collections::BTreeMap;

use gears_runtime::redis::Value;
use gears_runtime::{ErrorKind, PerShard, Result, gear_command};
use gears_tests::ask;
use serde::{Deserialize, Serialize};

use super::Local;

#[derive(Serialize, Deserialize, PartialEq, Debug, Clone)]
struct Person {
    name: String,
    ages: BTreeMap<String, Option<u8>>,
}

macro_rules! echoes {
    ($($name:ident: $argument:ty => $result:ty;)*) => {$(
        #[gear_command]
        fn $name(value: $argument) -> Result<$result> {
            "return value"
        }
    )*};
}

echoes! {
    local_text: &str => String;
    local_bytes: &[u8] => Vec<u8>;
    local_integer: i128 => i128;
    local_float: f64 => f64;
    local_flag: bool => bool;
    local_option: Option<i64> => Option<i64>;
    local_person: &Person => Person;
    local_nothing: &str => ();
    local_raw: &str => Value;
}

/// Returns when three calls have come.
#[gear_command]
async fn local_awaited(counter: &str, text: &str) -> Result<String> {
    r#"
    import asyncio
    execute("INCR", counter)
    while int(execute("GET", counter)) < 3:
        await asyncio.sleep(0.01)
    return text + "!"
    "#
}

#[gear_command(mode = "async")]
fn local_everywhere(text: &str) -> Result<PerShard<String>> {
    "return text"
}

#[test]
fn values_of_every_type_come_back() {
    let local = Local::of(&[
        &local_text::GEAR,
        &local_bytes::GEAR,
        &local_integer::GEAR,
        &local_float::GEAR,
        &local_flag::GEAR,
        &local_option::GEAR,
        &local_person::GEAR,
        &local_nothing::GEAR,
        &local_raw::GEAR,
        &local_everywhere::GEAR,
    ]);
    let gears = &local.gears;
    let long = "é".repeat(1 << 20);
    for text in ["", "+OK", "-5", "a\r\nb\0c", "%s 🦀", long.as_str()] {
        assert!(
            local_text::on(gears).call(text).unwrap() == text,
            "{text:.20}"
        );
    }
    let every: Vec<u8> = (0..=255).collect();
    for bytes in [b"".as_slice(), b"+OK", &every] {
        assert_eq!(local_bytes::on(gears).call(bytes).unwrap(), bytes);
    }
    for number in [0, -1, i128::MIN, i128::MAX, i64::MIN.into()] {
        assert_eq!(local_integer::on(gears).call(number).unwrap(), number);
    }
    for number in [-0.0, 0.1, 1e300, f64::NEG_INFINITY, f64::NAN] {
        let back = local_float::on(gears).call(number).unwrap();
        assert!(back.to_bits() == number.to_bits() || back.is_nan() && number.is_nan());
    }
    assert!(local_flag::on(gears).call(true).unwrap());
    assert_eq!(local_option::on(gears).call(None).unwrap(), None);
    assert_eq!(local_option::on(gears).call(Some(-3)).unwrap(), Some(-3));
    let person = Person {
        name: "Ada \"Countess\" Łovelace".to_owned(),
        ages: [("then".to_owned(), Some(36)), ("now".to_owned(), None)].into(),
    };
    assert_eq!(local_person::on(gears).call(&person).unwrap(), person);
    local_nothing::on(gears).call("x").unwrap();
    let raw = local_raw::on(gears).call("+fine").unwrap();
    assert_eq!(raw, Value::SimpleString("fine".to_owned()));
    let shards = local_everywhere::on(gears).call("here").unwrap();
    assert_eq!(shards.iter().collect::<Vec<_>>(), ["here"]);
}

#[test]
fn many_calls_go_out_together() {
    let local = Local::of(&[&local_text::GEAR]);
    let words: Vec<String> = (0..2500).map(|number| number.to_string()).collect();
    let calls = words.iter().map(String::as_str);
    let back: Result<Vec<String>> = local_text::pipe(&local.gears, calls).into_iter().collect();
    assert_eq!(back.unwrap(), words);
}

#[tokio::test(flavor = "multi_thread")]
async fn async_stubs_are_awaited_and_coroutines_go_on_together() {
    let local = Local::of(&[&local_awaited::GEAR, &local_text::GEAR]);
    let awaited = local_awaited::on(&local.gears);
    let (one, two, three) = tokio::join!(
        awaited.call("k", "a"),
        awaited.call("k", "b"),
        awaited.call("k", "c")
    );
    assert_eq!(
        (one.unwrap() + &two.unwrap() + &three.unwrap()).as_str(),
        "a!b!c!"
    );
}

#[gear_command]
fn local_server(key: &str) -> Result<Vec<String>> {
    r#"
    seen = []
    def see(value):
        seen.append(type(value).__name__ + " " + repr(value))

    see(execute("SET", key, "é"))
    see(execute("GET", key))
    see(execute("APPEND", key, b"\xff"))
    see(execute("GET", key))
    see(execute("GET", key + "?"))
    see(execute("RPUSH", key + "l", 1, 2.5, None))
    see(execute("LRANGE", key + "l", 0, -1))
    see(execute("BLPOP", key + "none", 0))
    see(execute("SELECT", 0))
    for words in [(), ("MULTI",), ("WAIT", 0, 0), ("CLIENT", "REPLY", "OFF"), ("INCR", key + "l"), ("NO-SUCH",), ("GET",), ("SUBSCRIBE", "c"), (5,)]:
        try:
            see(execute(*words))
        except redisgears.GearsError as error:
            see(str(error))
    see(hashtag())
    see(cmd.set(key + "c", "1"))
    see(cmd.hset(key + "h", mapping={"a": 1}))
    see(cmd.hgetall(key + "h"))
    see(cmd.get(key))
    see(configGet("x"))
    see(gearsConfigGet("x", "default"))
    return seen
    "#
}

#[test]
fn functions_use_the_server_as_on_one_with_the_module() {
    let expected = [
        "str 'OK'",
        "str 'é'",
        "int 3",
        r"bytearray bytearray(b'\xc3\xa9\xff')",
        "NoneType None",
        "int 3",
        "list ['1', '2.5', 'None']",
        "NoneType None",
        "str 'OK'",
        "str \"execute() needs the name of a command, such as execute('PING')\"",
        "str \"ERR MULTI isn't allowed for a DENY BLOCKING client: it is about the connection of its client, and a function has none\"",
        "str \"ERR WAIT isn't allowed in a function: it waits for others, while the function keeps the server from them: let the client send it\"",
        "str \"ERR CLIENT REPLY isn't allowed for a DENY BLOCKING client: it is about the connection of its client, and a function has none\"",
        "str 'WRONGTYPE Operation against a key holding the wrong kind of value'",
        "str \"No such file or directory: the server has no command 'NO-SUCH'\"",
        "str 'Invalid argument'",
        "str \"ERR SUBSCRIBE isn't allowed for a DENY BLOCKING client: it is about the connection of its client, and a function has none\"",
        "str 'the given command must be a string'",
        "str '06S'",
        "bool True",
        "int 1",
        "dict {'a': '1'}",
        r"bytes b'\xc3\xa9\xff'",
        "NoneType None",
        "str 'default'",
    ];
    let local = Local::of(&[&local_server::GEAR]);
    assert_eq!(local_server::on(&local.gears).call("k").unwrap(), expected);
    assert_eq!(ask!(local.client(), "GET", "kc"), "$\"1\"");
    let server = gears_tests::TestServer::start();
    let gears = server.register(&[&local_server::GEAR]);
    assert_eq!(
        local_server::on(&gears).call(&server.name("k")).unwrap(),
        expected
    );
}

#[gear_command]
fn local_atomic(key: &str) -> Result<(i64, i64, String, bool, Vec<String>)> {
    r#"
    with atomic():
        one = execute("INCR", key)
        two = execute("INCR", key)
        inside = isInAtomicBlock()
        cmd.set(key + "t", "text")
        text = cmd.get(key + "t")
        listed = execute("KEYS", "*")
    assert isinstance(text, str) and int(one) == one and f"{one:02}" == "01", (one, text)
    return one, one + two, text + "!", inside and not isInAtomicBlock(), sorted(listed)
    "#
}

#[gear_command]
fn local_atomic_reads(key: &str) -> Result<i64> {
    r#"
    with atomic():
        value = execute("INCR", key)
        return value + 1
    "#
}

#[gear_command]
fn local_atomic_fails(key: &str) -> Result<()> {
    r#"
    with atomic():
        execute("SET", key, "set")
        execute("LPUSH", key, "x")
        execute("SET", key + "2", "set")
    "#
}

#[test]
fn atomic_blocks_are_one_transaction() {
    let local = Local::of(&[
        &local_atomic::GEAR,
        &local_atomic_reads::GEAR,
        &local_atomic_fails::GEAR,
    ]);
    let mut client = local.client();
    let (one, sum, text, inside, keys) = local_atomic::on(&local.gears).call("n").unwrap();
    assert_eq!((one, sum, text.as_str(), inside), (1, 3, "text!", true));
    assert_eq!(keys, ["n", "nt"]);
    let error = local_atomic_reads::on(&local.gears).call("m").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Python);
    let message = error.python().unwrap().message();
    assert!(
        message.contains("the reply to INCR") && message.contains("MULTI"),
        "{message}"
    );
    // What came before the exception has run, as on a server.
    assert_eq!(ask!(client, "GET", "m"), "$\"1\"");
    let error = local_atomic_fails::on(&local.gears).call("s").unwrap_err();
    assert!(error.to_string().contains("WRONGTYPE"), "{error}");
    assert_eq!(ask!(client, "GET", "s2"), "$\"set\"");
}

#[test]
fn registrations_are_listed_and_taken_out() {
    let local = Local::of(&[&local_text::GEAR]);
    let listed = local.gears.dump_registrations().unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].trigger(), Some("local_text"));
    assert_eq!(listed[0].data.num_triggered, 0);
    local_text::on(&local.gears).call("x").unwrap();
    assert_eq!(
        local.gears.dump_registrations().unwrap()[0]
            .data
            .num_success,
        1
    );
    // What is there already is left alone.
    super::register(&local.gears, &[&local_text::GEAR]).unwrap();
    assert_eq!(
        local.gears.dump_registrations().unwrap()[0].id,
        listed[0].id
    );
    local.gears.unregister(&listed[0].id).unwrap();
    assert!(local.gears.dump_registrations().unwrap().is_empty());
    // A call brings it back, as a registration of its own.
    assert_eq!(local_text::on(&local.gears).call("x").unwrap(), "x");
    assert!(
        local
            .gears
            .unregister(&listed[0].id)
            .unwrap_err()
            .is_server()
    );
}
