//! The words of servers as names, such as `LogLevel.Debug`, and those that a text takes for one.

use crate::problem::Problem;
use crate::rule::Rule;
use crate::scope::Scope;
use crate::suggestion::nearest;

/// What the server brings, and what each has.
const WORDS: [(&str, &[&str]); 5] = [
    ("FailurePolicy", &["Continue", "Abort", "Retry"]),
    (
        "KeyType",
        &["String", "Hash", "List", "Set", "ZSet", "Stream", "Module"],
    ),
    ("LogLevel", &["Debug", "Verbose", "Notice", "Warning"]),
    (
        "ReaderType",
        &[
            "KeysReader",
            "KeysOnlyReader",
            "StreamReader",
            "PythonReader",
            "ShardsIDReader",
            "CommandReader",
        ],
    ),
    ("TriggerMode", &["Async", "AsyncLocal", "Sync"]),
];

/// Something that is read of a name: `name.member`.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) of: String,
    pub(crate) name: String,
    /// Where the member stands in the text.
    pub(crate) offset: usize,
}

/// Tells whether the server brings this name, and so knows what it has.
pub(crate) fn is_word(name: &str) -> bool {
    members(name).is_some()
}

fn members(word: &str) -> Option<&'static [&'static str]> {
    let found = WORDS.iter().find(|(name, _)| *name == word);
    found.map(|(_, members)| *members)
}

/// Finds members of words that these have not, unless the text has the name for something of its own.
pub(crate) fn of_members(root: &Scope, given: &[&str]) -> Vec<Problem> {
    let mut found = Vec::new();
    let mut open = vec![root];
    while let Some(scope) = open.pop() {
        open.extend(&scope.children);
        let unknown = scope.members.iter().filter_map(unknown);
        found.extend(unknown.filter(|(of, _)| !given.contains(of) && !defines(root, of)));
    }
    found.into_iter().map(|(_, problem)| problem).collect()
}

fn unknown(member: &Member) -> Option<(&str, Problem)> {
    let known = members(&member.of)?;
    // What every class has is there too.
    if known.contains(&member.name.as_str()) || member.name.starts_with("__") {
        return None;
    }
    let range = member.offset..member.offset + member.name.len();
    let message = format!("`{}` has no `{}`", member.of, member.name);
    let help = match nearest(&member.name, known.iter().copied()) {
        Some(near) => format!("did you mean `{}.{near}`?", member.of),
        None => format!("it has {}", known.join(", ")),
    };
    let problem = Problem::breach(Rule::UndefinedName, range, message).with_help(Some(help));
    Some((&member.of, problem))
}

fn defines(scope: &Scope, name: &str) -> bool {
    scope.imports_star
        || scope.owns(name)
        || scope.children.iter().any(|child| defines(child, name))
}

#[cfg(test)]
mod tests {
    use super::WORDS;
    use crate::{Body, Checker, Origin, PythonVersion, gear_builtin};

    fn told(source: &str, given: &[&str]) -> Vec<String> {
        let body = Body::new(source, Origin::exact("a.py", 1, 1));
        let checker = Checker::new(PythonVersion::DEFAULT).parameters(given);
        let report = checker.check(&body);
        report
            .diagnostics()
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn members_that_are_not_there_are_told() {
        let found = told("log('x', level=LogLevel.Debgu)\nreturn KeyType.Map", &[]);
        assert!(found[0].contains("`LogLevel` has no `Debgu`"), "{found:?}");
        assert!(found[1].contains("`KeyType` has no `Map`"), "{found:?}");
        let body = Body::new(
            "lambda r: TriggerMode.async_local",
            Origin::exact("a.rs", 1, 1),
        );
        let (_, found) = Checker::new(PythonVersion::DEFAULT).check_expression(&body);
        assert!(
            found[0]
                .to_string()
                .contains("`TriggerMode` has no `async_local`")
        );
    }

    #[test]
    fn members_that_are_there_and_names_of_ones_own_are_not() {
        for (word, members) in WORDS {
            assert!(gear_builtin::is_builtin(word), "{word}");
            for member in members {
                assert!(
                    told(&format!("return {word}.{member}"), &[]).is_empty(),
                    "{member}"
                );
            }
        }
        for own in [
            "return LogLevel.__name__",
            "from redgrease import LogLevel\nreturn LogLevel.Debgu",
            "class LogLevel:\n    Debgu = 1\nreturn LogLevel.Debgu",
            "return [LogLevel.Debgu for LogLevel in execute('KEYS', '*')]",
        ] {
            assert!(told(own, &[]).is_empty(), "{own}: {:?}", told(own, &[]));
        }
        assert!(told("return KeyType.Map", &["KeyType"]).is_empty());
    }
}
