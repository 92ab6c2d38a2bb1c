use std::collections::HashSet;
use std::thread;

use crate::body::Body;
use crate::breach;
use crate::diagnostic::Diagnostic;
use crate::flow::Flow;
use crate::function::Function;
use crate::parser::{self, Tree};
use crate::problem::Problem;
use crate::resolution::{Resolution, Surroundings};
use crate::rule::{Level, Rule};
use crate::version::PythonVersion;
use crate::word;

/// The most that one body may hold. A gear is a function, and all of it travels to the server.
const LARGEST: usize = 1 << 20;

/// Stack for the parser: room for the deepest nesting that it lets through, in a debug build.
const STACK: usize = 128 << 20;

/// How many problems are told at once.
const TOLD: usize = 5;

/// How many are told of a file of its own.
const TOLD_OF_FILE: usize = 200;

/// Checks bodies: syntax at the oldest Python that has to run them, and the [rules](Rule).
///
/// # Examples
///
/// ```
/// use gears_python::{Body, Checker, Level, Origin, PythonVersion, Rule};
///
/// let body = Body::new("total = lenght(words)\nreturn total", Origin::exact("src/lib.rs", 7, 9));
/// let report = Checker::new(PythonVersion::DEFAULT)
///     .parameters(&["words", "limit"])
///     .check(&body);
/// let found = &report.diagnostics()[0];
/// assert_eq!((found.rule(), found.level()), (Some(Rule::UndefinedName), Level::Error));
/// assert_eq!(found.message(), "`lenght` is not defined");
/// assert!(report.function().is_some(), "it is Python all the same");
///
/// let report = Checker::new(PythonVersion::DEFAULT)
///     .parameters(&["words", "limit"])
///     .allow(&[Rule::UndefinedName])
///     .check(&body);
/// let found = &report.diagnostics()[0];
/// assert_eq!((found.rule(), found.level()), (Some(Rule::UnusedParameter), Level::Warning));
/// ```
#[derive(Clone, Debug)]
pub struct Checker<'a> {
    pub(crate) oldest: PythonVersion,
    pub(crate) parameters: &'a [&'a str],
    requirements: &'a [&'a str],
    allowed: &'a [Rule],
    may_yield: bool,
    is_sync: bool,
    pub(crate) parameters_may_rest: bool,
    pub(crate) rules: bool,
}

impl<'a> Checker<'a> {
    /// Makes a checker for bodies without parameters and requirements, held to every rule.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_python::{Body, Checker, Origin, PythonVersion};
    ///
    /// let body = Body::new("match 1:\n    case 1: return 'one'", Origin::exact("src/lib.rs", 7, 9));
    /// let old = Checker::new("3.9".parse().unwrap()).check(&body);
    /// assert!(old.function().is_none(), "`match` came with 3.10");
    /// assert!(Checker::new(PythonVersion::NEWEST).check(&body).function().is_some());
    /// ```
    pub fn new(oldest: PythonVersion) -> Self {
        Self {
            oldest,
            parameters: &[],
            requirements: &[],
            allowed: &[],
            may_yield: false,
            is_sync: false,
            parameters_may_rest: false,
            rules: true,
        }
    }

