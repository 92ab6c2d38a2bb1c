//! Calls that go out together.

use std::collections::VecDeque;

use redis::Cmd;

use crate::{
    error::{Error, Result},
    gear::descriptor::Gear,
    wire::{call::Call, reply::Reply},
};

/// The most calls of a chunk.
pub(crate) const CALLS: usize = 1000;

/// The most bytes of a chunk, unless one call alone has more.
const BYTES: usize = 128 << 10;

/// The most calls of a chunk whose replies have to be there within one timeout, though workers run them in turn.
#[cfg(feature = "aio")]
pub(crate) const WAITING_CALLS: usize = 64;

/// What comes of putting arguments into a call.
pub type Encoded = Result<()>;

/// What comes of sending a call.
pub type Replied = Result<Reply>;

/// A gear that is called with arguments of type `A`, for generated code.
#[diagnostic::on_unimplemented(
    message = "one call of this gear does not take `{A}`",
    label = "these are not the arguments of the gear",
    note = "a gear of one parameter takes its bare value, one of several a tuple of them, in their order"
)]
///
/// `R` is what one call returns: a parameter, as a type of the caller's own may be private.
pub trait Piped<A, R> {
    /// The gear.
    fn gear() -> &'static Gear;

    /// Adds the arguments to a call.
    ///
    /// # Errors
    ///
    /// As the call of the stub.
    fn encode(arguments: A, call: &mut Call) -> Encoded;

    /// Makes the outcome of a reply.
    fn outcome(reply: Replied) -> R;
}

/// For each call of a chunk the error that kept it from being sent, if there was one.
pub(crate) type Slots = VecDeque<Option<Error>>;

/// Calls that go out together.
#[derive(Default)]
pub(crate) struct Chunk {
    pub(crate) commands: Vec<Cmd>,
    pub(crate) slots: Slots,
}

impl Chunk {
    /// Takes calls that fit; each is begun by `begin`.
    pub(crate) fn fill<B: Piped<A, R>, A, R>(
        begin: impl Fn() -> Call,
        calls: &mut impl Iterator<Item = A>,
        most: usize,
    ) -> Self {
        let mut chunk = Self {
            commands: Vec::new(),
            slots: Slots::new(),
        };
        let mut bytes = 0;
        while chunk.slots.len() < most && bytes < BYTES {
            let Some(arguments) = calls.next() else {
                break;
            };
            let mut call = begin();
            match B::encode(arguments, &mut call) {
                Ok(()) => {
                    let command = call.into_command();
                    bytes += length(&command);
                    chunk.commands.push(command);
                    chunk.slots.push_back(None);
                }
                Err(error) => chunk.slots.push_back(Some(error)),
            }
        }
        chunk
    }

    pub(super) fn packed(&self) -> Vec<u8> {
        let mut packed = Vec::new();
        for command in &self.commands {
            command.write_packed_command(&mut packed);
        }
        packed
    }
}

fn length(command: &Cmd) -> usize {
    command
        .args_iter()
        .map(|word| match word {
            redis::Arg::Simple(word) => word.len() + 16,
            _ => 16,
        })
        .sum()
}
