//! How deep a text is nested, told from its tokens alone.
//!
//! A long chain is deep where Python nests it, as the parts of a sum are, and shallow where it does not, as the elements of
//! a table are, the operands of one `and`, and the products within a sum. So operators are counted by how tightly they
//! bind: those that bind tighter begin anew with each operand.

/// How tightly an operator binds, loosest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Binding {
    /// `lambda`, `if … else`, `:=`, `yield`, `for … in`.
    Loose,
    Or,
    And,
    Not,
    Comparison,
    BitOr,
    BitXor,
    BitAnd,
    Shift,
    Sum,
    Product,
    /// Signs, `**` and `await`, which nest in each other.
    Tight,
    /// What follows its operand: `.name`, `(…)` and `[…]`.
    Trailer,
}

impl Binding {
    const COUNT: usize = Self::Trailer as usize + 1;

    /// Returns whether any number of operands in a row is one level of the tree.
    fn is_flat(self) -> bool {
        matches!(self, Self::Or | Self::And | Self::Comparison)
    }
}

/// What of a token matters to how deep a text is nested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    Open,
    Close,
    /// What begins a new element or statement: `,` and `;`.
    Comma,
    Line,
    Indent,
    Dedent,
    /// What stands between operands or before one.
    Operator(Binding),
    /// `+` and `-`: a sign where no operand is before it.
    Sign,
    /// `not`: a part of `not in` where an operand is before it.
    Not,
    Operand,
    Other,
}

/// Refuses what is nested deeper than Python itself would take, before anything walks it with a stack of its own.
pub(crate) fn too_deep(marks: impl Iterator<Item = Mark>) -> Option<&'static str> {
    /// Limits of CPython's tokenizer.
    const BRACKETS: usize = 200;
    const INDENTS: usize = 99;
    /// Up to Python 3.12, CPython's compiler takes 2,983 levels and gives up at some more, up to 2,995.
    const LEVELS: usize = 2_983;

    const TOO_DEEP: Option<&str> = Some("an expression is nested too deeply, split it up");

    let mut open = vec![Chain::default()];
    let mut indents = 0_usize;
    let mut before = Mark::Line;
    for mark in marks {
        let follows_operand = matches!(before, Mark::Operand | Mark::Close);
        before = mark;
        match mark {
            Mark::Indent => indents += 1,
            Mark::Dedent => indents = indents.saturating_sub(1),
            Mark::Open => {
                if follows_operand && let Some(chain) = open.last_mut() {
                    chain.add(Binding::Trailer, true);
                }
                open.push(Chain::default());
            }
            Mark::Close => {
                if open.len() > 1
                    && let Some(closed) = open.pop()
                    && let Some(chain) = open.last_mut()
                {
                    chain.take(closed.levels() + 1);
                }
            }
            Mark::Comma => {
                if let Some(chain) = open.last_mut() {
                    chain.end();
                }
            }
            Mark::Line => {
                if levels(&open) > LEVELS {
                    return TOO_DEEP;
                }
                open = vec![Chain::default()];
            }
            Mark::Operator(_) | Mark::Sign | Mark::Not => {
                let binding = binding(mark, follows_operand);
                if let (Some(binding), Some(chain)) = (binding, open.last_mut()) {
                    chain.add(binding, follows_operand);
                }
            }
            Mark::Operand | Mark::Other => {}
        }
        if open.len() > BRACKETS {
            return Some("too many nested parentheses");
        }
        if indents >= INDENTS {
            return Some("too many levels of indentation");
        }
    }
    if levels(&open) > LEVELS {
        return TOO_DEEP;
    }
    None
}

/// What is left open is an error, but the parser goes down into it to find out.
fn levels(open: &[Chain]) -> usize {
    open.iter().map(Chain::levels).sum()
}

fn binding(mark: Mark, follows_operand: bool) -> Option<Binding> {
    match (mark, follows_operand) {
        (Mark::Operator(binding), _) => Some(binding),
        (Mark::Sign, true) => Some(Binding::Sum),
        (Mark::Sign, false) => Some(Binding::Tight),
        // `in` follows, and counts.
        (Mark::Not, true) => None,
        (Mark::Not, false) => Some(Binding::Not),
        _ => None,
    }
}

/// Operators and operands that follow each other within one pair of brackets.
#[derive(Default)]
struct Chain {
    /// For each kind of operator, how many there have been in the operand of looser ones that goes on.
    runs: [usize; Binding::COUNT],
    /// For each kind of operator, the levels of the deepest of its operands so far.
    operands: [usize; Binding::COUNT],
    /// The levels of the deepest element that is over.
    elements: usize,
}

impl Chain {
    fn add(&mut self, binding: Binding, follows_operand: bool) {
        let at = binding as usize;
        let mut levels = self.fold(at + 1);
        if !follows_operand {
            // `a ** -b`: what stands before goes on around it.
            levels += self.runs[at + 1..].iter().sum::<usize>();
        }
        self.operands[at] = self.operands[at].max(levels);
        if self.runs[at] == 0 || !binding.is_flat() {
            self.runs[at] += 1;
        }
        self.runs[at + 1..].fill(0);
        self.operands[at + 1..].fill(0);
    }

    /// Takes what was between brackets as an operand, or as a part of one.
    fn take(&mut self, levels: usize) {
        let operand = &mut self.operands[Binding::Trailer as usize];
        *operand = (*operand).max(levels);
    }

    /// Ends an element.
    fn end(&mut self) {
        self.elements = self.levels();
        self.runs.fill(0);
        self.operands.fill(0);
    }

    fn levels(&self) -> usize {
        self.elements.max(self.fold(0))
    }

    /// The levels of the operand that goes on, of operators that bind at least so tightly.
    fn fold(&self, from: usize) -> usize {
        let kinds = self.runs.iter().zip(&self.operands).skip(from).rev();
        kinds.fold(0, |levels, (run, operand)| levels.max(*operand) + run)
    }
}
