//! Commands as they come in, before the server looks at them.

use std::cell::Cell;
use std::ffi::CStr;
use std::ptr;
use std::slice;

use std::sync::OnceLock;

use crate::{Context, Loading, LogLevel, after_command, api, has_acl_functions, log, raw};
use crate::{boundary, held};

/// What becomes of commands before they run.
pub trait CommandFilter {
    /// Says whether [`passes`](Self::passes) wants to know of the next command; asked at each.
    fn follows() -> bool;

    /// Is told of a command that no other of ours causes, on the main thread and before it runs;
    /// whether something `waited` for the end of the one before it, and is done now.
    fn passes(incoming: &Incoming, waited: bool);

    /// Says whether commands have to be looked at; asked at each.
    fn is_needed() -> bool;

    /// Says whether [`INNER_HOOK`] has to run in place of this one.
    fn concerns(incoming: &Incoming) -> bool;

    /// Says whether functions may run in a command's place, wherever it comes from.
    fn is_hooked(name: &[u8]) -> bool;
}

/// Says whether functions may run in a command's place.
static IS_HOOKED: OnceLock<fn(&[u8]) -> bool> = OnceLock::new();

pub(crate) fn is_hooked(name: &[u8]) -> bool {
    IS_HOOKED.get().is_some_and(|is_hooked| is_hooked(name))
}

/// The command that runs hooked commands, as the filter writes it.
pub const INNER_HOOK: &CStr = c"RG.INNERHOOK";

thread_local! {
    /// Whether the next command of this thread is one that nothing may hook.
    static UNFILTERED: Cell<bool> = const { Cell::new(false) };
    /// The name that the command shown last had before ours took its place.
    static REPLACED: Cell<Option<Vec<u8>>> = const { Cell::new(None) };
}

/// Takes the name of the command that runs as ours, where ours took its place.
pub fn take_replaced_name<F: CommandFilter>() -> Option<Vec<u8>> {
    // Where commands are not looked at, it is an earlier one's.
    REPLACED.take().filter(|_| F::is_needed())
}

/// Lets the next command that this thread runs pass the filter, until dropped.
///
/// Only that one: what it runs in turn is filtered again.
pub(crate) struct Unfiltered(());

impl Unfiltered {
    pub(crate) fn next() -> Self {
        UNFILTERED.set(true);
        Self(())
    }
}

impl Drop for Unfiltered {
    fn drop(&mut self) {
        UNFILTERED.set(false);
    }
}

/// The words of a command that is about to run.
pub struct Incoming(*mut raw::RedisModuleCommandFilterCtx);

impl Incoming {
    pub(crate) fn raw(&self) -> *mut raw::RedisModuleCommandFilterCtx {
        self.0
    }

    /// Counts the words, the command's name included.
    pub(crate) fn len(&self) -> usize {
        // SAFETY: the filter's context is live during the filter.
        let length = unsafe { api!(RedisModule_CommandFilterArgsCount(self.0)) };
        usize::try_from(length).unwrap_or(0)
    }

    /// Returns the word at `index`; the command's name is at 0.
    pub(crate) fn get(&self, index: usize) -> Option<&[u8]> {
        let index = i32::try_from(index).ok()?;
        // SAFETY: as above; the string lives as long as the words are not
        // changed, which happens only after the last look at them.
        unsafe {
            let string = api!(RedisModule_CommandFilterArgGet(self.0, index));
            if string.is_null() {
                return None;
            }
            let mut length = 0;
            let start = api!(RedisModule_StringPtrLen(string, &mut length));
            Some(slice::from_raw_parts(start.cast::<u8>(), length))
        }
    }

    /// Has our command run with this one as its words.
    ///
    /// Before Redis 7.0 scripts use the array of words again for their next
    /// command, and believe it to be as long as it was; with one more word in it
    /// it can be shorter, and they write beyond its end. There our name takes the
    /// place of the command's, which is kept aside.
    fn divert(self) {
        let name = INNER_HOOK.to_bytes();
        let replaced = if !has_acl_functions() && Context::server_state().is_script {
            self.get(0).map(<[u8]>::to_vec)
        } else {
            None
        };
        // SAFETY: the filter's context is live; the server takes the string.
        unsafe {
            let name = api!(RedisModule_CreateString(
                ptr::null_mut(),
                name.as_ptr().cast(),
                name.len()
            ));
            if replaced.is_some() {
                api!(RedisModule_CommandFilterArgReplace(self.0, 0, name));
            } else {
                api!(RedisModule_CommandFilterArgInsert(self.0, 0, name));
            }
        }
        REPLACED.set(replaced);
    }
}

impl Loading<'_> {
    /// Has the server show us every command before it runs; says whether it
    /// can.
    pub fn command_filter<F: CommandFilter>(&self) -> bool {
        let _ = IS_HOOKED.set(F::is_hooked);
        // SAFETY: the context is live and the callback lives as long as the module.
        let filter = unsafe {
            api!(RedisModule_RegisterCommandFilter(
                self.0.raw(),
                Some(filter::<F>),
                0
            ))
        };
        !filter.is_null()
    }
}

unsafe extern "C" fn filter<F: CommandFilter>(incoming: *mut raw::RedisModuleCommandFilterCtx) {
    // Asked at every command of the server, so the cheapest questions come first.
    if after_command::is_waiting() || F::follows() {
        let done = boundary::shield(|| pass::<F>(&Incoming(incoming)));
        if let Err(panic) = done {
            log(LogLevel::Warning, &panic);
        }
    }
    if !F::is_needed() {
        return;
    }
    REPLACED.take();
    if UNFILTERED.replace(false) {
        return;
    }
    let filtered = boundary::shield(|| {
        let incoming = Incoming(incoming);
        if F::concerns(&incoming) {
            incoming.divert();
        }
    });
    if let Err(panic) = filtered {
        log(LogLevel::Warning, &panic);
    }
}

/// Does what comes before a command that no other of ours causes.
fn pass<F: CommandFilter>(incoming: &Incoming) {
    if held::is_held() || !held::is_main_thread() || after_command::is_looking() {
        return;
    }
    let waited = after_command::is_waiting();
    if waited {
        after_command::do_waiting_before_next();
    }
    F::passes(incoming, waited);
}
