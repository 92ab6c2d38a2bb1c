//! `GearsBuilder.register`: what a registration listens to (spec sections 3, 5.2).

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use gears_model::{
    CommandName, Edition, FailurePolicy, Hook, Id, KeyEvents, Kind, Mode, OnFull, Prefix, Stream,
    StreamOptions, check_event, hint, nearest,
};
use gears_server::text::{echoed, until_nul};
use gears_server::{Context, KeyType, Refusal};
use pyo3::prelude::*;
use pyo3::types::{PyList, PyString};

use super::body::{self, Collected, in_body};
use super::described::Described;
use super::{call_on_registered, pickle, stored};
use crate::code::{owner, permissions};
use crate::config::config;
use crate::cpython::runtime::reach;
use crate::occasion::stream::read_existing_streams;
use crate::plan::{Callbacks, Function};
use crate::python::{failure, template};
use crate::reader::ReaderKind;
use crate::reader::keyword::{self, Operation};
use crate::reader::option::{
    Options, execution_mode, given, number, present, text, texts, timeout, told, truth,
};
use crate::registration::{Draft, registry};
use crate::requirement::requirements;
use crate::session::Session;
use crate::{lock, persist};

/// Reads what `register` was given.
pub(super) fn draft(
    py: Python<'_>,
    described: &Described,
    prefix: Option<Bound<'_, PyAny>>,
    options: Options<'_, '_>,
) -> PyResult<Draft> {
    let mode = execution_mode(py, options)?;
    let on_registered: Option<Py<PyAny>> = told(py, "on_registered", options)?.extract()?;
    // What is stored was taken when it was registered.
    let runs_again = body::runs_again();
    if !runs_again && registers(described.reader) {
        keyword::check(Operation::Register, described.reader, options)?;
        if prefix.is_some() && present(options, "regex")?.is_some() {
            return Err(failure::misuse(
                "regex argument is the older name of prefix, give prefix alone",
            ));
        }
    }
    let kind = match described.reader {
        ReaderKind::Command => command(py, options)?,
        ReaderKind::Keys => Kind::Keys(key_events(py, prefix, options, runs_again)?),
        ReaderKind::Stream => Kind::Stream(Stream::new(stream_options(
            prefix, options, mode, runs_again,
        )?)),
        ReaderKind::Python | ReaderKind::ShardsId | ReaderKind::KeyNames => {
            return Err(failure::misuse(
                "given reader does not exists or does not support register",
            ));
        }
    };
    let timeout = timeout(py, options)?;
    let mut callbacks = described.callbacks.share(py);
    let on_registered = on_registered.map(|function| callbacks.add(function));
    if !runs_again {
        if lock::with_redis(py, Context::is_read_only) {
            return Err(failure::of_refusal(&Refusal::read_only()));
        }
        pickle::check(py, &callbacks)?;
        check_commands(py, &callbacks)?;
    }
    Ok(Draft {
        id: Id::default(),
        kind,
        mode,
        description: described.description.clone(),
        function: Arc::new(Function::described(described.plan.clone(), callbacks)),
        timeout,
        on_registered,
        stored: Arc::default(),
        trouble: None,
    })
}

/// Refuses functions that use `cmd` where the package that it needs is missing: who
/// registers reads that, who calls them may be nobody.
fn check_commands(py: Python<'_>, callbacks: &Callbacks) -> PyResult<()> {
    let functions = PyList::new(py, callbacks.iter(py))?;
    let cmd = template::shared(py)?.get_item("cmd")?;
    let complaint = reach(py)?.call_method1("complaint", (functions, cmd))?;
    match complaint.extract()? {
        Some(complaint) => Err(failure::misuse(complaint)),
        None => Ok(()),
    }
}

