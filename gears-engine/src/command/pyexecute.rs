//! `RG.PYEXECUTE` (spec section 1.1).

use std::ffi::CStr;
use std::sync::Arc;
use std::thread;

use gears_server::{
    Arguments, BlockedClient, Category, Command, Context, LogLevel, Recorded, Refusal, Reply, log,
    text,
};

use crate::config::config;
use crate::execution::{self, Waits};
use crate::registration::registry;
use crate::requirement::{Wheels, name, requirements};
use crate::script::body::Collected;
use crate::session::user::{self, User};
use crate::session::{self, Packages, Session};
use crate::share::install::{self, Failed, Installation};
use crate::share::orders;
use crate::{cluster, lock, persist, script};

/// Runs a script.
pub(super) struct PyExecute;

impl Command for PyExecute {
    const NAME: &'static CStr = c"rg.pyexecute";
    const CATEGORY: Category = Category::Register;
    // What it runs may write: while writes are paused, it waits.
    const FLAGS: &'static CStr = c"readonly may-replicate";

    fn serve(context: &Context, arguments: Arguments<'_>) -> Result<(), Refusal> {
        if context.denies_blocking() {
            return Err(Refusal::whole(
                "Can not run gears inside a multi exec, lua, or when blocking is not allowed",
            ));
        }
        let Some(source) = arguments.get(1) else {
            return Err(Self::wrong_arity());
        };
        let mut request = Request::parse(source, arguments.from(2))?;
        request.check_session()?;
        if request.needs_installing(context) {
            install_and_run(context, request)
        } else {
            run(context, request, Caller::Present(context))
        }
    }
}

/// What a client asks for.
#[derive(Default)]
struct Request {
    source: Vec<u8>,
    unblocking: bool,
    id: Option<String>,
    description: Option<String>,
    upgrade: bool,
    replace_with: Option<String>,
    force_reinstall: bool,
    requirements: Vec<String>,
    /// What keeps their versions, once they are there.
    packages: Packages,
    /// Their wheels, as far as they are to be stored, or why they cannot be.
    stored: Option<Result<Vec<Wheels>, Refusal>>,
    /// Their wheels, as far as other shards are to get them.
    wheels: Vec<Wheels>,
}

