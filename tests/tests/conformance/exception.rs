//! The cases that the engine answers differently on purpose.

use crate::case::{Case, Expectation, Step};
use crate::reply::Reply;

/// A case in which one reply is another than RedisGears'.
pub(crate) struct Exception {
    pub(crate) theme: &'static str,
    pub(crate) case: &'static str,
    pub(crate) reason: &'static str,
    servers: Servers,
    /// The step that differs, counted from 1.
    step: usize,
    /// What the engine answers there, written as in the case files; of an error a part, and
    /// only its names where the case compares no more.
    answer: &'static str,
}

/// On which servers a reply differs, by the version of Redis that they are or claim to be.
enum Servers {
    All,
    Before(Version),
}

/// Major and minor number.
pub(crate) type Version = (u32, u32);

impl Servers {
    fn include(&self, version: Version) -> bool {
        match self {
            Self::All => true,
            Self::Before(end) => version < *end,
        }
    }
}

/// Every one of them; each must also stand in `guide/pages/compatibility.md`.
pub(crate) const EXCEPTIONS: &[Exception] = &[
    Exception {
        theme: "results",
        case: "negative-number-as-text",
        reason: "negative numbers stay numbers: the text of -5 is no error reply",
        servers: Servers::All,
        step: 1,
        answer: r#"[["-5"], []]"#,
    },
    Exception {
        theme: "execute",
        case: "no-arguments",
        reason: "a call that forgot its command is an error, not an empty list",
        servers: Servers::All,
        step: 1,
        answer: r#"[[], ["['Traceback (most recent call last):\\n', '  File \"<string>\", line 1, in <lambda>\\n', \"gears.error: execute() needs the name of a command, such as execute('PING')\\n\"]"]]"#,
    },
    Exception {
        theme: "registrations",
        case: "dump-fields-keys",
        reason: "key events that are dropped are counted",
        servers: Servers::All,
        step: 3,
        answer: r#"["mode", null, "numTriggered", null, "numSuccess", null, "numFailures", null, "numAborted", null, "lastRunDurationMS", null, "totalRunDurationMS", null, "avgRunDurationMS", null, "lastError", null, "args", null, "numDropped", null]"#,
    },
    Exception {
        theme: "transactions",
        case: "lua-from-function",
        reason: "before Redis 7.0 a script that writes would crash the server there",
        servers: Servers::Before((7, 0)),
        step: 3,
        answer: r#"{"error": "before Redis 7.0 a sync function cannot run scripts"}"#,
    },
    Exception {
        theme: "runtime",
        case: "configget-builtin-none",
        reason: "scripts get the values of the engine's own settings too",
        servers: Servers::All,
        step: 1,
        answer: r#"[["False"], []]"#,
    },
    Exception {
        theme: "register_keys",
        case: "eventtypes-unknown",
        reason: "an event that never happens is refused: its name is a slip",
        servers: Servers::All,
        step: 1,
        answer: r#"{"error": "no event is called 'bogus'"}"#,
    },
    Exception {
        theme: "register_keys",
        case: "pop-events",
        reason: "the function runs when the command has ended",
        servers: Servers::All,
        step: 5,
        answer: r#"["['k', ['b'], 'lpop']", "['k', None, 'lpop']", "['k', None, 'del']"]"#,
    },
    Exception {
        theme: "register_keys",
        case: "getset-getdel-events",
        reason: "the function runs when the command has ended",
        servers: Servers::All,
        step: 4,
        answer: r#"["['k', 'v', 'keymiss']", "['k', 'v', 'set']", "['k', None, 'del']"]"#,
    },
    Exception {
        theme: "cluster/triggers",
        case: "binary-arg",
        reason: "arguments reach other shards whole",
        servers: Servers::All,
        step: 2,
        answer: r#"["bytearray(b'\\xff\\x00\\xfe\\x80')", "bytearray(b'\\xff\\x00\\xfe\\x80')", "bytearray(b'\\xff\\x00\\xfe\\x80')"]"#,
    },
    Exception {
        theme: "cluster/away",
        case: "busy-is-not-idle",
        reason: "a shard that computes says so, and nobody takes it for gone",
        servers: Servers::All,
        step: 2,
        answer: r#"[["x", "x", "x"], []]"#,
    },
    Exception {
        theme: "cluster/away",
        case: "event-async",
        reason: "an event whose steps all stay on its shard needs no other one",
        servers: Servers::All,
        step: 7,
        answer: r#"["numTriggered", 1, "numSuccess", 1, "numFailures", 0, "numAborted", 0, "lastError", null]"#,
    },
    Exception {
        theme: "cluster/run",
        case: "hashtag3-each",
        reason: "hashtag3() is there in clusters too",
        servers: Servers::All,
        step: 1,
        answer: r#"[["{06S}", "{63n}", "{8M}"], []]"#,
    },
];

/// Makes the exceptions of a theme on a server: what its cases expect is then what the engine
/// answers.
///
/// # Panics
///
/// When an exception is of no case, or none at all because the answer is right.
pub(crate) fn apply(theme: &str, version: Version, cases: &mut [Case]) {
    for exception in EXCEPTIONS {
        if exception.theme != theme || !exception.servers.include(version) {
            continue;
        }
        let place = format!("the exception {theme}/{}", exception.case);
        let step = cases
            .iter_mut()
            .find(|case| case.name == exception.case)
            .and_then(|case| case.steps.get_mut(exception.step.checked_sub(1)?));
        let Some(Step::Exchange(exchange)) = step else {
            panic!("{place} is of no step that checks a reply");
        };
        let answer: Reply = serde_json::from_str(exception.answer)
            .unwrap_or_else(|error| panic!("{place}: {error}"));
        let difference = exchange.expectation.difference(&answer);
        assert!(difference.is_some(), "{place} is none: RedisGears agrees");
        exchange.expectation = match (&exchange.expectation, &answer) {
            (_, Reply::Error(part)) => {
                let part = part.clone();
                Expectation::Error(answer, vec![part])
            }
            (Expectation::Keys(_), _) => Expectation::Keys(answer),
            // What shards answer comes in no order.
            (Expectation::Unordered(_), _) if theme.starts_with("cluster/") => {
                Expectation::Unordered(answer)
            }
            _ => Expectation::Exact(answer),
        };
    }
}
