//! Looks for a way to a read of one name on which it has no value.
//!
//! What holds on a way is kept in mind: where two branches ask the same, and nothing in the question got another value in
//! between, they go the same way. So this is slow, and for names that a quick look has found suspicious.

use std::collections::HashSet;

use super::way::{Point, Way};
use crate::condition::{Condition, Fact};
use crate::scope::{Scope, Use, UseKind};
use crate::step::{Arm, Block, Loop, Step, Try};

/// The most that may be done for one name.
const WORK: usize = 200_000;

/// How often a loop is gone round: what is known at its head changes with each of the first rounds.
const ROUNDS: usize = 4;

/// What was found.
#[derive(Debug)]
pub(super) enum Outcome<'a> {
    /// There is a value wherever the name is read, as far as can be told.
    Fine,
    /// The first read with a way to it on which there is none; `is_bound` if there is another way, on which there is one.
    Unbound { used: &'a Use, is_bound: bool },
}

/// Where the rounds of a loop end early.
#[derive(Default)]
struct Exits {
    breaks: Point,
    continues: Point,
}

pub(super) struct Search<'a> {
    scope: &'a Scope,
    name: &'a str,
    point: Point,
    /// For each `try` around the place: where its handlers begin.
    raised: Vec<Point>,
    loops: Vec<Exits>,
    /// The reads with a way to them on which there is no value, in the order in which they were found.
    found: Vec<&'a Use>,
    /// The places of reads with a way to them on which there is one.
    bound: HashSet<usize>,
    /// Every `and` and `or` that branches of the scope ask.
    wholes: Vec<&'a Condition>,
    work: usize,
    /// What a way costs, for all that has to be kept in mind.
    weight: usize,
}

impl<'a> Search<'a> {
    pub(super) fn new(scope: &'a Scope, name: &'a str) -> Self {
        let mut wholes = Vec::new();
        collect_wholes(&scope.steps, &mut wholes);
        let weight = 1 + (scope.facts.list().len() + wholes.len()) / 16;
        Self {
            scope,
            name,
            point: Point {
                ways: vec![Way::new(&scope.facts)],
                ..Point::default()
            },
            raised: Vec::new(),
            loops: Vec::new(),
            found: Vec::new(),
            bound: HashSet::new(),
            wholes,
            work: WORK,
            weight,
        }
    }