/// Notes a registration; returns the id that it will have.
pub(super) fn note(py: Python<'_>, draft: Draft) -> PyResult<String> {
    let new_id = || registry().next_id();
    let noted = in_body(draft, |collected, mut draft| {
        draft.id = match &collected.ids {
            // Only the counterparts of what is stored are wanted.
            Some(ids) => ids
                .get(&collected.drafts.len())
                .copied()
                .unwrap_or_default(),
            None => {
                check_free(&draft.kind, collected)?;
                come_last(&mut draft.kind, collected);
                new_id()
            }
        };
        let id = draft.id.to_string();
        collected.drafts.push(draft);
        Ok(id)
    });
    let mut draft = match noted {
        Ok(noted) => return noted,
        Err(draft) => draft,
    };
    let alone = Collected::default();
    check_free(&draft.kind, &alone)?;
    come_last(&mut draft.kind, &alone);
    draft.id = new_id();
    let id = draft.id.to_string();
    install_now(py, draft)?;
    Ok(id)
}

/// Installs what a callback registers, in a session of its own: what is stored
/// of its script's session is what the script registers.
fn install_now(py: Python<'_>, draft: Draft) -> PyResult<()> {
    let parent = owner::here()?;
    let mut drafts = vec![draft];
    let script = Arc::new(stored::note(py, b"", &mut drafts)?);
    let session = Session {
        id: owner::random_id(py)?,
        script,
        // Who is served, which need not be the script's author.
        user: permissions::remembered(py),
        ..Session::clone(&parent)
    };
    let wheels = if config().stores_wheels() {
        requirements()
            .pack(&session.requirements, false)
            .map_err(|refusal| failure::of_refusal(&refusal))?
    } else {
        Vec::new()
    };
    lock::with_redis(py, |context| {
        persist::store_wheels(context, &session.requirements, wheels)?;
        let installed = registry().install(session, drafts, None);
        persist::installed(context, &installed, None);
        call_on_registered(&installed);
        for registration in &installed {
            read_existing_streams(registration);
        }
        Ok(())
    })
    .map_err(|refusal: Refusal| failure::of_refusal(&refusal))
}

fn registers(reader: ReaderKind) -> bool {
    match reader {
        ReaderKind::Command | ReaderKind::Keys | ReaderKind::Stream => true,
        ReaderKind::Python | ReaderKind::ShardsId | ReaderKind::KeyNames => false,
    }
}

/// Checks that nobody else has what a registration waits for.
fn check_free(kind: &Kind, collected: &Collected) -> PyResult<()> {
    match kind {
        Kind::Trigger { .. } => check_trigger(kind, collected),
        Kind::Hook { hook, .. } => check_hook(hook, collected),
        Kind::Keys(_) | Kind::Stream(_) => Ok(()),
    }
}

fn check_trigger(kind: &Kind, collected: &Collected) -> PyResult<()> {
    if collected
        .drafts
        .iter()
        .any(|draft| draft.kind.collides(kind))
    {
        return Err(failure::misuse(
            "trigger already registered in this session",
        ));
    }
    let replaced = collected.replaced.as_deref();
    if !registry().in_the_way(kind, replaced).is_empty() {
        return Err(failure::misuse("trigger already registered"));
    }
    Ok(())
}

/// Makes a version that is to be the newest of its trigger later than all that are known,
/// whatever the clocks of their shards say.
fn come_last(kind: &mut Kind, collected: &Collected) {
    let Kind::Trigger {
        name,
        edition: Some(edition),
        ..
    } = kind
    else {
        return;
    };
    if edition.since == 0 {
        return;
    }
    let drafts = collected.drafts.iter().map(|draft| &draft.kind);
    let versions = drafts.filter(|other| other.shared_name() == Some(name));
    let asked = versions.filter_map(|other| other.edition().map(|edition| edition.since));
    let latest = asked.fold(registry().since(name), u64::max);
    edition.since = edition.since.max(latest.saturating_add(1));
}

/// A hook that is not `sync` cannot be called by another, so it comes last.
fn check_hook(hook: &Hook, collected: &Collected) -> PyResult<()> {
    let waits = |draft: &Draft| {
        draft.mode != Mode::Sync
            && matches!(&draft.kind, Kind::Hook { hook: other, .. } if hook.overlaps(other))
    };
    if collected.drafts.iter().any(waits) {
        return Err(failure::misuse(
            "Can not override a none sync registration which already created on this session",
        ));
    }
    let registry = registry();
    if registry.has_waiting_hook(hook, collected.replaced.as_deref()) {
        return Err(failure::misuse("Can not override a none sync registration"));
    }
    Ok(())
}

