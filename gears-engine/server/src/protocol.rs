//! Replies of the server as it writes them, read into our own.

use crate::Recorded;
use crate::reply::Part;

impl Recorded {
    /// Reads a whole reply, of either version of the protocol.
    ///
    /// Bytes that are no reply end it; the server does not write such.
    pub fn of_protocol(bytes: &[u8]) -> Self {
        let mut reader = Reader { rest: bytes };
        let mut reply = Self::new();
        while let Some(part) = reader.part() {
            reply.push(part);
        }
        reply
    }
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn part(&mut self) -> Option<Part> {
        let line = self.line()?;
        let (kind, line) = line.split_first()?;
        let text = || String::from_utf8_lossy(line).into_owned();
        Some(match kind {
            b'+' => Part::Status(text()),
            b'-' => Part::Error(text()),
            b':' => Part::Integer(number(line)?),
            b',' => Part::Double(std::str::from_utf8(line).ok()?.parse().ok()?),
            b'#' => Part::Bool(line == b"t"),
            b'(' => Part::BigNumber(line.to_vec()),
            b'_' => Part::Null,
            b'$' => match usize::try_from(number(line)?) {
                Ok(length) => Part::Bulk(self.block(length)?.to_vec()),
                Err(_) => Part::Null,
            },
            b'=' => {
                let block = self.block(usize::try_from(number(line)?).ok()?)?;
                let (format, bytes) = block.split_at_checked(4)?;
                Part::Verbatim([format[0], format[1], format[2]], bytes.to_vec())
            }
            b'*' | b'>' => match usize::try_from(number(line)?) {
                Ok(length) => Part::Array(length),
                Err(_) => Part::NullArray,
            },
            b'%' => Part::Map(usize::try_from(number(line)?).ok()?),
            b'~' => Part::Set(usize::try_from(number(line)?).ok()?),
            _ => return None,
        })
    }

    fn line(&mut self) -> Option<&'a [u8]> {
        let end = self.rest.windows(2).position(|pair| pair == b"\r\n")?;
        let line = &self.rest[..end];
        self.rest = &self.rest[end + 2..];
        Some(line)
    }

    fn block(&mut self, length: usize) -> Option<&'a [u8]> {
        let block = self.rest.get(..length)?;
        self.rest = self.rest.get(length.checked_add(2)?..)?;
        Some(block)
    }
}

fn number(line: &[u8]) -> Option<i64> {
    std::str::from_utf8(line).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Answer;

    fn parts(bytes: &[u8]) -> Vec<Part> {
        let mut reader = Reader { rest: bytes };
        std::iter::from_fn(|| reader.part()).collect()
    }

    #[test]
    fn scalars_keep_their_kinds() {
        assert_eq!(
            parts(
                b"+OK\r\n-ERR no\r\n:-5\r\n$3\r\na\r\n\r\n$-1\r\n*-1\r\n_\r\n#t\r\n,1.5\r\n(12\r\n"
            ),
            [
                Part::Status("OK".to_owned()),
                Part::Error("ERR no".to_owned()),
                Part::Integer(-5),
                Part::Bulk(b"a\r\n".to_vec()),
                Part::Null,
                Part::NullArray,
                Part::Null,
                Part::Bool(true),
                Part::Double(1.5),
                Part::BigNumber(b"12".to_vec()),
            ]
        );
    }

    #[test]
    fn collections_announce_their_elements() {
        assert_eq!(
            parts(b"%1\r\n+a\r\n~1\r\n:1\r\n*0\r\n=5\r\ntxt:b\r\n"),
            [
                Part::Map(1),
                Part::Status("a".to_owned()),
                Part::Set(1),
                Part::Integer(1),
                Part::Array(0),
                Part::Verbatim(*b"txt", b"b".to_vec()),
            ]
        );
    }

    #[test]
    fn what_is_no_reply_ends_it() {
        for bytes in [
            &b"$5\r\nab\r\n"[..],
            b"",
            b"+OK",
            b"?\r\n",
            b"=2\r\nab\r\n",
            b":x\r\n",
        ] {
            assert_eq!(parts(bytes), []);
        }
    }

    #[test]
    fn a_reply_reads_as_an_answer() {
        let reply = Recorded::of_protocol(b"*3\r\n+OK\r\n*1\r\n:1\r\n$-1\r\n");
        let expected = Answer::Array(vec![
            Answer::Text(b"OK".to_vec()),
            Answer::Array(vec![Answer::Integer(1)]),
            Answer::Nil,
        ]);
        assert_eq!(reply.to_answer(), expected);
    }
}
