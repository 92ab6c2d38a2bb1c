/// What of a token matters to how deep a text is nested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    Open,
    Close,
    Comma,
    Line,
    Indent,
    Dedent,
    Operator,
    Other,
}

/// Refuses what is nested deeper than Python itself would take, before anything walks it with a stack of its own.
pub(crate) fn too_deep(marks: impl Iterator<Item = Mark>) -> Option<&'static str> {
    /// Limits of CPython's tokenizer.
    const BRACKETS: usize = 200;
    const INDENTS: usize = 99;
    /// Every operator may be a level of the tree; CPython's compiler gives up between one and three thousand.
    const OPERATORS: usize = 1_000;

    // Operators since the last comma, for each bracket that is open, and their sum.
    let mut open = vec![0_usize];
    let mut total = 0_usize;
    let mut indents = 0_usize;
    for mark in marks {
        match mark {
            Mark::Indent => indents += 1,
            Mark::Dedent => indents = indents.saturating_sub(1),
            Mark::Open => open.push(0),
            Mark::Line => {
                open = vec![0];
                total = 0;
            }
            Mark::Comma => total -= open.last_mut().map_or(0, std::mem::take),
            Mark::Close | Mark::Operator => {
                if mark == Mark::Close && open.len() > 1 {
                    total -= open.pop().unwrap_or(0);
                }
                // A call on a call is a level too, so a bracket that closes counts as an operator.
                if let Some(top) = open.last_mut() {
                    *top += 1;
                    total += 1;
                }
            }
            Mark::Other => {}
        }
        if open.len() > BRACKETS {
            return Some("too many nested parentheses");
        }
        if indents >= INDENTS {
            return Some("too many levels of indentation");
        }
        if total > OPERATORS {
            return Some("an expression is nested too deeply, split it up");
        }
    }
    None
}
