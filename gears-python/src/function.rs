use crate::body::Body;
use crate::checker::Checker;
use crate::diagnostic::Diagnostic;
use crate::scope::Scope;
use crate::version::PythonVersion;

/// What is known about a body that parses.
///
/// # Examples
///
/// ```
/// use gears_python::{Body, Origin, PythonVersion, check};
///
/// let body = Body::new("return cmd.get(key)", Origin::exact("src/lib.rs", 7, 9));
/// let function = check(&body, PythonVersion::DEFAULT, &["key"]).unwrap();
/// assert!(function.uses_cmd() && function.can_return_value() && !function.is_coroutine());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    coroutine: bool,
    uses_cmd: bool,
    can_return_value: bool,
    pub(crate) missing_return: Option<Diagnostic>,
}

impl Function {
    pub(crate) fn of(scope: &Scope) -> Self {
        Self {
            coroutine: scope.awaits.is_some(),
            uses_cmd: scope.reads_global("cmd"),
            can_return_value: scope.returns_something
                || scope.yields.is_some()
                || scope.ends_raising,
            missing_return: None,
        }
    }

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

    /// Returns what is wrong if the caller wants a value of every call: a way through the function that ends without
    /// one, though another one has a value.
    ///
    /// Only the caller knows whether `None` will do.
    pub fn missing_return(&self) -> Option<&Diagnostic> {
        self.missing_return.as_ref()
    }
}

/// Parses a body as the inside of a `def` with those parameters, for servers that run `oldest` or a later Python; of
/// the [rules](crate::Rule) it knows nothing, those are for a [`Checker`].
///
/// # Errors
///
/// Returns what is wrong, most telling first: a syntax error, syntax that `oldest` does not know yet (with the
/// version that does), or a breach of what Python checks before it runs anything (`break` outside of a loop,
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
    let report = Checker::new(oldest)
        .parameters(parameters)
        .syntax_only()
        .check(body);
    let (function, diagnostics) = report.into_parts();
    function.ok_or(diagnostics)
}
