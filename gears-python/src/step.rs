//! What a scope does, step by step, in words of our own: just so much that it can be followed which names hold a value.

use std::ops::Range;

/// Steps that follow each other.
pub(crate) type Block = Vec<Step>;

/// One step.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// A statement begins.
    Statement(Range<usize>),
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
    pub(crate) test: Block,
    pub(crate) body: Block,
}

/// `for` or `while`.
#[derive(Clone, Debug)]
pub(crate) struct Loop {
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
    for Arm { test, body } in arms {
        visit(test);
        visit(body);
    }
}
