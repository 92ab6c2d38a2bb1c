//! The engine as a Python package, with what it asks for, in one folder.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use tempfile::TempDir;

/// A folder of wheels from which the engine can be installed without a network.
pub struct Wheelhouse {
    folder: TempDir,
    python: PathBuf,
}

impl Wheelhouse {
    /// Packs the engine that the tests are built with, and lays what set-up keeps for it beside it.
    pub fn pack() -> Self {
        let python = match env::var_os("PYO3_PYTHON").filter(|value| !value.is_empty()) {
            Some(python) => python.into(),
            None => checkout().join("target/gears/python/bin/python3"),
        };
        let house = python.ancestors().nth(3).unwrap().to_owned();
        let folder = tempfile::tempdir().unwrap();
        let packed = Command::new(&python)
            .args(["-B", "-m", "hatchling", "build", "--target", "wheel"])
            .arg("--directory")
            .arg(folder.path())
            .env("PYTHONPATH", house.join("packer"))
            .env("GEARS_ENGINE", engine())
            .current_dir(checkout().join("gears-engine/wheel"))
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert!(packed.status.success(), "{packed:?}");
        for kept in fs::read_dir(house.join("package")).unwrap() {
            let kept = kept.unwrap().path();
            if kept.extension().is_some_and(|kind| kind == "whl") {
                fs::copy(&kept, folder.path().join(kept.file_name().unwrap())).unwrap();
            }
        }
        Self { folder, python }
    }

    /// Names the folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Names the Python that the engine was built with.
    pub fn python(&self) -> &Path {
        &self.python
    }
}

fn checkout() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// Names the module: that of the environment, or what was built beside this test.
fn engine() -> PathBuf {
    if let Some(named) = env::var_os("GEARS_ENGINE").filter(|value| !value.is_empty()) {
        return named.into();
    }
    let program = env::current_exe().unwrap();
    let (start, end) = (env::consts::DLL_PREFIX, env::consts::DLL_SUFFIX);
    let folder = program.ancestors().nth(2).unwrap();
    folder.join(format!("{start}gears_engine{end}"))
}