    /// Gives the body parameters.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_python::{Body, Checker, Origin, PythonVersion};
    ///
    /// let body = Body::new("return 2 * number", Origin::exact("src/lib.rs", 7, 9));
    /// let checker = Checker::new(PythonVersion::DEFAULT);
    /// assert_eq!(checker.check(&body).diagnostics()[0].message(), "`number` is not defined");
    /// assert!(checker.parameters(&["number"]).check(&body).diagnostics().is_empty());
    /// ```
    #[must_use]
    pub fn parameters(mut self, names: &'a [&'a str]) -> Self {
        self.parameters = names;
        self
    }

    /// Says which packages the server installs for the body, as pip spells them.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_python::{Body, Checker, Origin, PythonVersion, Rule};
    ///
    /// let body = Body::new("import numpy\nreturn numpy.pi", Origin::exact("src/lib.rs", 7, 9));
    /// let checker = Checker::new(PythonVersion::DEFAULT);
    /// let found = checker.check(&body).diagnostics()[0].rule();
    /// assert_eq!(found, Some(Rule::MissingRequirement));
    /// assert!(checker.requirements(&["numpy>=1.26"]).check(&body).diagnostics().is_empty());
    /// ```
    #[must_use]
    pub fn requirements(mut self, requirements: &'a [&'a str]) -> Self {
        self.requirements = requirements;
        self
    }

    /// Switches rules off.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_python::{Body, Checker, Origin, PythonVersion, Rule};
    ///
    /// let body = Body::new("return 1", Origin::exact("src/lib.rs", 7, 9));
    /// let checker = Checker::new(PythonVersion::DEFAULT).parameters(&["for_later"]);
    /// assert_eq!(checker.check(&body).diagnostics()[0].rule(), Some(Rule::UnusedParameter));
    /// assert!(checker.allow(&[Rule::UnusedParameter]).check(&body).diagnostics().is_empty());
    /// ```
    #[must_use]
    pub fn allow(mut self, rules: &'a [Rule]) -> Self {
        self.allowed = rules;
        self
    }

    /// Lets the body be a generator: for a place that takes one, such as a reader.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_python::{Body, Checker, Origin, PythonVersion, Rule};
    ///
    /// let body = Body::new("yield 1\nyield 2", Origin::exact("src/lib.rs", 7, 9));
    /// let checker = Checker::new(PythonVersion::DEFAULT);
    /// assert_eq!(checker.check(&body).diagnostics()[0].rule(), Some(Rule::YieldValue));
    /// assert!(checker.may_yield().check(&body).diagnostics().is_empty());
    /// ```
    #[must_use]
    pub fn may_yield(mut self) -> Self {
        self.may_yield = true;
        self
    }

    /// Says that the body runs in mode `sync`: on the server's main thread, where it is atomic until it awaits.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_python::{Body, Checker, Origin, PythonVersion, Rule};
    ///
    /// let body = Body::new("return await ask(cmd.get('a'))", Origin::exact("src/lib.rs", 7, 9));
    /// let checker = Checker::new(PythonVersion::DEFAULT).parameters(&["ask"]).sync();
    /// assert_eq!(checker.check(&body).diagnostics()[0].rule(), Some(Rule::AwaitInSync));
    /// assert!(checker.allow(&[Rule::AwaitInSync]).check(&body).diagnostics().is_empty());
    /// ```
    #[must_use]
    pub fn sync(mut self) -> Self {
        self.is_sync = true;
        self
    }

    /// Lets parameters go unused: for a place that decides what is passed, such as a callback.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_python::{Body, Checker, Origin, PythonVersion};
    ///
    /// // A reducer is called with the key, whether it needs it or not.
    /// let body = Body::new("return (total or 0) + record", Origin::exact("src/lib.rs", 7, 9));
    /// let report = Checker::new(PythonVersion::DEFAULT)
    ///     .parameters(&["key", "total", "record"])
    ///     .parameters_may_rest()
    ///     .check(&body);
    /// assert!(report.diagnostics().is_empty());
    /// ```
    #[must_use]
    pub fn parameters_may_rest(mut self) -> Self {
        self.parameters_may_rest = true;
        self
    }

    /// Checks only what Python itself refuses to compile.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_python::{Body, Checker, Origin, PythonVersion};
    ///
    /// let body = Body::new("return made_elsewhere()", Origin::exact("src/lib.rs", 7, 9));
    /// let report = Checker::new(PythonVersion::DEFAULT).syntax_only().check(&body);
    /// assert!(report.diagnostics().is_empty(), "an undefined name is no matter of syntax");
    /// ```
    #[must_use]
    pub fn syntax_only(mut self) -> Self {
        self.rules = false;
        self
    }

    /// Checks a body as the inside of a `def` in a script on a server of gears.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_python::{Body, Checker, Origin, PythonVersion};
    ///
    /// let body = Body::new("return await cmd.get(key)", Origin::exact("src/lib.rs", 7, 9));
    /// let report = Checker::new(PythonVersion::DEFAULT).parameters(&["key"]).check(&body);
    /// assert!(report.diagnostics().is_empty());
    /// assert!(report.function().unwrap().is_coroutine());
    /// ```
    pub fn check(&self, body: &Body) -> Report {
        let parsed = run(body, |text| {
            let tree = parser::parse(text, self.oldest, self.parameters)?;
            let function = Function::of(&tree.root);
            if !self.rules {
                return Ok((function, Vec::new(), None));
            }
            let flow = Flow::of_body(&tree.root);
            let found = self.found(&tree, &flow);
            let missing = breach::missing_return(&tree.root, &flow)
                .filter(|_| self.is_held_to(Rule::MissingReturn));
            Ok((function, found, missing))
        });
        match parsed {
            Ok((mut function, found, missing)) => {
                function.missing_return = missing.map(|problem| problem.into_diagnostic(body));
                Report {
                    diagnostics: tell(body, found),
                    function: Some(function),
                }
            }
            Err(diagnostics) => Report {
                diagnostics,
                function: None,
            },
        }
    }

    /// Checks a text as a file of its own that any Python may run, where names are those of Python alone.
    ///
    /// Every read of an undefined name is told, as tools for Python files do; of a file in ruins, the first 200 things.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_python::{Body, Checker, Origin, PythonVersion};
    ///
    /// let body = Body::new("print(cmd.get('a'))\n", Origin::exact("tools/look.py", 1, 1));
    /// let report = Checker::new(PythonVersion::DEFAULT).check_file(&body);
    /// // `cmd` is there on servers of gears only.
    /// assert_eq!(report.diagnostics()[0].message(), "`cmd` is not defined");
    /// ```
    pub fn check_file(&self, body: &Body) -> Report {
        let parsed = run(body, |text| {
            let tree = parser::parse_file(text, self.oldest)?;
            let mut found = Resolution::problems(&tree.root, Surroundings::File, self.oldest, true);
            let flow = Flow::of(&tree.root);
            found.extend(breach::of_scopes(&tree.root, &flow, Surroundings::File));
            Ok(self.sorted(found))
        });
        let diagnostics = match parsed {
            Ok(found) => told_of_file(body, found),
            Err(diagnostics) => diagnostics,
        };
        Report {
            diagnostics,
            function: None,
        }
    }

    /// Checks a text as a whole script that a server of gears runs.
    ///
    /// # Errors
    ///
    /// Returns what Python refuses to compile.
    pub(crate) fn check_script(&self, body: &Body) -> Result<Vec<Diagnostic>, Vec<Diagnostic>> {
        let found = run(body, |text| {
            let tree = parser::parse_file(text, self.oldest).map_err(in_file)?;
            let root = &tree.root;
            let mut found = Resolution::problems(root, Surroundings::Gear, self.oldest, true);
            found.extend(breach::of_scopes(root, &Flow::of(root), Surroundings::Gear));
            found.extend(word::of_members(root, self.parameters));
            found.extend(self.of_tree(&tree));
            Ok(in_file(self.sorted(found)))
        })?;
        Ok(told_of_file(body, found))
    }

    /// Checks a file as a body, and tells as much of it as of a file.
    pub(crate) fn check_body_file(&self, body: &Body) -> Report {
        let parsed = run(body, |text| {
            let tree = parser::parse(text, self.oldest, self.parameters).map_err(in_file)?;
            let found = self.found(&tree, &Flow::of_body(&tree.root));
            Ok((Function::of(&tree.root), in_file(found)))
        });
        match parsed {
            Ok((function, found)) => Report {
                function: Some(function),
                diagnostics: told_of_file(body, found),
            },
            Err(diagnostics) => Report {
                function: None,
                diagnostics,
            },
        }
    }

    fn is_held_to(&self, rule: Rule) -> bool {
        self.rules && !self.allowed.contains(&rule)
    }

    fn found(&self, tree: &Tree, flow: &Flow) -> Vec<Problem> {
        let root = &tree.root;
        let mut found = Resolution::problems(root, Surroundings::Gear, self.oldest, false);
        found.extend(breach::of_scopes(root, flow, Surroundings::Gear));
        found.extend(word::of_members(root, self.parameters));
        found.extend(self.of_tree(tree));
        if !self.parameters_may_rest {
            found.extend(breach::of_parameters(root, flow, self.parameters));
        }
        found.extend(breach::of_hidden(root, self.parameters));
        if !self.may_yield {
            found.extend(breach::of_yield(root));
        }
        if self.is_sync {
            found.extend(breach::of_await(root));
        }
        self.sorted(found)
    }

    /// Breaches that show in single places, whatever is around them.
    fn of_tree(&self, tree: &Tree) -> Vec<Problem> {
        let mut found = breach::of_imports(&tree.imports, self.oldest, self.requirements);
        found.extend(tree.breaches.iter().cloned());
        found
    }

    pub(crate) fn sorted(&self, mut found: Vec<Problem>) -> Vec<Problem> {
        found.retain(|problem| problem.rule.is_none_or(|rule| self.is_held_to(rule)));
        if found.iter().any(|it| it.rule == Some(Rule::UndefinedName)) {
            // The name may be a slip for a parameter that now looks unused.
            found.retain(|problem| problem.rule != Some(Rule::UnusedParameter));
        }
        let is_of_module = |problem: &Problem| {
            matches!(
                problem.rule,
                Some(Rule::MissingRequirement | Rule::ModuleVersion)
            )
        };
        if found.iter().any(is_of_module) {
            // First the module has to be there.
            found.retain(|problem| problem.rule != Some(Rule::UnusedImport));
        }
        found.sort_by_key(|problem| problem.offset);
        found
    }
}

