//! What the nodes of a cluster share and nobody else knows.
//!
//! Redis has such a secret since version 8. Elsewhere each node makes one at random and tells it
//! over the servers' own bus; the smallest of those that were told is everybody's. So it is
//! exactly as trusted as the bus.

use std::sync::Mutex;

use gears_greeting::Secret;
use gears_model::ShardId;
use gears_server::{BusMessages, Context, LogLevel, log};

use crate::cluster;
use crate::ground::poison::unpoisoned;

/// How a secret is told: this, and 32 bytes.
const TELLS: u8 = b's';

static SECRET: Mutex<Option<Secret>> = Mutex::new(None);

/// Returns the secret as far as it is known by now.
///
/// # Errors
///
/// When the system has no random bytes.
pub(super) fn secret(context: &Context) -> Result<Secret, String> {
    if let Some(shared) = context.internal_secret() {
        return Ok(Secret::of(&shared));
    }
    let mut secret = unpoisoned(SECRET.lock());
    if let Some(known) = &*secret {
        return Ok(known.clone());
    }
    let own = Secret::random()?;
    *secret = Some(own.clone());
    Ok(own)
}

/// Tells the other nodes the secret, where the servers do not do so themselves.
pub(super) fn tell(context: &Context) {
    if context.internal_secret().is_some() {
        return;
    }
    match secret(context) {
        Ok(secret) => {
            let mut message = vec![TELLS];
            message.extend(secret.bytes());
            context.tell_nodes(&message);
        }
        Err(error) => log(
            LogLevel::Warning,
            &format!("there is no secret for the links to other shards: {error}"),
        ),
    }
}

/// Listens to the secrets of others.
pub(crate) struct Listener;

impl BusMessages for Listener {
    fn receive(context: &Context, sender: &[u8], message: &[u8]) {
        let is_member = ShardId::parse(sender)
            .is_some_and(|sender| cluster::topology(context).is_some_and(|all| all.has(sender)));
        let Some((&TELLS, told)) = message.split_first() else {
            return;
        };
        if !is_member || told.len() != 32 {
            return;
        }
        let told = Secret::of(told);
        let mut secret = unpoisoned(SECRET.lock());
        if secret.as_ref().is_none_or(|known| told < *known) {
            *secret = Some(told);
        }
    }
}
