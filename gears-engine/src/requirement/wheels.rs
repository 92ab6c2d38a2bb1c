//! The wheels of a requirement as they are stored, beside the functions that
//! need it: what another server exports is stored as it is.

use std::sync::Arc;

use super::name::normal;
use super::package::{Imported, Package};
use gears_model::wire::Damaged;

/// The first byte of such records; an export follows, with its checksum.
const FORMAT: u8 = 3;

/// No requirement's wheels take more: they are in memory, in every file, and
/// go to replicas in one piece.
const LONGEST: u64 = 128 << 20;

/// The stored wheels of a requirement.
#[derive(Clone)]
pub(crate) struct Wheels {
    /// The requirement as pip compares it.
    pub(crate) requirement: String,
    pub(crate) record: Arc<[u8]>,
}

impl Wheels {
    /// Packs the wheels of a requirement.
    ///
    /// # Errors
    ///
    /// When they are too long or cannot be read.
    pub(crate) fn pack(package: &Package) -> Result<Self, String> {
        let length = package.length();
        if length > LONGEST {
            return Err(format!(
                "they take {length} bytes, and at most {LONGEST} are stored: install it on each \
                 server, or switch StoreWheels off"
            ));
        }
        let mut record = vec![FORMAT];
        for chunk in package.export()? {
            record.extend(chunk);
        }
        Ok(Self {
            requirement: normal(&package.name),
            record: record.into(),
        })
    }

    /// Reads a record, if it is one of wheels.
    pub(crate) fn decode(record: &[u8]) -> Option<Result<Self, Damaged>> {
        let (&FORMAT, export) = record.split_first()? else {
            return None;
        };
        let decoded = Imported::parse(export).map_err(|error| Damaged::new(&error));
        Some(decoded.map(|imported| Self {
            requirement: normal(&imported.name),
            record: record.into(),
        }))
    }

    /// Unpacks the wheels.
    ///
    /// # Errors
    ///
    /// When they are damaged.
    pub(crate) fn unpack(&self) -> Result<Imported, String> {
        Imported::parse(self.record.get(1..).unwrap_or_default())
    }

    /// Says whose they are.
    pub(crate) fn are_of(&self, requirement: &str) -> bool {
        self.requirement == normal(requirement)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_of_sessions_are_no_wheels_and_damaged_ones_are_told() {
        assert!(Wheels::decode(b"").is_none());
        assert!(Wheels::decode(&[2, 0, 0]).is_none());
        for damaged in [&[FORMAT][..], &[FORMAT, 0, 0], b"\x03gears requirement 2\n"] {
            assert!(matches!(Wheels::decode(damaged), Some(Err(_))));
        }
    }
}