/// What a check has shown.
///
/// # Examples
///
/// ```
/// use gears_python::{Body, Checker, Level, Origin, PythonVersion};
///
/// let body = Body::new("return totla", Origin::exact("src/lib.rs", 7, 9));
/// let report = Checker::new(PythonVersion::DEFAULT).check(&body);
/// let errors = report.diagnostics().iter().filter(|found| found.level() == Level::Error);
/// assert_eq!(errors.count(), 1);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    function: Option<Function>,
    diagnostics: Vec<Diagnostic>,
}

impl Report {
    /// Returns what is known about the body as a function; `None` when it is not Python, or not of a version that is
    /// old enough.
    pub fn function(&self) -> Option<&Function> {
        self.function.as_ref()
    }

    /// Returns what is wrong, in the order of the text: at most five errors, and at most as many warnings.
    ///
    /// Without a [`function`](Self::function) there is at least one error.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// Takes the report apart.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_python::{Body, Checker, Origin, PythonVersion};
    ///
    /// let body = Body::new("return 1", Origin::exact("gears/one.py", 1, 1));
    /// let (function, diagnostics) = Checker::new(PythonVersion::DEFAULT).check(&body).into_parts();
    /// assert!(function.is_some_and(|function| !function.uses_cmd()));
    /// assert!(diagnostics.is_empty());
    /// ```
    pub fn into_parts(self) -> (Option<Function>, Vec<Diagnostic>) {
        (self.function, self.diagnostics)
    }
}

