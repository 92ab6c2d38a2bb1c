//! What branches ask, in words of our own: just so much that the same question is known when it comes again.

use std::collections::HashMap;

/// What has to hold.
#[derive(Clone, Debug)]
pub(crate) enum Condition {
    /// Nothing is known of it, whatever is known of others.
    Unknown,
    Fixed(bool),
    /// The index among the facts of the scope.
    Fact(usize),
    Not(Box<Condition>),
    /// `and`, which is a fact of its own, too.
    All(usize, Vec<Condition>),
    /// `or`, likewise.
    Any(usize, Vec<Condition>),
}

impl Condition {
    pub(crate) fn negated(self) -> Self {
        match self {
            Self::Unknown => Self::Unknown,
            Self::Fixed(holds) => Self::Fixed(!holds),
            Self::Not(inner) => *inner,
            other => Self::Not(Box::new(other)),
        }
    }
}

/// What is said of a subject.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Claim {
    /// It counts as true.
    Holds,
    IsNone,
    /// It is this constant, which counts as true or not.
    Equals {
        value: String,
        holds: bool,
    },
}

/// Something that holds or does not, as long as nothing in it gets another value.
#[derive(Clone, Debug)]
pub(crate) struct Fact {
    /// An expression, as it is written.
    pub(crate) subject: String,
    pub(crate) claim: Claim,
    /// The names in it.
    pub(crate) names: Vec<String>,
}

impl Fact {
    /// Returns what follows for another fact about the same subject when this one holds or not.
    pub(crate) fn implies(&self, holds: bool, other: &Claim) -> Option<bool> {
        match (&self.claim, holds, other) {
            (Claim::IsNone, true, _) => Some(false),
            (Claim::Holds, true, Claim::IsNone) => Some(false),
            (Claim::Holds, _, Claim::Equals { holds: value, .. }) if *value != holds => Some(false),
            (Claim::Equals { .. }, true, Claim::IsNone) => Some(false),
            (Claim::Equals { holds: value, .. }, true, Claim::Holds) => Some(*value),
            (Claim::Equals { .. }, true, Claim::Equals { .. }) => Some(false),
            _ => None,
        }
    }
}

/// The facts that a scope asks about.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    list: Vec<Fact>,
    /// The facts about each subject, and how often there was talk of it.
    subjects: HashMap<String, (Vec<usize>, usize)>,
}

impl Facts {
    /// Returns the index of a fact, which may be new.
    pub(crate) fn note(
        &mut self,
        subject: &str,
        claim: Claim,
        names: impl FnOnce() -> Vec<String>,
    ) -> usize {
        if !self.subjects.contains_key(subject) {
            self.subjects.insert(subject.to_owned(), (Vec::new(), 0));
        }
        let next = self.list.len();
        let Some((known, mentions)) = self.subjects.get_mut(subject) else {
            return next;
        };
        *mentions += 1;
        if let Some(&index) = known.iter().find(|&&index| self.list[index].claim == claim) {
            return index;
        }
        known.push(next);
        self.list.push(Fact {
            subject: subject.to_owned(),
            claim,
            names: names(),
        });
        next
    }

    pub(crate) fn list(&self) -> &[Fact] {
        &self.list
    }

    /// Returns all facts about the subject of one.
    pub(crate) fn about_the_same(&self, index: usize) -> &[usize] {
        let subject = self.subjects.get(&self.list[index].subject);
        subject.map_or(&[], |(known, _)| known)
    }

    /// Returns whether there was talk of the fact's subject more than once, so that it is worth to keep in mind.
    pub(crate) fn comes_again(&self, index: usize) -> bool {
        let subject = self.subjects.get(&self.list[index].subject);
        subject.is_some_and(|(_, mentions)| *mentions > 1)
    }
}
