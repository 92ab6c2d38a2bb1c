//! What a scope does, step by step, in words of our own: just so much that it can be followed which names hold a value.

use std::ops::Range;

use crate::condition::Condition;

/// Steps that follow each other.
pub(crate) type Block = Vec<Step>;

/// One step.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// A statement begins.
    Statement(Range<usize>),
    /// The statement that has begun cannot raise, as none that gives a name a constant.
    Calm,
    /// A name is used: the index among the uses of the scope.
    Use(usize),
    /// A scope inside runs here, as a class body or a comprehension does: the index among the children.
    Enter(usize),
    /// A function is made here, to be called later: the index among the children.
    Define(usize),
    /// `if`: the first test that holds decides what runs.
    If {
        arms: Vec<Arm>,
        otherwise: Block,
    },
    /// `match`: the first pattern that fits decides what runs.
    Match {
        arms: Vec<Arm>,
        /// The last pattern fits anything.
        is_exhaustive: bool,
    },
    /// `a if b else c` and what follows `and` and `or`, as long as they bind nothing.
    Choice {
        arm: Arm,
        otherwise: Block,
    },
    /// What follows is hardly reached: after a call whose name says that it ends things, or where a module is missing.
    Unlikely,
    /// Where it goes on, this holds.
    Assume(Condition),
    /// An attribute or an element gets another value: its text.
    Change(String),
    Loop(Loop),
    Try(Try),
    /// `with`: a context manager may swallow what is raised in the block.
    With(Block),
    Return,
    /// `raise`, or a call that ends the program.
    Raise,
    Break,
    Continue,
}

/// A test or pattern, and what runs when it holds.
#[derive(Clone, Debug)]
pub(crate) struct Arm {
    pub(crate) condition: Condition,
    pub(crate) test: Block,
    pub(crate) body: Block,
}

/// `for` or `while`.
#[derive(Clone, Debug)]
pub(crate) struct Loop {
    /// What has to hold that there is a round: before each one for a `while`, before the first one for a `for`.
    pub(crate) condition: Condition,
    pub(crate) is_while: bool,
    /// It goes over something that the function has made itself, and not over what was handed to it.
    pub(crate) is_of_own: bool,
    /// What runs before each round and once more at the end: the test of a `while`.
    pub(crate) test: Block,
    /// What runs at the start of each round: the target of a `for`.
    pub(crate) target: Block,
    pub(crate) body: Block,
    pub(crate) orelse: Block,
    /// Only a `break` ends it: `while True`.
    pub(crate) is_endless: bool,
}

/// `try`.
#[derive(Clone, Debug)]
pub(crate) struct Try {
    pub(crate) body: Block,
    pub(crate) handlers: Vec<Block>,
    pub(crate) orelse: Block,
    pub(crate) finally: Block,
}

impl Step {
    /// Hands each block that is part of this step to `visit`.
    pub(crate) fn blocks<'a>(&'a self, visit: &mut impl FnMut(&'a Block)) {
        match self {
            Self::If { arms, otherwise } => {
                visit_arms(arms, visit);
                visit(otherwise);
            }
            Self::Choice {
                arm: Arm { test, body, .. },
                otherwise,
            } => [test, body, otherwise].into_iter().for_each(visit),
            Self::Match { arms, .. } => visit_arms(arms, visit),
            Self::Loop(Loop {
                test,
                target,
                body,
                orelse,
                ..
            }) => [test, target, body, orelse].into_iter().for_each(visit),
            Self::Try(Try {
                body,
                handlers,
                orelse,
                finally,
            }) => {
                visit(body);
                handlers.iter().for_each(&mut *visit);
                visit(orelse);
                visit(finally);
            }
            Self::With(body) => visit(body),
            Self::Statement(_)
            | Self::Calm
            | Self::Unlikely
            | Self::Assume(_)
            | Self::Change(_)
            | Self::Use(_)
            | Self::Enter(_)
            | Self::Define(_)
            | Self::Return
            | Self::Raise
            | Self::Break
            | Self::Continue => {}
        }
    }
}

fn visit_arms<'a>(arms: &'a [Arm], visit: &mut impl FnMut(&'a Block)) {
    for Arm { test, body, .. } in arms {
        visit(test);
        visit(body);
    }
}
