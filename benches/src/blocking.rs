//! The module of the folder `blocking`, beside which functions on workers are measured.

use std::{
    env::{self, consts},
    error::Error,
    path::PathBuf,
    process::Command,
};

/// Builds the module, optimised, and says where it is.
///
/// # Errors
///
/// It cannot be built.
pub fn build() -> Result<PathBuf, Box<dyn Error>> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args([
            "build",
            "--quiet",
            "--release",
            "--package",
            "gears-blocking",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status()?;
    if !status.success() {
        return Err(format!("building gears-blocking ended with {status}").into());
    }
    // A benchmark stands in `release/deps`.
    let own = env::current_exe()?;
    let folder = own.ancestors().nth(2).ok_or("no folder of what is built")?;
    let name = format!("{}gears_blocking{}", consts::DLL_PREFIX, consts::DLL_SUFFIX);
    Ok(folder.join(name))
}
