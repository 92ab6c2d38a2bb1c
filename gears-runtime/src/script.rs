//! A script for `RG.PYEXECUTE`, and what the server answers to one.

use std::borrow::Cow;

use redis::{Cmd, Value};

use crate::{
    error::{Error, Result},
    gears::Gears,
    server::text,
};

/// Holds Python source to run on a server, with the requirements it needs.
///
/// This is the level below `#[gear_command]`: text goes to the server as it
/// is. Never build the source from values that came from outside; pass those
/// as arguments of a gear.
///
/// # Examples
///
#[cfg_attr(feature = "embedded", doc = "```")]
#[cfg_attr(not(feature = "embedded"), doc = "```text")]
/// use gears_runtime::{Gears, Script, embedded};
///
/// # fn main() -> gears_runtime::Result<()> {
/// let server = embedded::Server::start()?;
/// let gears = Gears::connect(server.url())?;
/// let counted = gears.execute(&Script::from_source("GB().count().run()"))?;
/// assert!(counted.results().is_empty(), "there are no keys to count");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    source: Cow<'static, str>,
    requirements: Vec<String>,
}

impl Script {
    /// Makes a script of Python source.
    pub fn from_source(source: impl Into<Cow<'static, str>>) -> Self {
        Self {
            source: source.into(),
            requirements: Vec::new(),
        }
    }

    /// Adds Python packages to install first, as pip spells them.
    #[must_use]
    pub fn requirements<S: Into<String>>(
        mut self,
        requirements: impl IntoIterator<Item = S>,
    ) -> Self {
        self.requirements
            .extend(requirements.into_iter().map(Into::into));
        self
    }

    /// Returns the source.
    pub fn source(&self) -> &str {
        &self.source
    }

    fn command(&self) -> Cmd {
        pyexecute(
            &self.source,
            &[],
            self.requirements.iter().map(String::as_str),
        )
    }

    fn read(&self, reply: Value) -> Result<Execution> {
        let requirements: Vec<&str> = self.requirements.iter().map(String::as_str).collect();
        Execution::from_reply(reply, "", &requirements)
    }
}

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

/// Holds what came of a script.
#[derive(Clone, Debug, PartialEq, Default)]
#[non_exhaustive]
pub struct Execution {
    results: Vec<Value>,
    errors: Vec<Value>,
    id: Option<String>,
}

impl Execution {
    /// Reads a reply by its shape alone, which is all that servers of all versions agree on.
    pub(crate) fn from_reply(reply: Value, trigger: &str, requirements: &[&str]) -> Result<Self> {
        match reply {
            Value::ServerError(error) => Err(Error::from_server(&error, trigger, requirements)),
            Value::Okay => Ok(Self::default()),
            Value::Array(mut parts) => {
                if let Some(Value::ServerError(error)) = parts
                    .iter()
                    .find(|part| matches!(part, Value::ServerError(_)))
                {
                    // One shard or more refused what the others took.
                    return Err(Error::from_server(error, trigger, requirements));
                }
                match (parts.pop(), parts.pop(), parts.is_empty()) {
                    (Some(Value::Array(errors)), Some(Value::Array(results)), true) => Ok(Self {
                        results,
                        errors,
                        id: None,
                    }),
                    (last, _, _) => Err(Error::unexpected(
                        "strange reply to RG.PYEXECUTE",
                        &last.unwrap_or_default(),
                    )),
                }
            }
            other => match text(&other) {
                Some(id) => Ok(Self {
                    id: Some(id.to_owned()),
                    ..Self::default()
                }),
                None => Err(Error::unexpected("strange reply to RG.PYEXECUTE", &other)),
            },
        }
    }

    /// Returns the results of the script's `run()`, as they came.
    ///
    /// An error among them is a result, such as a negative number on RedisGears.
    pub fn results(&self) -> &[Value] {
        &self.results
    }

    /// Returns the errors that the script's `run()` recorded.
    pub fn errors(&self) -> &[Value] {
        &self.errors
    }

    /// Returns the id of an execution that goes on in the background.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }
}

impl Gears {
    /// Runs a script and waits until it is done.
    ///
    /// # Errors
    ///
    /// [`Python`](crate::ErrorKind::Python) when the script raises,
    /// [`Requirement`](crate::ErrorKind::Requirement) when a package cannot be installed, and
    /// what a connection can have. Errors of single records are in [`Execution::errors`].
    pub fn execute(&self, script: &Script) -> Result<Execution> {
        let mut replies = self.pipeline(&[script.command()], "running a script")?;
        script.read(replies.pop().unwrap_or_default())
    }

    /// Runs a script and awaits its end.
    ///
    /// # Errors
    ///
    /// As [`execute`](Self::execute).
    #[cfg(feature = "aio")]
    pub async fn execute_async(&self, script: &Script) -> Result<Execution> {
        let commands = vec![script.command()];
        let mut replies = self.pipeline_async(commands, "running a script").await?;
        script.read(replies.pop().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(resp: &str) -> Result<Execution> {
        let reply = redis::parse_redis_value(resp.as_bytes()).unwrap();
        Execution::from_reply(reply, "", &[])
    }

    #[test]
    fn every_shape_is_read() {
        assert_eq!(read("+OK\r\n").unwrap(), Execution::default());
        assert_eq!(read("$3\r\nZ-2\r\n").unwrap().id(), Some("Z-2"));
        let run = read("*2\r\n*2\r\n:1\r\n-5\r\n*1\r\n$1\r\ne\r\n").unwrap();
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
    }
}
