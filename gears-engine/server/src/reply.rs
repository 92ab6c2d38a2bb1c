//! Answers to clients.

use std::os::raw::c_long;

use crate::text;
use crate::{Answer, Context, Refusal, api, raw};

/// Whatever takes the parts of a reply in order.
///
/// A [`Context`] sends them at once; [`Recorded`] keeps them for a client that
/// is answered later.
pub trait Reply {
    /// Begins an array; `length` parts follow.
    fn array(&mut self, length: usize);
    /// Sends bytes.
    fn bulk(&mut self, bytes: &[u8]);
    /// Sends a status such as `OK`.
    fn status(&mut self, status: &str);
    /// Sends an error; the text is the whole error, code included.
    fn error(&mut self, error: &str);
    /// Sends an error in place of an answer.
    fn refuse(&mut self, refusal: &Refusal) {
        self.error(&refusal.to_string());
    }
    /// Sends a number.
    fn integer(&mut self, number: i64);
    /// Sends a number with a fraction.
    fn double(&mut self, number: f64);
    /// Sends no value.
    fn null(&mut self);
}

impl Reply for &Context {
    fn array(&mut self, length: usize) {
        let length = c_long::try_from(length).unwrap_or(c_long::MAX);
        // SAFETY: the context is live and may answer its client.
        unsafe {
            api!(RedisModule_ReplyWithArray(self.raw(), length));
        }
    }

    fn bulk(&mut self, bytes: &[u8]) {
        // SAFETY: as above; the server copies the bytes.
        unsafe {
            api!(RedisModule_ReplyWithStringBuffer(
                self.raw(),
                bytes.as_ptr().cast(),
                bytes.len()
            ));
        }
    }

    fn status(&mut self, status: &str) {
        let status = text::one_line(status);
        // SAFETY: as above; the text is one line without NUL.
        unsafe {
            api!(RedisModule_ReplyWithSimpleString(
                self.raw(),
                status.as_ptr()
            ));
        }
    }

    fn error(&mut self, error: &str) {
        let error = text::one_line(error);
        // SAFETY: as above; the text is one line without NUL.
        unsafe {
            api!(RedisModule_ReplyWithError(self.raw(), error.as_ptr()));
        }
    }

    fn integer(&mut self, number: i64) {
        // SAFETY: as above.
        unsafe {
            api!(RedisModule_ReplyWithLongLong(self.raw(), number));
        }
    }

    fn double(&mut self, number: f64) {
        // SAFETY: as above.
        unsafe {
            api!(RedisModule_ReplyWithDouble(self.raw(), number));
        }
    }

    fn null(&mut self) {
        // SAFETY: as above.
        unsafe {
            api!(RedisModule_ReplyWithNull(self.raw()));
        }
    }
}

/// One part of a reply; those from `NullArray` on come only from the server.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Part {
    Array(usize),
    Bulk(Vec<u8>),
    Status(String),
    Error(String),
    Integer(i64),
    Double(f64),
    Null,
    NullArray,
    Map(usize),
    Set(usize),
    Bool(bool),
    BigNumber(Vec<u8>),
    /// Text with the three letters of its format.
    Verbatim([u8; 3], Vec<u8>),
}

/// A reply that waits for its client: plain data, made on any thread.
#[derive(Clone, Debug, Default)]
pub struct Recorded(Vec<Part>);

impl Recorded {
    /// Starts an empty reply.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes a reply that is one error.
    pub fn of_refusal(refusal: &Refusal) -> Self {
        let mut reply = Self::new();
        reply.refuse(refusal);
        reply
    }

    /// Sends all parts in order.
    pub fn send(&self, mut to: &Context) {
        for part in &self.0 {
            match part {
                Part::Array(length) => to.array(*length),
                Part::Bulk(bytes) => to.bulk(bytes),
                Part::Status(status) => to.status(status),
                Part::Error(error) => to.error(error),
                Part::Integer(number) => to.integer(*number),
                Part::Double(number) => to.double(*number),
                Part::Null => to.null(),
                other => to.of_the_server(other),
            }
        }
    }

