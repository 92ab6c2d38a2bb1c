//! Words and expressions that are likely to be taken in one way or another.

use gears_tests::Numbers;

pub(super) const ODD_WORDS: &[&[u8]] = &[
    b"",
    b" ",
    b"0",
    b"1",
    b"-1",
    b"+1",
    b"-0",
    b"--1",
    b"-",
    b" 1",
    b"1 ",
    b"\t1\n",
    b"1\0",
    b"007",
    b"1_000",
    b"1__0",
    b"0x10",
    b"1.0",
    b"1.",
    b".5",
    b"1e5",
    b"1E+5",
    b"1e400",
    b"-1e400",
    b"1e-400",
    b"123456789012345678",
    b"999999999999999999",
    b"1000000000000000000",
    b"9223372036854775807",
    b"9223372036854775808",
    b"-9223372036854775808",
    b"-9223372036854775809",
    b"18446744073709551615",
    b"18446744073709551616",
    b"123456789012345678901234567890",
    b"9223372036854775808.0",
    b"1e19",
    b"1e22",
    b"1e23",
    b"0.1",
    b"0.30000000000000004",
    b"-0.0",
    b"5e-324",
    b"2.2250738585072011e-308",
    b"1.7976931348623157e308",
    b"1.7976931348623159e308",
    b"9007199254740993",
    b"0.1000000000000000055511151231257827021181583404541015625",
    b"nan",
    b"NaN",
    b"inf",
    b"-inf",
    b"Infinity",
    b"-Infinity",
    b"True",
    b"true",
    b"TRUE",
    b"False",
    b"false",
    b"null",
    b"None",
    b"nul",
    b"hello",
    b"+status",
    b"-error",
    b"%s%n",
    b"\xff",
    b"\xff\xfehello",
    b"\xed\xa0\x80",
    b"1\xff",
    b"\"\xff\"",
    b"\xef\xbb\xbf1",
    b"\xc3\xa9",
    "\u{663}\u{664}".as_bytes(),
    "\u{a0}7\u{2003}".as_bytes(),
    "\u{1F600}".as_bytes(),
    b"\"\"",
    b"\"text\"",
    b"'text'",
    b"\"a\nb\"",
    b"\"a\0b\"",
    b"\"a\x7fb\"",
    br#""\"\\\/\b\f\n\r\t\u0000\u001f\u007f""#,
    br#""\u00e9\ud83d\ude00""#,
    br#""\ud800""#,
    br#""\udc00\ud800""#,
    br#""\ud800x""#,
    br#""\u12""#,
    br#""\x""#,
    br#""\""#,
    br#""aGVsbG8=""#,
    br#""aGVsbG8""#,
    br#""a G!V\ns-b_G8=""#,
    br#""====""#,
    "\"\u{e9}\"".as_bytes(),
    b"[]",
    b"[ ]",
    b"[1,]",
    b"[,]",
    b"[1 2]",
    b"[1",
    b"]",
    b"{}",
    b"{\"a\":1}",
    b" { \"a\" : [ 1 , 2.5 , true , null , \"x\" ] } ",
    b"{\"a\":1,\"a\":2,\"b\":3,\"a\":4}",
    b"{\"a\":1,}",
    b"{a:1}",
    b"{1:1}",
    b"{\"a\"}",
    b"{\"\":\"\"}",
    b"{\"a\":NaN}",
    b"{\"a\":-0}",
    b"{\"a\":-0.0}",
    b"{\"a\":01}",
    b"{\"a\":18446744073709551616}",
    br#"{"\ud800":"\ud800"}"#,
    br#"{"\u00e9":"\u00e9"}"#,
    b"[true,false,null,tru]",
    b"1 2",
    b"1,2",
    b"// comment\n1",
    b"\x0b1",
    b"\x0c1",
    b"\xc2\xa01",
    b"\x851",
];