impl Request {
    fn parse<'a>(
        source: &[u8],
        mut words: impl Iterator<Item = &'a [u8]>,
    ) -> Result<Self, Refusal> {
        let missing = |what| Refusal::whole(format!("{what} is missing"));
        let mut request = Self {
            source: source.to_vec(),
            ..Self::default()
        };
        while let Some(word) = words.next() {
            let modifier = String::from_utf8_lossy(word).into_owned();
            match modifier.to_ascii_uppercase().as_str() {
                "UNBLOCKING" => request.unblocking = true,
                "UPGRADE" => request.upgrade = true,
                "FORCE_REINSTALL_REQUIREMENTS" => request.force_reinstall = true,
                "ID" => {
                    let id = words.next().ok_or_else(|| missing("ID"))?;
                    if !session::is_valid_name(id) {
                        return Err(Refusal::whole(
                            "ID must be compose of: ['A'-'Z' | 'a'-'z' | '0' - '9' | '-' | '_']",
                        ));
                    }
                    request.id = Some(String::from_utf8_lossy(id).into_owned());
                }
                "DESCRIPTION" => {
                    let text = words.next().ok_or_else(|| missing("DESCRIPTION"))?;
                    request.description = Some(String::from_utf8_lossy(text).into_owned());
                }
                "REPLACE_WITH" => {
                    let old = words.next().ok_or_else(|| missing("REPLACE_WITH"))?;
                    request.replace_with = Some(String::from_utf8_lossy(old).into_owned());
                }
                "REQUIREMENTS" => {
                    request.requirements = words
                        .by_ref()
                        .filter_map(|word| {
                            let line = String::from_utf8_lossy(word);
                            name::of_line(&line).map(str::to_owned)
                        })
                        .collect();
                }
                _ => {
                    let modifier = text::echoed(&modifier);
                    return Err(Refusal::whole(format!(
                        "Unknown arguments were given: {modifier}"
                    )));
                }
            }
        }
        Ok(request)
    }

    fn check_session(&self) -> Result<(), Refusal> {
        let registry = registry();
        let existing = self
            .id
            .as_deref()
            .filter(|id| registry.of_session(id).is_some());
        match (&self.replace_with, existing) {
            // The one that is not there is named, whatever else is wrong.
            (Some(old), _) if registry.of_session(old).is_none() => Err(Refusal::whole(format!(
                "Can not replace with {old}, session does not exists."
            ))),
            (Some(_), Some(id)) => Err(Refusal::whole(format!(
                "Can not replace an existing session {id} with {id}"
            ))),
            (None, Some(id)) if !self.upgrade => {
                Err(Refusal::whole(format!("Session {id} already exists")))
            }
            _ => Ok(()),
        }
    }

    /// The session whose registrations give way to this script's.
    fn replaced(&self) -> Option<String> {
        self.replace_with
            .clone()
            .or_else(|| self.upgrade.then(|| self.id.clone()).flatten())
    }

    /// Packs the wheels that are to be stored, and those that go to other shards.
    fn pack_wheels(&mut self, travels: bool) {
        let stores = config().stores_wheels();
        if !stores && !travels {
            return;
        }
        let packed = requirements().pack(&self.requirements, true);
        match &packed {
            Ok(wheels) => self.wheels.clone_from(wheels),
            // Each shard looks for them by itself.
            Err(refusal) => log(
                LogLevel::Notice,
                &format!("no wheels for other shards: {refusal}"),
            ),
        }
        self.stored = stores.then_some(packed);
    }

    /// Claims what is there already; says whether that is not all.
    fn needs_installing(&mut self, context: &Context) -> bool {
        if self.requirements.is_empty() {
            return false;
        }
        // Their wheels go to the other shards, and to read them takes its time.
        if self.force_reinstall || !cluster::others(context).is_empty() {
            return true;
        }
        self.packages = Packages::of(requirements().installed(&self.requirements));
        self.packages.are_missing()
            || !persist::lacking_wheels(context, &self.requirements).is_empty()
    }
}

/// Who waits for the script: a client of the running command, or one that was
/// put aside while requirements were installed.
enum Caller<'a> {
    Present(&'a Context),
    Waiting(BlockedClient, User),
}

impl Caller<'_> {
    fn answer(self, reply: Recorded) {
        match self {
            Self::Present(context) => reply.send(context),
            Self::Waiting(client, _) => client.answer(reply),
        }
    }

    /// Whose permissions the script's body has.
    fn runs_as(&self) -> User {
        match self {
            Self::Present(_) => User::Client,
            Self::Waiting(_, user) => user.clone(),
        }
    }

    /// Returns who sent the script, to be remembered.
    fn user(&self) -> User {
        match self {
            Self::Present(context) => User::of_client(context),
            Self::Waiting(_, user) => user.clone(),
        }
    }

    fn wait(self) -> BlockedClient {
        match self {
            Self::Present(context) => context.block_client(),
            Self::Waiting(client, _) => client,
        }
    }
}

