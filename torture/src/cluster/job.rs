//! Kinds of runs, and what each has to answer.

use std::collections::BTreeSet;

use fastrand::Rng;

use crate::client::Value;

use super::scene::KEYS;
use super::shards::SHARDS;

/// What a run has to bring.
#[derive(Clone, Copy)]
enum Wanted {
    /// One result, this number.
    Number(usize),
    /// So many results, all different.
    Different(usize),
    /// So many results, all this number.
    Equal(usize, usize),
    /// An error of this text, whatever else there is.
    Error(&'static str),
}

/// A kind of run.
pub(super) struct Job {
    pub(super) name: &'static str,
    pub(super) script: &'static str,
    wanted: Wanted,
}

const ALL: usize = SHARDS * KEYS;

pub(super) const JOBS: [Job; 9] = [
    Job {
        name: "runs of count",
        script: "GB().count().run('k:*')",
        wanted: Wanted::Number(ALL),
    },
    Job {
        name: "runs of slow steps",
        script: "import time
def slow(r):
    time.sleep(0.0005)
    return r['key']
GB().map(slow).run('k:*')",
        wanted: Wanted::Different(ALL),
    },
    Job {
        name: "runs of groupby",
        script: "GB().groupby(lambda r: r['value'], lambda k, a, r: (a or 0) + 1).map(lambda r: r['value']).run('k:*')",
        wanted: Wanted::Equal(KEYS, SHARDS),
    },
    Job {
        name: "runs of repartition",
        script: "GB().repartition(lambda r: r['key']).repartition(lambda r: r['key'] + 'x')\
            .map(lambda r: int(r['value'])).aggregate(0, lambda a, v: a + v, lambda a, v: a + v).run('k:*')",
        wanted: Wanted::Number(SHARDS * KEYS * (KEYS - 1) / 2),
    },
    Job {
        name: "runs of collect",
        script: "GB().map(lambda r: r['key']).collect().map(lambda r: r + '!').run('k:*')",
        wanted: Wanted::Different(ALL),
    },
    Job {
        name: "runs without collect",
        script: "GB().map(lambda r: r['key']).run('k:*', collect=False)",
        wanted: Wanted::Different(KEYS),
    },
    Job {
        name: "runs of coroutines",
        script: "import asyncio
async def wait(r):
    await asyncio.sleep(0.001)
    return r
GB().map(wait).repartition(lambda r: r['key'] + 'y').map(wait).count().run('k:*')",
        wanted: Wanted::Number(ALL),
    },
    Job {
        name: "runs of large records",
        script: "GB().map(lambda r: r['key'] + 'x' * 20000).repartition(lambda r: r).count().run('k:*')",
        wanted: Wanted::Number(ALL),
    },
    Job {
        name: "runs that raise",
        script: "def fail(r):
    if r['value'] == '7': raise ValueError('no good')
    return r['key']
GB().repartition(lambda r: r['key'] + 'z').map(fail).run('k:*')",
        wanted: Wanted::Error("no good"),
    },
];

/// How a run ended.
#[derive(Debug, PartialEq)]
pub(super) enum End {
    Right,
    /// It says that something went wrong.
    Failed,
    /// What it answered is not what it has to.
    Wrong(String),
}

impl Job {
    pub(super) fn any(random: &mut Rng) -> &'static Self {
        &JOBS[random.usize(..JOBS.len())]
    }

    /// Says whether an answer is right, results and errors or an error instead.
    pub(super) fn judge(&self, answer: &Value) -> End {
        let [results, errors] = answer.elements() else {
            return match answer {
                Value::Error(_) => End::Failed,
                _ => End::Wrong(format!("{}: {answer:?}", self.name)),
            };
        };
        if let Wanted::Error(text) = self.wanted {
            let errors = errors.elements();
            let is_told = |error: &Value| format!("{error:?}").contains(text);
            return match errors {
                [] => End::Wrong(format!("{}: no error beside {results:?}", self.name)),
                errors if errors.iter().any(is_told) => End::Right,
                _ => End::Failed,
            };
        }
        if !errors.elements().is_empty() {
            return End::Failed;
        }
        let results: Vec<_> = results
            .elements()
            .iter()
            .filter_map(Value::as_text)
            .collect();
        if self.wanted.is(&results) {
            End::Right
        } else {
            End::Wrong(format!(
                "{} has {} results and no error: {:.200}",
                self.name,
                results.len(),
                format!("{results:?}")
            ))
        }
    }
}

impl Wanted {
    fn is(self, results: &[String]) -> bool {
        match self {
            Self::Number(number) => results == [number.to_string()],
            Self::Different(count) => {
                results.len() == count && results.iter().collect::<BTreeSet<_>>().len() == count
            }
            Self::Equal(count, number) => {
                let number = number.to_string();
                results.len() == count && results.iter().all(|result| *result == number)
            }
            Self::Error(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Value {
        Value::Text(text.into())
    }

    #[test]
    fn what_is_whole_is_right_and_what_lacks_something_has_to_say_so() {
        let count = &JOBS[0];
        let answer = |results: &[&str], errors: &[&str]| {
            let array = |texts: &[&str]| Value::Array(texts.iter().map(|one| text(one)).collect());
            Value::Array(vec![array(results), array(errors)])
        };
        assert_eq!(count.judge(&answer(&["600"], &[])), End::Right);
        assert_eq!(count.judge(&answer(&["400"], &["lost"])), End::Failed);
        assert_eq!(count.judge(&Value::Error("ERR".to_owned())), End::Failed);
        assert!(matches!(count.judge(&answer(&["400"], &[])), End::Wrong(_)));
        assert!(matches!(count.judge(&text("OK")), End::Wrong(_)));
        let raising = &JOBS[8];
        assert_eq!(raising.judge(&answer(&[], &["no good"])), End::Right);
        assert!(matches!(raising.judge(&answer(&["a"], &[])), End::Wrong(_)));
    }
}
