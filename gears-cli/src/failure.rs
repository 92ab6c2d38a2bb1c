//! What can go wrong, with an exit code and what to do about it.

use std::{fmt, io, process::ExitCode};

use gears_runtime::{Error, ErrorKind};

use crate::{output::Output, place::ScriptName};

/// The result of a command.
pub(crate) type Result<T = (), E = Failure> = std::result::Result<T, E>;

/// Says how the process ends; `guide/pages/cli.md` promises these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    /// All went well.
    Success = 0,
    /// The Python, or a part of the work, failed.
    Failed = 1,
    /// The command line or a file makes no sense.
    Usage = 2,
    /// The server could not be reached, or did not let us in.
    Connection = 3,
    /// The server refused, or lacks what was asked for.
    Server = 4,
    /// Somebody interrupted.
    Interrupted = 130,
}

impl From<Code> for ExitCode {
    fn from(code: Code) -> Self {
        Self::from(code as u8)
    }
}

/// Says why a command failed.
#[derive(Debug)]
pub(crate) struct Failure {
    code: Code,
    message: String,
    advice: Option<String>,
    /// Trying again helps only when somebody changes something.
    lasting: bool,
    /// Another registration has the trigger that a script wants.
    trigger_taken: bool,
}

impl Failure {
    /// Makes a failure that ends the process with this code.
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            advice: None,
            lasting: false,
            trigger_taken: false,
        }
    }

    /// Says that the command line or a file makes no sense.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Code::Usage, message)
    }

    /// Says that the server refused, or lacks what was asked for.
    pub(crate) fn server(message: impl Into<String>) -> Self {
        Self::new(Code::Server, message)
    }

    /// Ends the process with this code and says nothing: all was said already.
    pub(crate) fn silent(code: Code) -> Self {
        Self::new(code, "")
    }

    /// Adds what to do about it.
    #[must_use]
    pub(crate) fn advice(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }

    /// Says which server it was that could not be reached.
    #[must_use]
    pub(crate) fn at(mut self, server: &str) -> Self {
        if self.code == Code::Connection {
            self.message = format!("{server}: {}", self.message);
        }
        self
    }

    /// Says what it was about.
    #[must_use]
    pub(crate) fn about(mut self, what: &str) -> Self {
        self.message = format!("{what}: {}", self.message);
        self
    }

    /// Names the file of a script in its traceback.
    #[must_use]
    pub(crate) fn in_script(mut self, script: &ScriptName) -> Self {
        self.message = script.place(&self.message);
        self
    }

    /// Says what came of it.
    #[must_use]
    pub(crate) fn and(mut self, what: &str) -> Self {
        self.message = format!("{}\n{what}", self.message.trim_end());
        self
    }

    /// Returns what went wrong, and what to do about it.
    pub(crate) fn parts(&self) -> (&str, Option<&str>) {
        (&self.message, self.advice.as_deref())
    }

    /// Returns the exit code.
    pub(crate) fn code(&self) -> Code {
        self.code
    }

    /// Says that trying again does not help.
    #[must_use]
    fn lasting(mut self) -> Self {
        self.lasting = true;
        self
    }

    /// Tells whether a server that could not be reached will not be reached later either: it is
    /// the password or a certificate that is wrong.
    pub(crate) fn is_lasting(&self) -> bool {
        self.lasting
    }

    /// Tells whether another registration has the trigger that a script wants.
    pub(crate) fn is_trigger_taken(&self) -> bool {
        self.trigger_taken
    }

    /// Returns what to do about it.
    pub(crate) fn help(&self) -> Option<&str> {
        self.advice.as_deref()
    }

    /// Returns what went wrong.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// Tells people, on the standard error.
    pub(crate) fn print(&self, output: &Output) {
        if !self.message.is_empty() {
            output.error(&self.message);
        }
        if let Some(advice) = &self.advice {
            output.advice(advice);
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.advice {
            Some(advice) => write!(f, "; {advice}"),
            None => Ok(()),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let message = error.to_string();
        // Whoever is let in at all gets another code.
        if error.is_auth() {
            return Self::new(Code::Connection, message)
                .advice("give --user and --pass, or set GEARS_USER and GEARS_PASSWORD")
                .lasting();
        }
        if error.is_permission() {
            let advice = lacking_right(&message);
            return Self::server(message).advice(advice);
        }
        let trigger_taken = error.is_trigger_taken();
        let failure = match error.kind() {
            ErrorKind::Python
            | ErrorKind::Deadline
            | ErrorKind::Requirement
            | ErrorKind::Decode => Self::new(Code::Failed, message),
            ErrorKind::Connection if error.is_tls() => Self::new(Code::Connection, message)
                .advice(
                    "--cacert names the certificates to trust, and --insecure trusts any; \
                         leave TLS out if the server does not speak it",
                )
                .lasting(),
            ErrorKind::Connection => Self::new(Code::Connection, message).advice(
                "is the server running there? `gears serve` starts one, and -h, -p, -s or -u \
                 name another",
            ),
            ErrorKind::Timeout => Self::new(Code::Connection, message),
            ErrorKind::Configuration | ErrorKind::Encode => Self::new(Code::Usage, message),
            _ => Self::new(Code::Server, message),
        };
        Self {
            trigger_taken,
            ..failure
        }
    }
}

/// Says what to do where a user may not do something.
pub(crate) fn lacking_right(message: &str) -> String {
    let doctor = "`gears doctor` tells all that this user may not do";
    // Servers quote the command, and say of keys and channels only that they are refused.
    let refusal = message
        .split_once("NOPERM")
        .map_or("", |(_, refusal)| refusal);
    match refusal.split('\'').nth(1) {
        Some(command) => {
            format!("somebody who may has to allow it: `ACL SETUSER <user> +{command}`; {doctor}")
        }
        None => doctor.to_owned(),
    }
}

/// A closed pipe ends the process quietly: whoever read has seen enough.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            Self::silent(Code::Success)
        } else {
            Self::new(
                Code::Failed,
                format!("the output cannot be written: {error}"),
            )
        }
    }
}
