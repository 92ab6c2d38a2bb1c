use crate::body::{Body, Origin};
use crate::checker::Checker;
use crate::diagnostic::Diagnostic;
use crate::finding::Finding;
use crate::rule::Rule;
use crate::version::PythonVersion;

/// Checks whole `.py` files: scripts for `RG.PYEXECUTE`, and bodies of functions that attributes point at.
///
/// A script is run by the server as it stands, so it has the names that the server brings (`GB`, `execute`, …) and is
/// held to the same [rules](Rule) as a gear, as far as they make sense outside of a function.
///
/// # Examples
///
/// ```
/// use gears_python::{FileChecker, Level, PythonVersion, Rule};
///
/// let script = b"import requests\nGB().map(lambda r: requests.get(r['url']).txt).run('page:*')\nprint(don)\n";
/// let checker = FileChecker::new(PythonVersion::DEFAULT).requirements(&["pyyaml"]);
/// let findings = checker.check("jobs/pages.py", script);
/// let told: Vec<_> = findings.iter().map(|it| (it.level(), it.rule_name(), it.start(), it.end())).collect();
/// assert_eq!(told, [
///     (Level::Warning, "missing-requirement", (1, 8), (1, 16)),
///     (Level::Error, "undefined-name", (3, 7), (3, 10)),
/// ]);
/// assert_eq!(findings[0].help(), Some("require `requests`"));
///
/// let quiet = checker.allow(&[Rule::MissingRequirement, Rule::UndefinedName]);
/// assert!(quiet.check("jobs/pages.py", script).is_empty());
/// ```
#[derive(Clone, Debug)]
pub struct FileChecker<'a> {
    checker: Checker<'a>,
    is_body: bool,
}

impl<'a> FileChecker<'a> {
    /// Makes a checker for files that require nothing, held to every rule.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_python::{FileChecker, PythonVersion};
    ///
    /// let script = b"print('begun')\nmatch 1:\n    case 1: pass\n";
    /// let old = FileChecker::new("3.9".parse().unwrap()).check("jobs/look.py", script);
    /// assert_eq!((old[0].rule_name(), old[0].start().0), ("syntax", 2));
    /// assert!(FileChecker::new(PythonVersion::NEWEST).check("jobs/look.py", script).is_empty());
    /// ```
    pub fn new(oldest: PythonVersion) -> Self {
        Self {
            checker: Checker::new(oldest),
            is_body: false,
        }
    }

    /// Says which packages the server installs for the file, as pip spells them.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_python::{FileChecker, PythonVersion, Rule};
    ///
    /// let script = b"import requests\nlog(requests.__version__)\n";
    /// let checker = FileChecker::new(PythonVersion::DEFAULT);
    /// let found = checker.check("jobs/page.py", script)[0].rule();
    /// assert_eq!(found, Some(Rule::MissingRequirement));
    /// assert!(checker.requirements(&["requests>=2"]).check("jobs/page.py", script).is_empty());
    /// ```
    #[must_use]
    pub fn requirements(mut self, requirements: &'a [&'a str]) -> Self {
        self.checker = self.checker.requirements(requirements);
        self
    }

    /// Switches rules off.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_python::{FileChecker, PythonVersion, Rule};
    ///
    /// let script = b"def add(record, into=[]):\n    into.append(record)\n    return into\n";
    /// let checker = FileChecker::new(PythonVersion::DEFAULT);
    /// assert_eq!(checker.check("jobs/add.py", script)[0].rule(), Some(Rule::MutableDefault));
    /// assert!(checker.allow(&[Rule::MutableDefault]).check("jobs/add.py", script).is_empty());
    /// ```
    #[must_use]
    pub fn allow(mut self, rules: &'a [Rule]) -> Self {
        self.checker = self.checker.allow(rules);
        self
    }

    /// Says that the file is the body of a function with these parameters, as `file = "…"` in an attribute wants it.
    ///
    /// Without this, a file that Python takes only as the inside of a function, because of a `return` or `await`
    /// outside of any `def`, is checked as a body whose parameters nobody knows: any name that it does not bind may be
    /// one, so undefined names are not looked for.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_python::{FileChecker, PythonVersion};
    ///
    /// let body = b"return cmd.get(kye)\n";
    /// let checker = FileChecker::new(PythonVersion::DEFAULT);
    /// assert!(checker.check("gears/page.py", body).is_empty(), "it may have such a parameter");
    /// let found = checker.body(&["key"]).check("gears/page.py", body);
    /// assert_eq!(found[0].message(), "`kye` is not defined");
    /// ```
    #[must_use]
    pub fn body(mut self, parameters: &'a [&'a str]) -> Self {
        self.checker = self.checker.parameters(parameters);
        self.is_body = true;
        self
    }

    /// Checks the bytes of a file and returns what is wrong, in the order of the text: of a file in ruins, the first 200
    /// things.
    ///
    /// `file` is what findings call it. Any bytes will do; what is not UTF-8 is a finding too.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_python::{FileChecker, PythonVersion};
    ///
    /// let checker = FileChecker::new(PythonVersion::DEFAULT);
    /// assert!(checker.check("jobs/all.py", b"GB().count().run()\n").is_empty());
    /// let found = checker.check("jobs/all.py", b"GB().count().run(\xff)\n");
    /// assert_eq!(found[0].start(), (1, 18), "where the byte is that is not UTF-8");
    /// ```
    pub fn check(&self, file: &str, source: &[u8]) -> Vec<Finding> {
        let told =
            |diagnostics: Vec<Diagnostic>| diagnostics.into_iter().map(Finding::new).collect();
        let text = match str::from_utf8(source) {
            Ok(text) => text,
            Err(error) => {
                let before = String::from_utf8_lossy(&source[..error.valid_up_to()]);
                return told(vec![not_utf8(file, &before, source[error.valid_up_to()])]);
            }
        };
        let origin = || Origin::exact(file, 1, 1);
        let body = || Body::new(text, origin());
        if self.is_body {
            return told(self.checker.check_body_file(&body()).into_parts().1);
        }
        match self.checker.check_script(&Body::verbatim(text, origin())) {
            Ok(found) => told(found),
            Err(refused) => {
                let body = body();
                if self.checker.check_script(&body).is_ok() {
                    // All that keeps it from being a script is that every line is indented.
                    return told(refused);
                }
                let checker = self.checker.clone().parameters_may_rest().may_yield();
                let (function, mut found) = checker.check_body_file(&body).into_parts();
                if function.is_none() {
                    return told(refused);
                }
                found.retain(|it| it.rule() != Some(Rule::UndefinedName));
                told(found)
            }
        }
    }
}

fn not_utf8(file: &str, before: &str, byte: u8) -> Diagnostic {
    // The place is that of the first byte that is wrong, so a stand-in for it ends the text.
    let body = Body::verbatim(&format!("{before}\u{fffd}"), Origin::exact(file, 1, 1));
    let at = body.text().len() - '\u{fffd}'.len_utf8();
    let message = format!("this is not UTF-8: the byte 0x{byte:02x}");
    let help = "save the file as UTF-8, it travels to the server as such".to_owned();
    body.diagnostic(at, '\u{fffd}'.len_utf8(), message, Some(help))
}
