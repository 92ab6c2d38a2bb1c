//! `gears unregister`.

mod chosen;

use clap::{ArgGroup, Args};
use clap_complete::ArgValueCompleter;
use serde_json::{Value as Json, json};

use self::chosen::Chosen;
use super::Perform;
use crate::{
    completion,
    context::Context,
    count::many,
    failure::{Failure, Result, lacking_right},
    identity::short,
    library::{self, Libraries, Removal},
    placed::{self, Placed},
    refusal::Undone,
    registration,
};

/// Unregisters by id, trigger, pattern or session, and takes out libraries of the server's own functions in Python, by
/// name; nothing when one of them is not there.
///
/// A trigger means the newest version of the function, and then an older one takes its place; trigger@version
/// means that one. A library goes as a whole, on every shard that has it; one in another language is left alone.
#[derive(Args, Debug)]
#[command(group = ArgGroup::new("which").required(true).multiple(true).args(["names", "library", "all"]))]
pub(crate) struct Unregister {
    /// Ids, triggers, patterns, sessions or libraries; a session goes with all its registrations.
    #[arg(value_name = "NAME", add = ArgValueCompleter::new(completion::removables))]
    names: Vec<String>,
    /// Take out this library, whatever else has its name; may be given several times.
    #[arg(long, value_name = "LIBRARY", add = ArgValueCompleter::new(completion::libraries))]
    library: Vec<String>,
    /// Unregister everything, and take out the libraries that gears-runtime has made, of whichever application; those
    /// that somebody else has loaded stay: name them.
    #[arg(long, conflicts_with_all = ["names", "library"])]
    all: bool,
    /// Abort what of it waits to run.
    #[arg(long)]
    abort_pending: bool,
    /// Say what would be unregistered, and leave it.
    #[arg(long)]
    dry_run: bool,
}

impl Perform for Unregister {
    fn perform(self, context: &Context<'_>) -> Result {
        let gears = context.gears()?;
        let registrations = placed::all(gears)?;
        let libraries = library::all(gears)?;
        let chosen = Chosen::find(&self, &registrations, &libraries)?;
        let mut failed = Vec::new();
        let mut gone = Vec::new();
        for one in chosen.registrations {
            match self.unregister(one) {
                Ok(()) => gone.push(one),
                Err(error) => {
                    let undone = Undone { why: error.to_string(), is_refused: error.is_permission() };
                    failed.push(undone.of(registration::name(one)));
                }
            }
        }
        let removals = chosen.libraries.into_iter().map(|library| match self.dry_run {
            true => library.try_remove(),
            false => library.remove(),
        });
        let removals: Vec<Removal<'_>> = removals.collect();
        failed.extend(removals.iter().flat_map(|removal| removal.failed.clone()));
        self.print(context, &gone, &removals)?;
        if self.all {
            tell_of_others(context, &libraries);
        }
        if failed.is_empty() {
            return Ok(());
        }
        let all: Vec<&str> = failed.iter().map(|undone| undone.why.as_str()).collect();
        let failure = Failure::server(format!("not unregistered: {}", all.join("; ")));
        Err(match failed.iter().find(|undone| undone.is_refused) {
            Some(refused) => failure.advice(lacking_right(&refused.why)),
            None => failure,
        })
    }
}

impl Unregister {
    fn unregister(&self, one: &Placed) -> gears_runtime::Result<()> {
        if self.dry_run {
            Ok(())
        } else if self.abort_pending {
            one.each(|gears, id| gears.unregister_abort_pending(id))
        } else {
            one.each(|gears, id| gears.unregister(id))
        }
    }

    fn print(&self, context: &Context<'_>, gone: &[&Placed], removals: &[Removal<'_>]) -> Result {
        let output = &context.output;
        let removals = removals.iter().filter(|removal| !removal.gone.is_empty());
        if output.is_json() {
            let ids: Vec<&str> = gone.iter().map(|one| one.id.as_str()).collect();
            let libraries: Vec<Json> = removals.map(to_json).collect();
            return output.json(&json!({
                "unregistered": ids,
                "libraries": libraries,
                "dryRun": self.dry_run,
            }));
        }
        let done = if self.dry_run { "would unregister" } else { "unregistered" };
        for one in gone {
            let (id, name) = (short(one.id.as_str()), registration::name(one));
            output.line(format_args!("{done} {name} ({id})"))?;
        }
        for removal in removals {
            let library = removal.library;
            let functions = many(library.functions.len(), "function");
            let places = if library.shards > 1 {
                format!(" on {} of {}", removal.gone.len(), many(library.shards, "shard"))
            } else {
                String::new()
            };
            output.line(format_args!("{done} library {} ({functions}){places}", library.name))?;
        }
        Ok(())
    }
}

/// Tells which libraries `--all` leaves where they are, and which it could not look for.
fn tell_of_others(context: &Context<'_>, libraries: &Libraries) {
    let output = &context.output;
    let others = libraries.all.iter().filter(|one| one.maker().is_none());
    let mut others: Vec<&str> = others.map(|one| one.name.as_str()).collect();
    others.dedup();
    if !others.is_empty() {
        output.note(format_args!(
            "not made by gears, so these libraries stay: {}",
            others.join(", ")
        ));
        output.advice("`gears unregister LIBRARY` takes out one that is named");
    }
    if let Err(hidden) = libraries.all_seen() {
        let (message, advice) = hidden.parts();
        output.note(message);
        output.advice(advice.unwrap_or_default());
    }
}

fn to_json(removal: &Removal<'_>) -> Json {
    let library = removal.library;
    let functions = library.functions.iter();
    let mut written = json!({
        "library": library.name,
        "functions": functions.map(|one| one.name.as_str()).collect::<Vec<_>>(),
    });
    if library.shards > 1 {
        let ids = removal.gone.iter().filter_map(|shard| shard.id.as_deref());
        written["shards"] = ids.collect();
    }
    written
}
