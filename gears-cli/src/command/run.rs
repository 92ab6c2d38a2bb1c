//! `gears run`.

mod records;

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use clap::{Args, ValueHint};
use gears_runtime::{
    Gears, Script,
    data::{Executed, ExecutionResult},
};
use serde_json::json;

use self::records::Follow;
use super::Perform;
use crate::{
    context::Context,
    execution::{FOR_EVER, GRACE, abort},
    failure::{Code, Failure, Result},
    interrupt,
    output::Progress,
    place::ScriptName,
    results,
    shard::{self, Shard},
    source,
    work::{Waited, Why, Work},
};

/// Runs a Python script on the server, and prints its results.
///
/// Each result is a line, text as it is and lists as JSON; what RedGrease pickled is read. Errors of records go to the standard
/// error as tracebacks, and make the exit code 1. Ctrl-C aborts what the script runs.
#[derive(Args, Debug)]
pub(crate) struct Run {
    /// The script, or - for the standard input.
    #[arg(value_hint = ValueHint::FilePath)]
    file: PathBuf,
    /// Print the id of the execution at once, and leave it running.
    #[arg(long, conflicts_with = "timeout")]
    unblocking: bool,
    /// Install this package first, as pip spells it; may be repeated.
    #[arg(short, long = "requirement", value_name = "PACKAGE")]
    requirements: Vec<String>,
    /// Install the packages of this file first, in the form of requirements.txt.
    #[arg(long = "requirements-file", value_name = "FILE", value_hint = ValueHint::FilePath)]
    requirements_files: Vec<PathBuf>,
    /// Name the session of what the script registers.
    #[arg(long, value_name = "NAME")]
    id: Option<String>,
    /// Describe the session.
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// Take the place of the session of the same name.
    #[arg(long, requires = "id")]
    upgrade: bool,
    /// Take the place of another session.
    #[arg(long, value_name = "NAME", requires = "id")]
    replace_with: Option<String>,
    /// Install packages again that are there already.
    #[arg(long)]
    reinstall: bool,
    /// Show on a terminal how many records were read, of how many where all keys are; of each shard too.
    #[arg(long, conflicts_with = "unblocking")]
    progress: bool,
    /// Abort it when it takes longer, in seconds.
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    timeout: Option<Duration>,
    /// Run it on each shard of a cluster, one after another, where the module serves each by
    /// itself; this version of gears-engine runs it over all of them in any case.
    #[arg(long)]
    all_shards: bool,
}

/// Reads a time of the command line.
pub(crate) fn seconds(text: &str) -> Result<Duration, String> {
    text.parse()
        .ok()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .filter(|time| !time.is_zero() && *time <= FOR_EVER)
        .ok_or_else(|| "it is no number of seconds above 0, of at most a year".to_owned())
}

/// What came of a script on one shard.
enum Ran {
    /// It is done.
    Done(ExecutionResult),
    /// It goes on, by this id.
    Started(String),
}

impl Perform for Run {
    fn perform(self, context: &Context<'_>) -> Result {
        let script = self.script()?;
        let name = ScriptName::of(&self.file);
        let gears = context.gears()?;
        // Where shards share what they have, whatever one of them runs is over all.
        let apart = shard::apart(gears)?;
        let together = shard::share(&apart)?;
        let asked = if self.all_shards && !together {
            apart
        } else {
            vec![shard::asked(gears)?]
        };
        interrupt::watch()?;
        let deadline = self.timeout.map(|timeout| Instant::now() + timeout);
        let (mut done, mut started) = (Vec::new(), Vec::new());
        for (count, shard) in asked.iter().enumerate() {
            let ran = self.run_on(gears, shard, &script, deadline);
            match ran.map_err(|failure| failure.in_script(&name)) {
                Ok(Ran::Done(results)) => done.push(results),
                Ok(Ran::Started(id)) => started.push(id),
                Err(failure) if asked.len() == 1 => return Err(failure),
                Err(failure) => {
                    let shard = shard.id.as_deref().unwrap_or_default();
                    let before = format!("it ran on {count} of {} shards before", asked.len());
                    return Err(failure.about(&format!("shard {shard}")).and(&before));
                }
            }
        }
        let output = &context.output;
        if !started.is_empty() {
            if output.is_json() {
                output.json(&match started.as_slice() {
                    [id] => json!({ "execution": id }),
                    ids => json!({ "executions": ids }),
                })?;
            } else {
                for id in started {
                    output.line(id)?;
                }
            }
        }
        let printed = if done.is_empty() {
            Ok(())
        } else {
            results::print(context, &done, Some(&name))
        };
        if let ([Shard { id: Some(id), .. }], false, false) =
            (asked.as_slice(), self.all_shards, together)
        {
            output.note(format_args!(
                "it ran on the shard {id} alone, over its keys; --all-shards runs it on each"
            ));
        }
        printed
    }
}