/// Installs requirements on a thread of its own, then runs the script there
/// under the Redis lock.
fn install_and_run(context: &Context, mut request: Request) -> Result<(), Refusal> {
    let client = context.block_client();
    let user = User::of_client(context);
    let travels = !cluster::others(context).is_empty();
    let spawned = thread::Builder::new()
        .name("gears-requirements".to_owned())
        .spawn(move || {
            let installed = requirements().install(&request.requirements, request.force_reinstall);
            if installed.is_ok() {
                request.pack_wheels(travels);
            }
            match installed {
                Err(refusal) => client.answer(Recorded::of_refusal(&refusal)),
                Ok(claim) => lock::without_python(|context| {
                    request.packages = Packages::of(Some(claim));
                    // The sessions may have changed while pip ran.
                    if let Err(refusal) = request.check_session() {
                        client.answer(Recorded::of_refusal(&refusal));
                    } else if let Err(refusal) =
                        run(context, request, Caller::Waiting(client, user))
                    {
                        log(LogLevel::Warning, &refusal.to_string());
                    }
                }),
            }
        });
    // The client was moved into the thread; if there is none, dropping it answered.
    if let Err(error) = spawned {
        log(
            LogLevel::Warning,
            &format!("no thread for installing requirements: {error}"),
        );
    }
    Ok(())
}

/// Runs the script's body and does what it asked for.
fn run(context: &Context, mut request: Request, caller: Caller<'_>) -> Result<(), Refusal> {
    let mut reply = Recorded::new();
    let _user = user::run_as(caller.runs_as());
    match run_body(&request, caller.user()) {
        Err(refusal) => reply.refuse(&refusal),
        Ok((collected, session)) => {
            let Collected {
                run,
                drafts,
                script,
                ..
            } = collected;
            if drafts.is_empty() {
                match run {
                    None => reply.status("OK"),
                    Some(run) if request.unblocking => {
                        match execution::start_run(run, caller.user(), || Waits::Nobody) {
                            Ok(id) => reply.bulk(id.as_bytes()),
                            Err(refusal) => reply.refuse(&refusal),
                        }
                    }
                    Some(run) => {
                        let user = caller.user();
                        return execution::start_run(run, user, || Waits::Client(caller.wait()))
                            .map(|_| ());
                    }
                }
            } else {
                let stored = match request.stored.take().transpose() {
                    Ok(stored) => stored.unwrap_or_default(),
                    Err(refusal) => {
                        reply.refuse(&refusal);
                        caller.answer(reply);
                        return Ok(());
                    }
                };
                let user = caller.user();
                let installation = Installation {
                    session: Session {
                        script,
                        ..Session::clone(&session)
                    },
                    drafts,
                    replaced: request.replaced(),
                    stored,
                    wheels: request.wheels,
                };
                return register(context, installation, caller, move || {
                    // Its id is not told; clients find it in the list.
                    if let Some(run) = run
                        && let Err(refusal) = execution::start_run(run, user, || Waits::Nobody)
                    {
                        log(LogLevel::Warning, &refusal.to_string());
                    }
                });
            }
        }
    }
    caller.answer(reply);
    Ok(())
}

/// Installs what the script registers, on all shards if there are others; does `next` when it is
/// installed.
fn register(
    context: &Context,
    installation: Installation,
    caller: Caller<'_>,
    next: impl FnOnce() + Send + 'static,
) -> Result<(), Refusal> {
    if cluster::others(context).is_empty() {
        caller.answer(match install::here(context, installation) {
            Ok(()) => {
                next();
                orders::answer(&[])
            }
            Err(refusal) => Recorded::of_refusal(&refusal),
        });
        return Ok(());
    }
    let client = caller.wait();
    install::everywhere(context, installation, move |_, installed| {
        client.answer(match installed {
            Ok(()) => {
                next();
                orders::answer(&[])
            }
            Err(Failed::Here(refusal)) => Recorded::of_refusal(&refusal),
            Err(Failed::Elsewhere(refusals)) => orders::answer(&refusals),
        });
    });
    Ok(())
}

/// Runs the body; brings the session that it is the script of.
fn run_body(request: &Request, user: User) -> Result<(Collected, Arc<Session>), Refusal> {
    script::run_sent(
        &request.source,
        request.replaced(),
        request.id.clone(),
        |id| Session {
            id,
            description: request.description.clone(),
            requirements: request.requirements.clone(),
            packages: request.packages.clone(),
            script: Arc::default(),
            user,
        },
    )
}
