//! The files of the Debian package, laid out in a folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Packed;
use crate::Result;
use crate::crates;
use crate::process;
use crate::python::Interpreter;
use crate::workspace::Workspace;

/// Where the module is.
const MODULE: &str = "usr/lib/gears/libgears_engine.so";
const DOCUMENTS: &str = "usr/share/doc/gears-engine";

/// A folder as the root of a system will be.
pub(super) struct Tree {
    root: PathBuf,
    /// The texts of the package, in the checkout.
    texts: PathBuf,
}

impl Tree {
    /// Lays everything out anew.
    pub(super) fn lay(
        workspace: &Workspace,
        root: &Path,
        packed: &Packed,
        base: &Interpreter,
        module: &Path,
    ) -> Result<Self> {
        let _ = fs::remove_dir_all(root);
        let tree = Self {
            root: root.to_owned(),
            texts: workspace.root.join("gears-engine/debian"),
        };
        fs::create_dir_all(root.join("DEBIAN"))?;
        tree.put(MODULE, fs::read(module)?)?;
        strip(&root.join(MODULE))?;
        tree.text("engine.conf", "etc/gears/engine.conf", &[])?;
        tree.text("include.conf", "usr/share/gears/gears.conf", &[])?;
        tree.documents(workspace, packed, base)?;
        tree.put("DEBIAN/conffiles", "/etc/gears/engine.conf\n")?;
        tree.control(packed)?;
        tree.permit()?;
        Ok(tree)
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Lets everybody read it, whatever whoever packs it lets others see of new files.
    fn permit(&self) -> Result {
        // Redis loads no module that may not be run, which libraries of Debian otherwise need not be.
        process::capture(Command::new("chmod").arg("u+x").arg(self.root.join(MODULE)))?;
        process::capture(
            Command::new("chmod")
                .args(["-R", "u=rwX,go=rX"])
                .arg(&self.root),
        )?;
        Ok(())
    }

    fn documents(&self, workspace: &Workspace, packed: &Packed, base: &Interpreter) -> Result {
        let place = |name: &str| format!("{DOCUMENTS}/{name}");
        let licence = fs::read_to_string(workspace.root.join("LICENSE-MIT"))?;
        let expat = indented(&licence);
        let marks = [("@EXPAT@", &expat[..]), ("@YEAR@", &packed.date("+%Y")?)];
        self.text("copyright", &place("copyright"), &marks)?;
        let overrides = "usr/share/lintian/overrides/gears-engine";
        self.text("lintian-overrides", overrides, &[])?;
        self.text("README.Debian", &place("README.Debian"), &[])?;
        let python = base.executable.display().to_string();
        let example = place("examples/requirements.conf");
        self.text("requirements.conf", &example, &[("@PYTHON@", &python)])?;
        let news = fs::read(workspace.root.join("CHANGELOG.md"))?;
        let crates = fs::read(crates::write(workspace)?)?;
        for (name, text) in [
            ("crates", crates),
            ("changelog", news),
            ("changelog.Debian", packed.changelog()?.into()),
        ] {
            self.put(&place(name), text)?;
            process::capture(
                Command::new("gzip")
                    .args(["-9", "--no-name"])
                    .arg(self.root.join(place(name))),
            )?;
        }
        Ok(())
    }

    /// Writes what dpkg reads, when all else is there.
    fn control(&self, packed: &Packed) -> Result {
        let files = process::capture(
            Command::new("find")
                .args([
                    ".",
                    "-type",
                    "f",
                    "-not",
                    "-path",
                    "./DEBIAN/*",
                    "-printf",
                    "%P\\n",
                ])
                .current_dir(&self.root),
        )?;
        let mut files: Vec<_> = files.lines().collect();
        files.sort_unstable();
        let mut sums = Command::new("md5sum");
        let sums = process::capture(sums.args(&files).current_dir(&self.root))?;
        self.put("DEBIAN/md5sums", sums)?;
        let mut bytes = 0;
        for file in files {
            bytes += self.root.join(file).metadata()?.len();
        }
        self.text(
            "control",
            "DEBIAN/control",
            &[
                ("@VERSION@", &packed.version),
                ("@ARCHITECTURE@", &packed.architecture),
                ("@MAINTAINER@", &packed.maintainer),
                ("@SIZE@", &bytes.div_ceil(1024).to_string()),
                ("@LIBRARIES@", &self.libraries()?),
            ],
        )
    }

    /// Asks Debian's tool for the packages, and their versions, that have the libraries that the module links.
    fn libraries(&self) -> Result<String> {
        // It wants the description of a source, of which it reads the names alone.
        let source = self.root.with_file_name("source");
        fs::create_dir_all(source.join("debian"))?;
        let described = "Source: gears-engine\n\nPackage: gears-engine\nArchitecture: any\n";
        fs::write(source.join("debian/control"), described)?;
        let told = process::capture(
            Command::new("dpkg-shlibdeps")
                .arg("-O")
                .arg(self.root.join(MODULE))
                .current_dir(&source),
        )?;
        let libraries = told.trim().strip_prefix("shlibs:Depends=");
        match libraries.filter(|told| told.contains("libpython3")) {
            Some(libraries) => Ok(libraries.to_owned()),
            None => Err(format!("dpkg-shlibdeps names no libpython: {told}").into()),
        }
    }

    /// Copies a text of the package, with what stands for its marks.
    fn text(&self, name: &str, place: &str, marks: &[(&str, &str)]) -> Result {
        let mut text = fs::read_to_string(self.texts.join(name))?;
        for (mark, value) in marks {
            text = text.replace(mark, value);
        }
        self.put(place, text)
    }

    fn put(&self, place: &str, content: impl AsRef<[u8]>) -> Result {
        let path = self.root.join(place);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, content)?;
        Ok(())
    }
}

/// Takes out what only debuggers read, as Debian's packages have it.
fn strip(module: &Path) -> Result {
    process::capture(
        Command::new("strip")
            .args(["--strip-unneeded", "--remove-section=.comment"])
            .arg(module),
    )?;
    Ok(())
}

/// Writes a text as the fields of control files have it.
fn indented(text: &str) -> String {
    let lines: Vec<_> = text
        .trim_end()
        .lines()
        .map(|line| match line.is_empty() {
            true => " .".to_owned(),
            false => format!(" {line}"),
        })
        .collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_lines_of_fields_are_dots() {
        assert_eq!(indented("One\n\nTwo\n"), " One\n .\n Two");
    }
}