/// Reads what a CommandReader waits for: a trigger or a command to stand in for.
fn command(py: Python<'_>, options: Options<'_, '_>) -> PyResult<Kind> {
    type Told = (Option<String>, Option<String>, Option<String>, bool);
    let (trigger, hook, key_prefix, in_order): Told = told(py, "command", options)?.extract()?;
    let edition = edition(py, options)?;
    if let Some(trigger) = trigger {
        return Ok(Kind::Trigger {
            name: until_nul(trigger.as_bytes()).to_vec(),
            in_order,
            edition,
        });
    }
    let hook = hook.unwrap_or_default();
    let hook = lock::with_redis(py, |context| {
        Hook::new(context, &hook, key_prefix.as_deref())
    });
    Ok(Kind::Hook {
        hook: hook.map_err(failure::misuse)?,
        in_order,
    })
}

/// Reads which of several versions of a trigger it is, if it is one.
fn edition(py: Python<'_>, options: Options<'_, '_>) -> PyResult<Option<Edition>> {
    let told = told(py, "edition", options)?;
    let (version, keep, newest): (Option<String>, u64, bool) = told.extract()?;
    let now = || {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
    };
    Ok(version.map(|version| Edition {
        version,
        // A clock that stands at its beginning asks for the plain name too.
        since: if newest {
            u64::try_from(now().as_millis()).unwrap_or(u64::MAX).max(1)
        } else {
            0
        },
        keep: Duration::from_millis(keep),
    }))
}

/// Reads the prefix; `regex` is its older name and wins.
fn prefix_of(prefix: Option<Bound<'_, PyAny>>, options: Options<'_, '_>) -> PyResult<Prefix> {
    let prefix = match present(options, "regex")? {
        Some(regex) => Some(regex),
        None => prefix,
    };
    match prefix {
        None => Ok(Prefix::new(b"*")),
        Some(prefix) => {
            let prefix = prefix
                .cast_into::<PyString>()
                .map_err(|_| failure::misuse("regex argument must be a string"))?;
            Ok(Prefix::new(prefix.to_str()?.as_bytes()))
        }
    }
}

/// Refuses a text in the place of a list, which would be one of its letters.
fn listed(options: Options<'_, '_>, name: &str, example: &str) -> PyResult<()> {
    match given(options, name)? {
        Some(value) if value.is_instance_of::<PyString>() => Err(failure::misuse(&format!(
            "{name} argument must be a list of texts, as {example}"
        ))),
        _ => Ok(()),
    }
}

fn unknown_type(name: &str) -> PyErr {
    let known = KeyType::ALL.map(KeyType::name);
    let more = match nearest(name, known) {
        Some(meant) => hint(Some(meant)),
        None => format!(", the types are {}", known.join(", ")),
    };
    failure::misuse(&format!("unknown key type '{name}'{more}"))
}

fn key_events(
    py: Python<'_>,
    prefix: Option<Bound<'_, PyAny>>,
    options: Options<'_, '_>,
    taken: bool,
) -> PyResult<KeyEvents> {
    if !taken {
        listed(options, "eventTypes", "['set']")?;
        listed(options, "keyTypes", "['string']")?;
        listed(options, "commands", "['set']")?;
    }
    let event_types = texts(
        options,
        "eventTypes",
        "given eventTypes is not iterable",
        "given event type is not string",
    )?;
    let key_types = texts(
        options,
        "keyTypes",
        "given keyTypes is not iterable",
        "given key type is not string",
    )?
    .map(|names| {
        names
            .iter()
            .map(|name| KeyType::parse(name).ok_or_else(|| unknown_type(name)))
            .collect::<PyResult<Vec<_>>>()
    })
    .transpose()?;
    if !taken && let Some(names) = &event_types {
        lock::with_redis(py, |context| {
            names.iter().try_for_each(|name| check_event(context, name))
        })
        .map_err(|complaint| failure::misuse(&complaint))?;
    }
    let prefix = prefix_of(prefix, options)?;
    Ok(KeyEvents {
        commands: linked_commands(py, &prefix, options)?,
        prefix,
        event_types,
        key_types,
        read_value: truth(options, "readValue", true, "readValue is not boolean")?,
        on_full: on_full(options)?,
    })
}

