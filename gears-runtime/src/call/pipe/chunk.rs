//! Calls that go out together.

use std::collections::VecDeque;

use super::together::Together;
use crate::{
    error::{Error, Result},
    gear::descriptor::Gear,
    wire::{call::Call, packed::Packed, reply::Reply},
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
pub(crate) struct Chunk<T> {
    pub(crate) calls: T,
    pub(crate) slots: Slots,
}

impl<T: Together> Chunk<T> {
    /// Takes calls that fit; each is begun by `begin`, behind what that is lent.
    pub(crate) fn fill<B: Piped<A, R>, A, R>(
        begin: impl Fn(Option<Packed>) -> Call,
        calls: &mut impl Iterator<Item = A>,
        most: usize,
    ) -> Self {
        let mut chunk = Self {
            calls: T::default(),
            slots: Slots::new(),
        };
        let mut bytes = 0;
        while chunk.slots.len() < most && bytes < BYTES {
            let Some(arguments) = calls.next() else {
                break;
            };
            let mut call = begin(chunk.calls.lend());
            let error = B::encode(arguments, &mut call).err();
            bytes += chunk.calls.join(call, error.is_none());
            chunk.slots.push_back(error);
        }
        chunk
    }

    /// Tells whether nothing of it can be sent.
    pub(super) fn is_unsendable(&self) -> bool {
        self.slots.iter().all(Option::is_some)
    }
}
