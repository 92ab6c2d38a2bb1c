/// What a name may hold, one bit for each possibility.
pub(super) mod bits {
    /// Nothing yet.
    pub(crate) const UNBOUND: u8 = 1;
    /// Nothing yet, for a loop that ran zero times or an exception.
    pub(crate) const SKIPPED: u8 = 2;
    /// Nothing any more, after `del`.
    pub(crate) const DELETED: u8 = 4;
    /// Nothing any more, at the end of `except … as`.
    pub(crate) const FORGOTTEN: u8 = 8;
    /// The argument that was passed.
    pub(crate) const PARAMETER: u8 = 16;
    /// A value that was bound in the scope.
    pub(crate) const BOUND: u8 = 32;
    /// Together with `UNBOUND`: nothing in the first round of a loop, but what an earlier round bound in later ones.
    /// Together with `SKIPPED`: the same, in a branch, which may wait for the second round.
    pub(crate) const CARRIED: u8 = 64;
}

/// What all names of a scope may hold at one point.
#[derive(Clone, Debug)]
pub(super) struct State {
    pub(super) bits: Vec<u8>,
    /// The point is reached only if a context manager swallows an exception.
    pub(super) is_doubtful: bool,
}

impl State {
    pub(super) fn new(bits: Vec<u8>) -> Self {
        Self {
            bits,
            is_doubtful: false,
        }
    }

    /// What holds inside of a branch: in a loop, the branch may wait for the second round, so what earlier rounds bind
    /// may well be there.
    pub(super) fn inside_branch(mut self) -> Self {
        for bits in &mut self.bits {
            *bits = branched(*bits);
        }
        self
    }

    /// What holds after branches: those that leave a name alone change nothing about it.
    pub(super) fn after_branches(mut self, before: &Self) -> Self {
        for (bits, before) in self.bits.iter_mut().zip(&before.bits) {
            if *bits == branched(*before) {
                *bits = *before;
            }
        }
        self
    }

    /// What holds where two ways meet; `None` is a way that nothing takes.
    pub(super) fn join(one: Option<Self>, other: Option<Self>) -> Option<Self> {
        match (one, other) {
            (Some(mut one), Some(other)) => {
                if one.is_doubtful != other.is_doubtful {
                    return Some(if one.is_doubtful { other } else { one });
                }
                for (mine, others) in one.bits.iter_mut().zip(other.bits) {
                    *mine |= others;
                }
                Some(one)
            }
            (one, other) => one.or(other),
        }
    }
}

fn branched(held: u8) -> u8 {
    const FIRST: u8 = bits::UNBOUND | bits::CARRIED;
    if held & FIRST == FIRST {
        held & !bits::UNBOUND | bits::SKIPPED
    } else {
        held
    }
}
