//! Follows the steps of a scope: which names hold a value where, and what is never reached.
//!
//! One pass is enough. What a loop's later rounds add is that names may be bound which the loop binds, and that is
//! known before the loop is followed.

mod follower;
mod search;
mod state;
mod way;

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use crate::scope::{Scope, ScopeKind, Use, UseKind};
use crate::step::{Block, Step};
use follower::Follower;
use search::{Outcome, Search};
use state::{State, bits};

/// A read of a name that may not hold a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unbound {
    /// On every way, nothing has been bound yet.
    Never,
    /// On every way, `del` has taken the value away.
    Deleted,
    /// On every way, the `except` that bound it is over.
    Forgotten,
    /// A branch leaves it without a value.
    Branch,
    /// A loop that may run zero times, or an exception, leaves it without a value.
    Skipped,
}

/// What following a scope has shown.
#[derive(Debug, Default)]
pub(crate) struct Flow {
    /// Reads of names of the scope that may have no value, each name once, with what is known of the read.
    pub(crate) unbound: Vec<(Use, Unbound)>,
    /// The first statement of every stretch that is never reached.
    pub(crate) unreachable: Vec<Range<usize>>,
    /// The end of the scope is reached.
    pub(crate) falls_off: bool,
    /// Names that hold nothing any more at the end, whichever way led there.
    pub(crate) gone: HashSet<String>,
    /// Parameters whose passed value may be read, if asked for.
    pub(crate) read_parameters: HashSet<String>,
}

/// The most that may be asked of a state altogether; a body that needs more is data rather than code.
const WORK: usize = 100_000_000;

/// With more branches than this, what belongs together is known to who has written it, and to nobody else.
const BRANCHES: usize = 10;

impl Flow {
    /// Follows one scope; not those that it defines.
    ///
    /// Nothing is found in a scope that is out of all proportion.
    pub(crate) fn of(scope: &Scope) -> Self {
        Self::follow(scope, false)
    }

    /// Follows the scope of the function that a body is: what becomes of its parameters is of interest too.
    pub(crate) fn of_body(scope: &Scope) -> Self {
        Self::follow(scope, true)
    }

    fn follow(scope: &Scope, follows_parameters: bool) -> Self {
        let mut names: Vec<&str> = scope.names().filter(|name| scope.owns(name)).collect();
        names.sort_unstable();
        if names.len().saturating_mul(count(&scope.steps)) > WORK {
            return Self {
                read_parameters: names.into_iter().map(str::to_owned).collect(),
                ..Self::default()
            };
        }
        let symbols: HashMap<&str, usize> = names
            .iter()
            .enumerate()
            .map(|(index, name)| (*name, index))
            .collect();
        let mut start = vec![bits::UNBOUND; names.len()];
        for (name, &index) in &symbols {
            if scope.uses_as(name, UseKind::Parameter) {
                start[index] = bits::PARAMETER;
            }
        }
        let mut rebound = HashSet::new();
        scope
            .children
            .iter()
            .for_each(|child| collect_rebound(child, &mut rebound));
        let mut follower = Follower {
            scope,
            symbols,
            rebound,
            state: Some(State::new(start)),
            raised: Vec::new(),
            loops: Vec::new(),
            follows_parameters,
            flow: Self::default(),
        };
        follower.block(&scope.steps);
        let Follower {
            state, mut flow, ..
        } = follower;
        flow.confirm(scope);
        if let Some(state) = state {
            flow.falls_off = !state.is_doubtful;
            flow.gone = names
                .iter()
                .zip(&state.bits)
                .filter(|(_, bits)| **bits & !(bits::DELETED | bits::FORGOTTEN) == 0)
                .map(|(name, _)| (*name).to_owned())
                .collect();
        }
        flow
    }
}

impl Flow {
    /// Looks at names that may have no value once more, and with what branches ask in mind.
    fn confirm(&mut self, scope: &Scope) {
        // Of a module only what never had a value is told.
        if self.unbound.is_empty() || scope.kind == ScopeKind::Module {
            return;
        }
        let is_intricate = branches(&scope.steps) > BRANCHES;
        let suspicions = std::mem::take(&mut self.unbound);
        let mut looked_at = HashSet::new();
        for (used, why) in suspicions {
            if !looked_at.insert(used.name.clone()) {
                continue;
            }
            match why {
                Unbound::Deleted | Unbound::Forgotten => self.unbound.push((used, why)),
                Unbound::Branch | Unbound::Skipped if is_intricate => {}
                Unbound::Never | Unbound::Branch | Unbound::Skipped => {
                    let Outcome::Unbound { used, is_bound } = Search::new(scope, &used.name).run()
                    else {
                        continue;
                    };
                    match why {
                        Unbound::Never if !is_bound => self.unbound.push((used.clone(), why)),
                        _ if is_intricate => {}
                        Unbound::Never => self.unbound.push((used.clone(), Unbound::Skipped)),
                        why => self.unbound.push((used.clone(), why)),
                    }
                }
            }
        }
    }
}

/// Returns how many branches, loops and handlers there are.
fn branches(block: &Block) -> usize {
    let mut sum = 0;
    for step in block {
        sum += match step {
            Step::If { arms, .. } | Step::Match { arms, .. } => arms.len(),
            Step::Loop(_) => 1,
            Step::Try(tried) => tried.handlers.len(),
            _ => 0,
        };
        step.blocks(&mut |block| sum += branches(block));
    }
    sum
}

/// Returns how many blocks there are.
fn count(block: &Block) -> usize {
    let mut blocks = 1;
    for step in block {
        step.blocks(&mut |block| blocks += count(block));
    }
    blocks
}

/// Collects names that functions inside bind in a scope around them, at a time that nobody knows.
fn collect_rebound<'a>(scope: &'a Scope, names: &mut HashSet<&'a str>) {
    for used in &scope.uses {
        if matches!(used.kind, UseKind::Nonlocal | UseKind::Global) {
            names.insert(&used.name);
        }
    }
    for child in &scope.children {
        collect_rebound(child, names);
    }
}

/// Returns whether reads in this kind of scope fail when the scope has not bound the name yet.
pub(crate) fn is_strict(kind: ScopeKind) -> bool {
    matches!(kind, ScopeKind::Function | ScopeKind::Module)
}
