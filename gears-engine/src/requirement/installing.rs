//! One server at a time installs a set of requirements into a folder that servers share.

use super::environment::environment_of;
use super::lock::Lock;
use super::scratch::create;

/// Keeps other servers from installing the same, until it is dropped.
///
/// Who waited finds what the other one installed, instead of fetching it once more.
pub(crate) struct Installing {
    lock: Option<Lock>,
}

impl Installing {
    /// Waits while another server installs these requirements.
    ///
    /// # Errors
    ///
    /// When the folder cannot be written.
    pub(crate) fn wait(requirements: &[String]) -> Result<Self, String> {
        let environment = environment_of(requirements);
        create(environment.parent().unwrap_or(&environment))?;
        let lock = Some(Lock::alone(&environment)?);
        Ok(Self { lock })
    }
}

impl Drop for Installing {
    fn drop(&mut self) {
        if let Some(lock) = self.lock.take() {
            lock.remove();
        }
    }
}
