//! How the text of an error reply is understood.

use redis::{ServerError, Value};

use super::{
    dialect::{Dialect, LOAD_MODULE},
    value::raw_text,
};
use crate::{
    error::{Error, PythonError, RequirementError, UnsupportedError, detail::Detail},
    python::traceback::Traceback,
};

/// How servers begin that know no such trigger.
const UNKNOWN_TRIGGER: &str = "subcommand not found";

/// What servers say that know no such function of their own.
const UNKNOWN_FUNCTION: &str = "Function not found";

fn is_unknown(bare: &str) -> bool {
    bare.starts_with(UNKNOWN_TRIGGER) || bare == UNKNOWN_FUNCTION
}

/// How the answer of gears that run locally begins when something cannot be had there.
const LOCAL: &str = "GEARSLOCAL ";

impl Error {
    /// Reads the error reply of a call of `trigger`, or of a script when that is empty.
    pub(crate) fn from_server(error: &ServerError, trigger: &str, requirements: &[&str]) -> Self {
        Self::from_raw(&raw_text(error), trigger, requirements)
    }

    /// Reads the text of an error that Python or the server wrote.
    pub(crate) fn from_raw(raw: &str, trigger: &str, requirements: &[&str]) -> Self {
        Self::new(Detail::from_raw(raw, trigger, requirements)).with_reply(raw)
    }

    /// Reads the error reply to a command that runs no Python.
    pub(crate) fn from_command(raw: &str, command: &str) -> Self {
        Self::new(Detail::from_refusal(raw, command)).with_reply(raw)
    }
}

impl Detail {
    /// Tells what a refusal of a command that runs no Python is about.
    fn from_refusal(raw: &str, command: &str) -> Self {
        Self::from_local(raw, "").unwrap_or_else(|| Self::Server {
            message: refusal(raw, command),
        })
    }

    /// Reads what gears that run locally say they do not have.
    fn from_local(raw: &str, trigger: &str) -> Option<Self> {
        let what = raw.strip_prefix(LOCAL)?;
        Some(Self::Unsupported(UnsupportedError {
            feature: match trigger {
                "" => what.to_owned(),
                trigger => format!("{what} (`{trigger}`)"),
            },
            server: "gears that run locally".to_owned(),
            remedy: "use a server with the module, such as `embedded::Server::start()`, or leave \
                     the gear out with `register_where`",
        }))
    }

    /// Tells from its text alone what an error reply is about.
    fn from_raw(raw: &str, trigger: &str, requirements: &[&str]) -> Self {
        if let Some(detail) = Self::from_local(raw, trigger) {
            return detail;
        }
        let bare = raw.strip_prefix("ERR ").unwrap_or(raw);
        // A shard that refuses what is for all of them says its name.
        let reason = match bare.split_once(": ") {
            Some((shard, reason)) if shard.starts_with("shard-") => reason,
            _ => bare,
        };
        if is_unknown(bare) && !trigger.is_empty() {
            return Self::UnknownTrigger {
                trigger: trigger.to_owned(),
                version: None,
            };
        }
        if bare.to_ascii_lowercase().starts_with("unknown command") {
            return Self::Unsupported(UnsupportedError {
                feature: "running gears".to_owned(),
                server: Dialect::Plain.to_string(),
                remedy: LOAD_MODULE,
            });
        }
        // The misspelt one is what 1.0.6 says.
        let failed = [
            "Could not satisfy requirements",
            "Could not satisfy requirments",
            "Failed installing requirements",
        ];
        if failed.iter().any(|start| reason.starts_with(start)) {
            return Self::Requirement(RequirementError {
                trigger: trigger.to_owned(),
                requirements: requirements.iter().map(|&spec| spec.to_owned()).collect(),
                message: bare.trim_end().to_owned(),
            });
        }
        // Servers put a code before what functions of their own raise.
        if let Some(traceback) = Traceback::parse(raw).or_else(|| Traceback::parse(bare)) {
            return Self::Python(PythonError {
                trigger: trigger.to_owned(),
                traceback: if trigger.is_empty() {
                    traceback.without_helpers()
                } else {
                    traceback.without_machinery()
                },
            });
        }
        if is_server_text(raw) {
            return Self::Server {
                message: raw.trim_end().to_owned(),
            };
        }
        // Plain text without a code is what `flat_error`, a coroutine and
        // `continueFailed` leave of an exception.
        Self::Python(PythonError {
            trigger: trigger.to_owned(),
            traceback: Traceback::flat(raw),
        })
    }
}

/// Tells whether a server knows no trigger by the name that it was asked for.
pub(crate) fn is_unknown_trigger(reply: &Value) -> bool {
    let Value::ServerError(error) = reply else {
        return false;
    };
    let raw = raw_text(error);
    is_unknown(raw.strip_prefix("ERR ").unwrap_or(&raw))
}

