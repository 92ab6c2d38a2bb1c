//! `cargo xtask server`: a server with the engine, in the foreground.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt;
use std::process::Command;

use crate::Result;
use crate::process;
use crate::setup;
use crate::stage::stage;
use crate::workspace::{Profile, Workspace};

const USUAL_PORT: u16 = 6379;

#[derive(Debug, PartialEq, Eq)]
struct Options {
    port: Option<u16>,
    profile: Profile,
    more: Vec<String>,
}

impl Options {
    fn parse(arguments: &[String]) -> Result<Self> {
        let mut options = Self {
            port: None,
            profile: Profile::Debug,
            more: Vec::new(),
        };
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--release" => options.profile = Profile::Release,
                "--port" => {
                    let value = arguments.next().ok_or("--port needs a number")?;
                    let port = value.parse();
                    options.port = Some(port.map_err(|_| format!("`{value}` is no port"))?);
                }
                "--" => options.more = arguments.by_ref().cloned().collect(),
                other => {
                    return Err(format!(
                        "`{other}` is no option of `server`; arguments for the server itself go behind `--`"
                    )
                    .into());
                }
            }
        }
        Ok(options)
    }
}

/// Builds the engine and turns this process into the server.
pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result {
    let options = Options::parse(arguments)?;
    let kit = setup::run(workspace)?;
    stage(
        "building the engine",
        "about 120 s the first time, seconds later",
        || {
            let mut build = kit.cargo(
                workspace,
                options.profile,
                &["build", "--package", "gears-engine"],
            );
            if options.profile == Profile::Release {
                build.arg("--release");
            }
            process::run(&mut build)
        },
    )?;
    let dir = workspace.house.join("server");
    fs::create_dir_all(&dir)?;
    let port = options.port.map_or_else(free_port, Ok)?;
    eprintln!("==> redis://127.0.0.1:{port}/ is ready in about 1 s; Ctrl-C ends it");
    let mut server = Command::new(&kit.server);
    server
        .current_dir(&dir)
        .args(["--bind", "127.0.0.1", "--port", &port.to_string()])
        .args(["--save", "", "--appendonly", "no"])
        .arg("--loadmodule")
        .arg(workspace.engine(options.profile))
        .arg("PythonInstallationDir")
        .arg(dir.join("python"))
        .args(options.more);
    // Only returns when the server could not be started.
    Err(format!("cannot start {}: {}", kit.server.display(), server.exec()).into())
}

fn free_port() -> Result<u16> {
    let usual = TcpListener::bind((Ipv4Addr::LOCALHOST, USUAL_PORT));
    let listener = usual.or_else(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))?;
    Ok(listener.local_addr()?.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Options> {
        let words: Vec<_> = line.split_whitespace().map(str::to_owned).collect();
        Options::parse(&words)
    }

    #[test]
    fn options_are_read() {
        let options = parse("--port 7000 --release -- --maxmemory 1gb").unwrap();
        assert_eq!(options.port, Some(7000));
        assert_eq!(options.profile, Profile::Release);
        assert_eq!(options.more, ["--maxmemory", "1gb"]);
    }

    #[test]
    fn wrong_options_are_refused() {
        for line in ["--port", "--port x", "--port 70000", "--maxmemory 1gb"] {
            assert!(parse(line).is_err(), "{line}");
        }
    }
}
