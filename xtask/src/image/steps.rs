//! What a Dockerfile says, as far as ours goes.

use crate::Result;

/// One step of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The image that it begins with.
    From(String),
    /// A variable of later steps, with its value when nobody gives another.
    Arg(String, String),
    /// Patterns of files in the checkout, and the folder that they are put in.
    Copy(Vec<String>, String),
    /// A line of the shell.
    Run(String),
    User(String),
    Workdir(String),
    Volume(String),
    Expose(String),
    Entrypoint(Vec<String>),
    /// A line of the shell that tells whether the server is well.
    Healthcheck(String),
}

/// Reads a Dockerfile.
///
/// # Errors
///
/// Names a line that is of no kind above: a step that nobody tries is no trial.
pub(super) fn parse(text: &str) -> Result<Vec<Step>> {
    let mut steps = Vec::new();
    let mut line = String::new();
    for part in text.lines() {
        let part = part.trim();
        if part.is_empty() || part.starts_with('#') {
            continue;
        }
        match part.strip_suffix('\\') {
            Some(part) => line.push_str(part),
            None => {
                line.push_str(part);
                let step = parse_step(&line);
                steps.push(step.ok_or_else(|| format!("no step that can be tried: {line}"))?);
                line.clear();
            }
        }
    }
    match line.is_empty() {
        true => Ok(steps),
        false => Err(format!("nothing follows on {line}").into()),
    }
}

fn parse_step(line: &str) -> Option<Step> {
    let (word, rest) = line.split_once(' ')?;
    let rest = rest.trim().to_owned();
    Some(match word {
        "FROM" => Step::From(rest),
        "ARG" => {
            let (name, value) = rest.split_once('=')?;
            Step::Arg(name.to_owned(), value.trim_matches('"').to_owned())
        }
        "COPY" => {
            let mut words: Vec<_> = rest.split_whitespace().map(str::to_owned).collect();
            let folder = words.pop().filter(|folder| folder.ends_with('/'))?;
            // Options change what is copied, and how.
            if words.is_empty() || words.iter().any(|word| word.starts_with('-')) {
                return None;
            }
            Step::Copy(words, folder)
        }
        "RUN" => Step::Run(rest),
        "USER" => Step::User(rest),
        "WORKDIR" => Step::Workdir(rest),
        "VOLUME" => Step::Volume(rest),
        "EXPOSE" => Step::Expose(rest),
        "ENTRYPOINT" => Step::Entrypoint(parse_words(&rest)?),
        "HEALTHCHECK" => Step::Healthcheck(rest.split_once("CMD ")?.1.to_owned()),
        _ => return None,
    })
}

/// Reads a list of words in JSON, none of which has a quote or a comma in it.
fn parse_words(list: &str) -> Option<Vec<String>> {
    let list = list.strip_prefix('[')?.strip_suffix(']')?;
    list.split(',')
        .map(|word| {
            let word = word.trim().strip_prefix('"')?.strip_suffix('"')?;
            Some(word.to_owned())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_read() {
        let text = "# One\nFROM debian:1\nARG MORE=\"a b\"\n\nCOPY a/*.deb b /c/\nRUN one \\\n && two $MORE\n\
                    ENTRYPOINT [\"server\", \"/etc/x\"]\nHEALTHCHECK --timeout=3s CMD ping | grep PONG\n";
        let own = str::to_owned;
        assert_eq!(
            parse(text).unwrap(),
            [
                Step::From(own("debian:1")),
                Step::Arg(own("MORE"), own("a b")),
                Step::Copy(vec![own("a/*.deb"), own("b")], own("/c/")),
                Step::Run(own("one && two $MORE")),
                Step::Entrypoint(vec![own("server"), own("/etc/x")]),
                Step::Healthcheck(own("ping | grep PONG")),
            ]
        );
    }

    #[test]
    fn what_cannot_be_tried_is_named() {
        for line in [
            "ADD a /b/",
            "COPY --chown=x a /b/",
            "COPY a /b",
            "RUN a \\",
            "ENTRYPOINT server",
        ] {
            let error = parse(line).unwrap_err().to_string();
            assert!(error.contains(line.trim_end_matches('\\')), "{error}");
        }
    }
}
