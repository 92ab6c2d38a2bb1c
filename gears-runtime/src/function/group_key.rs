//! What can be the key of a group.

use crate::python::value::PyValue;

/// What an extractor may return for `group_by` and its kin, whose keys servers keep as text: see [`Group`](super::Group).
///
/// Text, numbers, `bool` and values without a declared type ([`PyValue`]) are such keys. A struct is none: what arrives is the
/// `repr` of its dict, which no Rust reads. For a type of your own that is one text in Python, such as an enum without
/// fields, say so.
///
/// # Examples
///
/// ```
/// use gears_runtime::{function::{GroupKey, KeysReader, PyValue}, gear_fn};
/// use serde::Deserialize;
///
/// #[derive(Deserialize)]
/// #[serde(rename_all = "lowercase")]
/// enum Plan { Free, Paid }
///
/// impl GroupKey for Plan {}
///
/// #[gear_fn]
/// fn plan(user: PyValue) -> Plan {
///     "return 'paid' if user.get('card') else 'free'"
/// }
///
/// let plans = KeysReader::new("user:*").values().count_by(plan);
/// # assert!(plans.run().script()?.source().contains("paid"));
/// # Ok::<(), gears_runtime::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "the key of a group is text, a number or a `bool`: a `{Self}` would arrive as its `repr`",
    label = "this returns a `{Self}` for each record",
    note = "return one text from the Python, such as `f\"{{a}}:{{b}}\"`, and declare `String`",
    note = "if it is one text in Python already, say `impl GroupKey for {Self} {{}}`"
)]
pub trait GroupKey {}

macro_rules! keys {
    ($($key:ty)*) => {$(impl GroupKey for $key {})*};
}

keys! { PyValue String str char bool i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize f32 f64 }

impl<T: GroupKey + ?Sized> GroupKey for &T {}
impl<T: GroupKey> GroupKey for Option<T> {}
