//! What shards of a cluster say to each other.
//!
//! Unknown fields are skipped and an unknown message is an error for whoever sent it, so that
//! engines of different versions understand each other as far as both know the words.

mod codec;

pub use codec::number_of;

use std::ops::RangeInclusive;
use std::sync::Arc;

use crate::{Id, Ledger, Mark, ShardId};

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
    /// Tells something about a run.
    OfRun(Id, Told),
    /// That these versions of triggers are called at the sender.
    Called(Vec<Id>),
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
    /// Whether a version of a trigger may go, as nobody calls it there any more.
    Idle(Id),
    /// To answer.
    Test,
    /// To stop reading the streams of registrations.
    Pause(Vec<Id>),
    /// To go on reading.
    Unpause(Vec<Id>),
    /// To zero the counters of all registrations.
    ClearStatistics,
    /// To get ready for a run, and to say that it is.
    Prepare(Box<Prepare>),
    /// To begin with a run for which it is ready, and to say when it has done its part.
    Start(Id),
    /// To show how far a run is there.
    Show(Id),
    /// To take a run that has ended off the list.
    Forget(Id),
}

/// A run over several shards, as each of them gets to know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prepare {
    /// Its id, with the shard that drives it.
    pub run: Id,
    /// The function.
    pub work: Work,
    /// Whose permissions it has; nothing for the server itself.
    pub user: Option<Vec<u8>>,
    /// Where the records of its first stage come from.
    pub origin: Origin,
    /// The shards that take part, the one that drives it too, with the slots that they serve.
    pub shards: Vec<(ShardId, Vec<RangeInclusive<u16>>)>,
    /// How the function is cut into stages.
    pub cut: Vec<u8>,
    /// How many bytes a shard may send another one for a stage before that has taken them.
    pub window: u64,
    /// The registration that caused it.
    pub cause: Option<Id>,
    /// Whether it can be looked up when it has ended.
    pub is_kept: bool,
}

/// A function that several shards know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Work {
    /// One that is registered on all of them.
    Registered {
        /// Its id.
        id: Id,
        /// Its trigger, under which another one is while it is replaced; empty for one that
        /// has none.
        trigger: Vec<u8>,
    },
    /// One that comes along.
    Sent(Arc<[u8]>),
}

/// Where the records of a run's first stage come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The words of a command, which are one record on each shard.
    Words(Vec<Vec<u8>>),
    /// The reader of the function, on each shard.
    Reader,
    /// Only the shard that drives it has any.
    Elsewhere,
}

/// What shards that take part in a run tell each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// Records for a stage, as they follow each other.
    Records {
        /// The stage.
        stage: u64,
        /// A piece of them; a record may be longer.
        bytes: Vec<u8>,
    },
    /// That there are no more.
    Close {
        /// The stage.
        stage: u64,
        /// How many there were.
        records: u64,
    },
    /// That so many bytes of records were taken.
    Taken {
        /// The stage.
        stage: u64,
        /// How many.
        bytes: u64,
    },
    /// That a stage wants no more records.
    Enough {
        /// The stage.
        stage: u64,
    },
    /// That a shard which takes part was lost.
    Lost {
        /// The shard.
        shard: ShardId,
        /// Why.
        cause: String,
    },
    /// To end.
    Abort,
    /// That it is still driven.
    Driven,
}

/// An answer of another shard: what was asked for, or why it is refused.
pub type Answered = Result<Vec<u8>, String>;
