//! Integers of pickles.

use super::{object::Object, unreadable::Unreadable};

/// The longest integer that is made decimal, in bytes: as many digits as Python itself writes
/// unless told otherwise. The work grows with the square of the length.
const LONGEST: usize = 1786;

/// Reads decimal digits, with a sign perhaps.
pub(super) fn of_digits(text: &str) -> Option<Object<'static>> {
    if let Ok(number) = text.parse() {
        return Some(Object::Int(number));
    }
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text),
    };
    let whole = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let digits = digits.trim_start_matches('0');
    whole.then(|| Object::BigInt(format!("{sign}{digits}").into()))
}

/// Reads an integer in two's complement, the smallest byte first.
pub(super) fn of_bytes(bytes: &[u8]) -> Result<Object<'static>, Unreadable> {
    let negative = bytes.last().is_some_and(|&last| last >= 0x80);
    if bytes.len() <= 16 {
        let mut filled = [if negative { 0xff } else { 0 }; 16];
        filled[..bytes.len()].copy_from_slice(bytes);
        let number = i128::from_le_bytes(filled);
        return Ok(match i64::try_from(number) {
            Ok(number) => Object::Int(number),
            Err(_) => Object::BigInt(number.to_string().into()),
        });
    }
    if bytes.len() > LONGEST {
        let bits = bytes.len() * 8;
        return Err(Unreadable::Beyond(format!(
            "holds an integer of {bits} bits"
        )));
    }
    let digits = decimal(magnitude(bytes, negative));
    let sign = if negative { "-" } else { "" };
    Ok(Object::BigInt(format!("{sign}{digits}").into()))
}

/// Returns the number without its sign, the largest byte first.
fn magnitude(bytes: &[u8], negative: bool) -> Vec<u8> {
    let mut carry = negative;
    let mut all: Vec<u8> = bytes
        .iter()
        .map(|&byte| {
            let byte = if negative { !byte } else { byte };
            let (sum, over) = byte.overflowing_add(u8::from(carry));
            carry = over;
            sum
        })
        .collect();
    all.push(u8::from(carry));
    all.reverse();
    all
}

/// Writes a number of bytes, the largest first, in decimal digits.
fn decimal(bytes: Vec<u8>) -> String {
    /// So many digits at a time.
    const PART: u64 = 1_000_000_000;
    // The smallest part first.
    let mut parts: Vec<u64> = vec![0];
    for byte in bytes {
        let mut carry = u64::from(byte);
        for part in &mut parts {
            let sum = *part * 256 + carry;
            (*part, carry) = (sum % PART, sum / PART);
        }
        if carry > 0 {
            parts.push(carry);
        }
    }
    let largest = parts.pop().unwrap_or(0);
    let rest = parts.iter().rev().map(|part| format!("{part:09}"));
    std::iter::once(largest.to_string()).chain(rest).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn digits(object: Object<'_>) -> String {
        match object {
            Object::Int(number) => number.to_string(),
            Object::BigInt(digits) => digits.into(),
            _ => unreachable!(),
        }
    }

    #[test]
    fn long_integers_become_digits() {
        let power = |bytes: usize| [vec![0; bytes], vec![1]].concat();
        assert_eq!(
            digits(of_bytes(&power(17)).unwrap()),
            "87112285931760246646623899502532662132736"
        );
        let least = [vec![0; 17], vec![0xff]].concat();
        assert_eq!(
            digits(of_bytes(&least).unwrap()),
            "-87112285931760246646623899502532662132736"
        );
        assert_eq!(digits(of_bytes(&[0xff; 40]).unwrap()), "-1");
        assert_eq!(digits(of_bytes(&[]).unwrap()), "0");
        assert!(of_digits("-").is_none() && of_digits("1x").is_none() && of_digits("").is_none());
    }

    proptest! {
        #[test]
        fn both_ways_to_digits_agree(number in any::<i128>(), more in 1..20_usize) {
            let sign = if number < 0 { 0xff } else { 0 };
            let longer = [number.to_le_bytes().to_vec(), vec![sign; more]].concat();
            prop_assert_eq!(digits(of_bytes(&longer).unwrap()), number.to_string());
            prop_assert_eq!(digits(of_digits(&number.to_string()).unwrap()), number.to_string());
        }
    }
}
