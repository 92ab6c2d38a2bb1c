//! Frames that wait to be sent, or to be acknowledged. It sends nothing itself.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

/// So many frames may be on the way at once, however small they are: the replies of the peer
/// wait in memory as well.
pub(crate) const MOST_ON_THE_WAY: usize = 1024;

/// What a frame takes in memory beside its bytes, so that a queue of empty ones ends as well.
const BESIDE: usize = 64;

/// Frames to one run of a peer, in order. The first ones are on the way.
#[derive(Debug)]
pub(crate) struct Queue {
    frames: VecDeque<Frame>,
    /// How many of them are on the way on this connection, and their bytes.
    on_the_way: usize,
    bytes_on_the_way: usize,
    /// The bytes of all of them.
    bytes: usize,
    /// How many bytes are taken in.
    most: usize,
    /// The number of the last frame that was acknowledged.
    acknowledged: u64,
    /// The highest number that was ever sent to this run of the peer.
    highest: u64,
    counts: Counts,
    /// How many frames were taken in, ever.
    taken_in: u64,
}

/// What was sent since the link was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) frames: u64,
    pub(crate) bytes: u64,
    pub(crate) resent: u64,
}

#[derive(Debug)]
struct Frame {
    bytes: Arc<Vec<u8>>,
    since: Instant,
}

impl Queue {
    /// Makes an empty one, which takes in so many bytes.
    pub(crate) fn new(most: usize) -> Self {
        Self {
            frames: VecDeque::new(),
            on_the_way: 0,
            bytes_on_the_way: 0,
            bytes: 0,
            most,
            acknowledged: 0,
            highest: 0,
            counts: Counts::default(),
            taken_in: 0,
        }
    }

    /// Takes in a frame, if there is room. A frame that is larger than the queue gets into an
    /// empty one.
    pub(crate) fn push(&mut self, frame: Vec<u8>, now: Instant) -> bool {
        let held = self.bytes + self.frames.len() * BESIDE;
        if !self.frames.is_empty() && held >= self.most {
            return false;
        }
        self.bytes += frame.len();
        self.taken_in += 1;
        self.frames.push_back(Frame {
            bytes: Arc::new(frame),
            since: now,
        });
        true
    }

    /// Begins anew on a connection to a peer that has seen frames up to this one. Tells whether
    /// the frames that wait can go on from there.
    ///
    /// They cannot when the peer knows less than it has acknowledged, or more than was sent to
    /// it: then it is not known what became of them.
    pub(crate) fn resume(&mut self, last: u64) -> bool {
        self.on_the_way = 0;
        self.bytes_on_the_way = 0;
        if self.highest == 0 {
            // An earlier link of this process may have sent the others.
            self.acknowledged = last;
            self.highest = last;
            return true;
        }
        if !(self.acknowledged..=self.highest).contains(&last) {
            return false;
        }
        while self.acknowledged < last && self.drop_first() {}
        true
    }

    /// Drops all frames, and numbers those that come from behind this one on.
    pub(crate) fn restart(&mut self, last: u64) {
        self.frames.clear();
        self.on_the_way = 0;
        self.bytes_on_the_way = 0;
        self.bytes = 0;
        self.acknowledged = last;
        self.highest = last;
    }

    /// Drops all frames. The peer tells behind which one those that come from now on are.
    pub(crate) fn give_up(&mut self) {
        self.restart(0);
    }

    /// Returns the next frame to send with its number, if it is within the window.
    pub(crate) fn next(&mut self, window: u64) -> Option<(u64, Arc<Vec<u8>>)> {
        let frame = self.frames.get(self.on_the_way)?;
        let after = self.bytes_on_the_way + frame.bytes.len();
        let is_alone = self.on_the_way == 0;
        if !is_alone && (after as u64 > window || self.on_the_way >= MOST_ON_THE_WAY) {
            return None;
        }
        self.on_the_way += 1;
        self.bytes_on_the_way = after;
        let number = self.acknowledged + self.on_the_way as u64;
        if number > self.highest {
            self.highest = number;
            self.counts.frames += 1;
            self.counts.bytes += frame.bytes.len() as u64;
        } else {
            self.counts.resent += 1;
        }
        Some((number, Arc::clone(&frame.bytes)))
    }

    /// Notes that the peer has taken the first frame on the way. Tells whether it was this one.
    pub(crate) fn acknowledge(&mut self, number: u64) -> bool {
        self.on_the_way > 0 && number == self.acknowledged + 1 && self.drop_first()
    }

