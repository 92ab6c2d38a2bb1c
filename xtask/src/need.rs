//! What the engine needs from a machine, and what to say when it is not there.

/// One thing that set-up looks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    Server,
    Clang,
    Python,
}

impl Need {
    /// Says what it is.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Server => "a Redis or Valkey server, 6.2 or later",
            Self::Clang => "libclang",
            Self::Python => "a Python from 3.9 to 3.15 with a shared libpython, venv and ensurepip",
        }
    }

    /// Names the Debian and Ubuntu packages that bring it.
    pub(crate) fn apt_packages(self) -> &'static [&'static str] {
        match self {
            // The server's binary without the service; see `server::find`.
            Self::Server => &["redis-tools"],
            Self::Clang => &["libclang-dev"],
            Self::Python => &["python3", "python3-venv", "libpython3-dev"],
        }
    }

    /// Names the Homebrew formulas that bring it.
    pub(crate) fn brew_packages(self) -> &'static [&'static str] {
        match self {
            Self::Server => &["redis"],
            Self::Clang => &["llvm"],
            Self::Python => &["python@3.13"],
        }
    }

    /// Says how a person can bring it.
    fn advice(self) -> &'static str {
        match self {
            Self::Server => {
                "install it so that `redis-server` or `valkey-server` is on the PATH, or name \
                 the binary in GEARS_REDIS_SERVER"
            }
            Self::Clang => "install it, or name its folder in LIBCLANG_PATH",
            Self::Python => "install it, or name the interpreter in GEARS_PYTHON",
        }
    }
}

/// Writes the exact list of what is missing. `notes` are the reasons that were
/// met on the way, such as interpreters that were passed over.
pub(crate) fn missing_text(needs: &[Need], notes: &[String]) -> String {
    let mut text = String::from("set-up cannot get everything by itself; missing:\n");
    for need in needs {
        text.push_str(&format!("  - {}: {}\n", need.label(), need.advice()));
    }
    if needs.contains(&Need::Python) && needs.len() > 1 {
        text.push_str("with the Python alone in place, set-up downloads the rest by itself\n");
    }
    if !notes.is_empty() {
        text.push_str("what was tried:\n");
        for note in notes {
            text.push_str(&format!(
                "  - {}\n",
                note.trim_end().replace('\n', "\n    ")
            ));
        }
    }
    let packages = |list: fn(Need) -> &'static [&'static str]| {
        let names: Vec<_> = needs.iter().flat_map(|need| list(*need)).copied().collect();
        names.join(" ")
    };
    text.push_str(&format!(
        "on Debian and Ubuntu: sudo apt-get install {}\non macOS: brew install {}\nthen run the same command again",
        packages(Need::apt_packages),
        packages(Need::brew_packages),
    ));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_exact() {
        let text = missing_text(
            &[Need::Clang, Need::Python],
            &["pip: no\nnetwork\n".to_owned()],
        );
        assert!(text.contains("- libclang:"), "{text}");
        assert!(text.contains("LIBCLANG_PATH") && text.contains("GEARS_PYTHON"));
        assert!(!text.contains("GEARS_REDIS_SERVER"));
        assert!(text.contains("downloads the rest"));
        assert!(!missing_text(&[Need::Python], &[]).contains("downloads the rest"));
        assert!(text.contains("  - pip: no\n    network\n"), "{text}");
        assert!(
            text.contains(
                "sudo apt-get install libclang-dev python3 python3-venv libpython3-dev\n"
            )
        );
        assert!(text.contains("brew install llvm python@3.13\n"));
    }
}
