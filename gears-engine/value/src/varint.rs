//! Numbers without a sign in as few bytes as they need: seven bits in each, the lowest first.

use crate::Fault;

const MORE: u8 = 0x80;

pub(crate) fn put(mut number: u64, bytes: &mut Vec<u8>) {
    while number >= u64::from(MORE) {
        bytes.push(number.to_le_bytes()[0] | MORE);
        number >>= 7;
    }
    bytes.push(number.to_le_bytes()[0]);
}

pub(crate) fn take(bytes: &mut &[u8]) -> Result<u64, Fault> {
    let mut number = 0;
    for shift in (0..u64::BITS).step_by(7) {
        let (&byte, rest) = bytes.split_first().ok_or(Fault::Ends)?;
        *bytes = rest;
        let bits = u64::from(byte & !MORE);
        if bits << shift >> shift != bits {
            return Err(Fault::Length);
        }
        number |= bits << shift;
        if byte & MORE == 0 {
            return Ok(number);
        }
    }
    Err(Fault::Length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back() {
        for number in [
            0,
            1,
            127,
            128,
            300,
            u64::from(u32::MAX),
            u64::MAX - 1,
            u64::MAX,
        ] {
            let mut bytes = Vec::new();
            put(number, &mut bytes);
            assert_eq!(take(&mut &bytes[..]), Ok(number));
            let cut = bytes.len() - 1;
            assert_eq!(take(&mut &bytes[..cut]), Err(Fault::Ends));
        }
    }

    #[test]
    fn numbers_that_are_too_long_are_refused() {
        assert_eq!(take(&mut &[0xff; 10][..]), Err(Fault::Length));
        let mut longest = [0xff; 10];
        longest[9] = 2;
        assert_eq!(take(&mut &longest[..]), Err(Fault::Length));
        longest[9] = 1;
        assert_eq!(take(&mut &longest[..]), Ok(u64::MAX));
    }
}
