//! Compares replies with what a case expects.
//!
//! Every function here returns the first difference in words, or `None`.

use std::collections::BTreeMap;

use crate::case::{Exchange, Expectation, Place};
use crate::names::Names as Cluster;
use crate::reply::Reply;

const BRIEF: usize = 160;
const LONGER: usize = 300;

/// Returns how a reply differs from what the exchange expects.
pub(crate) fn difference(exchange: &Exchange, reply: &Reply, names: &Cluster) -> Option<String> {
    let judge = |expectation: &Expectation, reply: &Reply| match project(exchange, reply) {
        Ok(part) => expectation.difference(&names.replaced(&part)),
        Err(sentence) => Some(format!("{sentence} in {}", reply.brief(LONGER))),
    };
    let (Expectation::Each(wanted), Reply::Array(gotten)) = (&exchange.expectation, reply) else {
        return judge(&exchange.expectation, reply);
    };
    if wanted.len() != gotten.len() {
        return Some(format!(
            "{} shards expected, got {}",
            wanted.len(),
            gotten.len()
        ));
    }
    let pairs = wanted.iter().zip(gotten).enumerate();
    let differences = pairs.filter_map(|(place, (want, got))| {
        judge(want, got).map(|what| format!("on shard {place}: {what}"))
    });
    { differences }.next()
}

/// Picks the part of a reply that the exchange looks at. Errors are looked at as a whole.
fn project(exchange: &Exchange, reply: &Reply) -> Result<Reply, String> {
    let mut part = reply;
    if let Some(path) = &exchange.at {
        if matches!(reply, Reply::Error(_)) {
            return Ok(reply.clone());
        }
        part = walk(reply, path)?;
    }
    let (Some(fields), Reply::Array(_)) = (&exchange.fields, part) else {
        return Ok(part.clone());
    };
    let mut kept = Vec::new();
    for field in fields {
        kept.push(Reply::Bulk(field.clone().into_bytes()));
        kept.push(walk(part, &[Place::Field(field.clone())])?.clone());
    }
    Ok(Reply::Array(kept))
}

/// Follows a path into a reply.
pub(crate) fn walk<'a>(reply: &'a Reply, path: &[Place]) -> Result<&'a Reply, String> {
    path.iter().try_fold(reply, |reply, place| {
        let Reply::Array(elements) = reply else {
            let brief = reply.brief(BRIEF);
            return Err(format!("path {path:?}: {brief} is no array"));
        };
        let found = match place {
            Place::Index(index) => {
                let index = match *index {
                    index @ ..0 => index + i64::try_from(elements.len()).unwrap(),
                    index => index,
                };
                usize::try_from(index)
                    .ok()
                    .and_then(|index| elements.get(index))
            }
            Place::With { with } => elements
                .iter()
                .find(|element| element.texts().contains(with)),
            Place::Field(name) => elements
                .chunks_exact(2)
                .find(|pair| match &pair[0] {
                    Reply::Bulk(bytes) => bytes == name.as_bytes(),
                    Reply::Status(text) => text == name,
                    _ => false,
                })
                .map(|pair| &pair[1]),
        };
        found.ok_or_else(|| format!("path {path:?}: there is no {place:?}"))
    })
}

impl Expectation {
    /// Returns how a reply differs from what is expected.
    pub(crate) fn difference(&self, got: &Reply) -> Option<String> {
        match self {
            Self::Ignore => None,
            Self::Each(_) => Some(format!(
                "replies of several shards expected, got {}",
                got.brief(BRIEF)
            )),
            Self::Exact(want) => first_difference(want, got, ""),
            Self::Type(want) => kind_difference(want, got),
            Self::Keys(want) => {
                let (want, got) = (Names::of(want), Names::of(got));
                (want != got).then(|| format!("different names: want {want:?}, got {got:?}"))
            }
            Self::Unordered(want) => unordered(want, got),
            Self::Contains(want, needles) => kind_difference(want, got).or_else(|| {
                let text = got.texts().join("\n");
                missing(needles, &text)
                    .map(|needle| format!("{needle:?} is not in {}", got.brief(LONGER)))
            }),
            Self::Error(want, needles) => match want {
                Reply::Error(want) => error_difference(want, needles, got),
                _ => errors_difference(want, needles, got),
            },
        }
    }
}

fn kind_difference(want: &Reply, got: &Reply) -> Option<String> {
    (want.kind() != got.kind())
        .then(|| format!("{} expected, got {}", want.kind(), got.brief(BRIEF)))
}

/// Compares everything; `place` is where in the reply this is.
fn first_difference(want: &Reply, got: &Reply, place: &str) -> Option<String> {
    let at = match place {
        "" => String::new(),
        place => format!(" at {place}"),
    };
    let both = || format!("want {}, got {}", want.brief(BRIEF), got.brief(BRIEF));
    if want.kind() != got.kind() {
        let (want, got) = (want.kind(), got.kind());
        return Some(format!("{want} expected{at}, got {got}: {}", both()));
    }
    let (Reply::Array(wanted), Reply::Array(gotten)) = (want, got) else {
        return (want != got).then(|| format!("different {}{at}: {}", want.kind(), both()));
    };
    let pairs = wanted.iter().zip(gotten).enumerate();
    let inside = pairs
        .filter_map(|(index, (want, got))| {
            first_difference(want, got, &format!("{place}[{index}]"))
        })
        .next();
    inside.or_else(|| {
        let (want, got) = (wanted.len(), gotten.len());
        (want != got).then(|| format!("{want} elements expected{at}, got {got}: {}", both()))
    })
}

