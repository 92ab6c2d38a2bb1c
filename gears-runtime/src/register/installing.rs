//! What installs a gear, and whether it did.

use redis::{Cmd, Value};

use crate::{command::catalog, error::Result};

/// Makes the command that runs a script; requirements are last, as every server wants them.
pub(crate) fn pyexecute<'a>(
    source: &str,
    options: &[&str],
    requirements: impl Iterator<Item = &'a str>,
) -> Cmd {
    let mut command = redis::cmd("RG.PYEXECUTE");
    command.arg(source);
    for option in options {
        command.arg(option);
    }
    let mut requirements = requirements.peekable();
    if requirements.peek().is_some() {
        command.arg("REQUIREMENTS");
        for requirement in requirements {
            command.arg(requirement);
        }
    }
    command
}

/// Checks the reply to a script that registers something for `trigger`.
pub(crate) fn check_registered(reply: Value, trigger: &str, requirements: &[&str]) -> Result<()> {
    catalog::executed(reply, trigger, requirements).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{data::Executed, error::ErrorKind};

    fn read(resp: &str) -> Result<Executed> {
        let reply = redis::parse_redis_value(resp.as_bytes()).unwrap();
        catalog::executed(reply, "", &[])
    }

    #[test]
    fn every_shape_is_read() {
        assert_eq!(read("+OK\r\n").unwrap(), Executed::Done);
        let started = read("$3\r\nZ-2\r\n").unwrap();
        assert_eq!(started.id().unwrap().as_str(), "Z-2");
        let run = read("*2\r\n*2\r\n:1\r\n-5\r\n*1\r\n$1\r\ne\r\n")
            .unwrap()
            .into_results();
        assert_eq!((run.results().len(), run.errors().len()), (2, 1));
        assert!(matches!(run.results()[1], Value::ServerError(_)));
    }

    #[test]
    fn refusal_of_a_shard_is_an_error() {
        let error = read("*1\r\n--ERR shard-0: trigger already registered\r\n").unwrap_err();
        assert_eq!(
            error.raw(),
            Some("-ERR shard-0: trigger already registered")
        );
        assert!(error.is_trigger_taken());
        let error = read("*2\r\n-ERR shard-a: it was lost\r\n-ERR shard-b: so was it\r\n");
        let error = error.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Server);
        assert_eq!(
            error.raw(),
            Some("ERR shard-a: it was lost; shard-b: so was it"),
            "all that refuse are named"
        );
    }
}