impl Run {
    /// Has one shard of all run it, and waits unless it is to go on.
    fn run_on(
        &self,
        all: &Gears,
        shard: &Shard,
        script: &Script,
        deadline: Option<Instant>,
    ) -> Result<Ran> {
        let gears = shard.gears.clone().with_execute_timeout(FOR_EVER);
        let spinner = Progress::spinner(match script.required() {
            [] => "running".to_owned(),
            some => format!("installing {} and running", some.join(", ")),
        });
        // In the background in any case, so that it can be aborted by its id.
        let (sender, script) = (gears.clone(), script.clone());
        let started = Work::begin(move || sender.py_execute_unblocking(&script));
        let executed = match started.wait(deadline) {
            Waited::Done(executed) => executed?,
            Waited::GaveUp(why) => {
                // Without its id nothing can be aborted; it comes as soon as `run()` is called.
                if let Waited::Done(Ok(Executed::Started(id))) = started.wait_on(GRACE) {
                    abort(gears.execution(id))?;
                    return Err(gave_up(why, "the execution was aborted"));
                }
                return Err(gave_up(
                    why,
                    "the statements of the script itself go on until they end or the server's \
                     deadline comes",
                ));
            }
        };
        let id = match executed {
            Executed::Started(id) => id,
            done => return Ok(Ran::Done(done.into_results())),
        };
        if self.unblocking {
            return Ok(Ran::Started(shard.qualify(id.as_str())));
        }
        let execution = gears.execution(&id);
        let waiting = gears.execution(&id);
        let (spinner, follow) = if self.progress {
            drop(spinner);
            (None, Some(Follow::begin(all, &id)))
        } else {
            (Some(spinner), None)
        };
        let ended = Work::begin(move || waiting.wait(FOR_EVER)).wait(deadline);
        drop((spinner, follow));
        match ended {
            Waited::Done(results) => {
                let results = results?;
                // As if the server had been asked to wait: nothing of it stays there.
                execution.discard()?;
                Ok(Ran::Done(results))
            }
            Waited::GaveUp(why) => {
                abort(execution)?;
                Err(gave_up(why, "the execution was aborted"))
            }
        }
    }

    fn script(&self) -> Result<Script> {
        let mut script = Script::from_source(source::read_script(&self.file)?)
            .requirements(self.requirements.clone())
            .requirements(source::read_requirements(&self.requirements_files)?);
        if let Some(id) = &self.id {
            script = script.session(id);
        }
        if let Some(description) = &self.description {
            script = script.description(description);
        }
        if let Some(session) = &self.replace_with {
            script = script.replace_with(session);
        }
        if self.upgrade {
            script = script.upgrade();
        }
        if self.reinstall {
            script = script.force_reinstall_requirements();
        }
        Ok(script)
    }
}

fn gave_up(why: Why, what: &str) -> Failure {
    match why {
        Why::Interrupted => Failure::new(Code::Interrupted, format!("interrupted; {what}")),
        Why::TooLong => Failure::new(Code::Failed, format!("it took too long; {what}")),
    }
}
