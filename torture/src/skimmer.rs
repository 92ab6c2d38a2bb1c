//! Counts replies without keeping them.

/// A command that no server has. The error that it gets is the same for every user and in every mode, and so shows
/// that all that was sent before has been answered.
pub(crate) const MARK: &[u8] = b"torture-mark-5b1f";

/// Reads replies of RESP2 and RESP3 in pieces of any size.
#[derive(Default)]
pub(crate) struct Skimmer {
    /// What is left of a line that has not ended.
    line: Vec<u8>,
    /// Bytes of a bulk string that are still to come.
    bulk: usize,
    /// How many elements each open array still lacks.
    open: Vec<u64>,
    /// Whether the open reply came unasked.
    push: bool,
    pub(crate) replies: u64,
    pub(crate) marked: bool,
}

impl Skimmer {
    pub(crate) fn skim(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            if self.bulk > 0 {
                let length = self.bulk.min(bytes.len());
                bytes = &bytes[length..];
                self.bulk -= length;
                if self.bulk == 0 {
                    self.ended();
                }
                continue;
            }
            let Some(end) = bytes.iter().position(|&byte| byte == b'\n') else {
                self.line.extend_from_slice(bytes);
                return;
            };
            if self.line.is_empty() {
                self.read_line(&bytes[..end]);
            } else {
                let mut line = std::mem::take(&mut self.line);
                line.extend_from_slice(&bytes[..end]);
                self.read_line(&line);
            }
            bytes = &bytes[end + 1..];
        }
    }

    fn read_line(&mut self, line: &[u8]) {
        let Some((kind, rest)) = line.split_first() else {
            return;
        };
        let number = || {
            let text = std::str::from_utf8(rest).unwrap_or_default().trim_end();
            text.parse::<i64>().unwrap_or(-1)
        };
        match kind {
            b'$' | b'!' | b'=' => match usize::try_from(number()) {
                // The line end belongs to it.
                Ok(length) => self.bulk = length + 2,
                Err(_) => self.ended(),
            },
            b'*' | b'~' | b'>' | b'%' => {
                if *kind == b'>' && self.open.is_empty() {
                    self.push = true;
                }
                match number() {
                    ..=0 => self.ended(),
                    length => {
                        let each = if *kind == b'%' { 2 } else { 1 };
                        self.open.push(length.unsigned_abs() * each);
                    }
                }
            }
            _ => {
                self.marked |= *kind == b'-'
                    && self.open.is_empty()
                    && rest.windows(MARK.len()).any(|window| window == MARK);
                self.ended();
            }
        }
    }

    fn ended(&mut self) {
        while let Some(lacking) = self.open.last_mut() {
            *lacking -= 1;
            if *lacking > 0 {
                return;
            }
            self.open.pop();
        }
        self.replies += u64::from(!self.push);
        self.push = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_are_counted_in_pieces_of_any_size() {
        let replies = b"+OK\r\n:1\r\n$-1\r\n$0\r\n\r\n$4\r\na\r\nb\r\n*2\r\n*0\r\n*1\r\n$1\r\na\r\n*-1\r\n\
            %1\r\n+a\r\n~1\r\n#t\r\n>2\r\n+push\r\n_\r\n,1.5\r\n-ERR unknown command 'torture-mark-5b1f'\r\n";
        for size in 1..replies.len() {
            let mut skimmer = Skimmer::default();
            for piece in replies.chunks(size) {
                assert!(!skimmer.marked);
                skimmer.skim(piece);
            }
            assert_eq!((skimmer.replies, skimmer.marked), (10, true), "{size}");
        }
    }

    #[test]
    fn a_mark_within_a_value_is_none() {
        let mut skimmer = Skimmer::default();
        skimmer.skim(b"*1\r\n-torture-mark-5b1f\r\n$17\r\ntorture-mark-5b1f\r\n");
        assert_eq!((skimmer.replies, skimmer.marked), (2, false));
    }
}
