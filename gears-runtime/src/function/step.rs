//! The steps of a gear function, as data.

use std::sync::Arc;

use super::{
    callback::Code,
    keyword::{KeyType, Order},
};

/// What one step does with the records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Map(Code),
    FlatMap(Code),
    ForEach(Code),
    Filter(Code),
    Accumulate(Code),
    LocalGroupBy(Code, Code),
    Limit {
        start: usize,
        count: usize,
        per_shard: bool,
    },
    Collect,
    Repartition(Code),
    Aggregate(Zero, Code, Code),
    AggregateBy(Code, Zero, Code, Code),
    GroupBy(Code, Code),
    BatchGroupBy(Code, Code),
    Sort(Order, Option<Code>),
    Distinct,
    Count,
    CountBy(Option<Code>),
    Avg(Option<Code>),
    /// One entry of each record.
    Entry(&'static str),
    /// Records as objects whose entries are attributes too.
    Records,
    Types(Vec<KeyType>),
    Events(Vec<String>),
    /// A command's arguments, or so many of them.
    Arguments(Option<usize>),
    Apply(Code),
}

/// What a total begins with: code, or the literal of a value, or why it has none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Zero {
    Code(Code),
    Literal(Result<String, String>),
}

/// Steps, the last one first; those before are shared by all functions that have them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Steps {
    last: Option<Arc<Link>>,
}

#[derive(Debug)]
struct Link {
    step: Step,
    before: Steps,
}

impl Steps {
    /// Returns these steps and one more.
    pub(crate) fn and(&self, step: Step) -> Self {
        Self {
            last: Some(Arc::new(Link {
                step,
                before: self.clone(),
            })),
        }
    }

    /// Returns the steps, the first one first.
    pub(crate) fn to_vec(&self) -> Vec<&Step> {
        let mut steps = Vec::new();
        let mut link = self.last.as_deref();
        while let Some(Link { step, before }) = link {
            steps.push(step);
            link = before.last.as_deref();
        }
        steps.reverse();
        steps
    }
}

impl Drop for Steps {
    /// Takes a chain apart in a loop: by recursion, a long one would overflow the stack.
    fn drop(&mut self) {
        let mut next = self.last.take();
        while let Some(link) = next {
            match Arc::into_inner(link) {
                Some(mut link) => next = link.before.last.take(),
                None => break,
            }
        }
    }
}

impl Step {
    /// Tells whether there may be no record behind the step though there was one before.
    pub(crate) fn may_leave_none(&self) -> bool {
        match self {
            Self::FlatMap(_) | Self::Filter(_) | Self::Types(_) | Self::Events(_) => true,
            Self::Limit { start, count, .. } => *start > 0 || *count == 0,
            _ => false,
        }
    }

    /// Returns the code that the step calls.
    pub(crate) fn codes(&self) -> Vec<&Code> {
        match self {
            Self::Map(code)
            | Self::FlatMap(code)
            | Self::ForEach(code)
            | Self::Filter(code)
            | Self::Accumulate(code)
            | Self::Repartition(code)
            | Self::Apply(code) => vec![code],
            Self::LocalGroupBy(one, two)
            | Self::GroupBy(one, two)
            | Self::BatchGroupBy(one, two) => vec![one, two],
            Self::Aggregate(zero, one, two) => zero.code().into_iter().chain([one, two]).collect(),
            Self::AggregateBy(key, zero, one, two) => {
                let mut codes = vec![key];
                codes.extend(zero.code());
                codes.extend([one, two]);
                codes
            }
            Self::Sort(_, code) | Self::CountBy(code) | Self::Avg(code) => code.iter().collect(),
            Self::Limit { .. }
            | Self::Collect
            | Self::Distinct
            | Self::Count
            | Self::Entry(_)
            | Self::Records
            | Self::Types(_)
            | Self::Events(_)
            | Self::Arguments(_) => Vec::new(),
        }
    }
}

impl Zero {
    fn code(&self) -> Option<&Code> {
        match self {
            Self::Code(code) => Some(code),
            Self::Literal(_) => None,
        }
    }
}
