//! Files that are whole or not there.

use std::{fs, io::Write as _, path::Path};

use crate::{
    failure::{Failure, Result},
    interrupt,
};

/// Writes a file beside its place and moves it there, so that nobody finds half of it.
///
/// # Errors
///
/// The folder cannot be written to, or the disk is full; what was there before stays.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result {
    // What is half written is not left behind by Ctrl-C either.
    interrupt::watch()?;
    write(path, bytes).map_err(|error| {
        // The name of a file that nobody asked for says nothing.
        let said = error.to_string();
        let why = said.split(" at path ").next().unwrap_or(&said);
        Failure::usage(format!("{} cannot be written: {why}", path.display()))
            .advice("name a file in a folder that you may write to")
    })
}

fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    // Devices and pipes are written to as they are.
    if fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
        return fs::write(path, bytes);
    }
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}
