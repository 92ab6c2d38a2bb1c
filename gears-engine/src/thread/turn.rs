//! Python, which the main thread keeps for a turn of the server's event loop.
//!
//! To attach to Python and to detach is dear beside a small function. So where the server tells
//! of the ends of its turns, its main thread stays attached behind a function for the next one.
//! It gives Python up, at the latest, before the server gives its own lock away: the thread never
//! waits for that lock, nor for another thread, with Python in its hands.
//!
//! Threads that wait for Python may be asleep in C code that knows nothing of this. What they
//! wait for is never longer than it is without: Python is kept only while nobody is known to want
//! it, and only over commands like the one that it was kept behind, each of which runs code at
//! once, where others get Python after a millisecond. Any other command ends that, whatever it is
//! and however long it takes (`docs/decisions/engine-turns.md`).
//!
//! Only the main thread changes what is here.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};

use gears_server::{Turns, Words, held};
use pyo3::ffi;

use super::{prober, worker};

/// What the main thread does with Python.
static STAGE: AtomicU8 = AtomicU8::new(UNTOLD);

/// Nobody tells of the end of the turn: the thread is asleep, or in a turn that began otherwise.
const UNTOLD: u8 = 0;
/// It is in a turn, and has not kept Python.
const FREE: u8 = 1;
/// It has kept Python behind a function.
const KEPT: u8 = 2;
/// It runs a function, with Python that it may keep.
const USED: u8 = 3;

/// Behind which commands Python is kept, as a [`Mark`].
static KEPT_BEHIND: AtomicU64 = AtomicU64::new(NO_COMMAND);

/// The command that came last, as a [`Mark`], where that is known.
static LAST: AtomicU64 = AtomicU64::new(NO_COMMAND);

const NO_COMMAND: u64 = 0;

fn stage() -> u8 {
    STAGE.load(Ordering::Relaxed)
}

fn set_stage(stage: u8) {
    STAGE.store(stage, Ordering::Relaxed);
}

/// Says whether this thread keeps Python, and no function runs on it.
pub(crate) fn is_kept_here() -> bool {
    stage() == KEPT && held::is_main_thread()
}

/// Tells commands apart by their names, and functions and scripts of the server by theirs.
///
/// Two commands can have the same one by chance, which makes others wait for Python a little.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark(u64);

impl Mark {
    /// That of the commands that call triggers.
    pub(crate) const TRIGGER: Self = Self(fold(b"rg.trigger"));

    /// Returns that of the command that came last.
    pub(crate) fn of_last() -> Self {
        Self(LAST.load(Ordering::Relaxed))
    }

    /// Returns that of a command.
    fn of(words: &impl Words) -> Self {
        const TRIGGER_ON_KEY: u64 = fold(b"rg.triggeronkey");
        const EXEC: u64 = fold(b"exec");
        let Some(name) = words.word(0) else {
            return Self(NO_COMMAND);
        };
        let mark = fold(name);
        if mark == Self::TRIGGER.0 || mark == TRIGGER_ON_KEY {
            return Self::TRIGGER;
        }
        // Each may be something else.
        if mark == EXEC {
            return Self(NO_COMMAND);
        }
        let begins = |with: &[u8]| {
            let begin = name.get(..with.len());
            begin.is_some_and(|begin| begin.eq_ignore_ascii_case(with))
        };
        if begins(b"eval") || begins(b"fcall") {
            return Self(mark.rotate_left(7) ^ words.word(1).map_or(0, fold) | 1);
        }
        Self(mark)
    }
}

/// Makes a number of the length of a name, its first letters and its last ones, small or capital.
const fn fold(name: &[u8]) -> u64 {
    const SMALL: u64 = 0x2020_2020_2020_2020;
    let mut letters = 0;
    if let (Some(first), Some(last)) = (name.first_chunk(), name.last_chunk()) {
        let (first, last) = (u64::from_le_bytes(*first), u64::from_le_bytes(*last));
        letters = (first | SMALL) ^ (last | SMALL).rotate_left(29);
    } else {
        let mut at = 0;
        while at < name.len() {
            letters = letters << 8 | name[at].to_ascii_lowercase() as u64;
            at += 1;
        }
    }
    (letters ^ (name.len() as u64) << 56) | 1
}

/// Python in use on the main thread, which may keep it behind this.
pub(crate) struct Use(fn() -> bool);

impl Use {
    /// Uses Python again if this thread keeps it; `is_wanted` says at the end whether others want it.
    pub(crate) fn again(is_wanted: fn() -> bool) -> Option<Self> {
        is_kept_here().then(|| {
            set_stage(USED);
            Self(is_wanted)
        })
    }

    /// Attaches to Python so that it can be kept behind `command`, if this is the main thread in a
    /// turn, and if nobody else wants it. The thread has found that Python can be had.
    pub(crate) fn begin(command: Mark, is_wanted: fn() -> bool) -> Option<Self> {
        match stage() {
            // What is attached already, in a timer for example, may have caused this.
            FREE if held::is_main_thread() && !is_attached() && !is_wanted() => {}
            UNTOLD => {
                follow();
                return None;
            }
            _ => return None,
        }
        // SAFETY: this is the thread's own state in Python, which it has for good as it started
        // Python; the thread is not attached.
        unsafe {
            let own = ffi::PyGILState_GetThisThreadState();
            if own.is_null() {
                return None;
            }
            ffi::PyEval_RestoreThread(own);
        }
        KEPT_BEHIND.store(command.0, Ordering::Relaxed);
        set_stage(USED);
        Some(Self(is_wanted))
    }
}