    pub(super) fn run(mut self) -> Outcome<'a> {
        self.block(&self.scope.steps);
        if self.work == 0 {
            // Of a scope out of all proportion nothing is told.
            return Outcome::Fine;
        }
        match self.found.first() {
            Some(used) => Outcome::Unbound {
                used,
                is_bound: self.bound.contains(&used.offset),
            },
            None => Outcome::Fine,
        }
    }

    fn block(&mut self, block: &'a Block) {
        for (index, step) in block.iter().enumerate() {
            if !self.point.is_reached() {
                return;
            }
            self.work = self
                .work
                .saturating_sub(1 + self.point.ways.len() * self.weight);
            if self.work == 0 {
                self.point = Point::default();
                return;
            }
            let is_calm = matches!(block.get(index + 1), Some(Step::Calm));
            if !(is_calm && matches!(step, Step::Statement(_))) {
                self.step(step);
            }
        }
    }

    fn step(&mut self, step: &'a Step) {
        match step {
            Step::Statement(_) => self.may_raise(),
            Step::Calm | Step::Define(_) => {}
            Step::Unlikely => self.point.doubt(),
            Step::Use(index) => self.use_name(*index),
            Step::Enter(index) => self.enter(&mut Vec::new(), &self.scope.children[*index]),
            Step::If { arms, otherwise } => self.branch(arms, otherwise),
            Step::Match {
                arms,
                is_exhaustive,
            } => self.cases(arms, *is_exhaustive),
            Step::Choice { arm, otherwise } => self.choose(arm, otherwise),
            Step::Assume(condition) => self.point = self.only(condition, true),
            Step::Change(text) => self.forget(|fact| fact.subject.contains(text.as_str())),
            Step::Loop(looped) => self.follow_loop(looped),
            Step::Try(tried) => self.follow_try(tried),
            Step::With(body) => self.with(body),
            Step::Return => self.point = Point::default(),
            Step::Raise => {
                self.may_raise();
                self.point = Point::default();
            }
            Step::Break => {
                let point = std::mem::take(&mut self.point);
                if let Some(exits) = self.loops.last_mut() {
                    exits.breaks.join(point);
                }
            }
            Step::Continue => {
                let point = std::mem::take(&mut self.point);
                if let Some(exits) = self.loops.last_mut() {
                    exits.continues.join(point);
                }
            }
        }
    }

    /// What goes on where the condition holds, or does not.
    fn only(&self, condition: &Condition, holds: bool) -> Point {
        let facts = &self.scope.facts;
        let mut point = self.point.clone();
        point.ways.retain_mut(|way| {
            way.assume(facts, condition, holds) && way.conclude(facts, &self.wholes)
        });
        point
    }

    fn forget(&mut self, is_stale: impl Fn(&Fact) -> bool) {
        let facts = self.scope.facts.list();
        let stale: Vec<usize> = (0..facts.len())
            .filter(|&index| is_stale(&facts[index]))
            .collect();
        for way in &mut self.point.ways {
            way.forget(stale.iter().copied());
        }
    }

    fn may_raise(&mut self) {
        for raised in &mut self.raised {
            raised.join(self.point.clone());
        }
    }

    fn use_name(&mut self, index: usize) {
        let used = &self.scope.uses[index];
        if used.name != self.name {
            if matches!(used.kind, UseKind::Bind | UseKind::Delete | UseKind::Forget) {
                self.forget(|fact| fact.names.contains(&used.name));
            }
            return;
        }
        match used.kind {
            UseKind::Read => self.read(used),
            UseKind::Bind => self.bind(),
            UseKind::Delete | UseKind::Forget => {
                let is_reached = self.point.is_reached();
                if used.kind == UseKind::Delete {
                    self.read(used);
                }
                self.point = Point {
                    is_gone: is_reached,
                    ..Point::default()
                };
            }
            UseKind::Parameter | UseKind::Declare | UseKind::Global | UseKind::Nonlocal => {}
        }
    }

    fn bind(&mut self) {
        self.point = Point {
            is_bound: self.point.is_reached(),
            ..Point::default()
        };
    }

    /// A read: where it goes on, there was a value.
    fn read(&mut self, used: &'a Use) {
        let is_unbound = self.point.ways.iter().any(|way| !way.is_unlikely);
        if is_unbound && !used.guarded && !self.found.iter().any(|it| it.offset == used.offset) {
            self.found.push(used);
        }
        if self.point.is_bound {
            self.bound.insert(used.offset);
        }
        self.point.ways.clear();
        self.point.is_gone = false;
    }

    /// A class body or comprehension: what it reads of this scope, it reads now.
    fn enter(&mut self, inside: &mut Vec<&'a Scope>, child: &'a Scope) {
        for used in child.free_reads(inside) {
            if !used.is_aside && used.name == self.name {
                self.read(used);
            }
        }
        inside.push(child);
        for inner in child.children.iter().filter(|it| !it.kind.is_deferred()) {
            self.enter(inside, inner);
        }
        inside.pop();
    }

    fn branch(&mut self, arms: &'a [Arm], otherwise: &'a Block) {
        let mut end = Point::default();
        for arm in arms {
            self.block(&arm.test);
            let rest = self.only(&arm.condition, false);
            self.point = self.only(&arm.condition, true);
            self.block(&arm.body);
            end.join(std::mem::replace(&mut self.point, rest));
        }
        if otherwise.is_empty() {
            self.doubt_alternatives(arms);
        }
        self.block(otherwise);
        self.point.join(end);
    }

    /// Who gives a name a value in each of three cases or more has said all cases, mostly.
    fn doubt_alternatives(&mut self, arms: &'a [Arm]) {
        const MANY: usize = 3;
        let ends = |step: &Step| {
            matches!(
                step,
                Step::Return | Step::Raise | Step::Break | Step::Continue
            )
        };
        let binds = |arm: &Arm| self.binds(&arm.body);
        let is_cared_for = |arm: &Arm| binds(arm) || arm.body.iter().any(ends);
        if arms.len() >= MANY && arms.iter().all(is_cared_for) && arms.iter().any(binds) {
            self.point.doubt();
        }
    }

    /// Returns whether a block gives the name a value, wherever in it.
    fn binds(&self, block: &Block) -> bool {
        block.iter().any(|step| {
            let mut binds = matches!(step, Step::Use(index) if {
                let used = &self.scope.uses[*index];
                used.kind == UseKind::Bind && used.name == self.name
            });
            step.blocks(&mut |block| binds = binds || self.binds(block));
            binds
        })
    }

    fn choose(&mut self, arm: &'a Arm, otherwise: &'a Block) {
        self.block(&arm.test);
        let before = self.point.clone();
        let rest = self.only(&arm.condition, false);
        let chosen = self.only(&arm.condition, true);
        self.point = chosen.clone();
        self.block(&arm.body);
        let mut end = std::mem::replace(&mut self.point, rest.clone());
        self.block(otherwise);
        // Mostly nothing has come of it, and the ways need not part.
        let is_same = end == chosen && self.point == rest;
        end.join(std::mem::take(&mut self.point));
        self.point = if is_same { before } else { end };
    }

    fn cases(&mut self, arms: &'a [Arm], is_exhaustive: bool) {
        let mut end = Point::default();
        for arm in arms {
            let rest = self.only(&arm.condition, false);
            self.point = self.only(&arm.condition, true);
            self.block(&arm.test);
            self.block(&arm.body);
            end.join(std::mem::replace(&mut self.point, rest));
        }
        if is_exhaustive {
            self.point = Point::default();
        }
        self.doubt_alternatives(arms);
        self.point.join(end);
    }

    fn follow_loop(&mut self, looped: &'a Loop) {
        let mut seen = Point::default();
        let mut end = Point::default();
        // What a function has made itself and gives a name a value by is hardly empty.
        let has_round =
            looped.is_of_own && (self.binds(&looped.target) || self.binds(&looped.body));
        self.loops.push(Exits::default());
        for round in 0..ROUNDS {
            seen.join(self.point.clone());
            self.may_raise();
            self.block(&looped.test);
            if looped.is_while || round == 0 {
                let mut over = self.only(&looped.condition, false);
                if round == 0 && has_round {
                    over.doubt();
                }
                end.join(over);
                self.point = self.only(&looped.condition, true);
            } else {
                end.join(self.point.clone());
            }
            self.block(&looped.target);
            self.block(&looped.body);
            if let Some(exits) = self.loops.last_mut() {
                self.point.join(std::mem::take(&mut exits.continues));
            }
            self.point.ways.retain(|way| !seen.ways.contains(way));
            let is_seen =
                self.point.is_bound <= seen.is_bound && self.point.is_gone <= seen.is_gone;
            if self.point.ways.is_empty() && is_seen {
                break;
            }
        }
        if !looped.is_endless {
            end.join(std::mem::take(&mut self.point));
        }
        let exits = self.loops.pop().unwrap_or_default();
        self.point = end;
        self.block(&looped.orelse);
        self.point.join(exits.breaks);
    }

    fn follow_try(&mut self, tried: &'a Try) {
        // What leaves a loop from here passes `finally`.
        let before = self.loops.last_mut().map(std::mem::take);
        // What is raised in the handlers ends up in `finally` as well.
        self.raised.push(Point::default());
        self.raised.push(Point::default());
        self.block(&tried.body);
        let caught = self.raised.pop().unwrap_or_default();
        self.block(&tried.orelse);
        let mut end = std::mem::take(&mut self.point);
        for handler in &tried.handlers {
            self.point = caught.clone();
            self.block(handler);
            end.join(std::mem::take(&mut self.point));
        }
        let escaped = self.raised.pop().unwrap_or_default();
        let passing = self.loops.last_mut().map(std::mem::take);
        self.finish(tried, escaped);
        if let (Some(mut before), Some(passing)) = (before, passing) {
            before.breaks.join(self.finish(tried, passing.breaks));
            before.continues.join(self.finish(tried, passing.continues));
            if let Some(exits) = self.loops.last_mut() {
                let of_finally = std::mem::replace(exits, before);
                exits.breaks.join(of_finally.breaks);
                exits.continues.join(of_finally.continues);
            }
        }
        self.point = self.finish(tried, end);
    }

    /// Goes through `finally` from a point.
    fn finish(&mut self, tried: &'a Try, from: Point) -> Point {
        self.point = from;
        self.block(&tried.finally);
        std::mem::take(&mut self.point)
    }

    fn with(&mut self, body: &'a Block) {
        self.raised.push(Point::default());
        self.block(body);
        self.may_raise();
        let raised = self.raised.pop().unwrap_or_default();
        if !self.point.is_reached() {
            // The context manager may swallow what is raised, so what follows may be reached.
            self.point = raised;
            self.point.doubt();
        }
    }
}

/// Collects every `and` and `or` that branches ask.
fn collect_wholes<'a>(block: &'a Block, wholes: &mut Vec<&'a Condition>) {
    for step in block {
        match step {
            Step::If { arms, .. } | Step::Match { arms, .. } => {
                arms.iter()
                    .for_each(|arm| collect_parts(&arm.condition, wholes));
            }
            Step::Choice { arm, .. } => collect_parts(&arm.condition, wholes),
            Step::Loop(looped) => collect_parts(&looped.condition, wholes),
            Step::Assume(condition) => collect_parts(condition, wholes),
            _ => {}
        }
        step.blocks(&mut |block| collect_wholes(block, wholes));
    }
}

fn collect_parts<'a>(condition: &'a Condition, wholes: &mut Vec<&'a Condition>) {
    match condition {
        Condition::Not(inner) => collect_parts(inner, wholes),
        Condition::All(_, parts) | Condition::Any(_, parts) => {
            wholes.push(condition);
            parts.iter().for_each(|part| collect_parts(part, wholes));
        }
        Condition::Unknown | Condition::Fixed(_) | Condition::Fact(_) => {}
    }
}
