//! Why there is no link, in words that say what to do.

use std::time::Duration;

use redis::RedisError;

use crate::{Access, Peer};

/// So much of what a peer says is told on.
const LONGEST: usize = 300;

/// Why a connection failed.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) text: String,
    /// Whether it is the same again until somebody changes what this node or the peer was set up
    /// with.
    pub(crate) is_refusal: bool,
}

impl Failure {
    /// Makes one that stays until somebody changes something.
    pub(crate) fn refusal(text: String) -> Self {
        Self {
            text,
            is_refusal: true,
        }
    }
}

impl From<String> for Failure {
    fn from(text: String) -> Self {
        Self {
            text,
            is_refusal: false,
        }
    }
}

/// What a peer was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Login,
    Hello,
    Prove,
    Frame,
}

impl Step {
    fn words(self) -> &'static str {
        match self {
            Self::Login => "to log in",
            Self::Hello => "to greet",
            Self::Prove => "to prove the secret",
            Self::Frame => "to take a frame",
        }
    }
}

/// Says what a peer answered in place of what it was asked for.
pub(crate) fn refused(step: Step, peer: &Peer, access: &Access, error: &RedisError) -> Failure {
    let at = describe(peer);
    let said = shorten(&said(error));
    let user = user(access);
    let is_login = step == Step::Login;
    Failure::refusal(match error.code() {
        Some("LOADING") => {
            return format!("{at} still loads its data; it is tried again until that is done")
                .into();
        }
        Some("MASTERDOWN" | "READONLY") => {
            return format!(
                "{at} is a replica now ({said}); the link ends when the cluster agrees on that, \
                 see CLUSTER NODES"
            )
            .into();
        }
        Some("WRONGPASS") if is_login && access.is_internal => {
            return format!(
                "{at} and this node do not share the secret of their servers (yet); it is told over \
                 the cluster bus, so look whether CLUSTER NODES calls them connected. It is tried \
                 again"
            )
            .into();
        }
        Some("NOAUTH") => format!(
            "{at} wants a login, and none is set: set ClusterUser and ClusterPassword of the \
             gears module, or masteruser and masterauth of the server, on this node"
        ),
        Some("NOPERM") => format!(
            "user {user} may not do that at {at} ({said}): allow it the commands rg.hello and \
             rg.innermsgcommand there, such as by ACL SETUSER {user} +rg.hello +rg.innermsgcommand"
        ),
        Some(_) if is_login => format!(
            "{at} refuses the login of user {user} ({said}): set ClusterUser and ClusterPassword of \
             the gears module, or masteruser and masterauth of the server, to what that node accepts"
        ),
        // The server has no code for these.
        Some("ERR")
            if said.contains("unknown command") || said.contains("wrong number of arguments") =>
        {
            format!(
                "{at} has no gears engine, or one that knows no links: load the module there, in the \
                 version that this node has"
            )
        }
        _ => return format!("{at} refuses {}: {said}", step.words()).into(),
    })
}

/// Says that a peer answers something that is no answer to what it was asked for.
pub(crate) fn no_answer(step: Step, peer: &Peer) -> String {
    format!(
        "{} was asked {} and answers something else: load the same version of the gears module \
         there as on this node",
        describe(peer),
        step.words()
    )
}

/// Says that something took too long.
pub(crate) fn too_slow(what: &str, peer: &Peer, limit: Duration) -> String {
    format!(
        "{} did not {what} within {} ms; look whether it runs, whether something keeps it busy, and \
         whether a firewall lets this node in",
        describe(peer),
        limit.as_millis()
    )
}

/// Names a peer.
pub(crate) fn describe(peer: &Peer) -> String {
    format!("shard {} ({})", peer.id, peer.address())
}

/// Cuts what a peer said to what fits in a line.
pub(crate) fn shorten(said: &str) -> String {
    match said.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &said[..end]),
        None => said.to_owned(),
    }
}

/// Returns the words of the server itself.
fn said(error: &RedisError) -> String {
    match (error.code(), error.detail()) {
        (Some("ERR"), Some(detail)) => detail.to_owned(),
        (Some(code), Some(detail)) => format!("{code} {detail}"),
        (Some(code), None) => code.to_owned(),
        _ => error.to_string(),
    }
}

fn user(access: &Access) -> String {
    match &access.login {
        Some((user, _)) if !user.is_empty() => user.escape_ascii().to_string(),
        _ => "default".to_owned(),
    }
}
