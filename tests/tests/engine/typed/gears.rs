//! Gears of every type: those that show what came, and those that return whatever they are asked to.

use gears_runtime::{Gear, PerShard, Result, gear_command, redis};
use serde_json::Value;

/// Shows an argument with its type.
macro_rules! showing {
    ($($name:ident($($argument:ident: $type:ty),*);)*) => {$(
        #[gear_command(mode = "sync")]
        fn $name($($argument: $type),*) -> Result<String> {
            "return repr([(name, type(value), value) for name, value in sorted(locals().items())])"
        }
    )*};
}

showing! {
    typed_nothing();
    typed_text(a: &str);
    typed_integer(a: i64);
    typed_float(a: f64);
    typed_boolean(a: bool);
    typed_bytes(a: &[u8]);
    typed_json(a: Value);
    typed_optional_text(a: Option<&str>);
    typed_optional_integer(a: Option<i64>);
    typed_optional_float(a: Option<f64>);
    typed_optional_boolean(a: Option<bool>);
    typed_optional_bytes(a: Option<Vec<u8>>);
    typed_optional_json(a: Option<Value>);
    typed_two(a: i64, b: Option<&str>);
    typed_three(a: Option<i64>, b: &str, c: Option<Value>);
}

#[gear_command(mode = "sync", key = b)]
fn typed_key(a: i64, b: &[u8], c: Option<bool>) -> Result<String> {
    "return repr((a, b, c))"
}

#[gear_command(mode = "sync")]
fn typed_echo(a: Value) -> Result<Value> {
    "return a"
}

/// Evaluates Python, and returns it as a type.
macro_rules! giving {
    ($($name:ident -> $result:ty;)*) => {$(
        #[gear_command(mode = "sync")]
        fn $name(expression: &str) -> Result<$result> {
            "
            import collections, decimal, enum, ipaddress
            class Text(str): pass
            class Whole(int): pass
            class Table(dict): pass
            class Sequence(list): pass
            class Shown:
                def __repr__(self):
                    return 'shown'
            class Index(Shown):
                def __index__(self):
                    return 7
            class Float(Shown):
                def __float__(self):
                    return 7.5
            class Raises:
                def __index__(self):
                    raise KeyError('index')
                def __float__(self):
                    raise KeyError('float')
                def __repr__(self):
                    raise KeyError('repr')
            class Colour(enum.IntEnum):
                RED = 1
            def fails(error):
                raise error
            def fails_for(error, cause):
                raise error from cause
            def fails_within():
                try:
                    {}['missing']
                except KeyError:
                    1 / 0
            async def waits():
                return 1
            def cycle():
                values = []
                values.append(values)
                return values
            def nested(depth):
                value = 1
                for _ in range(depth):
                    value = [value]
                return value
            return eval(expression)
            "
        }
    )*};
}

giving! {
    typed_gives_nothing -> ();
    typed_gives_text -> String;
    typed_gives_integer -> i64;
    typed_gives_float -> f64;
    typed_gives_boolean -> bool;
    typed_gives_bytes -> Vec<u8>;
    typed_gives_json -> Value;
    typed_gives_optional_text -> Option<String>;
    typed_gives_optional_json -> Option<Value>;
    typed_gives_anything -> redis::Value;
}

/// Says whether nobody called the function, for arguments above zero, and fails below.
macro_rules! asking {
    ($($name:ident, $mode:literal -> $result:ty;)*) => {$(
        #[gear_command(mode = $mode)]
        fn $name(a: i64) -> Result<$result> {
            "
            import sys
            if a < 0:
                raise ValueError(a)
            return int(a > 0 and sys._getframe().f_back is None)
            "
        }
    )*};
}

asking! {
    typed_caller_sync, "sync" -> i64;
    typed_caller_local, "async_local" -> i64;
    typed_caller_everywhere, "async" -> PerShard<i64>;
}

#[gear_command(mode = "sync", timeout_ms = 50)]
fn typed_spins(a: i64) -> Result<i64> {
    "
    while a > 0:
        pass
    return a
    "
}

/// Those to be called with any words.
pub(super) const WORDS: &[&Gear] = &[
    &typed_nothing::GEAR,
    &typed_text::GEAR,
    &typed_integer::GEAR,
    &typed_float::GEAR,
    &typed_boolean::GEAR,
    &typed_bytes::GEAR,
    &typed_json::GEAR,
    &typed_optional_text::GEAR,
    &typed_optional_integer::GEAR,
    &typed_optional_float::GEAR,
    &typed_optional_boolean::GEAR,
    &typed_optional_bytes::GEAR,
    &typed_optional_json::GEAR,
    &typed_two::GEAR,
    &typed_three::GEAR,
    &typed_key::GEAR,
    &typed_echo::GEAR,
];

/// Those to be called with an expression.
pub(super) const RESULTS: &[&Gear] = &[
    &typed_gives_nothing::GEAR,
    &typed_gives_text::GEAR,
    &typed_gives_integer::GEAR,
    &typed_gives_float::GEAR,
    &typed_gives_boolean::GEAR,
    &typed_gives_bytes::GEAR,
    &typed_gives_json::GEAR,
    &typed_gives_optional_text::GEAR,
    &typed_gives_optional_json::GEAR,
    &typed_gives_anything::GEAR,
];

/// Those that look for their caller.
pub(super) const CALLERS: &[&Gear] = &[
    &typed_caller_sync::GEAR,
    &typed_caller_local::GEAR,
    &typed_caller_everywhere::GEAR,
];

/// One that does not end.
pub(super) const SPINS: &Gear = &typed_spins::GEAR;
