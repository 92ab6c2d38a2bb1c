//! A cluster that the user may not ask about.

use redis::{Cmd, ServerError, Value};

use crate::{
    error::Error,
    server::value::{field, raw_text, text},
};

/// Returns the error by which a server keeps its cluster to itself, if the reply is that.
pub(crate) fn denial(reply: &Value) -> Option<&ServerError> {
    match reply {
        Value::ServerError(error) if error.code() == "NOPERM" => Some(error),
        _ => None,
    }
}

/// Makes the command by which every user can tell a node of a cluster from a server that is
/// alone (Redis documentation, `HELLO`).
pub(crate) fn question() -> Cmd {
    redis::cmd("HELLO")
}

/// Tells whether the reply to the [`question`] is that of a node of a cluster.
pub(crate) fn is_node(properties: &Value) -> bool {
    field(properties, "mode").and_then(text) == Some("cluster")
}

/// Refuses to take a node of a cluster for a server that is alone: gears would be registered on
/// one shard of many.
pub(crate) fn refusal(denial: &ServerError) -> Error {
    Error::refused(
        "the server is a node of a cluster, and this user may not ask who else is in it: give it \
         the right with ACL SETUSER <name> +cluster|slots, or connect as somebody who has it",
    )
    .with_reply(&raw_text(denial))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(resp: &str) -> Value {
        redis::parse_redis_value(resp.as_bytes()).unwrap()
    }

    #[test]
    fn a_node_says_so_in_both_protocols() {
        assert!(is_node(&reply("*2\r\n$4\r\nmode\r\n$7\r\ncluster\r\n")));
        assert!(is_node(&reply("%1\r\n$4\r\nmode\r\n$7\r\ncluster\r\n")));
        assert!(!is_node(&reply(
            "*2\r\n$4\r\nmode\r\n$10\r\nstandalone\r\n"
        )));
        assert!(!is_node(&reply("-ERR unknown command 'HELLO'\r\n")));
    }

    #[test]
    fn what_is_refused_names_the_right() {
        let denied = reply("-NOPERM User ada has no permissions to run 'cluster|slots'\r\n");
        let error = refusal(denial(&denied).unwrap());
        assert!(error.is_permission(), "{error}");
        assert!(error.to_string().contains("+cluster|slots"), "{error}");
        assert!(
            denial(&reply(
                "-ERR This instance has cluster support disabled\r\n"
            ))
            .is_none()
        );
    }
}
