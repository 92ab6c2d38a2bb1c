//! Scripts that functions run.

use super::{CallFailure, Context, has_acl_functions};
use crate::lock;

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
    pub(super) fn check_script(&self, command: &[u8]) -> Result<(), CallFailure> {
        if !RUN_SCRIPTS
            .iter()
            .any(|name| command.eq_ignore_ascii_case(name))
        {
            return Ok(());
        }
        let message = if self.is_script() {
            "ERR a function that a script called cannot run a script"
        } else if !has_acl_functions() && !lock::was_asked_for() {
            "ERR before Redis 7.0 a sync function cannot run scripts, because the server would \
             crash when one writes: use mode='async_local'"
        } else {
            return Ok(());
        };
        Err(CallFailure::of_text(message.to_owned()))
    }
}
