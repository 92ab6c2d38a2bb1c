//! What the instructions of code are about to do.

use std::collections::{HashMap, HashSet};

use pyo3::prelude::*;

/// How far ahead is looked.
const AHEAD: usize = 64;

/// How far behind.
const BEHIND: usize = 6;

/// The numbers of this Python's instructions.
#[derive(FromPyObject)]
pub(super) struct Instructions {
    /// Nothing but room for the one before it.
    cache: Option<u8>,
    /// Has more of the number that belongs to the next one.
    extended: Option<u8>,
    load_const: u8,
    /// Takes a value once more; only older Pythons have it.
    dup_top: Option<u8>,
    with_except_start: u8,
    /// They enter a `with`.
    enters: HashSet<u8>,
    calls: HashSet<u8>,
    /// They load what has a name, by its number, below which there are so many bits.
    names: HashMap<u8, u32>,
    /// They go on elsewhere, or run other code.
    turns: HashSet<u8>,
}

impl Instructions {
    /// Says whether code begins by leaving a `with`, after at most two other
    /// instructions: those that put aside an exception or a value to return.
    ///
    /// It is left by calling `__exit__` with an exception, or with `None` three
    /// times, each of which is loaded, or loaded once and taken twice more.
    pub(super) fn leave_with(&self, code: &[u8]) -> bool {
        let mut coming = self.of(code);
        let coming: [Option<(u8, u8)>; 5] = std::array::from_fn(|_| coming.next());
        let is_exception = |taken: &Option<(u8, u8)>| {
            taken.is_some_and(|(number, _)| number == self.with_except_start)
        };
        coming[..2].iter().any(is_exception)
            || coming.windows(3).any(|taken| self.is_three_times(taken))
    }

    /// Says whether the first call that code makes, as it stands, is one of what has a
    /// name that is meant, or leaves a `with`.
    pub(super) fn call_first(&self, code: &[u8], is_meant: impl Fn(usize) -> bool) -> bool {
        let (mut has_name, mut more) = (false, 0);
        let mut last = [None; 3];
        for (number, argument) in self.of(code).take(AHEAD) {
            let argument = more << 8 | usize::from(argument);
            more = if Some(number) == self.extended {
                argument
            } else {
                0
            };
            last = [last[1], last[2], Some((number, argument as u8))];
            if number == self.with_except_start || self.is_three_times(&last) {
                return true;
            }
            if let Some(bits) = self.names.get(&number) {
                has_name |= is_meant(argument >> bits);
            } else if self.calls.contains(&number) {
                return has_name;
            } else if self.turns.contains(&number) {
                return false;
            }
        }
        false
    }

    /// Says whether the instruction at a place calls what has a name that is meant, as far as the
    /// ones right before it tell.
    pub(super) fn has_called(
        &self,
        code: &[u8],
        at: usize,
        is_meant: impl Fn(usize) -> bool,
    ) -> bool {
        let at = self.begin(code, at);
        if !code
            .get(at)
            .is_some_and(|number| self.calls.contains(number))
        {
            return false;
        }
        let before: Vec<_> = self.of(&code[..at]).collect();
        let last = before.iter().rev().take(BEHIND);
        last.take_while(|(number, _)| !self.calls.contains(number))
            .any(|(number, argument)| {
                let bits = self.names.get(number);
                bits.is_some_and(|bits| is_meant(usize::from(*argument) >> bits))
            })
    }

