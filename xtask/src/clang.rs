//! Finds libclang, which generates the bindings to the server's module API.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process;

/// Where libclang and its headers are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Clang {
    /// The folder for `LIBCLANG_PATH`; `None` where it is found without.
    pub(crate) folder: Option<PathBuf>,
    /// The folder with `stddef.h` and its like, when libclang came without.
    pub(crate) headers: Option<PathBuf>,
}

/// Names the folder for libraries in set-up's folder.
pub(crate) fn housed(house: &Path) -> PathBuf {
    house.join("lib")
}

/// The value of `LIBCLANG_PATH`, when it is set to something.
pub(crate) fn wish() -> Option<PathBuf> {
    process::named_path("LIBCLANG_PATH")
}

/// Finds libclang in the user's place, the usual places, or set-up's folder.
pub(crate) fn find(house: &Path) -> Option<Clang> {
    if let Some(wish) = wish() {
        let folder = if wish.is_file() {
            wish.parent()?.to_owned()
        } else {
            wish
        };
        // The variable reaches the build by itself.
        return holds_library(&folder).then(|| Clang {
            folder: None,
            headers: foreign_headers(&folder),
        });
    }
    if let Some(folder) = usual_folders().into_iter().find(|dir| holds_library(dir)) {
        return Some(Clang {
            folder: None,
            headers: foreign_headers(&folder),
        });
    }
    // Homebrew's on Apple silicon is not among the places that the build looks in.
    [housed(house), "/opt/homebrew/opt/llvm/lib".into()]
        .into_iter()
        .find(|dir| holds_library(dir))
        .map(|folder| Clang {
            headers: foreign_headers(&folder),
            folder: Some(folder),
        })
}

fn usual_folders() -> Vec<PathBuf> {
    let mut folders = Vec::new();
    let llvm_config = env::var_os("LLVM_CONFIG_PATH").unwrap_or_else(|| "llvm-config".into());
    if let Ok(text) = process::capture(Command::new(llvm_config).arg("--libdir")) {
        folders.push(text.trim().into());
    }
    if cfg!(target_os = "macos") {
        if let Ok(text) = process::capture(Command::new("xcode-select").arg("--print-path")) {
            let tools = PathBuf::from(text.trim());
            folders.push(tools.join("Toolchains/XcodeDefault.xctoolchain/usr/lib"));
        }
        folders.push("/Library/Developer/CommandLineTools/usr/lib".into());
        folders.push("/usr/local/opt/llvm/lib".into());
        return folders;
    }
    for root in [
        "/usr/local/lib",
        "/usr/local/lib64",
        "/usr/lib",
        "/usr/lib64",
    ] {
        let root = PathBuf::from(root);
        for folder in subfolders(&root) {
            folders.push(folder.join("lib"));
            folders.push(folder);
        }
        folders.push(root);
    }
    folders
}

fn subfolders(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut folders: Vec<_> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    folders
}

fn holds_library(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|entries| {
        entries
            .filter_map(std::result::Result::ok)
            .any(|entry| is_library(&entry.file_name().to_string_lossy()))
    })
}

/// Accepts `libclang.so`, `libclang.so.1`, `libclang-14.so`, `libclang-14.so.1`
/// and `libclang.dylib`; refuses the C++ library `libclang-cpp.so.14`.
fn is_library(name: &str) -> bool {
    let Some(rest) = name.strip_prefix("libclang") else {
        return false;
    };
    let rest = match rest.strip_prefix('-') {
        Some(version) => version.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.'),
        None => rest.strip_prefix('.').unwrap_or_default(),
    };
    // Versions swallow the dot before the suffix.
    rest == "so" || rest.starts_with("so.") || rest == "dylib"
}

/// Finds the C compiler's own headers for a libclang that has none beside it, as
/// the one from the package index.
fn foreign_headers(folder: &Path) -> Option<PathBuf> {
    if cfg!(target_os = "macos") || has_headers(folder) {
        return None;
    }
    let compiler = env::var_os("CC").unwrap_or_else(|| "cc".into());
    let text = process::capture(Command::new(compiler).arg("-print-file-name=include")).ok()?;
    let headers = PathBuf::from(text.trim());
    headers.join("stddef.h").is_file().then_some(headers)
}

fn has_headers(folder: &Path) -> bool {
    let real = |folder: &Path| folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    [
        // Debian links the library into the folder of the architecture.
        real(folder).join("clang"),
        real(folder).join("../clang"),
        real(folder).join("../lib/clang"),
        "/usr/lib/clang".into(),
        "/usr/lib64/clang".into(),
    ]
    .iter()
    .flat_map(|dir| subfolders(dir))
    .any(|version| version.join("include/stddef.h").is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_are_told_from_their_neighbours() {
        for name in [
            "libclang.so",
            "libclang.so.1",
            "libclang-14.so",
            "libclang-14.so.1",
            "libclang-14.so.14.0.6",
            "libclang.dylib",
        ] {
            assert!(is_library(name), "{name}");
        }
        for name in [
            "libclang-cpp.so.14",
            "libclangAST.a",
            "libclang.a",
            "libclang",
            "clang.so",
            "libclang_shared.so",
        ] {
            assert!(!is_library(name), "{name}");
        }
    }

    #[test]
    fn an_empty_folder_holds_nothing() {
        let folder = Path::new("/no/such/folder");
        assert!(!holds_library(folder));
        assert!(subfolders(folder).is_empty());
    }
}
