//! The Python that the module is meant for.

use std::ffi::{CStr, OsStr, c_void};
use std::fs;
use std::mem::MaybeUninit;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// The Python that was chosen when the module was built.
pub(crate) const BUILT_FOR: &str = env!("GEARS_PYTHON_EXECUTABLE");

/// The name of the link beside the module.
const LINK: &str = concat!("python", env!("GEARS_PYTHON_VERSION"));

/// Returns the Python whose environment is used when nobody names one.
///
/// The Python package of the engine links the Python that it is installed in beside the module: a server that loads
/// the file gets the packages of that environment, with nothing to set. Without a link it is the one of the build.
pub(crate) fn default_executable() -> String {
    folder()
        .and_then(|folder| linked(&folder))
        .unwrap_or_else(|| BUILT_FOR.to_owned())
}

/// Returns the folder that the Python package of the engine is installed in, where this is its Python.
///
/// `pip install --user` and `--target` put packages where a Python does not look by itself, or not within a server.
pub(crate) fn packages_beside(executable: &str) -> Option<PathBuf> {
    let package = folder()?;
    let is_its_python = linked(&package).is_some_and(|linked| linked == executable);
    // Somebody may have linked a Python beside a module of his own, among whatever else.
    (is_its_python && package.join("__init__.py").is_file())
        .then(|| package.parent().map(Path::to_owned))?
}

/// Reads the link, and does not follow what it names further: an environment's executable is itself a link, and
/// beside that one is the file that makes it an environment.
fn linked(folder: &Path) -> Option<String> {
    let executable = fs::read_link(folder.join(LINK)).ok()?;
    executable
        .is_absolute()
        .then(|| executable.to_string_lossy().into_owned())
}

/// Returns the folder of the module file.
fn folder() -> Option<PathBuf> {
    let mut info = MaybeUninit::<libc::Dl_info>::zeroed();
    let symbol = default_executable as *const c_void;
    // SAFETY: `info` is writable, and is filled when the result is not 0; the
    // names in it belong to the loader and stay while this code does.
    let name = unsafe {
        if libc::dladdr(symbol, info.as_mut_ptr()) == 0 {
            return None;
        }
        CStr::from_ptr((*info.as_ptr()).dli_fname)
    };
    let module = Path::new(OsStr::from_bytes(name.to_bytes()));
    let module = std::path::absolute(module).ok()?;
    Some(module.parent()?.to_owned())
}

#[cfg(test)]
mod tests {
    use std::env;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_link_names_the_executable_as_it_was_written() {
        let folder = env::temp_dir().join(format!("gears-executable-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        assert_eq!(linked(&folder), None);
        // An environment's own executable is a link, too.
        symlink("/usr/bin/python3", folder.join("python")).unwrap();
        symlink(folder.join("python"), folder.join(LINK)).unwrap();
        let expected = folder.join("python").to_string_lossy().into_owned();
        assert_eq!(linked(&folder), Some(expected));
        fs::remove_file(folder.join(LINK)).unwrap();
        symlink("python", folder.join(LINK)).unwrap();
        assert_eq!(linked(&folder), None, "relative to what, nobody can tell");
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn without_a_link_it_is_that_of_the_build() {
        assert!(folder().is_some_and(|folder| folder.is_dir()));
        assert_eq!(default_executable(), BUILT_FOR);
        assert_eq!(packages_beside(BUILT_FOR), None);
    }
}