fn unordered(want: &Reply, got: &Reply) -> Option<String> {
    let (Reply::Array(wanted), Reply::Array(gotten)) = (want, got) else {
        return first_difference(want, got, "");
    };
    match (wanted.split_first(), gotten.split_first()) {
        // Results and errors: the order of the results alone does not matter.
        (Some((Reply::Array(want), want_rest)), Some((Reply::Array(got), got_rest))) => {
            multiset_difference(want, got, " in [0]").or_else(|| {
                let want = Reply::Array(want_rest.to_vec());
                let got = Reply::Array(got_rest.to_vec());
                first_difference(&want, &got, "[1..]")
            })
        }
        (Some((Reply::Array(_), _)), _) => first_difference(want, got, ""),
        _ => multiset_difference(wanted, gotten, ""),
    }
}

/// Compares without regard to the order.
fn multiset_difference(want: &[Reply], got: &[Reply], place: &str) -> Option<String> {
    let mut surplus: BTreeMap<&Reply, i64> = BTreeMap::new();
    for reply in want {
        *surplus.entry(reply).or_default() -= 1;
    }
    for reply in got {
        *surplus.entry(reply).or_default() += 1;
    }
    let some = |sign: i64| {
        let replies = surplus.iter().filter(|(_, count)| count.signum() == sign);
        let replies: Vec<_> = replies.map(|(reply, _)| reply.brief(BRIEF)).collect();
        replies
    };
    let (missing, surplus) = (some(-1), some(1));
    (!missing.is_empty() || !surplus.is_empty()).then(|| {
        let few = |replies: &[String]| replies[..replies.len().min(3)].join(", ");
        format!(
            "different elements{place} (order aside): missing [{}], unexpected [{}]",
            few(&missing),
            few(&surplus)
        )
    })
}

/// Compares an error reply with what came.
fn error_difference(want: &str, needles: &[String], got: &Reply) -> Option<String> {
    let Reply::Error(text) = got else {
        return Some(format!("an error expected, got {}", got.brief(BRIEF)));
    };
    // Whatever error a case wants, it is not this one by accident.
    if is_unknown_command(text) && !is_unknown_command(want) {
        return Some(format!("the server does not know the command: {text}"));
    }
    missing(needles, text)
        .map(|needle| format!("{needle:?} is not in the error {}", got.brief(LONGER)))
}

fn is_unknown_command(text: &str) -> bool {
    let text = text.to_lowercase();
    let text = text.strip_prefix("err ").unwrap_or(&text);
    text.starts_with("unknown command") || text.starts_with("unknown redis command")
}

/// Compares `[results, errors]` that has errors with what came.
fn errors_difference(want: &Reply, needles: &[String], got: &Reply) -> Option<String> {
    let Some((want_results, want_errors)) = results_and_errors(want) else {
        let want = want.brief(BRIEF);
        return Some(format!("what the case expects is no error: {want}"));
    };
    let count = want_errors.len();
    let Some((got_results, got_errors)) = results_and_errors(got) else {
        let got = got.brief(BRIEF);
        return Some(format!(
            "[results, errors] with {count} errors expected, got {got}"
        ));
    };
    if count != got_errors.len() {
        let (n, got) = (got_errors.len(), got.brief(LONGER));
        return Some(format!("{count} errors expected, got {n}: {got}"));
    }
    for error in got_errors {
        if let Some(needle) = missing(needles, &error.texts().join("\n")) {
            let error = error.brief(LONGER);
            return Some(format!("{needle:?} is not in the error {error}"));
        }
    }
    multiset_difference(want_results, got_results, " in [0]")
}

/// Takes a reply apart that is `[results, errors]` with an error at least.
fn results_and_errors(reply: &Reply) -> Option<(&[Reply], &[Reply])> {
    let Reply::Array(parts) = reply else {
        return None;
    };
    match parts.as_slice() {
        [Reply::Array(results), Reply::Array(errors)] if !errors.is_empty() => {
            Some((results, errors))
        }
        _ => None,
    }
}

fn missing<'a>(needles: &'a [String], text: &str) -> Option<&'a String> {
    needles.iter().find(|needle| !text.contains(*needle))
}

/// The names in flat arrays of names and values.
#[derive(Debug, PartialEq)]
enum Names {
    Of(Vec<Reply>),
    Several(Vec<Names>),
    /// Of something that has none.
    None(&'static str),
}

impl Names {
    fn of(reply: &Reply) -> Self {
        let Reply::Array(elements) = reply else {
            return Self::None(reply.kind());
        };
        if let Some(Reply::Array(_)) = elements.first() {
            return Self::Several(elements.iter().map(Self::of).collect());
        }
        let mut names: Vec<_> = elements.iter().step_by(2).cloned().collect();
        names.sort_unstable();
        Self::Of(names)
    }
}
