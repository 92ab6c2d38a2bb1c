//! Scripts that functions run.

use std::sync::OnceLock;

use crate::held;
use crate::scripting::takes_languages;
use crate::{CallFailure, Context, Refusal, has_acl_functions};

/// Commands that run scripts.
const RUN_SCRIPTS: [&[u8]; 6] = [
    b"eval",
    b"evalsha",
    b"eval_ro",
    b"evalsha_ro",
    b"fcall",
    b"fcall_ro",
];

impl Context {
    /// Refuses a script where running it would crash the server.
    ///
    /// Redis 7.0 crashes when a module runs a script within a script. Before
    /// 7.0 it also does when a script writes that a module's command runs,
    /// because both begin a transaction in the replication stream; a thread's
    /// commands begin none.
    ///
    /// # Errors
    ///
    /// What scripts get from `execute`.
    pub(crate) fn check_script(&self, command: &[u8]) -> Result<(), CallFailure> {
        if !RUN_SCRIPTS
            .iter()
            .any(|name| command.eq_ignore_ascii_case(name))
        {
            return Ok(());
        }
        let message = if self.is_script() {
            "a function that a script called cannot run a script"
        } else if !has_acl_functions() && !held::was_asked_for() {
            "before Redis 7.0 a sync function cannot run scripts, because the server would \
             crash when one writes: use mode='async_local'"
        } else {
            return Ok(());
        };
        Err(Refusal::new(message).into())
    }
    /// Has the server keep a script that it would otherwise free in favour of
    /// later ones, where freeing one would stop it for ever.
    pub(crate) fn keep_script(&self, command: &[u8], arguments: &[&[u8]]) {
        let evaluates =
            command.eq_ignore_ascii_case(b"eval") || command.eq_ignore_ascii_case(b"eval_ro");
        if let (true, Some(script)) = (evaluates && cannot_free_scripts(), arguments.first()) {
            self.ask(c"SCRIPT", &[b"LOAD", script]);
        }
    }
}

/// Says whether the server would wait for its own lock if this thread freed a
/// script: where its scripts belong to modules (Valkey 8.1), it takes the lock to
/// free them on any thread but its main one, and ours has it already.
pub(crate) fn cannot_free_scripts() -> bool {
    static BELONG_TO_MODULES: OnceLock<bool> = OnceLock::new();
    !held::is_main_thread() && *BELONG_TO_MODULES.get_or_init(takes_languages)
}