    /// Returns code behind the instruction at its beginning, if that one calls.
    pub(super) fn after_call<'c>(&self, code: &'c [u8]) -> &'c [u8] {
        match code {
            [number, _, rest @ ..] if self.calls.contains(number) => rest,
            _ => code,
        }
    }

    /// Says whether the instruction at a place calls an `__enter__`.
    pub(super) fn enters_at(&self, code: &[u8], at: usize) -> bool {
        let at = self.begin(code, at);
        code.get(at)
            .is_some_and(|number| self.enters.contains(number))
    }

    /// Says whether the instruction at a place calls an `__exit__`.
    pub(super) fn leaves_at(&self, code: &[u8], at: usize) -> bool {
        let at = self.begin(code, at);
        match code.get(at) {
            Some(number) if *number == self.with_except_start => true,
            Some(number) if self.calls.contains(number) => {
                let before: Vec<_> = self.of(&code[..at]).map(Some).collect();
                // The newest before the call itself may prepare it.
                let last = &before[before.len().saturating_sub(4)..];
                last.windows(3).any(|taken| self.is_three_times(taken))
            }
            _ => false,
        }
    }

    /// Returns where the instruction begins to whose room a place belongs.
    fn begin(&self, code: &[u8], mut at: usize) -> usize {
        while at >= 2 && code.get(at).copied() == self.cache {
            at -= 2;
        }
        at
    }

    fn is_three_times(&self, taken: &[Option<(u8, u8)>]) -> bool {
        taken[0].is_some_and(|(first, _)| first == self.load_const)
            && taken[1] == taken[2]
            && taken[1]
                .is_some_and(|(again, _)| Some(again) == self.dup_top || taken[0] == taken[1])
    }

    /// Returns the instructions of code, each with the number that belongs to it.
    fn of(&self, code: &[u8]) -> impl Iterator<Item = (u8, u8)> {
        code.chunks_exact(2)
            .map(|instruction| (instruction[0], instruction[1]))
            .filter(|(number, _)| Some(*number) != self.cache)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CACHE: u8 = 0;
    const LOAD_CONST: u8 = 1;
    const DUP_TOP: u8 = 2;
    const WITH_EXCEPT_START: u8 = 3;
    const OTHER: u8 = 4;
    const ENTER: u8 = 5;
    const CALL: u8 = 6;
    const NAME: u8 = 7;
    const JUMP: u8 = 8;
    const EXTENDED: u8 = 9;

    fn instructions() -> Instructions {
        Instructions {
            cache: Some(CACHE),
            extended: Some(EXTENDED),
            load_const: LOAD_CONST,
            dup_top: Some(DUP_TOP),
            with_except_start: WITH_EXCEPT_START,
            enters: [ENTER].into(),
            calls: [CALL].into(),
            names: [(NAME, 1)].into(),
            turns: [JUMP].into(),
        }
    }

    fn code(numbers: &[u8]) -> Vec<u8> {
        numbers.iter().flat_map(|number| [*number, 7]).collect()
    }

    #[test]
    fn withs_are_left_with_three_values_or_an_exception() {
        for numbers in [
            &[LOAD_CONST, LOAD_CONST, LOAD_CONST, OTHER][..],
            &[OTHER, CACHE, LOAD_CONST, CACHE, LOAD_CONST, LOAD_CONST],
            &[OTHER, OTHER, LOAD_CONST, DUP_TOP, DUP_TOP],
            &[OTHER, WITH_EXCEPT_START],
            &[WITH_EXCEPT_START, OTHER],
        ] {
            assert!(instructions().leave_with(&code(numbers)), "{numbers:?}");
        }
    }

    #[test]
    fn other_code_leaves_no_with() {
        for numbers in [
            &[][..],
            &[OTHER],
            &[LOAD_CONST, LOAD_CONST],
            &[LOAD_CONST, OTHER, OTHER],
            &[
                LOAD_CONST, DUP_TOP, OTHER, LOAD_CONST, LOAD_CONST, LOAD_CONST,
            ],
            &[OTHER, OTHER, WITH_EXCEPT_START],
        ] {
            assert!(!instructions().leave_with(&code(numbers)), "{numbers:?}");
        }
    }

    /// Says whether the first call of code is one of the method whose name has the number 3.
    fn calls(numbers: &[u8]) -> bool {
        instructions().call_first(&code(numbers), |name| name == 3)
    }

    #[test]
    fn the_first_call_is_found_by_the_name_of_its_method() {
        assert!(calls(&[OTHER, NAME, CACHE, OTHER, CALL]));
        assert!(calls(&[OTHER, LOAD_CONST, LOAD_CONST, LOAD_CONST, CALL]));
        for numbers in [
            &[OTHER, CALL, NAME, CALL][..],
            &[OTHER, JUMP, NAME, CALL],
            &[EXTENDED, NAME, CALL],
            &[NAME, OTHER],
        ] {
            assert!(!calls(numbers), "{numbers:?}");
        }
        assert!(!instructions().call_first(&code(&[NAME, CALL]), |name| name == 7));
        let after = code(&[CALL, OTHER]);
        assert_eq!(instructions().after_call(&after), &after[2..]);
        assert_eq!(instructions().after_call(&after[2..]), &after[2..]);
    }

    #[test]
    fn calls_that_have_begun_are_told_by_the_name_before_them() {
        let code = code(&[NAME, OTHER, CALL, OTHER, CALL]);
        let called: Vec<_> = (0..5)
            .filter(|at| instructions().has_called(&code, at * 2, |name| name == 3))
            .collect();
        assert_eq!(called, [2]);
        assert!(!instructions().has_called(&code, 4, |name| name == 7));
    }

    #[test]
    fn callers_enter_or_leave_a_with_or_do_not() {
        let numbers = [
            LOAD_CONST, LOAD_CONST, LOAD_CONST, OTHER, CALL, CACHE, CALL, ENTER,
        ];
        let (these, code) = (instructions(), code(&numbers));
        let left: Vec<_> = (0..8).filter(|at| these.leaves_at(&code, at * 2)).collect();
        assert_eq!(left, [4, 5]);
        let entered: Vec<_> = (0..8).filter(|at| these.enters_at(&code, at * 2)).collect();
        assert_eq!(entered, [7]);
        assert!(these.leaves_at(&[WITH_EXCEPT_START, 0], 0));
        assert!(!these.leaves_at(&code, 99));
    }
}
