//! Records as the last step of a script writes them, read into any type of serde's.
//!
//! A record is bytes: a letter that tells the kind, then the value. `n` is `None`, `t` and `f`
//! are the booleans, `i` is followed by digits, `d` by a float's repr, `s` by UTF-8, `b` by
//! bytes, and `j` by JSON, in which an object with one key that begins with `$` stands for what
//! JSON has no word for.

mod json;

use std::str;

use redis::Value;
use serde::de::DeserializeOwned;

use self::json::{Json, integer};
use crate::{
    python::value::{Misfit, PyValue, Reader},
    wire::mismatch::Mismatch,
};

/// Reads one record.
pub(crate) fn decode<T: DeserializeOwned>(value: Value) -> Result<T, Mismatch> {
    let read = match &value {
        Value::BulkString(record) => read(record),
        _ => Err(Misfit(
            "a record as the generated script writes it".to_owned(),
        )),
    };
    let read = match read {
        Ok(read) => read,
        Err(misfit) => return Err(Mismatch::new(misfit.0, value)),
    };
    // Described before it is taken apart.
    let kind = read.described();
    T::deserialize(Reader(read)).map_err(|misfit| Mismatch::new(misfit.0, value).describing(kind))
}

fn read(record: &[u8]) -> Result<PyValue, Misfit> {
    let torn = || Misfit("a record as the generated script writes it".to_owned());
    let (kind, rest) = record.split_first().ok_or_else(torn)?;
    let text = || str::from_utf8(rest).map_err(|_| torn());
    Ok(match kind {
        b'n' => PyValue::None,
        b't' => PyValue::Bool(true),
        b'f' => PyValue::Bool(false),
        b'i' => integer(text()?).ok_or_else(torn)?,
        b'd' => PyValue::Float(text()?.parse().map_err(|_| torn())?),
        b's' => PyValue::Text(text()?.to_owned()),
        b'b' => PyValue::Bytes(rest.to_vec()),
        b'j' => {
            let json: Json = serde_json::from_slice(rest)
                .map_err(|error| Misfit(format!("readable JSON ({error})")))?;
            json.0
        }
        _ => return Err(torn()),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bulk(record: &[u8]) -> Value {
        Value::BulkString(record.to_vec())
    }

    #[test]
    fn torn_records_are_told() {
        for record in [
            "",
            "x",
            "i",
            "i-",
            "i1.5",
            "d",
            "dx",
            "s\u{e9}",
            "j",
            "j{",
            "j{\"$set\":1}",
            "j{\"$what\":1}",
            "j{\"$dict\":[[1]]}",
            "j{\"$bytes\":\"%\"}",
            "j{\"$other\":[1,2]}",
        ] {
            // All but the text fit no number, and the text fits none either.
            let told = decode::<i64>(bulk(record.as_bytes())).unwrap_err();
            assert!(!told.into_details().expected.is_empty(), "{record}");
        }
        assert!(decode::<PyValue>(bulk(b"s\xff")).is_err());
        assert!(decode::<PyValue>(Value::Int(1)).is_err());
        assert!(decode::<PyValue>(Value::Array(Vec::new())).is_err());
    }

    #[test]
    fn deep_json_is_refused() {
        let deep = format!("j{}", "[".repeat(100_000));
        assert!(decode::<PyValue>(bulk(deep.as_bytes())).is_err());
    }

    proptest! {
        #[test]
        fn no_record_makes_it_panic(kind in "[ntfidsbjx]?", rest in any::<Vec<u8>>(), json in "[\\[\\]{}\",:$a-z0-9]{0,20}") {
            for rest in [&rest[..], json.as_bytes()] {
                let record = [kind.as_bytes(), rest].concat();
                let _ = decode::<PyValue>(bulk(&record));
                let _ = decode::<(Option<String>, Vec<u8>)>(bulk(&record));
                let _ = decode::<crate::function::record::KeyRecord>(bulk(&record));
            }
        }
    }
}
