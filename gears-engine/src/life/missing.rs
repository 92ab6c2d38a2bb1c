//! Sessions whose packages are not there yet: looked for again until they are.
//!
//! One thread looks for all of them, as pip runs once at a time anyway. It
//! pauses longer after each failure, and looks at once when other packages came.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use gears_server::{LogLevel, boundary, log};

use super::revive::{make_run, tell_missing};
use crate::ground::poison::unpoisoned;
use crate::lock;
use crate::persist::wheels_of;
use crate::registration::registry;
use crate::requirement::requirements;
use crate::session::Session;

/// Between the first two attempts; each pause is twice the one before.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

static WAITING: Mutex<Waiting> = Mutex::new(Waiting {
    sessions: Vec::new(),
    is_served: false,
    packages_came: false,
});
static CHANGED: Condvar = Condvar::new();

/// How often packages were looked for in vain.
static FAILURES: AtomicI64 = AtomicI64::new(0);

struct Waiting {
    sessions: Vec<Missing>,
    /// Whether there is a thread for them.
    is_served: bool,
    /// Whether packages came that may be what somebody waits for.
    packages_came: bool,
}

/// A session that waits for its packages.
struct Missing {
    session: Arc<Session>,
    /// When they are looked for next.
    next: Instant,
    pause: Duration,
    /// Why they were not found, as it was told last.
    told: Option<String>,
}

/// Returns how often packages of loaded sessions were looked for in vain since
/// the server started.
pub(crate) fn failures() -> i64 {
    FAILURES.load(Ordering::Relaxed)
}

/// Has the packages of a session looked for until they are there.
///
/// # Errors
///
/// When there is no thread to do so.
pub(super) fn look_for(session: &Arc<Session>) -> Result<(), String> {
    let mut waiting = waiting();
    waiting.sessions.push(Missing {
        session: Arc::clone(session),
        next: Instant::now(),
        pause: FIRST_PAUSE,
        told: None,
    });
    if !waiting.is_served {
        let spawned = thread::Builder::new()
            .name("gears-requirements".to_owned())
            .spawn(serve);
        if let Err(error) = spawned {
            waiting.sessions.pop();
            return Err(format!(
                "there is no thread to install its requirements: {error}"
            ));
        }
        waiting.is_served = true;
    }
    CHANGED.notify_one();
    Ok(())
}

/// Has everybody who waits look whether what came is all that was missing.
pub(crate) fn packages_came() {
    let mut waiting = waiting();
    waiting.packages_came = waiting.is_served;
    CHANGED.notify_one();
}

fn waiting() -> MutexGuard<'static, Waiting> {
    unpoisoned(WAITING.lock())
}

/// What to do next.
enum Step {
    /// Look for these with pip.
    Install(Missing),
    /// Look for these without.
    Look(Vec<Missing>),
}

fn serve() {
    while let Some(step) = next_step() {
        let served = boundary::shield(|| match step {
            Step::Install(missing) => install(missing),
            Step::Look(all) => all.into_iter().for_each(look),
        });
        if let Err(panic) = served {
            log(LogLevel::Warning, &panic);
        }
    }
}

/// Waits until there is something to do; nothing when nobody waits any more.
fn next_step() -> Option<Step> {
    let mut waiting = waiting();
    loop {
        if std::mem::take(&mut waiting.packages_came) {
            return Some(Step::Look(std::mem::take(&mut waiting.sessions)));
        }
        let sessions = waiting.sessions.iter().enumerate();
        let Some((place, next)) = sessions
            .map(|(place, missing)| (place, missing.next))
            .min_by_key(|(_, next)| *next)
        else {
            waiting.is_served = false;
            return None;
        };
        let pause = next.saturating_duration_since(Instant::now());
        if pause.is_zero() {
            return Some(Step::Install(waiting.sessions.swap_remove(place)));
        }
        waiting = unpoisoned(CHANGED.wait_timeout(waiting, pause)).0;
    }
}

/// Lets the functions run if their packages are there by now.
fn look(missing: Missing) {
    let requirements = requirements();
    if requirements.use_present(&missing.session) == Ok(true) {
        run(&missing.session);
    } else if is_there(&missing.session) {
        waiting().sessions.push(missing);
    }
}

fn install(mut missing: Missing) {
    let session = Arc::clone(&missing.session);
    if !is_there(&session) {
        return;
    }
    let requirements = requirements();
    let stored = lock::without_python(|context| wheels_of(context, &session.requirements));
    let Err(refusal) = requirements.install_again(&session, &stored) else {
        run(&session);
        return;
    };
    let reason = refusal.to_string();
    FAILURES.fetch_add(1, Ordering::Relaxed);
    if missing.told.as_ref() == Some(&reason) {
        log(
            LogLevel::Verbose,
            &format!(
                "the packages of the session {} are still missing",
                session.id
            ),
        );
    } else {
        lock::without_python(|context| {
            if is_there(&session) {
                tell_missing(context, &session, &reason);
            }
        });
        missing.told = Some(reason);
    }
    missing.next = Instant::now() + missing.pause;
    missing.pause = LONGEST_PAUSE.min(missing.pause * 2);
    waiting().sessions.push(missing);
}

fn run(session: &Arc<Session>) {
    lock::without_python(|context| {
        if is_there(session) {
            make_run(context, session);
        }
    });
}

/// Says whether the session is still this one: it may have been replaced, or
/// other data may have been loaded.
pub(super) fn is_there(session: &Arc<Session>) -> bool {
    let there = registry().session(&session.id);
    there.is_some_and(|(there, _)| Arc::ptr_eq(&there, session))
}
