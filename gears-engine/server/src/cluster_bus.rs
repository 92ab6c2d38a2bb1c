//! Messages of a few bytes to the other nodes of a cluster, over the bus that the servers have
//! between each other (Redis documentation, `RedisModule_SendClusterMessage`).
//!
//! They may be lost, and a large one stops the node that gets it: nothing that matters goes
//! this way but what is told again.

use std::os::raw::c_char;
use std::slice;

use crate::{Context, Loading, LogLevel, api, log, raw};
use crate::{boundary, held};

/// Of all messages between modules, which ones are ours. Redis gives no module a number of its
/// own, and 255 is refused by some servers.
const TYPE: u8 = 103;

/// How many bytes a message may have.
const LONGEST: usize = 64;

/// How long the name of a node is.
const NAME: usize = 40;

/// What becomes of messages of other nodes.
pub trait BusMessages {
    /// A node tells something.
    fn receive(context: &Context, sender: &[u8], message: &[u8]);
}

impl Loading<'_> {
    /// Has the server bring the messages of other nodes; on a server that is alone, none come.
    pub fn bus_messages<B: BusMessages>(&self) {
        if !self.0.is_in_cluster() {
            return;
        }
        // SAFETY: the context is live and the callback lives as long as the module.
        unsafe {
            api!(RedisModule_RegisterClusterMessageReceiver(
                self.0.raw(),
                TYPE,
                Some(receive::<B>)
            ));
        }
    }
}

impl Context {
    /// Tells all other nodes something; nobody says whether they have heard it.
    ///
    /// # Panics
    ///
    /// When the message has more than 64 bytes, which is a mistake of ours.
    pub fn tell_nodes(&self, message: &[u8]) {
        assert!(message.len() <= LONGEST, "the bus is for short messages");
        let length = message.len() as u32;
        // SAFETY: the context is live; the server copies as many bytes as are told. Without a
        // target the message goes to all nodes.
        unsafe {
            api!(RedisModule_SendClusterMessage(
                self.raw(),
                std::ptr::null(),
                TYPE,
                message.as_ptr().cast::<c_char>(),
                length,
            ));
        }
    }

    /// Returns what all nodes of the cluster share and no client can ask for; nothing where the
    /// server has no such thing (before Redis 8, and Valkey).
    pub fn internal_secret(&self) -> Option<Vec<u8>> {
        let mut length = 0;
        // SAFETY: looking at an optional function pointer that the server wrote before; the
        // context is live, and the server writes the length of what it returns.
        unsafe {
            let secret = raw::RedisModule_GetInternalSecret?(self.raw(), &raw mut length);
            if secret.is_null() {
                return None;
            }
            Some(slice::from_raw_parts(secret.cast::<u8>(), length).to_vec())
        }
    }
}

unsafe extern "C" fn receive<B: BusMessages>(
    context: *mut raw::RedisModuleCtx,
    sender: *const c_char,
    _: u8,
    payload: *const u8,
    length: u32,
) {
    let done = boundary::shield(|| {
        if sender.is_null() || payload.is_null() || length as usize > LONGEST {
            return;
        }
        // SAFETY: the server calls this on its main thread with a live context, the name of a
        // node, which has no end of its own, and a payload of that many bytes.
        let (context, sender, message) = unsafe {
            (
                Context::new(context),
                slice::from_raw_parts(sender.cast::<u8>(), NAME),
                slice::from_raw_parts(payload, length as usize),
            )
        };
        let _held = held::enter(&context);
        B::receive(&context, sender, message);
    });
    if let Err(panic) = done {
        log(LogLevel::Warning, &panic);
    }
}
