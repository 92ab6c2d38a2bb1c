//! `gears serve`.

use std::{path::PathBuf, thread, time::Duration};

use clap::{Args, ValueHint};
use gears_runtime::{
    Error, ErrorKind,
    embedded::{self, Server},
};
use serde_json::json;

use super::Perform;
use crate::{
    connection::Address,
    context::Context,
    failure::{Code, Failure, Result},
    interrupt,
    loading::Obstacle,
    output::Progress,
};

const LOOK: Duration = Duration::from_millis(50);
const STOP: Duration = Duration::from_secs(30);
/// When a server with a data folder saves, as redis.conf has it.
const SAVES: [&str; 3] = ["3600 1", "300 100", "60 10000"];

/// Starts a server with the engine, prints its URL, and stops it on Ctrl-C.
///
/// It listens on the loopback, at the port of -p (6379 unless said; 0 takes a free one), and
/// asks for the password of -a when there is one. So all other commands reach it with the same
/// options. Without a data folder, what it holds goes when it stops.
#[derive(Args, Debug)]
pub(crate) struct Serve {
    /// Keep the data in this folder.
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    data_dir: Option<PathBuf>,
    /// Take this redis-server or valkey-server [env: GEARS_REDIS_SERVER].
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    server: Option<PathBuf>,
    /// Take this module file [env: GEARS_ENGINE].
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    engine: Option<PathBuf>,
    /// Give the engine a setting; may be repeated.
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = setting)]
    settings: Vec<(String, String)>,
    /// What else the server is to be told, such as --maxmemory 100mb.
    #[arg(last = true, value_name = "SERVER OPTIONS")]
    server_args: Vec<String>,
}

fn setting(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write it as NAME=VALUE, such as ExecutionThreads=2".to_owned()),
    }
}

impl Perform for Serve {
    fn perform(self, context: &Context<'_>) -> Result {
        let address = context.address()?;
        interrupt::watch()?;
        let saves = self.data_dir.is_some();
        let has_password = address.credentials().1.is_some();
        let builder = self.builder(&address)?;
        let spinner = Progress::spinner("starting the server");
        let started = interrupt::start(|| builder.start(), Server::pid);
        drop(spinner);
        let mut server = match started {
            Ok(server) => server,
            // Ctrl-C reaches the server too.
            Err(_) if interrupt::happened() => return Ok(()),
            Err(error) => return Err(explained(&error, &address)),
        };
        announce(context, &server, has_password)?;
        loop {
            thread::sleep(LOOK);
            if interrupt::happened() {
                return stop(context, &mut server, &address, saves);
            }
            if !server.is_running() && !interrupt::happened() {
                let log = server.log();
                let end: Vec<&str> = log.lines().rev().take(10).collect();
                let end: Vec<&str> = end.into_iter().rev().collect();
                return Err(Failure::new(
                    Code::Failed,
                    format!("the server ended; its log ends with:\n{}", end.join("\n")),
                ));
            }
        }
    }
}

