//! What waits in a lane, and whether somebody does it.

use std::collections::VecDeque;

/// Pieces that are done in the order in which they came, by one at a time.
pub struct Queue<T> {
    waiting: VecDeque<T>,
    /// Whether somebody has the lane, or will.
    busy: bool,
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self {
            waiting: VecDeque::new(),
            busy: false,
        }
    }
}

impl<T> Queue<T> {
    /// Returns how many pieces wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Says whether nothing waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Looks at those that wait, in their order.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.waiting.iter()
    }

    /// Adds a piece; says whether nobody has the lane, so that who adds it has to find
    /// somebody.
    pub fn add(&mut self, piece: T) -> bool {
        self.waiting.push_back(piece);
        !std::mem::replace(&mut self.busy, true)
    }

    /// Takes the last piece back when nobody was found: nobody has the lane.
    pub fn give_back(&mut self) -> Option<T> {
        self.busy = false;
        self.waiting.pop_back()
    }

    /// Takes what is next, for who has the lane; without, nobody has it any more.
    pub fn take_next(&mut self) -> Option<T> {
        let next = self.waiting.pop_front();
        self.busy = next.is_some();
        next
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Queue;

    /// What happens to a lane, in any order.
    #[derive(Clone, Debug)]
    enum Turn {
        /// A piece comes; `found` says whether somebody is there to do it, if nobody is yet.
        Add { found: bool },
        /// Who has the lane goes on to the next piece.
        Next,
    }

    fn turns() -> impl Strategy<Value = Vec<Turn>> {
        let turn = prop_oneof![
            any::<bool>().prop_map(|found| Turn::Add { found }),
            Just(Turn::Next),
        ];
        proptest::collection::vec(turn, 0..100)
    }

    proptest! {
        #[test]
        fn pieces_are_done_in_their_order_by_one_at_a_time(turns in turns()) {
            let mut queue = Queue::default();
            let (mut taken_in, mut done, mut is_held) = (Vec::new(), Vec::new(), false);
            for (number, turn) in turns.into_iter().enumerate() {
                match turn {
                    Turn::Add { found } => {
                        let nobody = queue.add(number);
                        prop_assert_eq!(nobody, !is_held);
                        if is_held || found {
                            taken_in.push(number);
                            is_held = true;
                        } else {
                            prop_assert_eq!(queue.give_back(), Some(number));
                        }
                    }
                    Turn::Next if is_held => match queue.take_next() {
                        Some(piece) => done.push(piece),
                        None => is_held = false,
                    },
                    Turn::Next => {}
                }
                // Whatever waits, somebody has the lane and comes to it.
                prop_assert!(is_held || queue.is_empty());
                prop_assert_eq!(&taken_in[..done.len()], &done[..]);
                prop_assert_eq!(taken_in.len() - done.len(), queue.len());
            }
        }
    }
}