/// Says what the server refused, and what to do about it where the text does not tell.
fn refusal(raw: &str, command: &str) -> String {
    let bare = raw.trim_end();
    let advice = ADVICE
        .iter()
        .find(|(said, _)| bare.strip_prefix("ERR ").unwrap_or(bare).starts_with(said));
    match advice {
        Some((_, advice)) => format!("{command}: {bare}; {advice}"),
        None => format!("{command}: {bare}"),
    }
}

/// What to do about refusals whose own text does not say.
const ADVICE: &[(&str, &str)] = &[
    ("execution plan does not exist", GONE),
    ("execution does not exist", GONE),
    ("execution is still running", "wait for it or abort it"),
    (
        "execution is not registered",
        "list what is with RG.DUMPREGISTRATIONS",
    ),
    (
        "execution does not registered",
        "list what is with RG.DUMPREGISTRATIONS",
    ),
    ("no cluster detected", "ask for `Locality::Shard`"),
];

const GONE: &str = "it may have been dropped, or made way for newer ones (setting \
     MaxExecutions), or the server was started again";

/// The codes of errors that a server raises about a command, rather than Python in it.
const CODES: &[&str] = &[
    "-ERR",
    "ASK",
    "BUSY",
    "CLUSTERDOWN",
    "CROSSSLOT",
    "DENIED",
    "ERR",
    "ERRCLUSTER",
    "EXECABORT",
    "LOADING",
    "MASTERDOWN",
    "MISCONF",
    "MOVED",
    "NOAUTH",
    "NOPERM",
    "NOREPLICAS",
    "OOM",
    "READONLY",
    "TRYAGAIN",
    "UNBLOCKED",
    "WRONGPASS",
];

/// How errors without a code start that are not Python's: most of RedisGears' have none.
const UNCODED: &[&str] = &[
    "Can not replace ",
    "Can not run gear",
    "DESCRIPTION is missing",
    "Execution max idle reached",
    "Extra unkown arguments",
    "Failed serializing session",
    "ID is missing",
    "ID must be compose of",
    "REPLACE_WITH is missing",
    "Session ",
    "Unknown arguments were given",
    "failed running the given script",
];

/// Tells whether an error text is the server's own, and not what is left of an exception.
fn is_server_text(raw: &str) -> bool {
    let code = raw.split(' ').next().unwrap_or_default();
    CODES.contains(&code) || UNCODED.iter().any(|start| raw.starts_with(start))
}

#[cfg(test)]
mod tests {
    use crate::error::{Error, ErrorKind};

    fn error(text: &str) -> Error {
        let reply = redis::parse_redis_value(format!("-{text}\r\n").as_bytes()).unwrap();
        match reply {
            redis::Value::ServerError(error) => Error::from_server(&error, "page", &["requests"]),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn texts_are_told_apart() {
        for (text, kind) in [
            ("ERR subcommand not found", ErrorKind::UnknownTrigger),
            ("ERR Function not found", ErrorKind::UnknownTrigger),
            (
                "ERR unknown command 'RG.TRIGGER', with args beginning with: ",
                ErrorKind::Unsupported,
            ),
            (
                "ERR can not run a non-sync execution inside a MULTI/LUA",
                ErrorKind::Server,
            ),
            ("NOPERM this user has no permissions", ErrorKind::Server),
            ("Unknown arguments were given: FOO", ErrorKind::Server),
            (
                "Could not satisfy requirements (look at redis log file)",
                ErrorKind::Requirement,
            ),
            (
                "Could not satisfy requirments, look at the log file",
                ErrorKind::Requirement,
            ),
            (
                "ERR shard-1: Could not satisfy requirements: nowhere",
                ErrorKind::Requirement,
            ),
            (
                "ERR shard-1: the user ada is not known on this shard",
                ErrorKind::Server,
            ),
            (
                "['Traceback (most recent call last):\\n', 'KeyError: 1\\n']",
                ErrorKind::Python,
            ),
            (
                "ERR ['Traceback (most recent call last):\\n', 'KeyError: 1\\n']",
                ErrorKind::Python,
            ),
            (
                "Error type: <class 'TypeError'>, Value: no",
                ErrorKind::Python,
            ),
            ("what flat_error said", ErrorKind::Python),
            ("NOT a code", ErrorKind::Python),
            ("[not a list", ErrorKind::Python),
        ] {
            let error = error(text);
            assert_eq!(error.kind(), kind, "{text}");
            assert_eq!(error.raw(), Some(text));
        }
    }

    #[test]
    fn python_errors_read_like_pythons() {
        let error = error(
            r#"['Traceback (most recent call last):\n', '  File "<string>", line 47, in _gear_call\n', '  File "src/page.rs", line 28, in page\n    return 1/0\n           ~^~\n', 'ZeroDivisionError: division by zero\n']"#,
        );
        insta::assert_snapshot!(error);
        assert_eq!(
            error.python().unwrap().frames()[0].source(),
            Some("return 1/0")
        );
    }

    #[test]
    fn spaces_of_the_text_are_kept() {
        for text in ["ERR", "ERR  two", "a  b ", " x"] {
            assert_eq!(error(text).raw(), Some(text));
        }
    }
}
