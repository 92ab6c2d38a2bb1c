//! Who waits for the answer of a command: its client, there or put aside.

use std::os::raw::c_int;
use std::sync::Arc;

use gears_server::{BlockedClient, Caller, Context, Protocol, Recorded, Refusal, Reply};

use crate::execution::waiting::answer_blocked;
use crate::execution::{check_can_wait, check_room};
use crate::ground::link::{Link, Outgoing};
use crate::session::user::User;

/// A command whose client was put aside before it ran.
pub(super) struct PutAside {
    pub(super) words: Vec<Vec<u8>>,
    pub(super) database: c_int,
    pub(super) caller: Caller,
    pub(super) user: User,
    pub(super) protocol: Protocol,
    pub(super) client: BlockedClient,
}

impl PutAside {
    pub(super) fn new(context: &Context, words: &[&[u8]], caller: &Caller) -> Self {
        Self {
            words: words.iter().map(|word| word.to_vec()).collect(),
            database: context.selected_database(),
            caller: caller.clone(),
            user: User::of_client(context),
            protocol: context.protocol(),
            client: context.block_client(),
        }
    }

    /// Returns the command's words.
    pub(super) fn words(&self) -> Vec<&[u8]> {
        self.words.iter().map(Vec::as_slice).collect()
    }
}

/// Who waits for the answer of a command.
pub(super) enum Asker<'a> {
    /// The client of the running command.
    Here(&'a Context),
    /// One that was put aside, with whose permissions functions run.
    Aside(BlockedClient, User),
}

impl Asker<'_> {
    pub(super) fn answer(self, link: Option<&Arc<Link>>, reply: Outgoing) {
        match (self, link) {
            (Self::Here(context), Some(link)) => link.answer(context, reply),
            (Self::Here(context), None) => reply.send(context),
            (Self::Aside(client, _), link) => answer_blocked(client, link, reply.record()),
        }
    }

    pub(super) fn refuse(self, refusal: &Refusal) {
        match self {
            Self::Here(mut context) => context.refuse(refusal),
            Self::Aside(client, _) => client.answer(Recorded::of_refusal(refusal)),
        }
    }

    pub(super) fn may_wait(&self) -> bool {
        match self {
            Self::Here(context) => !context.denies_blocking(),
            Self::Aside(..) => true,
        }
    }

    pub(super) fn check_can_wait(&self) -> Result<(), Refusal> {
        match self {
            Self::Here(context) => check_can_wait(context),
            Self::Aside(..) => check_room(),
        }
    }

    /// Returns with whose permissions functions run on this thread.
    pub(super) fn runs_as(&self) -> User {
        match self {
            Self::Here(_) => User::Client,
            Self::Aside(_, user) => user.clone(),
        }
    }

    /// Puts the client aside; returns with whose permissions functions run then.
    pub(super) fn put_aside(self) -> (BlockedClient, User) {
        match self {
            Self::Here(context) => (context.block_client(), User::of_client(context)),
            Self::Aside(client, user) => (client, user),
        }
    }
}