    /// Returns how many frames were taken in, ever.
    pub(crate) fn taken_in(&self) -> u64 {
        self.taken_in
    }

    /// Returns how many frames wait.
    pub(crate) fn len(&self) -> usize {
        self.frames.len()
    }

    /// Returns how many bytes wait.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Returns since when the first frame waits.
    pub(crate) fn waits_since(&self) -> Option<Instant> {
        Some(self.frames.front()?.since)
    }

    /// Returns what was sent.
    pub(crate) fn counts(&self) -> Counts {
        self.counts
    }

    fn drop_first(&mut self) -> bool {
        let Some(frame) = self.frames.pop_front() else {
            return false;
        };
        self.acknowledged += 1;
        self.bytes -= frame.bytes.len();
        if self.on_the_way > 0 {
            self.on_the_way -= 1;
            self.bytes_on_the_way -= frame.bytes.len();
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(sizes: &[usize]) -> Queue {
        let mut queue = Queue::new(usize::MAX);
        for &size in sizes {
            assert!(queue.push(vec![0; size], Instant::now()));
        }
        queue
    }

    fn sent(queue: &mut Queue, window: u64) -> Vec<u64> {
        std::iter::from_fn(|| Some(queue.next(window)?.0)).collect()
    }

    #[test]
    fn no_more_than_the_window_is_on_the_way_but_for_one_frame() {
        let mut queue = queue(&[40, 60, 1, 200, 1]);
        assert_eq!(sent(&mut queue, 100), [1, 2]);
        assert!(queue.acknowledge(1));
        assert_eq!(sent(&mut queue, 100), [3]);
        assert!(queue.acknowledge(2));
        assert_eq!(sent(&mut queue, 100), [0; 0]);
        assert!(queue.acknowledge(3));
        assert_eq!(sent(&mut queue, 100), [4]);
        assert_eq!(sent(&mut queue, 201), [5]);
        assert_eq!((queue.len(), queue.bytes()), (2, 201));
        let mut small = super::tests::queue(&[0; MOST_ON_THE_WAY + 1]);
        assert_eq!(sent(&mut small, 100).len(), MOST_ON_THE_WAY);
    }

    #[test]
    fn frames_go_on_with_their_numbers_where_the_peer_stopped() {
        let mut queue = queue(&[1, 2, 4, 8]);
        assert!(queue.resume(0));
        assert_eq!(sent(&mut queue, 7), [1, 2, 3]);
        assert!(queue.acknowledge(1));
        assert!(!queue.acknowledge(1));
        assert!(!queue.acknowledge(3));
        assert!(queue.resume(2));
        assert_eq!((queue.len(), queue.bytes()), (2, 12));
        assert_eq!(sent(&mut queue, 100), [3, 4]);
        let counts = Counts {
            frames: 4,
            bytes: 15,
            resent: 1,
        };
        assert_eq!(queue.counts(), counts);
        assert!(queue.resume(4));
        assert_eq!((queue.len(), queue.waits_since()), (0, None));
    }

    #[test]
    fn a_peer_that_forgot_or_knows_too_much_is_not_resumed() {
        let mut queue = queue(&[1, 2, 4]);
        assert!(queue.resume(0));
        assert_eq!(sent(&mut queue, 3), [1, 2]);
        assert!(queue.acknowledge(1));
        assert!(!queue.resume(0));
        assert!(!queue.resume(3));
        queue.restart(7);
        assert_eq!((queue.len(), queue.bytes()), (0, 0));
        assert!(queue.push(Vec::new(), Instant::now()));
        assert_eq!(sent(&mut queue, 0), [8]);
    }

    #[test]
    fn a_new_link_goes_on_behind_the_frames_of_an_earlier_one() {
        let mut queue = queue(&[1]);
        assert!(queue.resume(41));
        assert_eq!(sent(&mut queue, 1), [42]);
    }

    #[test]
    fn a_queue_is_full_at_its_bytes_and_takes_one_frame_in_any_case() {
        let mut queue = Queue::new(BESIDE * 3);
        assert!(queue.push(vec![0; 1000], Instant::now()));
        assert!(!queue.push(Vec::new(), Instant::now()));
        queue.restart(0);
        for _ in 0..3 {
            assert!(queue.push(Vec::new(), Instant::now()));
        }
        assert!(!queue.push(Vec::new(), Instant::now()));
    }
}
