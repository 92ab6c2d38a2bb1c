//! Which version each session has, as it is stored beside the sessions: by that, shards of a
//! cluster know what is later.

use std::sync::Arc;

use gears_model::wire::Damaged;
use gears_model::{Ledger, Mark};

use crate::ground::checksum;

/// The first byte of such records; a checksum and the ledger follow.
const FORMAT: u8 = 4;

/// Encodes a ledger, or some sessions of one.
pub(super) fn encode<'a>(marks: impl Iterator<Item = (&'a str, Mark)>) -> Arc<[u8]> {
    let mut bytes = vec![FORMAT];
    bytes.extend(checksum::seal(&Ledger::encode(marks)));
    bytes.into()
}

/// Reads a record, if it is one of those.
pub(crate) fn decode(record: &[u8]) -> Option<Result<Ledger, Damaged>> {
    let (&FORMAT, sealed) = record.split_first()? else {
        return None;
    };
    Some(match checksum::unseal(sealed) {
        Some(ledger) => Ledger::decode(ledger),
        None => Err(Damaged::new("its checksum is that of other bytes")),
    })
}

#[cfg(test)]
mod tests {
    use gears_model::Version;

    use super::*;

    #[test]
    fn ledgers_come_back_and_changed_ones_do_not() {
        let mark = Mark {
            version: Version::default(),
            is_there: true,
        };
        let record = encode([("s", mark)].into_iter());
        let ledger = decode(&record).unwrap().unwrap();
        assert_eq!(ledger.mark("s"), Some(mark));
        for place in 1..record.len() {
            let mut changed = record.to_vec();
            changed[place] ^= 1;
            assert!(decode(&changed).unwrap().is_err(), "{place}");
        }
        assert!(decode(&[2, 0]).is_none());
    }
}
