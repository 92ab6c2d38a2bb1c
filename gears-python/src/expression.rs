use crate::body::Body;
use crate::breach;
use crate::builtin;
use crate::checker::{Checker, run, tell};
use crate::diagnostic::Diagnostic;
use crate::flow::Flow;
use crate::gear_builtin;
use crate::help::Help;
use crate::parser::{self, Sole};
use crate::problem::Problem;
use crate::resolution::Surroundings;
use crate::rule::{Level, Rule};
use crate::suggestion::nearest;
use crate::version::PythonVersion;
use crate::word;

/// The most that one expression may hold.
const LARGEST: usize = 1 << 16;

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
    pub fn lambda(&self) -> Option<Arity> {
        self.lambda
    }

    /// Returns whether the global `cmd` is read.
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
/// Line ends do not end it: it is read as if it stood in parentheses. Of the [rules](Rule) those count that are errors;
/// [`Checker::check_expression`] knows the others.
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
    let (expression, mut told) = Checker::new(oldest)
        .parameters(given)
        .check_expression(body);
    told.retain(|diagnostic| diagnostic.level() == Level::Error);
    match expression {
        Some(expression) if told.is_empty() => Ok(expression),
        _ => Err(told),
    }
}

impl Checker<'_> {
    /// Checks a text as one expression, in which the [parameters](Self::parameters) have values.
    ///
    /// Returns what is known about it, unless it is no expression, and what is wrong. Which values go unused is the
    /// caller's to tell, with [`Expression::reads`].
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_python::{Body, Checker, Origin, PythonVersion, Rule};
    ///
    /// let body = Body::new("lambda key, all=[]: all + [limit]", Origin::exact("src/lib.rs", 1, 1));
    /// let checker = Checker::new(PythonVersion::DEFAULT).parameters(&["limit"]);
    /// let (expression, told) = checker.check_expression(&body);
    /// assert!(expression.unwrap().reads("limit"));
    /// let rules: Vec<_> = told.iter().filter_map(|it| it.rule()).collect();
    /// assert_eq!(rules, [Rule::UnusedParameter, Rule::MutableDefault]);
    /// ```
    pub fn check_expression(&self, body: &Body) -> (Option<Expression>, Vec<Diagnostic>) {
        let size = body.text().len();
        if size > LARGEST {
            let message =
                format!("the expression holds {size} bytes, more than the {LARGEST} that it may");
            let help = "pass data in as `name = value`".to_owned();
            return (None, vec![body.diagnostic(0, 0, message, Some(help))]);
        }
        let parsed = run(body, |text| {
            let sole = parser::parse_expression(text, self.oldest, self.parameters)?;
            let found = if self.rules {
                self.found_in(&sole)
            } else {
                Vec::new()
            };
            Ok((sole.expression, found))
        });
        match parsed {
            Ok((expression, found)) => (Some(expression), tell(body, found)),
            Err(diagnostics) => (None, diagnostics),
        }
    }

    fn found_in(&self, Sole { expression, tree }: &Sole) -> Vec<Problem> {
        let root = &tree.root;
        // What a slip may have meant: the parameters of the lambda come first.
        let own: Vec<&str> = root.children.last().map_or_else(Vec::new, |inner| {
            inner.names().filter(|name| inner.owns(name)).collect()
        });
        let mut found: Vec<Problem> = expression
            .reads
            .iter()
            .filter_map(|(name, offset)| self.unknown(name, *offset, &own))
            .collect();
        found.extend(breach::of_scopes(root, &Flow::of(root), Surroundings::Gear));
        found.extend(word::of_members(root, self.parameters));
        found.extend(tree.breaches.iter().cloned());
        // The scope of a lambda is closed after those in its defaults.
        if let Some(lambda) = root.children.last().filter(|_| expression.lambda.is_some())
            && !self.parameters_may_rest
        {
            found.extend(breach::of_lambda(lambda));
        }
        self.sorted(found)
    }

    /// Says that a name has no value, unless it has one.
    fn unknown(&self, name: &str, offset: usize, own: &[&str]) -> Option<Problem> {
        let since = builtin::since(name);
        if gear_builtin::is_builtin(name)
            || since.is_some_and(|version| version <= self.oldest)
            || self.parameters.contains(&name)
        {
            return None;
        }
        let range = offset..offset + name.len();
        if let Some(version) = since {
            let message = format!("`{name}` is a builtin from Python {version} on");
            return Some(
                Problem::breach(Rule::UndefinedName, range, message)
                    .with_help(Some(Help::Needs(version))),
            );
        }
        let message = format!("`{name}` is not defined here");
        let near = nearest(name, own.iter().chain(self.parameters).copied())
            .or_else(|| nearest(name, gear_builtin::documented()))
            .or_else(|| nearest(name, builtin::always()));
        let pass = format!("pass its value in, like `py!(\"…\", {name} = value)`");
        let help = match near {
            Some(near) => format!("did you mean `{near}`? else {pass}"),
            None => pass,
        };
        Some(Problem::breach(Rule::UndefinedName, range, message).with_help(Some(help)))
    }
}
