//! `cargo xtask image`: do the steps of the Dockerfile make a server with the engine? Without Docker, in a Debian of its own.

mod steps;

use std::fs;
use std::path::Path;
use std::process::Command;

use self::steps::Step;
use crate::Result;
use crate::chroot::{Chroot, Network, SUITE};
use crate::deb;
use crate::process;
use crate::setup;
use crate::stage::stage;
use crate::trial::{self, Server};
use crate::workspace::Workspace;

/// Where the socket is by which the server is asked.
const FOLDER: &str = "/srv/trial";

pub(crate) fn run(workspace: &Workspace) -> Result {
    let kit = setup::run(workspace)?;
    // The Dockerfile takes it from the checkout.
    deb::make(workspace, &kit)?;
    println!("pass  {}", try_image(workspace)?);
    Ok(())
}

/// Does the steps of the Dockerfile, with the Debian package that was made before, starts the server as the image does,
/// and has it serve a trigger and tell that it is well. Returns what answered.
pub(crate) fn try_image(workspace: &Workspace) -> Result<String> {
    let steps = steps::parse(&fs::read_to_string(workspace.root.join("Dockerfile"))?)?;
    let chroot = Chroot::make(workspace)?;
    let image = stage("doing the steps of the Dockerfile", "about 60 s", || {
        Image::build(workspace, &chroot, &steps)
    })?;
    stage("serving a trigger", "about 5 s", || image.serve(&chroot))
}

/// What is left of the steps for when the container starts.
#[derive(Default)]
struct Image<'a> {
    variables: String,
    user: &'a str,
    folder: &'a str,
    entrypoint: &'a [String],
    health: &'a str,
}

impl<'a> Image<'a> {
    fn build(workspace: &Workspace, chroot: &Chroot, steps: &'a [Step]) -> Result<Self> {
        let mut image = Self {
            user: "root",
            folder: "/",
            ..Self::default()
        };
        for step in steps {
            match step {
                Step::From(base) if base.starts_with(&format!("debian:{SUITE}")) => {}
                Step::From(base) => {
                    return Err(format!("this trial is of debian:{SUITE}, not of {base}").into());
                }
                Step::Arg(name, value) => {
                    image.variables.push_str(&format!("{name}='{value}'\n"));
                }
                Step::Copy(patterns, folder) => copy(workspace, chroot, patterns, folder)?,
                Step::Run(line) => {
                    chroot.run(Network::Host, &format!("{}{line}", image.variables))?;
                }
                Step::User(user) => image.user = user,
                Step::Workdir(folder) => {
                    image.folder = folder;
                    fs::create_dir_all(chroot.path(folder))?;
                }
                Step::Entrypoint(words) => image.entrypoint = words,
                Step::Healthcheck(line) => image.health = line,
                // What the world outside of the container makes of it.
                Step::Volume(_) | Step::Expose(_) => {}
            }
        }
        Ok(image)
    }

    /// Starts the server with a network of its own, so that it has the port that it is meant to have.
    fn serve(&self, chroot: &Chroot) -> Result<String> {
        let socket = chroot.folder(FOLDER)?;
        let mut words = vec![
            "runuser",
            "-u",
            self.user,
            "--",
            "env",
            "--chdir",
            self.folder,
        ];
        words.extend(self.entrypoint.iter().map(String::as_str));
        let mut command = chroot.command(Network::Own, &words);
        command.args(trial::places(Path::new(FOLDER)));
        let server = Server::spawn(command, socket)?;
        let told = server.ask(trial::SCRIPT)?;
        process::capture(
            Command::new("nsenter")
                .arg(format!("--net=/proc/{}/ns/net", server.id()))
                .args(chroot.words(&["sh", "-c", self.health])),
        )
        .map_err(|error| format!("it serves, and does not tell that it is well: {error}"))?;
        Ok(format!("{}, Python {}, and well", told.server, told.python))
    }
}

/// Copies files of the checkout.
fn copy(workspace: &Workspace, chroot: &Chroot, patterns: &[String], folder: &str) -> Result {
    let place = chroot.path(folder);
    fs::create_dir_all(&place)?;
    // The shell knows patterns as Docker does.
    let line = format!("cp -RL -- {} \"$0\"", patterns.join(" "));
    process::capture(
        Command::new("sh")
            .args(["-c", &line])
            .arg(place)
            .current_dir(&workspace.root),
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(name: &str) -> String {
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name)).unwrap()
    }

    #[test]
    fn the_composition_fits_the_image() {
        let composition = text("compose.yaml");
        for step in steps::parse(&text("Dockerfile")).unwrap() {
            let expected = match step {
                Step::Volume(folder) => format!("- data:{folder}\n"),
                Step::Expose(port) => format!(":{port}:{port}\""),
                _ => continue,
            };
            assert!(composition.contains(&expected), "{expected}");
        }
    }

    #[test]
    fn what_the_image_takes_is_not_ignored() {
        let kept = text(".dockerignore");
        let mut copies = 0;
        for step in steps::parse(&text("Dockerfile")).unwrap() {
            if let Step::Copy(patterns, _) = step {
                for pattern in patterns {
                    let folder = pattern.rsplit_once('/').unwrap().0;
                    assert!(kept.contains(&format!("!{folder}/")), "{pattern}");
                    copies += 1;
                }
            }
        }
        assert!(copies > 0);
    }
}
