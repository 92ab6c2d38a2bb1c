//! One way to a point on which a name has no value yet, and what is known on it.

use crate::condition::{Condition, Facts};

/// More ways than this are not told apart.
const MOST: usize = 24;

/// What is known on a way: for each fact of the scope, whether it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Way {
    known: Vec<Option<bool>>,
    /// There is reason to think that nobody goes it.
    pub(super) is_unlikely: bool,
}

impl Way {
    pub(super) fn new(facts: &Facts) -> Self {
        Self {
            known: vec![None; facts.list().len()],
            is_unlikely: false,
        }
    }

    /// Goes on only where the condition holds, or does not; returns whether that can be.
    pub(super) fn assume(&mut self, facts: &Facts, condition: &Condition, holds: bool) -> bool {
        match condition {
            Condition::Unknown => true,
            Condition::Fixed(fixed) => *fixed == holds,
            Condition::Fact(index) => {
                !facts.comes_again(*index) || self.learn(facts, *index, holds)
            }
            Condition::Not(inner) => self.assume(facts, inner, !holds),
            Condition::All(whole, parts) => self.assume_parts(facts, *whole, parts, holds, true),
            Condition::Any(whole, parts) => self.assume_parts(facts, *whole, parts, holds, false),
        }
    }

    /// `and` for `all`, else `or`: one answer says something about each part, the other one about the last that is open.
    fn assume_parts(
        &mut self,
        facts: &Facts,
        whole: usize,
        parts: &[Condition],
        holds: bool,
        all: bool,
    ) -> bool {
        // Without a second look at each part, nothing ever follows from the whole.
        let is_of_use =
            facts.comes_again(whole) || parts.iter().all(|part| comes_again(facts, part));
        if is_of_use && !self.learn(facts, whole, holds) {
            return false;
        }
        if holds == all {
            return parts.iter().all(|part| self.assume(facts, part, all));
        }
        let mut open = parts.iter().filter(|part| self.answer(part) != Some(all));
        match (open.next(), open.next()) {
            (None, _) => false,
            (Some(last), None) => {
                let last = last.clone();
                self.assume(facts, &last, !all)
            }
            _ => true,
        }
    }

    /// Returns whether a condition holds, as far as is known.
    fn answer(&self, condition: &Condition) -> Option<bool> {
        match condition {
            Condition::Unknown => None,
            Condition::Fixed(holds) => Some(*holds),
            Condition::Fact(index) => self.known[*index],
            Condition::Not(inner) => self.answer(inner).map(|holds| !holds),
            Condition::All(whole, parts) => self.known[*whole].or_else(|| {
                let mut answers = parts.iter().map(|part| self.answer(part));
                let all = answers.clone().all(|it| it == Some(true));
                if all {
                    Some(true)
                } else {
                    answers.any(|it| it == Some(false)).then_some(false)
                }
            }),
            Condition::Any(whole, parts) => self.known[*whole].or_else(|| {
                let mut answers = parts.iter().map(|part| self.answer(part));
                let none = answers.clone().all(|it| it == Some(false));
                if none {
                    Some(false)
                } else {
                    answers.any(|it| it == Some(true)).then_some(true)
                }
            }),
        }
    }

    fn learn(&mut self, facts: &Facts, index: usize, holds: bool) -> bool {
        if let Some(known) = self.known[index] {
            return known == holds;
        }
        self.known[index] = Some(holds);
        let fact = &facts.list()[index];
        for &other in facts.about_the_same(index) {
            if other != index
                && let Some(holds) = fact.implies(holds, &facts.list()[other].claim)
            {
                match self.known[other] {
                    Some(known) if known != holds => return false,
                    _ => self.known[other] = Some(holds),
                }
            }
        }
        true
    }

    /// Draws what follows from an `and` that does not hold, or an `or` that does; returns whether that can be.
    pub(super) fn conclude(&mut self, facts: &Facts, wholes: &[&Condition]) -> bool {
        wholes.iter().all(|condition| match condition {
            Condition::All(whole, parts) if self.known[*whole] == Some(false) => {
                self.assume_parts(facts, *whole, parts, false, true)
            }
            Condition::Any(whole, parts) if self.known[*whole] == Some(true) => {
                self.assume_parts(facts, *whole, parts, true, false)
            }
            _ => true,
        })
    }

    /// Forgets what was known of those facts.
    pub(super) fn forget(&mut self, stale: impl Iterator<Item = usize>) {
        for index in stale {
            self.known[index] = None;
        }
    }

    /// Keeps what is known on another way as well.
    fn meet(&mut self, other: &Self) {
        for (mine, others) in self.known.iter_mut().zip(&other.known) {
            if mine != others {
                *mine = None;
            }
        }
        self.is_unlikely &= other.is_unlikely;
    }
}

/// All that is known of a point: the ways to it on which the name has no value, and whether there are
/// others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Point {
    pub(super) ways: Vec<Way>,
    /// There is one on which it has a value.
    pub(super) is_bound: bool,
    /// There is one on which its value has been taken away, which is not judged here.
    pub(super) is_gone: bool,
}

impl Point {
    pub(super) fn is_reached(&self) -> bool {
        self.is_bound || self.is_gone || !self.ways.is_empty()
    }

    pub(super) fn doubt(&mut self) {
        for way in &mut self.ways {
            way.is_unlikely = true;
        }
    }

    /// The ways of both.
    pub(super) fn join(&mut self, other: Self) {
        self.is_bound |= other.is_bound;
        self.is_gone |= other.is_gone;
        for way in other.ways {
            if let Some(same) = self.ways.iter_mut().find(|it| it.known == way.known) {
                same.is_unlikely &= way.is_unlikely;
                continue;
            }
            let is_full = self.ways.len() >= MOST;
            match self.ways.last_mut() {
                Some(last) if is_full => last.meet(&way),
                _ => self.ways.push(way),
            }
        }
    }
}

/// Returns whether each part of a condition is asked for elsewhere too.
fn comes_again(facts: &Facts, condition: &Condition) -> bool {
    match condition {
        Condition::Unknown => false,
        Condition::Fixed(_) => true,
        Condition::Fact(index) => facts.comes_again(*index),
        Condition::Not(inner) => comes_again(facts, inner),
        Condition::All(_, parts) | Condition::Any(_, parts) => {
            parts.iter().all(|part| comes_again(facts, part))
        }
    }
}
