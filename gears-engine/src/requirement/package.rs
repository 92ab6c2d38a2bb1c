//! A requirement with its wheels, on disk and on the way to another server.

use std::fs;
use std::path::{Path, PathBuf};

use super::Kept;
use crate::ground::checksum::{seal, unseal};

/// A requirement that was installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Package {
    /// The literal string that scripts ask for.
    pub(crate) name: String,
    /// Where its wheels are; empty when Python had it already.
    pub(crate) folder: PathBuf,
}

/// What an exported requirement begins with; a checksum and the parts follow.
const MAGIC: &[u8] = b"gears requirement 2\n";

/// The same of those that have no checksum.
const UNCHECKED_MAGIC: &[u8] = b"gears requirement 1\n";

/// The longest part of an export: a client's argument stays far below the
/// server's limit of 512 MB.
const CHUNK: usize = 10 << 20;

impl Package {
    /// A requirement that Python brings.
    pub(crate) fn without_wheels(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            folder: PathBuf::new(),
        }
    }

    /// Returns the names of the wheels, sorted.
    pub(crate) fn wheel_names(&self) -> Vec<String> {
        let mut names: Vec<_> = self
            .wheels()
            .iter()
            .filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned()))
            .collect();
        names.sort();
        names
    }

    /// Returns the paths of the wheels.
    pub(crate) fn wheels(&self) -> Vec<PathBuf> {
        wheels_in(&self.folder)
    }

    /// Returns how many bytes the wheels take.
    pub(crate) fn length(&self) -> u64 {
        let wheels = self.wheels().into_iter();
        wheels
            .filter_map(|wheel| Some(fs::metadata(wheel).ok()?.len()))
            .sum()
    }

    /// Packs name and wheels into chunks for another server.
    ///
    /// # Errors
    ///
    /// When a wheel cannot be read.
    pub(crate) fn export(&self) -> Result<Vec<Vec<u8>>, String> {
        let mut packed = Vec::new();
        put(&mut packed, self.name.as_bytes());
        let kept = Kept::find(&self.folder)
            .ok_or("its wheels were removed meanwhile: ask for it once more")?;
        for name in self.wheel_names() {
            let content = fs::read(kept.folder.join(&name))
                .map_err(|error| format!("the wheel {name} cannot be read: {error}"))?;
            put(&mut packed, name.as_bytes());
            put(&mut packed, &content);
        }
        let packed = [MAGIC, &seal(&packed)].concat();
        Ok(packed.chunks(CHUNK).map(<[u8]>::to_vec).collect())
    }
}

/// Returns the wheels in a folder.
pub(crate) fn wheels_in(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "whl"))
        .collect()
}

/// What another server exported.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Imported {
    pub(crate) name: String,
    /// File names and contents.
    pub(crate) wheels: Vec<(String, Vec<u8>)>,
}

impl Imported {
    /// Unpacks an export.
    ///
    /// # Errors
    ///
    /// RedisGears' text when this is none, and one in its manner for what
    /// follows.
    pub(crate) fn parse(packed: &[u8]) -> Result<Self, String> {
        const BAD: &str = "Bad serialization format on reading";
        let mut rest = match packed.strip_prefix(MAGIC) {
            Some(sealed) => unseal(sealed)
                .ok_or_else(|| format!("{BAD} checksum: export the requirement again"))?,
            None => packed
                .strip_prefix(UNCHECKED_MAGIC)
                .ok_or_else(|| format!("{BAD} requirement name"))?,
        };
        let name = take(&mut rest)
            .and_then(|name| String::from_utf8(name.to_vec()).ok())
            .ok_or_else(|| format!("{BAD} requirement name"))?;
        let mut wheels = Vec::new();
        while !rest.is_empty() {
            let file = take(&mut rest)
                .and_then(|file| std::str::from_utf8(file).ok())
                .filter(|file| is_wheel_name(file))
                .ok_or_else(|| format!("{BAD} wheel name"))?;
            let content = take(&mut rest).ok_or_else(|| format!("{BAD} wheel data"))?;
            wheels.push((file.to_owned(), content.to_vec()));
        }
        if wheels.is_empty() {
            return Err(format!("{BAD} wheel name"));
        }
        Ok(Self { name, wheels })
    }
}

/// The name becomes a file's: it must not lead out of the folder.
fn is_wheel_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-+!".contains(&byte);
    name.ends_with(".whl") && !name.starts_with('.') && name.bytes().all(allowed)
}

fn put(packed: &mut Vec<u8>, part: &[u8]) {
    packed.extend((part.len() as u64).to_le_bytes());
    packed.extend(part);
}

fn take<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, behind) = rest.split_first_chunk::<8>()?;
    let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
    let (part, behind) = behind.split_at_checked(length)?;
    *rest = behind;
    Some(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(name: &str, wheels: &[(&str, &[u8])]) -> Vec<u8> {
        let mut packed = UNCHECKED_MAGIC.to_vec();
        put(&mut packed, name.as_bytes());
        for (file, content) in wheels {
            put(&mut packed, file.as_bytes());
            put(&mut packed, content);
        }
        packed
    }

    #[test]
    fn what_was_packed_is_unpacked() {
        let name = "six-1.15.0-py2.py3-none-any.whl";
        let imported = Imported::parse(&packed("six==1.15.0", &[(name, b"PK\0")])).unwrap();
        assert_eq!(imported.name, "six==1.15.0");
        assert_eq!(imported.wheels, [(name.to_owned(), b"PK\0".to_vec())]);
    }

    #[test]
    fn a_flipped_bit_is_refused() {
        let parts = packed("six", &[("six-1-py3-none-any.whl", b"PK")]);
        let sealed = [MAGIC, &seal(&parts[MAGIC.len()..])].concat();
        assert_eq!(Imported::parse(&sealed), Imported::parse(&parts));
        assert!(Imported::parse(&sealed).is_ok());
        for bit in 0..sealed.len() * 8 {
            let mut flipped = sealed.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(Imported::parse(&flipped).is_err(), "{bit}");
        }
    }

    #[test]
    fn junk_is_refused_at_its_place() {
        let good = packed("six", &[("six-1-py3-none-any.whl", b"PK")]);
        for end in 0..good.len() {
            assert!(Imported::parse(&good[..end]).is_err(), "{end}");
        }
        assert_eq!(
            Imported::parse(b"junk"),
            Err("Bad serialization format on reading requirement name".to_owned())
        );
        for name in ["../x.whl", "/x.whl", ".whl", "x.txt", "a\0.whl"] {
            assert!(
                Imported::parse(&packed("six", &[(name, b"PK")])).is_err(),
                "{name}"
            );
        }
    }
}