fn in_file(problems: Vec<Problem>) -> Vec<Problem> {
    problems.into_iter().map(Problem::in_file).collect()
}

fn told_of_file(body: &Body, found: Vec<Problem>) -> Vec<Diagnostic> {
    found
        .into_iter()
        .take(TOLD_OF_FILE)
        .map(|problem| problem.into_diagnostic(body))
        .collect()
}

/// Keeps the first few of each level.
pub(crate) fn tell(body: &Body, found: Vec<Problem>) -> Vec<Diagnostic> {
    let mut told = HashSet::new();
    let (mut errors, mut warnings) = (0, 0);
    found
        .into_iter()
        .filter(|problem| told.insert((problem.offset, problem.message.clone())))
        .filter(|problem| {
            let count = match problem.rule.map_or(Level::Error, Rule::level) {
                Level::Error => &mut errors,
                Level::Warning => &mut warnings,
            };
            *count += 1;
            *count <= TOLD
        })
        .map(|problem| problem.into_diagnostic(body))
        .collect()
}

/// Hands the text of a body to a parser on a thread with a stack of its own.
///
/// # Errors
///
/// Returns the first few of what the parser finds, or what keeps the text from it.
pub(crate) fn run<T: Send>(
    body: &Body,
    parse: impl FnOnce(&str) -> Result<T, Vec<Problem>> + Send,
) -> Result<T, Vec<Diagnostic>> {
    let text = body.text();
    if text.len() > LARGEST {
        let message = format!(
            "this holds {} bytes, more than the {LARGEST} that Python for a server may",
            text.len()
        );
        let help = "move data out of it, into keys of the server".to_owned();
        return Err(vec![body.diagnostic(0, 0, message, Some(help))]);
    }
    if let Some(at) = text.find('\0') {
        let message = "source code cannot contain NUL characters";
        return Err(vec![body.diagnostic(at, 1, message.to_owned(), None)]);
    }
    let outcome = thread::scope(|threads| {
        thread::Builder::new()
            .name("gears-python".to_owned())
            .stack_size(STACK)
            .spawn_scoped(threads, || parse(text))
            .map(|parser| parser.join())
    });
    let fault = match outcome {
        Ok(Ok(Ok(parsed))) => return Ok(parsed),
        Ok(Ok(Err(problems))) => {
            return Err(problems
                .into_iter()
                .take(TOLD)
                .map(|problem| problem.into_diagnostic(body))
                .collect());
        }
        // A fault of the parser must not take the compiler down with it.
        Ok(Err(_)) => "the Python parser gave up on this body".to_owned(),
        Err(error) => format!("the Python parser could not be started: {error}"),
    };
    Err(vec![body.diagnostic(0, 0, fault, None)])
}
