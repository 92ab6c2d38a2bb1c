//! What the compiler brings beside itself.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Result;
use crate::process;

/// The variable that names the program elsewhere.
const NAMED: &str = "LLVM_PROFDATA";

/// Names the kind of machine that the compiler runs on, as `--target` takes it.
pub(crate) fn host() -> Result<String> {
    let version = process::capture(rustc().arg("-vV"))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host
        .ok_or("rustc does not say which machine it runs on")?
        .to_owned())
}

/// Finds the program that puts profiles together, and has rustup bring it where it is missing: it must be of the
/// compiler's own LLVM, as the form of profiles differs from one to the next.
pub(crate) fn profdata(root: &Path) -> Result<PathBuf> {
    if let Some(named) = process::named_path(NAMED) {
        return Ok(named);
    }
    let sysroot = process::capture(rustc().args(["--print", "sysroot"]).current_dir(root))?;
    let program = Path::new(sysroot.trim())
        .join("lib/rustlib")
        .join(host()?)
        .join("bin/llvm-profdata");
    if !program.is_file() {
        eprintln!(
            "set-up: downloading llvm-tools of the Rust toolchain (about 40 MB), about 10 s …"
        );
        let mut rustup = Command::new("rustup");
        rustup.args(["component", "add", "llvm-tools"]);
        process::quietly(rustup.current_dir(root)).map_err(|error| missing(&error.to_string()))?;
    }
    match program.is_file() {
        true => Ok(program),
        false => Err(missing("it is not where rustup puts it").into()),
    }
}

fn missing(why: &str) -> String {
    format!(
        "the compiler's llvm-profdata is missing: {}\ninstall the component llvm-tools of the Rust toolchain, or name an \
         llvm-profdata of the same LLVM (`rustc -vV`) in {NAMED}",
        why.trim_end()
    )
}

fn rustc() -> Command {
    Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_compiler_says_where_it_runs() {
        let host = host().unwrap();
        assert!(host.contains(env::consts::ARCH), "{host}");
    }

    #[test]
    fn who_lacks_the_program_learns_what_to_do() {
        let told = missing("rustup: not found\n");
        assert!(told.contains("rustup: not found\ninstall"), "{told}");
        assert!(
            told.contains("llvm-tools") && told.contains(NAMED),
            "{told}"
        );
    }
}
