//! Python packages made on the spot, for servers that are offline.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Writes a wheel: a package of one module with the given source.
///
/// # Panics
///
/// When the file cannot be written.
pub fn wheel(folder: &Path, name: &str, version: &str, source: &str) -> PathBuf {
    let info = format!("{name}-{version}.dist-info");
    let metadata = format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n");
    let kind = "Wheel-Version: 1.0\nGenerator: gears-tests\nRoot-Is-Purelib: true\n\
                Tag: py3-none-any\n";
    let record = format!("{name}.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n");
    let path = folder.join(format!("{name}-{version}-py3-none-any.whl"));
    write_zip(
        &path,
        &[
            (format!("{name}.py"), source),
            (format!("{info}/METADATA"), &metadata),
            (format!("{info}/WHEEL"), kind),
            (format!("{info}/RECORD"), &record),
        ],
    );
    path
}

/// Writes an archive whose files are stored as they are.
fn write_zip(path: &Path, files: &[(String, &str)]) {
    let mut archive = Vec::new();
    let mut directory = Vec::new();
    for (name, content) in files {
        let offset = u32::try_from(archive.len()).unwrap();
        let size = u32::try_from(content.len()).unwrap().to_le_bytes();
        let name_size = u16::try_from(name.len()).unwrap().to_le_bytes();
        // What both headers share: version, flags, stored, time, date, sum, sizes, lengths.
        let mut shared = vec![20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0];
        shared.extend(crc32(content.as_bytes()).to_le_bytes());
        shared.extend(size);
        shared.extend(size);
        shared.extend(name_size);
        shared.extend([0, 0]);
        archive.extend(b"PK\x03\x04");
        archive.extend(&shared);
        archive.extend(name.as_bytes());
        archive.extend(content.as_bytes());
        directory.extend(b"PK\x01\x02\x14\0");
        directory.extend(&shared);
        // No comment, first disk, no attributes but those of a plain file.
        directory.extend([0, 0, 0, 0, 0, 0]);
        directory.extend((0o100_644_u32 << 16).to_le_bytes());
        directory.extend(offset.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let count = u16::try_from(files.len()).unwrap().to_le_bytes();
    let start = u32::try_from(archive.len()).unwrap().to_le_bytes();
    let size = u32::try_from(directory.len()).unwrap().to_le_bytes();
    archive.extend(directory);
    archive.extend(b"PK\x05\x06\0\0\0\0");
    archive.extend(count);
    archive.extend(count);
    archive.extend(size);
    archive.extend(start);
    archive.extend([0, 0]);
    File::create(path).unwrap().write_all(&archive).unwrap();
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            (sum >> 1) ^ (0xedb8_8320 & (sum & 1).wrapping_neg())
        })
    })
}