/// Reads `onFull`, which is ours: what becomes of events beyond the queue.
fn on_full(options: Options<'_, '_>) -> PyResult<OnFull> {
    let Some(way) = given(options, "onFull")? else {
        return Ok(OnFull::default());
    };
    let known = OnFull::ALL.map(OnFull::name);
    let way = text(
        way,
        "onFull argument must be a string, one of 'drop' and 'wait'",
    )?;
    OnFull::parse(&way).ok_or_else(|| {
        let more = match nearest(&way, known) {
            Some(meant) => hint(Some(meant)),
            None => ", it is one of 'drop' and 'wait'".to_owned(),
        };
        failure::misuse(&format!("unknown onFull '{}'{more}", echoed(&way)))
    })
}

/// Reads the commands whose events are linked to their clients; an empty list
/// is no restriction.
fn linked_commands(
    py: Python<'_>,
    prefix: &Prefix,
    options: Options<'_, '_>,
) -> PyResult<Option<Vec<CommandName>>> {
    let names = texts(
        options,
        "commands",
        "given commands is not iterable",
        "given command type is not string",
    )?;
    let Some(names) = names.filter(|names| !names.is_empty()) else {
        return Ok(None);
    };
    if prefix.as_bytes().is_empty() {
        return Err(failure::misuse("Empty perfix given to command hooker"));
    }
    lock::with_redis(py, |context| {
        let names = names.iter();
        names
            .map(|name| CommandName::to_link(context, name))
            .collect::<Result<Vec<_>, _>>()
    })
    .map(Some)
    .map_err(failure::misuse)
}

fn stream_options(
    prefix: Option<Bound<'_, PyAny>>,
    options: Options<'_, '_>,
    mode: Mode,
    taken: bool,
) -> PyResult<StreamOptions> {
    let batch = number(options, "batch", 1, "batch argument must be a number")?;
    let duration = number(options, "duration", 0, "duration argument must be a number")?;
    let policy = match present(options, "onFailedPolicy")? {
        None => FailurePolicy::Continue,
        Some(policy) => {
            let policy = text(
                policy,
                "onFailedPolicy must be a string (Continue/Abort/Retry)",
            )?;
            FailurePolicy::parse(&policy)
                .ok_or_else(|| failure::misuse("onFailedPolicy must be Continue/Abort/Retry"))?
        }
    };
    if mode == Mode::Sync && policy != FailurePolicy::Continue {
        return Err(failure::misuse(
            "ExecutionMode sync can only be combined with OnFailedPolicy Continue",
        ));
    }
    let retry_interval = number(
        options,
        "onFailedRetryInterval",
        1,
        "retryInterval argument must be a number",
    )?;
    if !taken {
        if batch < 1 {
            return Err(failure::misuse(
                "batch argument must be a number above 0: so many entries make an execution",
            ));
        }
        if duration < 0 {
            return Err(failure::misuse(
                "duration argument must be a number of milliseconds, 0 to wait for a whole batch",
            ));
        }
        if retry_interval < 1 {
            return Err(failure::misuse(
                "onFailedRetryInterval argument must be a number of seconds above 0",
            ));
        }
    }
    let trim = truth(
        options,
        "trimStream",
        true,
        "pyTrimmStream argument must be a boolean",
    )?;
    Ok(StreamOptions {
        prefix: prefix_of(prefix, options)?,
        batch: batch.max(1),
        duration: Duration::from_millis(u64::try_from(duration).unwrap_or(0)),
        policy,
        retry_interval: Duration::from_secs(u64::try_from(retry_interval).unwrap_or(1).max(1)),
        trim,
    })
}
