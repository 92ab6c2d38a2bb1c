use std::thread;

use crate::body::Body;
use crate::diagnostic::Diagnostic;
use crate::parser;
use crate::version::PythonVersion;

/// The most that one body may hold. A gear is a function, and all of it travels to the server.
const LARGEST: usize = 1 << 20;

/// Stack for the parser: room for the deepest nesting that it lets through, in a debug build.
const STACK: usize = 64 << 20;

/// How many problems are told at once.
const TOLD: usize = 5;

/// What is known about a body that parses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    coroutine: bool,
    uses_cmd: bool,
    can_return_value: bool,
}

impl Function {
    /// Returns whether something is awaited in the function itself, so that it has to be an `async def`.
    pub fn is_coroutine(&self) -> bool {
        self.coroutine
    }

    /// Returns whether the global `cmd` is read: the name, not a parameter or local of that name.
    pub fn uses_cmd(&self) -> bool {
        self.uses_cmd
    }

    /// Returns whether a call can end in anything else than `None` or an exception that it surely raises.
    ///
    /// `false` is a promise: there is no `return` with a value but `None`, no `yield`, and the function does not
    /// end by raising (as a function does that has yet to be written).
    pub fn can_return_value(&self) -> bool {
        self.can_return_value
    }
}

/// Parses a body as the inside of a `def` with those parameters, for servers that run `oldest` or a later Python.
///
/// # Errors
///
/// Returns what is wrong, most telling first: a syntax error, syntax that `oldest` does not know yet (with the
/// version that does), or a breach of a rule that Python checks before it runs anything (`break` outside of a loop,
/// `nonlocal` without a binding, a parameter declared `global`).
///
/// # Examples
///
/// ```
/// use gears_python::{Body, Origin, PythonVersion, check};
///
/// let body = Body::new("return await cmd.get(key)", Origin::exact("src/lib.rs", 1, 1));
/// let function = check(&body, PythonVersion::DEFAULT, &["key"]).unwrap();
/// assert!(function.is_coroutine());
/// assert!(function.uses_cmd());
/// ```
pub fn check(
    body: &Body,
    oldest: PythonVersion,
    parameters: &[&str],
) -> Result<Function, Vec<Diagnostic>> {
    let text = body.text();
    if text.len() > LARGEST {
        return Err(vec![body.diagnostic(
            0,
            0,
            format!(
                "the body holds {} bytes, more than the {LARGEST} that it may",
                text.len()
            ),
            Some("move data out of the function".to_owned()),
        )]);
    }
    if let Some(at) = text.find('\0') {
        let message = "source code cannot contain NUL characters";
        return Err(vec![body.diagnostic(at, 1, message.to_owned(), None)]);
    }
    let outcome = thread::scope(|threads| {
        thread::Builder::new()
            .name("gears-python".to_owned())
            .stack_size(STACK)
            .spawn_scoped(threads, || parser::parse(text, oldest, parameters))
            .map(|parser| parser.join())
    });
    let problem = match outcome {
        Ok(Ok(Ok(scope))) => {
            return Ok(Function {
                coroutine: scope.awaits,
                uses_cmd: scope.reads_global("cmd"),
                can_return_value: scope.returns_something || scope.yields || scope.ends_raising,
            });
        }
        Ok(Ok(Err(problems))) => {
            return Err(problems
                .into_iter()
                .take(TOLD)
                .map(|problem| {
                    body.diagnostic(problem.offset, problem.len, problem.message, problem.help)
                })
                .collect());
        }
        // A fault of the parser must not take the compiler down with it.
        Ok(Err(_)) => "the Python parser gave up on this body".to_owned(),
        Err(error) => format!("the Python parser could not be started: {error}"),
    };
    Err(vec![body.diagnostic(0, 0, problem, None)])
}
