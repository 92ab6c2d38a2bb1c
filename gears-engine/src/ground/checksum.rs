//! Tells bytes that were stored from bytes that changed since.
//!
//! Fields that make sense may still hold a pickle with a flipped bit, and code
//! objects made of such a pickle end the process when they run. So nothing of a
//! checked text is looked at before its checksum is right. It guards against
//! accidents alone: whoever can write files can write checksums.

/// The polynomial of CRC-64/XZ, reflected.
const POLYNOMIAL: u64 = 0xC96C_5795_D787_0F42;

const TABLE: [u64; 256] = make_table();

const fn make_table() -> [u64; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut value = byte as u64;
        let mut bit = 0;
        while bit < 8 {
            value = if value & 1 == 1 {
                (value >> 1) ^ POLYNOMIAL
            } else {
                value >> 1
            };
            bit += 1;
        }
        table[byte] = value;
        byte += 1;
    }
    table
}

/// Computes the checksum of bytes.
fn checksum(bytes: &[u8]) -> u64 {
    !bytes.iter().fold(!0, |sum, byte| {
        let [low, ..] = sum.to_le_bytes();
        TABLE[usize::from(low ^ byte)] ^ (sum >> 8)
    })
}

/// Returns the bytes with their checksum before them.
pub(crate) fn seal(bytes: &[u8]) -> Vec<u8> {
    let mut sealed = checksum(bytes).to_le_bytes().to_vec();
    sealed.extend_from_slice(bytes);
    sealed
}

/// Returns what [`seal`] got, if it is still that.
pub(crate) fn unseal(sealed: &[u8]) -> Option<&[u8]> {
    let (sum, bytes) = sealed.split_first_chunk()?;
    (checksum(bytes) == u64::from_le_bytes(*sum)).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_one_that_others_compute() {
        assert_eq!(checksum(b"123456789"), 0x995D_C9BB_DF19_39FA);
    }

    #[test]
    fn every_flipped_bit_is_seen() {
        let sealed = seal(b"what was stored");
        assert_eq!(unseal(&sealed), Some(&b"what was stored"[..]));
        for bit in 0..sealed.len() * 8 {
            let mut flipped = sealed.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(unseal(&flipped), None, "{bit}");
        }
        for length in 0..sealed.len() {
            assert_eq!(unseal(&sealed[..length]), None, "{length}");
        }
    }
}
