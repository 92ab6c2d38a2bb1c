use std::fmt;
use std::str::FromStr;

/// How much a finding weighs.
///
/// # Examples
///
/// ```
/// use gears_python::{Level, Rule};
///
/// assert!(Level::Error > Level::Warning);
/// let errors = Rule::ALL.iter().filter(|rule| rule.level() == Level::Error);
/// assert!(errors.count() < Rule::ALL.len());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Level {
    /// The body may well work, but reads as if something else was meant.
    Warning,
    /// The body fails when it gets there.
    Error,
}

/// Prints `warning` or `error`.
impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// A rule that a body is held to beyond its syntax; each one can be switched off for a body.
///
/// The page `guide/pages/python-checks.md` has a section for each.
///
/// ```
/// use gears_python::{Level, Rule};
///
/// let rule: Rule = "undefined-name".parse().unwrap();
/// assert_eq!(rule, Rule::UndefinedName);
/// assert_eq!(rule.level(), Level::Error);
/// assert!("no-such-rule".parse::<Rule>().is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rule {
    /// A name is read that is bound nowhere.
    UndefinedName,
    /// A local is read where every way leaves it without a value.
    UnboundLocal,
    /// A local is read where some way leaves it without a value.
    PossiblyUnbound,
    /// A parameter is never read.
    UnusedParameter,
    /// A parameter gets another value before the one that was passed is read.
    ShadowedParameter,
    /// A parameter hides the builtin of its name, which is called.
    HiddenBuiltin,
    /// What a function imports is never read.
    UnusedImport,
    /// A statement comes after one that never lets it run.
    UnreachableCode,
    /// Some ways through a function that returns values end without one.
    MissingReturn,
    /// The function yields, so that a call makes a generator and runs nothing.
    YieldValue,
    /// A function that shall be atomic awaits, and lets others in.
    AwaitInSync,
    /// The default of a parameter is a list, dict or set, shared by all calls.
    MutableDefault,
    /// A bare `except` around calls of the server catches the abort of the gear too.
    BareExcept,
    /// A module or builtin is not in every Python that has to run the body.
    ModuleVersion,
    /// A module is neither in the standard library nor required.
    MissingRequirement,
}

impl Rule {
    /// Every rule, in the order of the documentation.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_python::Rule;
    ///
    /// for rule in Rule::ALL {
    ///     println!("{rule}: {:?}", rule.level());
    /// }
    /// assert!(Rule::ALL.contains(&Rule::BareExcept));
    /// ```
    pub const ALL: [Self; 15] = [
        Self::UndefinedName,
        Self::UnboundLocal,
        Self::PossiblyUnbound,
        Self::UnusedParameter,
        Self::ShadowedParameter,
        Self::HiddenBuiltin,
        Self::UnusedImport,
        Self::UnreachableCode,
        Self::MissingReturn,
        Self::YieldValue,
        Self::AwaitInSync,
        Self::MutableDefault,
        Self::BareExcept,
        Self::ModuleVersion,
        Self::MissingRequirement,
    ];

    /// Returns the name under which the rule is switched off.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_python::Rule;
    ///
    /// assert_eq!(Rule::BareExcept.name(), "bare-except");
    /// assert_eq!("bare-except".parse(), Ok(Rule::BareExcept));
    /// ```
    pub fn name(self) -> &'static str {
        match self {
            Self::UndefinedName => "undefined-name",
            Self::UnboundLocal => "unbound-local",
            Self::PossiblyUnbound => "possibly-unbound",
            Self::UnusedParameter => "unused-parameter",
            Self::ShadowedParameter => "shadowed-parameter",
            Self::HiddenBuiltin => "hidden-builtin",
            Self::UnusedImport => "unused-import",
            Self::UnreachableCode => "unreachable-code",
            Self::MissingReturn => "missing-return",
            Self::YieldValue => "yield-value",
            Self::AwaitInSync => "await-in-sync",
            Self::MutableDefault => "mutable-default",
            Self::BareExcept => "bare-except",
            Self::ModuleVersion => "module-version",
            Self::MissingRequirement => "missing-requirement",
        }
    }

    /// Returns how much a breach weighs.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_python::{Level, Rule};
    ///
    /// assert_eq!(Rule::UndefinedName.level(), Level::Error);
    /// assert_eq!(Rule::UnusedParameter.level(), Level::Warning);
    /// ```
    pub fn level(self) -> Level {
        match self {
            Self::UndefinedName
            | Self::UnboundLocal
            | Self::MissingReturn
            | Self::YieldValue
            | Self::AwaitInSync => Level::Error,
            Self::PossiblyUnbound
            | Self::UnusedParameter
            | Self::ShadowedParameter
            | Self::HiddenBuiltin
            | Self::UnusedImport
            | Self::UnreachableCode
            | Self::MutableDefault
            | Self::BareExcept
            | Self::ModuleVersion
            | Self::MissingRequirement => Level::Warning,
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Rule {
    type Err = ParseRuleError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|rule| rule.name() == text)
            .ok_or_else(|| ParseRuleError {
                text: text.to_owned(),
            })
    }
}

/// The error of a text that names no rule.
///
/// # Examples
///
/// ```
/// use gears_python::Rule;
///
/// let error = "unused-paramter".parse::<Rule>().unwrap_err();
/// assert!(error.to_string().ends_with("did you mean `unused-parameter`?"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseRuleError {
    text: String,
}

impl fmt::Display for ParseRuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = Rule::ALL.map(Rule::name);
        write!(f, "unknown rule `{}`, ", self.text)?;
        match crate::suggestion::nearest(&self.text, names) {
            Some(near) => write!(f, "did you mean `{near}`?"),
            None => write!(f, "use one of `{}`", names.join("`, `")),
        }
    }
}

impl std::error::Error for ParseRuleError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_a_name_of_its_own() {
        for rule in Rule::ALL {
            assert_eq!(rule.name().parse(), Ok(rule));
            assert_eq!(
                Rule::ALL
                    .iter()
                    .filter(|other| other.name() == rule.name())
                    .count(),
                1
            );
        }
    }

    #[test]
    fn slips_get_the_right_name() {
        let told = |text: &str| text.parse::<Rule>().unwrap_err().to_string();
        assert!(told("undefined_name").ends_with("did you mean `undefined-name`?"));
        assert!(told("style").contains("use one of `undefined-name`, "));
    }
}