    pub(crate) fn push(&mut self, part: Part) {
        self.0.push(part);
    }

    /// Reads the reply as scripts see replies.
    pub fn to_answer(&self) -> Answer {
        answer(&mut self.0.iter())
    }
}

/// Nesting is bounded: replies that we make are, and so are the server's.
fn answer<'a>(parts: &mut impl Iterator<Item = &'a Part>) -> Answer {
    let length = match parts.next() {
        None | Some(Part::Null | Part::NullArray) => return Answer::Nil,
        Some(Part::Array(length) | Part::Set(length)) => *length,
        Some(Part::Map(pairs)) => pairs * 2,
        Some(Part::Bulk(bytes) | Part::BigNumber(bytes) | Part::Verbatim(_, bytes)) => {
            return Answer::Text(bytes.clone());
        }
        Some(Part::Status(text)) => return Answer::Text(text.clone().into_bytes()),
        Some(Part::Error(text)) => return Answer::Error(text.clone().into_bytes()),
        Some(Part::Integer(number)) => return Answer::Integer(*number),
        Some(Part::Bool(truth)) => return Answer::Integer(i64::from(*truth)),
        Some(Part::Double(number)) => return Answer::Text(number.to_string().into_bytes()),
    };
    Answer::Array((0..length).map(|_| answer(parts)).collect())
}

impl Context {
    /// Sends what only servers with the newer protocol write; older ones lack
    /// the functions and never bring these parts, null arrays aside.
    pub(crate) fn of_the_server(mut self: &Self, part: &Part) {
        let length = |length: usize| c_long::try_from(length).unwrap_or(c_long::MAX);
        // SAFETY: reads pointers that the server wrote before. The context is
        // live and may answer its client, and the server copies the bytes.
        unsafe {
            match part {
                Part::NullArray => {
                    api!(RedisModule_ReplyWithNullArray(self.raw()));
                }
                Part::Map(pairs) => match raw::RedisModule_ReplyWithMap {
                    Some(map) => {
                        map(self.raw(), length(*pairs));
                    }
                    None => self.array(pairs * 2),
                },
                Part::Set(elements) => match raw::RedisModule_ReplyWithSet {
                    Some(set) => {
                        set(self.raw(), length(*elements));
                    }
                    None => self.array(*elements),
                },
                Part::Bool(truth) => match raw::RedisModule_ReplyWithBool {
                    Some(bool) => {
                        bool(self.raw(), i32::from(*truth));
                    }
                    None => self.integer(i64::from(*truth)),
                },
                Part::BigNumber(digits) => match raw::RedisModule_ReplyWithBigNumber {
                    Some(big) => {
                        big(self.raw(), digits.as_ptr().cast(), digits.len());
                    }
                    None => self.bulk(digits),
                },
                Part::Verbatim(format, bytes) => match raw::RedisModule_ReplyWithVerbatimStringType
                {
                    Some(verbatim) => {
                        let [a, b, c] = *format;
                        let format = [a, b, c, 0];
                        verbatim(
                            self.raw(),
                            bytes.as_ptr().cast(),
                            bytes.len(),
                            format.as_ptr().cast(),
                        );
                    }
                    None => self.bulk(bytes),
                },
                _ => {}
            }
        }
    }
}

impl Reply for Recorded {
    fn array(&mut self, length: usize) {
        self.0.push(Part::Array(length));
    }

    fn bulk(&mut self, bytes: &[u8]) {
        self.0.push(Part::Bulk(bytes.to_vec()));
    }

    fn status(&mut self, status: &str) {
        self.0.push(Part::Status(status.to_owned()));
    }

    fn error(&mut self, error: &str) {
        self.0.push(Part::Error(error.to_owned()));
    }

    fn integer(&mut self, number: i64) {
        self.0.push(Part::Integer(number));
    }

    fn double(&mut self, number: f64) {
        self.0.push(Part::Double(number));
    }

    fn null(&mut self) {
        self.0.push(Part::Null);
    }
}
