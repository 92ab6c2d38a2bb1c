//! What stands on nothing of ours.

mod allocator;
pub(crate) mod calls;
pub(crate) mod checksum;
pub(crate) mod executable;
pub(crate) mod failed;
pub(crate) mod journal;
pub(crate) mod link;
pub(crate) mod own_thread;
pub(crate) mod poison;
pub(crate) mod quick_hash;
pub(crate) mod reason;
pub(crate) mod seldom;
pub(crate) mod version;
