//! What triggers are called with.

use redis::ToRedisArgs;

/// The arguments of a call by [`Gears::trigger`](crate::Gears::trigger), each a word of the command.
///
/// | what | example |
/// | --- | --- |
/// | none | `[]`, `()` |
/// | several of one type: an array of up to 32, a slice, a `Vec` | `["Ada", "Grace"]`, `[5]`, `&words` |
/// | several of any types: a tuple of up to 12 | `("Ada", 36, true)` |
///
/// Each is whatever redis-rs takes as an argument: text and bytes travel as they are, numbers in
/// decimal digits, `true` as `1` and `false` as `0`, collections one word for each item, and
/// `None` as no word at all.
///
/// # Examples
///
#[cfg_attr(feature = "embedded", doc = "```")]
#[cfg_attr(not(feature = "embedded"), doc = "```text")]
/// use gears_runtime::{Script, redis::Value};
///
/// # let (server, gears) = gears_runtime::embedded::example()?;
/// gears.execute(&Script::from_source(
///     "GB('CommandReader').map(lambda words: '+'.join(words[1:])).register(trigger='join')",
/// ))?;
/// let text = |text: &str| [Value::BulkString(text.as_bytes().to_vec())];
/// assert_eq!(gears.trigger("join", [])?, text(""));
/// assert_eq!(gears.trigger("join", [5])?, text("5"));
/// assert_eq!(gears.trigger("join", ["a", "b"])?, text("a+b"));
/// assert_eq!(gears.trigger("join", ("a", 5, true, b"c"))?, text("a+5+1+c"));
/// assert_eq!(gears.trigger("join", vec![0.5, 1.5])?, text("0.5+1.5"));
/// # Ok::<(), gears_runtime::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not what a trigger is called with",
    label = "use an array, a slice, a `Vec` or a tuple of what redis-rs takes as an argument",
    note = "an iterator can be collected into a `Vec`; a single argument is an array of one, `[value]`"
)]
pub trait TriggerArgs {
    /// Returns the words.
    #[doc(hidden)]
    fn into_words(self) -> Vec<Vec<u8>>;
}

fn words<T: ToRedisArgs>(arguments: &[T]) -> Vec<Vec<u8>> {
    let each = arguments.iter();
    each.flat_map(ToRedisArgs::to_redis_args).collect()
}

impl TriggerArgs for () {
    fn into_words(self) -> Vec<Vec<u8>> {
        Vec::new()
    }
}

impl<T: ToRedisArgs> TriggerArgs for &[T] {
    fn into_words(self) -> Vec<Vec<u8>> {
        words(self)
    }
}

impl<T: ToRedisArgs> TriggerArgs for Vec<T> {
    fn into_words(self) -> Vec<Vec<u8>> {
        words(&self)
    }
}

impl<T: ToRedisArgs> TriggerArgs for &Vec<T> {
    fn into_words(self) -> Vec<Vec<u8>> {
        words(self)
    }
}

/// An array of nothing is one of texts, so that `[]` needs no type.
impl TriggerArgs for [&str; 0] {
    fn into_words(self) -> Vec<Vec<u8>> {
        Vec::new()
    }
}

/// As for the array itself.
impl TriggerArgs for &[&str; 0] {
    fn into_words(self) -> Vec<Vec<u8>> {
        Vec::new()
    }
}

/// For each length by itself: one for all of them would leave the type of `[]` open.
macro_rules! arrays {
    ($($length:literal)*) => {$(
        impl<T: ToRedisArgs> TriggerArgs for [T; $length] {
            fn into_words(self) -> Vec<Vec<u8>> {
                words(&self)
            }
        }

        impl<T: ToRedisArgs> TriggerArgs for &[T; $length] {
            fn into_words(self) -> Vec<Vec<u8>> {
                words(self)
            }
        }
    )*};
}

arrays! {
    1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32
}

macro_rules! tuples {
    ($($first:ident $($rest:ident)*)?) => {$(
        impl<$first: ToRedisArgs, $($rest: ToRedisArgs),*> TriggerArgs for ($first, $($rest,)*) {
            fn into_words(self) -> Vec<Vec<u8>> {
                self.to_redis_args()
            }
        }

        tuples! { $($rest)* }
    )?};
}

tuples! { A B C D E F G H I J K L }

#[cfg(test)]
mod tests {
    use super::*;

    fn said(arguments: impl TriggerArgs) -> String {
        let words = arguments.into_words();
        let words = words.iter().map(|word| word.escape_ascii().to_string());
        words.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn every_form_is_taken() {
        assert_eq!(said([]), "");
        let (none, one): (&[&str; 0], &Vec<i64>) = (&[], &vec![-1]);
        assert_eq!(said(none), "");
        assert_eq!(said(()), "");
        assert_eq!(said([5]), "5");
        assert_eq!(said([""]), "");
        assert_eq!([""].into_words().len(), 1);
        assert_eq!(said(["a", "b"]), "a b");
        assert_eq!(said([b"\xff\0", b"ab"]), "\\xff\\x00 ab");
        assert_eq!(said(vec![String::from("a")]), "a");
        assert_eq!(said(one), "-1");
        assert_eq!(said(&["a"][..]), "a");
        assert_eq!(
            said(("a", 5, true, 0.5, Some(b"b"), None::<i64>)),
            "a 5 1 0.5 b"
        );
        assert_eq!(said((["a", "b"].as_slice(), "c")), "a b c");
    }
}
