//! Goes along the steps of a scope and keeps what its names hold.

use std::collections::{HashMap, HashSet};

use super::state::{State, bits};
use super::{Flow, Unbound};
use crate::scope::{Scope, Use, UseKind};
use crate::step::{Arm, Block, Loop, Step, Try};

/// More findings of a kind than this are never told.
const FOUND: usize = 100;

/// The ends of the rounds of one loop.
#[derive(Default)]
pub(super) struct Rounds {
    breaks: Option<State>,
}

pub(super) struct Follower<'a> {
    pub(super) scope: &'a Scope,
    pub(super) symbols: HashMap<&'a str, usize>,
    pub(super) rebound: HashSet<&'a str>,
    /// `None` where nothing comes by.
    pub(super) state: Option<State>,
    /// For each `try` around the place: what may hold when something is raised in it.
    pub(super) raised: Vec<Vec<u8>>,
    pub(super) loops: Vec<Rounds>,
    pub(super) follows_parameters: bool,
    pub(super) flow: Flow,
}

impl Follower<'_> {
    pub(super) fn block(&mut self, block: &Block) {
        let is_alive = self.state.is_some();
        for step in block {
            if self.state.is_none() {
                if !is_alive {
                    return;
                }
                // Told once; what follows is as dead.
                if let Step::Statement(range) = step {
                    if self.flow.unreachable.len() < FOUND {
                        self.flow.unreachable.push(range.clone());
                    }
                    return;
                }
                continue;
            }
            self.step(step);
        }
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Statement(_)
            | Step::Calm
            | Step::Unlikely
            | Step::Assume(_)
            | Step::Change(_) => {}
            Step::Choice { arm, otherwise } => {
                self.block(&arm.test);
                self.block(&arm.body);
                self.block(otherwise);
            }
            Step::Use(index) => self.use_name(*index),
            Step::Enter(index) => self.enter(&mut Vec::new(), &self.scope.children[*index]),
            Step::Define(index) => self.define(&mut Vec::new(), &self.scope.children[*index]),
            Step::If { arms, otherwise } => self.branch(arms, otherwise),
            Step::Match {
                arms,
                is_exhaustive,
            } => self.cases(arms, *is_exhaustive),
            Step::Loop(looped) => self.follow_loop(looped),
            Step::Try(tried) => self.follow_try(tried),
            Step::With(body) => self.with(body),
            Step::Return | Step::Raise => self.state = None,
            Step::Break => {
                let state = self.state.take();
                if let Some(rounds) = self.loops.last_mut() {
                    rounds.breaks = State::join(rounds.breaks.take(), state);
                }
            }
            // What a round adds for the next one is known before the loop is followed.
            Step::Continue => self.state = None,
        }
    }

    fn use_name(&mut self, index: usize) {
        let scope = self.scope;
        let used = &scope.uses[index];
        let bits = match used.kind {
            UseKind::Read => return self.read(used),
            UseKind::Bind | UseKind::Parameter => bits::BOUND,
            UseKind::Delete => {
                self.read(used);
                bits::DELETED
            }
            UseKind::Forget => bits::FORGOTTEN,
            UseKind::Declare | UseKind::Global | UseKind::Nonlocal => return,
        };
        if used.kind == UseKind::Parameter {
            return;
        }
        let Some(&symbol) = self.symbols.get(used.name.as_str()) else {
            return;
        };
        self.set(symbol, bits);
    }

    fn set(&mut self, symbol: usize, bits: u8) {
        if let Some(state) = &mut self.state {
            state.bits[symbol] = bits;
            for raised in &mut self.raised {
                raised[symbol] |= bits;
            }
        }
    }

    /// Judges one read, if its name belongs to the scope.
    fn read(&mut self, used: &Use) {
        let Some(&symbol) = self.symbols.get(used.name.as_str()) else {
            return;
        };
        let Some(state) = &self.state else { return };
        let held = state.bits[symbol];
        let is_doubtful = state.is_doubtful;
        if held & bits::PARAMETER != 0 {
            self.flow.read_parameters.insert(used.name.clone());
        }
        const WAITED: u8 = bits::SKIPPED | bits::CARRIED;
        let unbound = if held & (bits::BOUND | bits::PARAMETER) == 0 && held & WAITED != WAITED {
            if held & (bits::UNBOUND | bits::SKIPPED) != 0 {
                Unbound::Never
            } else if held & bits::FORGOTTEN != 0 {
                Unbound::Forgotten
            } else {
                Unbound::Deleted
            }
        } else if held & bits::UNBOUND != 0 {
            Unbound::Branch
        } else if held & bits::SKIPPED != 0 {
            Unbound::Skipped
        } else {
            return;
        };
        if used.guarded
            && let Some(state) = &mut self.state
        {
            // Where it goes on, there was a value.
            state.bits[symbol] = bits::BOUND;
            return;
        }
        if is_doubtful || self.rebound.contains(used.name.as_str()) {
            return;
        }
        if self.flow.unbound.len() < FOUND {
            self.flow.unbound.push((used.clone(), unbound));
        }
        // Told once: what reads it later fails no more than this.
        self.set(symbol, bits::BOUND);
    }

    /// A class body or comprehension: what it reads of this scope, it reads now.
    fn enter<'s>(&mut self, inside: &mut Vec<&'s Scope>, child: &'s Scope) {
        for used in child.free_reads(inside) {
            if !used.is_aside {
                self.read(used);
            }
        }
        inside.push(child);
        for inner in &child.children {
            if inner.kind.is_deferred() {
                self.define(inside, inner);
            } else {
                self.enter(inside, inner);
            }
        }
        inside.pop();
    }

    /// A function: it reads later, so that it may see whatever its names hold by then.
    fn define<'s>(&mut self, inside: &mut Vec<&'s Scope>, child: &'s Scope) {
        if !self.follows_parameters {
            return;
        }
        for used in child.free_reads(inside) {
            if let Some(&symbol) = self.symbols.get(used.name.as_str())
                && let Some(state) = &self.state
                && state.bits[symbol] & bits::PARAMETER != 0
            {
                self.flow.read_parameters.insert(used.name.clone());
            }
        }
        inside.push(child);
        for inner in &child.children {
            self.define(inside, inner);
        }
        inside.pop();
    }

    fn branch(&mut self, arms: &[Arm], otherwise: &Block) {
        let start = self.state.clone();
        let mut end = None;
        for Arm { test, body, .. } in arms {
            self.block(test);
            let before = self.state.clone();
            self.state = self.state.take().map(State::inside_branch);
            self.block(body);
            end = State::join(end, std::mem::replace(&mut self.state, before));
        }
        self.state = self.state.take().map(State::inside_branch);
        self.block(otherwise);
        self.meet(end, start.as_ref());
    }

    /// Goes on after branches that began at `start`, the last of them still open.
    fn meet(&mut self, others: Option<State>, start: Option<&State>) {
        let end = State::join(others, self.state.take());
        self.state = match start {
            Some(start) => end.map(|end| end.after_branches(start)),
            None => end,
        };
    }

    fn cases(&mut self, arms: &[Arm], is_exhaustive: bool) {
        let before = self.state.clone();
        let mut end = None;
        for Arm { test, body, .. } in arms {
            self.state = before.clone().map(State::inside_branch);
            self.block(test);
            self.block(body);
            end = State::join(end, self.state.take());
        }
        if !is_exhaustive {
            self.state = before.clone().map(State::inside_branch);
        }
        self.meet(end, before.as_ref());
    }

    fn follow_loop(&mut self, looped: &Loop) {
        let gained = self.gained(&[&looped.test, &looped.target, &looped.body]);
        if let Some(state) = &mut self.state {
            for (&symbol, bits) in &gained {
                let held = &mut state.bits[symbol];
                *held |= if *held & bits::UNBOUND != 0 && bits & bits::BOUND != 0 {
                    bits & !bits::BOUND | bits::CARRIED
                } else {
                    *bits
                };
            }
        }
        self.block(&looped.test);
        let ended = self.state.clone();
        self.loops.push(Rounds::default());
        self.block(&looped.target);
        self.block(&looped.body);
        let round = self.state.take();
        let rounds = self.loops.pop().unwrap_or_default();
        self.state = if looped.is_endless {
            None
        } else {
            // Without a round, nothing is bound that a round binds.
            ended.map(|mut state| {
                for (&symbol, bits) in &gained {
                    let held = &mut state.bits[symbol];
                    if bits & bits::BOUND == 0 || *held & bits::UNBOUND == 0 {
                        continue;
                    }
                    let every_round = round.as_ref().is_none_or(|round| {
                        round.bits[symbol] & (bits::UNBOUND | bits::SKIPPED) == 0
                    });
                    *held = *held & !bits::CARRIED | bits::BOUND;
                    if every_round {
                        *held = *held & !bits::UNBOUND | bits::SKIPPED;
                    }
                }
                state
            })
        };
        self.block(&looped.orelse);
        self.state = State::join(self.state.take(), rounds.breaks);
    }

    /// What the blocks do to names of the scope, wherever in them.
    fn gained(&self, blocks: &[&Block]) -> HashMap<usize, u8> {
        let mut gained = HashMap::new();
        for block in blocks {
            self.gain(block, &mut gained);
        }
        gained
    }

    fn gain(&self, block: &Block, gained: &mut HashMap<usize, u8>) {
        for step in block {
            if let Step::Use(index) = step {
                let used = &self.scope.uses[*index];
                let bits = match used.kind {
                    UseKind::Bind => bits::BOUND,
                    UseKind::Delete => bits::DELETED,
                    UseKind::Forget => bits::FORGOTTEN,
                    _ => continue,
                };
                if let Some(&symbol) = self.symbols.get(used.name.as_str()) {
                    *gained.entry(symbol).or_default() |= bits;
                }
            }
            step.blocks(&mut |block| self.gain(block, gained));
        }
    }

    fn follow_try(&mut self, tried: &Try) {
        let Some(before) = &self.state else { return };
        let before = before.clone();
        let breaks = self.loops.last_mut().and_then(|it| it.breaks.take());
        // What is raised in the handlers ends up in `finally` as well.
        self.raised.push(before.bits.clone());
        self.raised.push(before.bits.clone());
        self.block(&tried.body);
        let caught = self.raised.pop().unwrap_or_default();
        let caught = self.doubted(caught, &tried.body, before.is_doubtful);
        self.block(&tried.orelse);
        let mut end = self.state.take();
        for handler in &tried.handlers {
            self.state = Some(caught.clone().inside_branch());
            self.block(handler);
            end = State::join(end, self.state.take());
        }
        let escaped = self.raised.pop().unwrap_or_default();
        let escaped = self.doubted(escaped, &tried.body, before.is_doubtful);
        let passing = self.loops.last_mut().and_then(|it| it.breaks.take());
        if tried.finally.is_empty() {
            self.state = end;
            self.put_breaks(State::join(breaks, passing));
            return;
        }
        // Followed once for all ways into it; then what it does is done to each way out.
        let done = self.gained(&[&tried.finally]);
        self.state = State::join(Some(escaped), end.clone());
        self.block(&tried.finally);
        let finished = self.state.take();
        let leave = |way: Option<State>| -> Option<State> {
            let (mut way, finished) = (way?, finished.as_ref()?);
            for &symbol in done.keys() {
                way.bits[symbol] = finished.bits[symbol];
            }
            Some(way)
        };
        self.state = leave(end);
        let passing = leave(passing);
        self.put_breaks(State::join(breaks, passing));
    }

    fn put_breaks(&mut self, state: Option<State>) {
        if let Some(rounds) = self.loops.last_mut() {
            rounds.breaks = State::join(rounds.breaks.take(), state);
        }
    }

    /// What holds after something was raised: it is not known how far the body came.
    fn doubted(&self, mut held: Vec<u8>, body: &Block, is_doubtful: bool) -> State {
        for (symbol, bits) in self.gained(&[body]) {
            if bits & bits::BOUND != 0 && held[symbol] & bits::UNBOUND != 0 {
                held[symbol] = held[symbol] & !bits::UNBOUND | bits::SKIPPED;
            }
        }
        State {
            bits: held,
            is_doubtful,
        }
    }

    fn with(&mut self, body: &Block) {
        let Some(before) = &self.state else { return };
        self.raised.push(before.bits.clone());
        self.block(body);
        let held = self.raised.pop().unwrap_or_default();
        if self.state.is_none() {
            // The context manager may swallow what is raised, so what follows may be reached.
            self.state = Some(self.doubted(held, body, true));
        }
    }
}