impl Serve {
    fn builder(self, address: &Address) -> Result<embedded::Builder> {
        let Some((host, port)) = address.host_and_port() else {
            return Err(Failure::usage("`gears serve` listens on a port, not on a socket")
                .advice("leave -s out; -- --unixsocket PATH adds a socket"));
        };
        if !matches!(host, "127.0.0.1" | "localhost" | "::1") {
            return Err(
                Failure::usage(format!("`gears serve` listens on this machine, not on {host}"))
                    .advice("leave the host out, or say -h 127.0.0.1"),
            );
        }
        let mut builder = Server::builder();
        builder = match port {
            0 => builder.tcp(),
            port => builder.port(port),
        };
        match address.credentials() {
            (Some(user), _) if user != "default" => {
                return Err(Failure::usage(format!("`gears serve` makes no user {user}"))
                    .advice("leave --user out; -- --user … makes one as redis.conf does"));
            }
            (_, Some(password)) => builder = builder.server_args(["--requirepass", password]),
            (_, None) => {}
        }
        if let Some(folder) = self.data_dir {
            std::fs::create_dir_all(&folder).map_err(|error| {
                Failure::usage(format!("{} cannot be made: {error}", folder.display()))
                    .advice("name a folder that you may write to")
            })?;
            let folder = std::path::absolute(&folder)?;
            builder = builder.data_dir(folder);
            builder = builder.server_args(SAVES.iter().flat_map(|save| ["--save", save]));
        }
        for (option, path) in [("--server", &self.server), ("--engine", &self.engine)] {
            if let Some(path) = path.as_ref().filter(|path| !path.is_file()) {
                let message = format!("{option} names {}, which is no file", path.display());
                return Err(Failure::usage(message)
                    .advice("leave it out, and it is looked for; `gears setup` brings one"));
            }
        }
        if let Some(server) = self.server {
            builder = builder.server_binary(server);
        }
        if let Some(engine) = self.engine {
            builder = builder.engine(engine);
        }
        let settings = self.settings.into_iter();
        Ok(builder
            .engine_args(settings.flat_map(|(name, value)| [name, value]))
            .server_args(self.server_args))
    }
}

/// Says where the server is, and what to do with it.
fn announce(context: &Context<'_>, server: &Server, has_password: bool) -> Result {
    let output = &context.output;
    if output.is_json() {
        return output.json(&json!({
            "url": server.url(),
            "port": server.port(),
            "pid": server.pid(),
        }));
    }
    output.line(server.url())?;
    let with = if has_password {
        ", where GEARS_PASSWORD is set too"
    } else {
        ""
    };
    output.note(format!(
        "it runs until Ctrl-C; to try next, at another terminal{with}:"
    ));
    for line in next_steps(server.port()) {
        output.note(format!("  {line}"));
    }
    Ok(())
}

/// Registers a function, calls it, and looks at it: each a line for a shell.
fn next_steps(port: Option<u16>) -> [String; 3] {
    let port = match port {
        None | Some(6379) => String::new(),
        Some(port) => format!(" -p {port}"),
    };
    let hello =
        "GB('CommandReader').map(lambda words: 'hello, ' + words[1]).register(trigger='hello')";
    [
        format!("echo \"{hello}\" | gears run -{port}"),
        format!("gears trigger hello world{port}"),
        format!("gears list{port}"),
    ]
}

/// Asks the server to end, and to save when it has where.
fn stop(context: &Context<'_>, server: &mut Server, address: &Address, saves: bool) -> Result {
    let spinner = Progress::spinner("stopping the server");
    // A terminal sends Ctrl-C to the server too, which may have gone already.
    if let Some(port) = server.port()
        && let Ok(gears) = address.at_port(port).builder()
        && let Ok(mut connection) = gears.build().client().get_connection()
    {
        let how = if saves { "SAVE" } else { "NOSAVE" };
        // It answers by going.
        let _ = redis::cmd("SHUTDOWN").arg(how).exec(&mut connection);
    }
    let ended = server.wait_until_ended(STOP);
    interrupt::ended();
    drop(spinner);
    ended.map_err(|error| Failure::new(Code::Failed, error.to_string()))?;
    if !context.output.is_json() {
        context.output.note("stopped");
    }
    Ok(())
}

fn explained(error: &Error, address: &Address) -> Failure {
    let message = error.to_string();
    if error.is_address_in_use() {
        return Failure::usage(format!("somebody else listens on {address}"))
            .advice("choose another port with -p, or -p 0 for a free one");
    }
    match error.kind() {
        ErrorKind::Configuration => Failure::usage(message),
        _ => {
            let obstacle = Obstacle::of(&message);
            let failure = Failure::new(Code::Failed, message);
            match obstacle {
                Some(Obstacle { what, mend }) => failure.advice(format!("{what}: {mend}")),
                None => failure,
            }
        }
    }
}