pub(super) const EXPRESSIONS: &[&str] = &[
    "None",
    "True",
    "False",
    "0",
    "1",
    "2",
    "-1",
    "2**63-1",
    "2**63",
    "-2**63",
    "-2**63-1",
    "10**5000",
    "[10**5000]",
    "0.0",
    "-0.0",
    "0.1",
    "1.0",
    "1e16",
    "1e15",
    "123456789012345680.0",
    "1e22",
    "1e-4",
    "1e-5",
    "5e-324",
    "1.7976931348623157e308",
    "float('nan')",
    "float('inf')",
    "-float('inf')",
    "[1.5, 1e16, 1e-7, -0.0]",
    "[float('nan')]",
    "{'a': float('inf')}",
    "''",
    "'text'",
    "'+status'",
    "'-error'",
    "'-1'",
    "'12'",
    "'1.5'",
    "'\u{e9}\u{1F600}'",
    "'\\udc80'",
    "['\\udc80']",
    "{'\\udc80': 1}",
    "'a\\0b'",
    "'\\x00\\x1f\\x7f\\x80\\u2028\"\\\\/'",
    "['\\x00\\x1f\\x7f\\x80\\u2028\"\\\\/\\b\\f\\n\\r\\t']",
    "{'\\n\"': '\\n\"'}",
    "b''",
    "b'bytes'",
    "b'\\xff\\xfe'",
    "b'12'",
    "bytearray(b'x')",
    "memoryview(b'x')",
    "[b'x']",
    "[]",
    "()",
    "{}",
    "[[]]",
    "[{}]",
    "[None, True, False]",
    "(1, 'a', None)",
    "[1, [2, [3]], {'a': {'b': []}}]",
    "{'b': 1, 'a': 2}",
    "{1: 2, None: 3, True: 4, 1.5: 5, 'x': 6}",
    "{(1, 2): 3}",
    "{b'x': 1}",
    "{'a': {1, 2}}",
    "{1, 2}",
    "range(3)",
    "Shown()",
    "Text('text')",
    "Whole(7)",
    "Whole(2**70)",
    "Table(a=1)",
    "Sequence([1])",
    "[Text('text'), Whole(7), Table(a=1), Sequence([1])]",
    "{Text('a'): 1}",
    "collections.OrderedDict(a=1)",
    "collections.namedtuple('Pair', 'a b')(1, 2)",
    "Colour.RED",
    "[Colour.RED]",
    "{Colour.RED: 1}",
    "decimal.Decimal('1.5')",
    "[decimal.Decimal('1.5')]",
    "ipaddress.ip_address('127.0.0.1')",
    "1j",
    "Index()",
    "Float()",
    "Raises()",
    "[Raises()]",
    "Raises",
    "object",
    "len",
    "cycle()",
    "{'a': cycle()}",
    "[[]] * 3",
    "nested(60)",
    "nested(64)",
    "nested(65)",
    "nested(200)",
    "'x' * 1000",
    "['x' * 1000] * 100",
    "1/0",
    "fails(ValueError('text'))",
    "fails(ValueError('%s%n', 1))",
    "fails(KeyError('\\udc80'))",
    "fails(flat_error('flat'))",
    "fails(SystemExit(3))",
    "fails(KeyboardInterrupt())",
    "fails(StopIteration(5))",
    "fails(GeneratorExit())",
    "fails(BaseException('base'))",
    "fails(MemoryError())",
    "fails_for(ValueError('a'), KeyError('b'))",
    "fails_for(ValueError('a'), None)",
    "fails_within()",
    "fails('no exception')",
    "undefined",
    "a syntax error",
    "execute('GET')",
    "execute('NO', 'SUCH', 'COMMAND')",
    "execute('SET', 'k', 'v')",
    "[gearsFuture()] * 0",
];

/// Makes text that is JSON, or nearly.
pub(super) fn random_json(numbers: &mut Numbers) -> Vec<u8> {
    let mut json = String::new();
    put_value(&mut json, numbers, 0);
    let mut json = json.into_bytes();
    if numbers.below(4) == 0 {
        let at = numbers.below(json.len());
        match numbers.below(3) {
            0 => drop(json.remove(at)),
            1 => json[at] = u8::try_from(numbers.below(256)).unwrap(),
            _ => json.insert(at, b"\"\\{}[],:0-eE.x \n"[numbers.below(16)]),
        }
    }
    json
}

fn put_value(json: &mut String, numbers: &mut Numbers, depth: usize) {
    match numbers.below(if depth > 4 { 5 } else { 7 }) {
        0 => json.push_str(numbers.choose(&["null", "true", "false", "NaN", "-Infinity"])),
        1 => json.push_str(&(numbers.below(usize::MAX) >> numbers.below(40)).to_string()),
        2 => put_number(json, numbers),
        3 | 4 => put_text(json, numbers),
        5 => {
            json.push('[');
            for place in 0..numbers.below(5) {
                json.push_str(if place > 0 { "," } else { "" });
                put_value(json, numbers, depth + 1);
            }
            json.push(']');
        }
        _ => {
            json.push('{');
            for place in 0..numbers.below(5) {
                json.push_str(if place > 0 { ", " } else { "" });
                put_text(json, numbers);
                json.push_str(": ");
                put_value(json, numbers, depth + 1);
            }
            json.push('}');
        }
    }
}

fn put_number(json: &mut String, numbers: &mut Numbers) {
    json.push_str(numbers.choose(&["", "-"]));
    for _ in 0..=numbers.below(22) {
        json.push_str(&numbers.below(10).to_string());
    }
    if numbers.below(3) > 0 {
        json.push('.');
        for _ in 0..=numbers.below(22) {
            json.push_str(&numbers.below(10).to_string());
        }
    }
    if numbers.below(3) == 0 {
        json.push_str(numbers.choose(&["e", "E", "e+", "e-"]));
        json.push_str(&numbers.below(330).to_string());
    }
}

fn put_text(json: &mut String, numbers: &mut Numbers) {
    json.push('"');
    for _ in 0..numbers.below(8) {
        json.push_str(numbers.choose(&[
            "a",
            "key",
            "\u{e9}",
            "\u{1F600}",
            "\\n",
            "\\\"",
            "\\u00e9",
            "\\ud83d\\ude00",
            "\\ud83d",
            "\u{7f}",
            " ",
            "/",
        ]));
    }
    json.push('"');
}
