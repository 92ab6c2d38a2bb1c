//! Names for servers that do not bring them: `cmd`, and RedGrease's `hashtag3`.

use super::sent::sent;

/// The name `hashtag3`, which RedGrease has beside `hashtag`.
pub(crate) const HASHTAG: &str = sent!("hashtag.py");

/// The name `cmd`, for servers that do not bring it: redis-py over `execute`.
pub(crate) const COMMANDS: &str = sent!("commands.py");

/// Tells whether Python may read the name `hashtag3`; to define it does no harm.
pub(crate) fn may_read_hashtag(python: &str) -> bool {
    python.contains("hashtag3")
}
