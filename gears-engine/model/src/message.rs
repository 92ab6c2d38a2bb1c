//! What shards of a cluster say to each other.
//!
//! Unknown fields are skipped and an unknown message is an error for whoever sent it, so that
//! engines of different versions understand each other as far as both know the words.

mod codec;

pub use codec::number_of;

use std::sync::Arc;

use crate::{Id, Ledger, Mark};

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// The sender's ledger has this digest.
    Notice(u64),
    /// The sender has these sessions and wants what is later; `back` if it answers to another
    /// one's.
    Have {
        /// What the sender has.
        ledger: Ledger,
        /// Whether it answers to the receiver's own.
        back: bool,
    },
    /// Sessions as they are at the sender; none when these were all that are later.
    News(Vec<Change>),
    /// Asks for something, to be answered under the number.
    Ask(u64, Ask),
    /// The sender works on an answer still.
    Alive(u64),
    /// Answers.
    Answer(u64, Answered),
    /// What was checked under the number will not be installed.
    Release(u64),
}

/// A session's state on its way to other shards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The session.
    pub session: String,
    /// Its state.
    pub mark: Mark,
    /// It and its registrations as they are stored; nothing of one that is gone.
    pub record: Option<Arc<[u8]>>,
}

/// What one shard asks of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Whether a session could be installed there; what it needs is reserved.
    Check {
        /// The session as it will be stored.
        record: Arc<[u8]>,
        /// The session in whose place it comes.
        replaced: Option<String>,
        /// The wheels of its requirements.
        wheels: Vec<Arc<[u8]>>,
    },
    /// To have the packages of a session.
    Bring {
        /// The session, without registrations.
        record: Arc<[u8]>,
        /// The wheels of its requirements.
        wheels: Vec<Arc<[u8]>>,
    },
    /// To take sessions over.
    Install {
        /// The sessions.
        changes: Vec<Change>,
        /// The registrations that were taken out with what waits for them.
        aborted: Vec<Id>,
        /// Under which number it was checked that they can be installed, if that was asked.
        checked: Option<u64>,
    },
    /// To answer.
    Test,
    /// To stop reading the streams of registrations.
    Pause(Vec<Id>),
    /// To go on reading.
    Unpause(Vec<Id>),
    /// To zero the counters of all registrations.
    ClearStatistics,
    /// To run a part of a function.
    Run(Stage),
}

/// A part of a function that runs on several shards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// The function.
    pub work: Work,
    /// Which of its stages, counted from 0.
    pub number: u64,
    /// Whose permissions it has; nothing for the server itself.
    pub user: Option<Vec<u8>>,
    /// Where its records come from.
    pub source: Source,
}

/// A function that several shards know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Work {
    /// One that is registered on all of them.
    Registered {
        /// Its id.
        id: Id,
        /// Its trigger, under which another one is while it is replaced.
        trigger: Vec<u8>,
    },
    /// One that comes along.
    Sent(Arc<[u8]>),
}

/// Where the records of a stage come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The words of a command, which are one record.
    Words(Vec<Vec<u8>>),
    /// The reader of the function.
    Reader,
    /// These, as values are written.
    Records(Vec<Vec<u8>>),
}

/// An answer of another shard: what was asked for, or why it is refused.
pub type Answered = Result<Vec<u8>, String>;
