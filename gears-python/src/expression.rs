use std::thread;

use crate::body::Body;
use crate::builtin;
use crate::diagnostic::Diagnostic;
use crate::gear_builtin;
use crate::parser;
use crate::suggestion::nearest;
use crate::version::PythonVersion;

/// The most that one expression may hold.
const LARGEST: usize = 1 << 16;

/// Stack for the parser: room for the deepest nesting that it lets through, in a debug build.
const STACK: usize = 64 << 20;

/// How many unknown names are told at once.
const TOLD: usize = 5;

/// What is known about an expression that parses.
///
/// # Examples
///
/// ```
/// use gears_python::{Body, Origin, PythonVersion, check_expression};
///
/// let body = Body::new("lambda key: cmd.get(prefix + key)", Origin::exact("src/lib.rs", 7, 9));
/// let expression = check_expression(&body, PythonVersion::DEFAULT, &["prefix"]).unwrap();
/// assert!(expression.uses_cmd() && expression.reads("prefix") && !expression.reads("key"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expression {
    pub(crate) lambda: Option<Arity>,
    pub(crate) uses_cmd: bool,
    pub(crate) reads: Vec<(String, usize)>,
}

/// How many arguments a lambda takes.
///
/// # Examples
///
/// ```
/// use gears_python::{Arity, Body, Origin, PythonVersion, check_expression};
///
/// let body = Body::new("lambda first, *rest: first", Origin::exact("src/lib.rs", 7, 9));
/// let expression = check_expression(&body, PythonVersion::DEFAULT, &[]).unwrap();
/// assert_eq!(expression.lambda(), Some(Arity { least: 1, most: None }));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arity {
    /// The fewest.
    pub least: usize,
    /// The most; `None` when there is a `*args`.
    pub most: Option<usize>,
}

impl Expression {
    /// Returns how many arguments it takes, if it is a `lambda`; of anything else only a running Python knows.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_python::{Body, Origin, PythonVersion, check_expression};
    ///
    /// let lambda = |text| {
    ///     let body = Body::new(text, Origin::exact("src/lib.rs", 7, 9));
    ///     check_expression(&body, PythonVersion::DEFAULT, &[]).unwrap().lambda()
    /// };
    /// assert_eq!(lambda("lambda a, b=1: a").unwrap().most, Some(2));
    /// assert_eq!(lambda("str.upper"), None);
    /// ```
    pub fn lambda(&self) -> Option<Arity> {
        self.lambda
    }

    /// Returns whether the global `cmd` is read.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_python::{Body, Origin, PythonVersion, check_expression};
    ///
    /// let body = Body::new("lambda cmd: cmd.upper()", Origin::exact("src/lib.rs", 7, 9));
    /// let expression = check_expression(&body, PythonVersion::DEFAULT, &[]).unwrap();
    /// assert!(!expression.uses_cmd(), "it is the parameter");
    /// ```
    pub fn uses_cmd(&self) -> bool {
        self.uses_cmd
    }

    /// Returns whether a name is read that the expression does not bind itself.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_python::{Body, Origin, PythonVersion, check_expression};
    ///
    /// let body = Body::new("[n * factor for n in range(3)]", Origin::exact("src/lib.rs", 7, 9));
    /// let expression = check_expression(&body, PythonVersion::DEFAULT, &["factor"]).unwrap();
    /// assert!(expression.reads("factor") && expression.reads("range"));
    /// assert!(!expression.reads("n"), "the expression binds it itself");
    /// ```
    pub fn reads(&self, name: &str) -> bool {
        self.reads.iter().any(|(read, _)| read == name)
    }
}

/// Parses a text as one expression in which the names `given` have values, for servers that run `oldest` or a later
/// Python.
///
/// Line ends do not end it: it is read as if it stood in parentheses.
///
/// # Errors
///
/// Returns what is wrong, most telling first: a syntax error, syntax that `oldest` does not know yet, or a name that
/// is neither given nor bound by the expression nor there in every script.
///
/// # Examples
///
/// ```
/// use gears_python::{Body, Origin, PythonVersion, check_expression};
///
/// let body = Body::new("lambda a, r: a + r * factor", Origin::exact("src/lib.rs", 1, 1));
/// let expression = check_expression(&body, PythonVersion::DEFAULT, &["factor"]).unwrap();
/// assert_eq!(expression.lambda().unwrap().least, 2);
/// assert!(expression.reads("factor"));
/// assert!(check_expression(&body, PythonVersion::DEFAULT, &[]).is_err());
/// ```
pub fn check_expression(
    body: &Body,
    oldest: PythonVersion,
    given: &[&str],
) -> Result<Expression, Vec<Diagnostic>> {
    let text = body.text();
    let refuse = |offset, len, message: String, help: Option<String>| {
        Err(vec![body.diagnostic(offset, len, message, help)])
    };
    if text.len() > LARGEST {
        let message = format!(
            "the expression holds {} bytes, more than the {LARGEST} that it may",
            text.len()
        );
        let help = "pass data in as `name = value`".to_owned();
        return refuse(0, 0, message, Some(help));
    }
    if let Some(at) = text.find('\0') {
        let message = "source code cannot contain NUL characters".to_owned();
        return refuse(at, 1, message, None);
    }
    let outcome = thread::scope(|threads| {
        thread::Builder::new()
            .name("gears-python".to_owned())
            .stack_size(STACK)
            .spawn_scoped(threads, || parser::parse_expression(text, oldest, given))
            .map(|parser| parser.join())
    });
    let expression = match outcome {
        Ok(Ok(Ok(expression))) => expression,
        Ok(Ok(Err(problems))) => {
            return Err(problems
                .into_iter()
                .map(|problem| problem.into_diagnostic(body))
                .collect());
        }
        // A fault of the parser must not take the compiler down with it.
        Ok(Err(_)) => {
            let message = "the Python parser gave up on this expression".to_owned();
            return refuse(0, 0, message, None);
        }
        Err(error) => {
            let message = format!("the Python parser could not be started: {error}");
            return refuse(0, 0, message, None);
        }
    };
    let mut unknown: Vec<Diagnostic> = Vec::new();
    let mut told: Vec<&str> = Vec::new();
    for (name, offset) in &expression.reads {
        let name = name.as_str();
        let is_known = gear_builtin::is_builtin(name)
            || builtin::since(name).is_some_and(|version| version <= oldest);
        if is_known || given.contains(&name) || told.contains(&name) {
            continue;
        }
        told.push(name);
        if told.len() > TOLD {
            break;
        }
        let message = format!("`{name}` is not defined here");
        let near = nearest(name, given.iter().copied())
            .or_else(|| nearest(name, gear_builtin::documented()))
            .or_else(|| nearest(name, builtin::always()));
        let pass = format!("pass its value in, like `py!(\"…\", {name} = value)`");
        let help = match near {
            Some(near) => format!("did you mean `{near}`? else {pass}"),
            None => pass,
        };
        unknown.push(body.diagnostic(*offset, name.len(), message, Some(help)));
    }
    if unknown.is_empty() {
        Ok(expression)
    } else {
        Err(unknown)
    }
}
