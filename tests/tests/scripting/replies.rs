//! What functions return, and what clients get.

use gears_tests::{Client, ask, valkey_server};
use redis::Value;

use super::{eval, load};

#[test]
fn values_become_replies_of_the_older_protocol() {
    let server = valkey_server();
    let mut client = server.client();
    for (value, reply) in [
        ("None", "nil"),
        ("True", ":1"),
        ("False", ":0"),
        ("-5", ":-5"),
        ("2 ** 70", r#"$"1180591620717411303424""#),
        ("1.5", r#"$"1.5""#),
        ("float('inf')", r#"$"inf""#),
        ("'text'", r#"$"text""#),
        ("'+text'", r#"$"+text""#),
        ("'-text'", r#"$"-text""#),
        ("b'\\xff'", r#"$b"\xff""#),
        ("bytearray(b'a')", r#"$"a""#),
        ("[1, 'a', None]", r#"[:1, $"a", nil]"#),
        ("(1, (2,))", "[:1, [:2]]"),
        ("{'a': 1}", r#"[$"a", :1]"#),
        ("{7}", "[:7]"),
        ("frozenset()", "[]"),
        ("server.status_reply('FINE')", "+FINE"),
        ("server.error_reply('CODE text')", "-CODE text"),
        ("server.error_reply('-CODE text')", "-CODE text"),
        ("server.error_reply('word')", "-ERR word"),
        ("[server.error_reply('CODE in it')]", "[-CODE in it]"),
    ] {
        assert_eq!(
            eval(&mut client, &format!("return {value}")),
            reply,
            "{value}"
        );
    }
}

#[test]
fn values_keep_their_types_in_the_newer_protocol() {
    let server = valkey_server();
    let url = format!("{}{}protocol=resp3", server.url(), separator(server.url()));
    let mut client = Client::connect(&url);
    let bulk = |text: &str| Value::BulkString(text.as_bytes().to_vec());
    for (value, reply) in [
        ("True", Value::Boolean(true)),
        ("1.5", Value::Double(1.5)),
        ("{'a': 1}", Value::Map(vec![(bulk("a"), Value::Int(1))])),
        ("{7}", Value::Set(vec![Value::Int(7)])),
        (
            "2 ** 70",
            Value::BigNumber(b"1180591620717411303424".to_vec()),
        ),
        ("None", Value::Nil),
    ] {
        let source = format!("#!python\nreturn {value}");
        let told = client.value(&[b"EVAL", source.as_bytes(), b"0"]);
        assert_eq!(told, reply, "{value}");
    }
}

fn separator(url: &str) -> char {
    if url.contains('?') { '&' } else { '?' }
}

#[test]
fn what_no_reply_holds_is_an_error_in_its_place() {
    let server = valkey_server();
    let mut client = server.client();
    for (value, told) in [
        ("object()", "of the type object"),
        ("1j", "of the type complex"),
        ("(x for x in [1])", "of the type generator"),
        ("lambda: 1", "of the type function"),
        ("'\\ud800'", "lone surrogates"),
        ("10 ** 5000", "too many digits"),
    ] {
        let reply = eval(&mut client, &format!("return {value}"));
        assert!(reply.starts_with("-ERR the result "), "{value}: {reply}");
        assert!(reply.contains(told), "{value}: {reply}");
        let reply = eval(&mut client, &format!("return [1, {value}, 2]"));
        assert!(
            reply.starts_with("[:1, -ERR ") && reply.ends_with(", :2]"),
            "{value}: {reply}"
        );
    }
    let reply = eval(&mut client, "async def f(): pass\nreturn f()");
    assert!(reply.contains("cannot wait itself"), "{reply}");
    assert!(eval(&mut client, "yield 1").contains("of the type generator"));
}

#[test]
fn deep_and_endless_values_are_answered() {
    let server = valkey_server();
    let mut client = server.client();
    for body in [
        "x = []\nx.append(x)\nreturn x",
        "x = {}\nx['x'] = x\nreturn x",
        "x = 1\nfor i in range(100_000): x = [x]\nreturn x",
        "x = 1\nfor i in range(100_000): x = (x,)\nreturn x",
    ] {
        let reply = eval(&mut client, body);
        assert!(
            reply.contains("nested too deep, or contains itself"),
            "{body}: {reply}"
        );
    }
    let bomb = "x = [1]\nfor i in range(60): x = [x, x]\nreturn x";
    let reply = client.value(&[b"EVAL", format!("#!python\n{bomb}").as_bytes(), b"0"]);
    assert!(!matches!(reply, Value::Nil));
    assert_eq!(ask!(client, "PING"), "+PONG");
}

#[test]
fn subclasses_are_answered_as_what_they_are() {
    let server = valkey_server();
    let mut client = server.client();
    load(
        &mut client,
        "lib",
        "class Liar(list):\n    def __len__(self): return 1 << 40\n    def __iter__(self): raise ValueError\n\
         class Text(str):\n    def __str__(self): raise ValueError\n\
         register_function('liar', lambda k, a: Liar([1, 2]))\n\
         register_function('text', lambda k, a: Text('text'))",
    );
    assert_eq!(ask!(client, "FCALL", "liar", "0"), "[:1, :2]");
    assert_eq!(ask!(client, "FCALL", "text", "0"), r#"$"text""#);
}
