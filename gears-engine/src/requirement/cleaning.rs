//! What nobody uses any more is removed.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::environment::others_of;
use super::home::home;
use super::kept::{MARK, target};
use super::lock::{ENDING, Lock};
use super::pip::folder_size;
use super::scratch::Scratch;

/// Removes what no name leads to, and then what was not used for longest until
/// no more than `limit` bytes are there; nothing that any server uses.
pub(crate) fn clean(
    limit: Option<u64>,
    give_up: impl FnOnce() -> Result<(), String>,
) -> Result<(), String> {
    let places = ["environments", "requirements"].map(|place| home().join(place));
    // What is removed is moved there first, so that nobody finds half of it.
    let scratch = Scratch::new()?;
    let mut named = BTreeSet::new();
    let mut folders = Vec::new();
    for entry in places.iter().flat_map(|place| list(place)) {
        if let Some(folder) = target(&entry) {
            if is_kept(&entry) {
                // On its way to a name, or of a server that died on it.
                if let Some(lock) = Lock::unused(&folder) {
                    let _ = fs::remove_file(&entry);
                    drop(lock);
                }
                continue;
            }
            named.insert(folder);
        } else if is_kept(&entry) && entry.is_dir() {
            folders.push(entry);
        } else if is_stray(&entry)
            && let Some(lock) = Lock::unused(&entry.with_extension(""))
        {
            lock.remove();
        }
    }
    let mut waiting: Vec<_> = named.iter().cloned().collect();
    while let Some(folder) = waiting.pop() {
        let others = others_of(&folder).into_iter();
        waiting.extend(others.filter(|other| named.insert(other.clone())));
    }
    folders.retain(|folder| named.contains(folder) || !remove(folder, &scratch));
    let Some(limit) = limit else {
        return Ok(());
    };
    let mut sizes: Vec<_> = folders
        .into_iter()
        .map(|folder| (Lock::last_use(&folder), folder_size(&folder), folder))
        .collect();
    sizes.sort();
    let mut total: u64 = sizes.iter().map(|(_, size, _)| size).sum();
    if total > limit {
        // What only waits to be asked for again is not in use.
        give_up()?;
    }
    for (_, size, folder) in sizes {
        if total <= limit {
            break;
        }
        if remove(&folder, &scratch) {
            total -= size;
        }
    }
    Ok(())
}

/// Removes a folder with the name that leads there, unless somebody uses it.
fn remove(folder: &Path, scratch: &Scratch) -> bool {
    let Some(lock) = Lock::unused(folder) else {
        return false;
    };
    let file = folder.file_name().unwrap_or_default().to_string_lossy();
    let name = folder.with_file_name(file.split(MARK).next().unwrap_or_default());
    if fs::rename(folder, scratch.path().join(&*file)).is_err() {
        return false;
    }
    if target(&name).as_deref() == Some(folder) {
        let _ = fs::remove_file(name);
    }
    lock.remove();
    true
}

fn list(place: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(place).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).collect()
}

fn is_kept(entry: &Path) -> bool {
    let name = entry.file_name().unwrap_or_default().to_string_lossy();
    name.contains(MARK) && !name.ends_with(ENDING)
}

/// Says whether this is the lock of a folder that is gone.
fn is_stray(entry: &Path) -> bool {
    let name = entry.to_string_lossy();
    name.contains(MARK)
        && name
            .strip_suffix(ENDING)
            .is_some_and(|folder| !Path::new(folder).exists())
}