impl Drop for Use {
    fn drop(&mut self) {
        if stage() == USED && !self.0() {
            set_stage(KEPT);
            return;
        }
        detach();
        if stage() == USED {
            set_stage(FREE);
        }
    }
}

/// Detaches the main thread, which [`Use::begin`] has attached and on which no code runs.
fn detach() {
    // SAFETY: only `Use::begin` makes the stages in which this is called, and each of them has
    // one call.
    unsafe { ffi::PyEval_SaveThread() };
}

/// Gives Python up if this thread has kept it.
pub(crate) fn give_up() {
    if is_kept_here() {
        detach();
        set_stage(FREE);
    }
}

/// Gives Python up if this thread has kept it, until the next turn begins: the server does what
/// takes long, and serves others meanwhile.
pub(crate) fn suspend() {
    give_up();
    if held::is_main_thread() {
        set_stage(UNTOLD);
    }
}

/// Says whether the commands that come have to [`pass`].
pub(crate) fn follows_commands() -> bool {
    stage() == KEPT || LAST.load(Ordering::Relaxed) != NO_COMMAND
}

/// Looks at a command before it runs on the main thread, where no function of ours does; whether
/// it was preceded by what the command before it had caused.
///
/// Python stays kept only for commands as that behind which it was kept.
pub(crate) fn pass(words: &impl Words, waited: bool) {
    let kept = stage() == KEPT;
    let mark = match kept || waited {
        true => Mark::of(words).0,
        false => NO_COMMAND,
    };
    if kept && (mark != KEPT_BEHIND.load(Ordering::Relaxed) || mark == NO_COMMAND || is_wanted()) {
        give_up();
    }
    LAST.store(mark, Ordering::Relaxed);
}

/// Says whether threads of ours want Python.
pub(crate) fn is_wanted() -> bool {
    worker::are_wanted() || prober::is_waiting()
}

/// Says whether this thread is attached to Python.
pub(crate) fn is_attached() -> bool {
    // SAFETY: asks only what this thread is; any thread may.
    unsafe { ffi::PyGILState_Check() != 0 }
}

/// Has the server tell of its turns, from the first function on that could make use of that.
fn follow() {
    static ASKED: AtomicBool = AtomicBool::new(false);
    if ASKED.load(Ordering::Relaxed) || !held::is_main_thread() {
        return;
    }
    // SAFETY: a context is noted only while this thread has the server's lock, and lives as long.
    if let Some(context) = held::context().map(|context| unsafe { context.get() }) {
        ASKED.store(true, Ordering::Relaxed);
        context.follow_turns::<Ends>();
    }
}

/// The ends of turns.
struct Ends;

impl Turns for Ends {
    fn began() {
        debug_assert_eq!(stage(), UNTOLD, "a turn began in the midst of one");
        if stage() == UNTOLD {
            set_stage(FREE);
        }
    }

    fn ends() {
        debug_assert_ne!(stage(), USED, "a turn ends in the midst of a function");
        suspend();
        debug_assert!(!is_attached(), "the server sleeps with Python");
        LAST.store(NO_COMMAND, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(words: &[&[u8]]) -> u64 {
        Mark::of(&words).0
    }

    #[test]
    fn a_command_has_one_mark_in_capitals_and_in_small_letters() {
        assert_eq!(mark(&[b"SET"]), mark(&[b"set", b"key"]));
        assert_eq!(mark(&[b"ZRANGEBYSCORE"]), mark(&[b"zrangebyscore"]));
        assert_ne!(mark(&[b"SET"]), NO_COMMAND);
    }

    #[test]
    fn commands_differ() {
        let names: [&[u8]; 7] = [
            b"GET",
            b"SET",
            b"KEYS",
            b"SUNION",
            b"SUNIONSTORE",
            b"ZUNIONSTORE",
            b"ZINTERSTORE",
        ];
        for (at, one) in names.iter().enumerate() {
            for other in &names[..at] {
                assert_ne!(mark(&[one]), mark(&[other]));
            }
        }
    }

    #[test]
    fn both_commands_of_triggers_have_one_mark() {
        assert_eq!(mark(&[b"RG.TRIGGERONKEY", b"f"]), mark(&[b"rg.trigger"]));
        assert_eq!(mark(&[b"Rg.Trigger"]), Mark::TRIGGER.0);
    }

    #[test]
    fn functions_of_the_server_and_transactions_differ_among_themselves() {
        assert_ne!(mark(&[b"FCALL", b"one"]), mark(&[b"FCALL", b"two"]));
        assert_eq!(mark(&[b"FCALL", b"one"]), mark(&[b"fcall", b"one", b"0"]));
        assert_eq!(mark(&[b"EXEC"]), NO_COMMAND);
    }
}
