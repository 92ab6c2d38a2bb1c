//! Users that may do some things only.

use std::io::Result;

use crate::client::Client;

/// Each with its rights; the password of all is `secret`.
const USERS: [(&str, &[&str]); 6] = [
    ("keys", &["~k*", "+@all"]),
    ("reader", &["~*", "+@read", "+@connection"]),
    (
        "caller",
        &["~k*", "+rg.trigger", "+rg.triggeronkey", "+get"],
    ),
    (
        "author",
        &["~k*", "+rg.pyexecute", "+rg.unregister", "+set"],
    ),
    // Some of what the engine sends to itself, and nothing of what it is about.
    (
        "inner",
        &[
            "~k*",
            "-@all",
            "+rg.innerhook",
            "+rg.innerregister",
            "+eval",
            "+multi",
            "+exec",
        ],
    ),
    ("nobody", &["-@all"]),
];

pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    USERS.iter().map(|(name, _)| *name)
}

pub(crate) fn create(client: &mut Client) -> Result<()> {
    for (name, rights) in USERS {
        client.must(&["ACL", "SETUSER", name, "reset", "on", ">secret"])?;
        for right in rights {
            // A server alone does not know commands of the engine.
            client.text(&["ACL", "SETUSER", name, right])?;
        }
    }
    Ok(())
}
