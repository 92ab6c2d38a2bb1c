//! Commands of functions that the server runs.
//!
//! The server knows that one of its functions runs, and checks all that it checks for its own
//! language: flags of the function, slots, replicas, memory, and who may do what.

use std::ffi::{CStr, CString};

use super::abi;
use super::running::{self, Running};
use crate::answer::{CallReply, call_raw};
use crate::{Answer, CallFailure, Context, api, raw};

/// From this version of the API on, the server tells statuses from texts if it is asked to.
const TELLS_STATUSES: u64 = 4;

/// A reply with its type, where the server tells it.
#[derive(Clone, Debug, PartialEq)]
pub enum Typed {
    /// No value.
    Nil,
    /// A truth value.
    Bool(bool),
    /// A number.
    Integer(i64),
    /// A number with a fraction.
    Double(f64),
    /// The digits of a number of any length.
    BigNumber(Vec<u8>),
    /// A bulk string or a text with a format; a status too, where the server does not tell it
    /// from these.
    Text(Vec<u8>),
    /// A status such as `OK`.
    Status(Vec<u8>),
    /// An error within another reply.
    Error(Vec<u8>),
    /// Several replies.
    Array(Vec<Typed>),
    /// Pairs.
    Map(Vec<(Typed, Typed)>),
    /// Several replies, each once.
    Set(Vec<Typed>),
}

/// How the types of a reply are wanted.
#[derive(Clone, Copy, Default)]
struct Types {
    /// Those of the newer version of the protocol.
    three: bool,
    /// Statuses as such.
    exact: bool,
}

impl Context {
    /// Runs a command of the function that runs here, with the permissions of its caller.
    ///
    /// # Errors
    ///
    /// The server's own, and that no function runs here.
    pub fn call_typed(&self, words: &[&[u8]]) -> Result<Typed, CallFailure> {
        let running = running::calls_here(self).filter(|_| !running::compiles());
        let Some(running) = running else {
            return Err(CallFailure::of_text(NOT_HERE.to_owned()));
        };
        let types = Types {
            three: running.has_three(),
            exact: running::version() >= TELLS_STATUSES,
        };
        let reply = self.call_of_function(&running, words, types)?;
        // SAFETY: the reply is live until it is dropped.
        match unsafe { read(reply.raw()) } {
            Typed::Error(text) => Err(failure(&text)),
            typed => Ok(typed),
        }
    }

    /// Runs a command as functions of gears do, if a function of a language runs here. The body
    /// of a library runs none.
    pub fn call_if_function(
        &self,
        command: &[u8],
        arguments: &[&[u8]],
    ) -> Option<Result<Answer, CallFailure>> {
        if running::compiles() {
            return Some(Err(CallFailure::of_text(NOT_HERE.to_owned())));
        }
        let running = running::calls_here(self)?;
        let words: Vec<&[u8]> = [&[command], arguments].concat();
        let reply = self.call_of_function(&running, &words, Types::default());
        Some(reply.and_then(|reply| match reply.read() {
            Answer::Error(text) => Err(failure(&text)),
            answer => Ok(answer),
        }))
    }

    fn call_of_function(
        &self,
        running: &Running,
        words: &[&[u8]],
        types: Types,
    ) -> Result<CallReply, CallFailure> {
        let Some((name, arguments)) = words.split_first() else {
            return Err(CallFailure::of_text(
                "ERR Please specify at least one argument for this call".to_owned(),
            ));
        };
        // A name with NUL cannot be a command; the server would cut it.
        let command = CString::new(*name).map_err(|_| CallFailure::unknown_command(name))?;
        let format = format(running, types);
        let permitted = [format.as_bytes(), b"C\0"].concat();
        let permitted = CStr::from_bytes_with_nul(&permitted).unwrap_or(c"!v");
        let called = match call_raw(self, &command, permitted, arguments) {
            // Who has no user is the server itself, such as its primary.
            Err(libc::ENOTSUP) => {
                let format = CString::new(format).unwrap_or_default();
                call_raw(self, &command, &format, arguments)
            }
            called => called,
        };
        called.map_err(CallFailure::of_errno)
    }
}

/// What code hears that runs commands where no function runs.
const NOT_HERE: &str = "ERR commands can only be run inside a function that is being called";

/// Writes how a command is to be run: with its arguments in a list, replicated where the function
/// wants that, with errors as replies, and as a script, by which the server checks what scripts may.
fn format(running: &Running, types: Types) -> String {
    let mut format = "v!ES".to_owned();
    if types.exact {
        format.push('X');
    }
    // Here the letters say where writes do not go.
    let replication = running.replication();
    if !replication.to_file {
        format.push('A');
    }
    if !replication.to_replicas {
        format.push('R');
    }
    if types.three {
        format.push('3');
    }
    format
}

fn failure(text: &[u8]) -> CallFailure {
    CallFailure::of_text(String::from_utf8_lossy(text).trim_end().to_owned())
}

/// # Safety
///
/// `reply` is a live reply, or an element of one.
unsafe fn read(reply: *mut raw::RedisModuleCallReply) -> Typed {
    if reply.is_null() {
        return Typed::Nil;
    }
    // SAFETY: the reply is live; the accessors fit its type.
    unsafe {
        let bytes = |start: *const std::ffi::c_char, length: usize| match start.is_null() {
            true => Vec::new(),
            false => std::slice::from_raw_parts(start.cast::<u8>(), length).to_vec(),
        };
        let text = || {
            let mut length = 0;
            let start = api!(RedisModule_CallReplyStringPtr(reply, &mut length));
            bytes(start, length)
        };
        let length = || api!(RedisModule_CallReplyLength(reply));
        match api!(RedisModule_CallReplyType(reply)) as isize {
            raw::REDISMODULE_REPLY_INTEGER => {
                Typed::Integer(api!(RedisModule_CallReplyInteger(reply)))
            }
            raw::REDISMODULE_REPLY_STRING => Typed::Text(text()),
            abi::REPLY_SIMPLE_STRING => Typed::Status(text()),
            abi::REPLY_ARRAY_NULL => Typed::Nil,
            raw::REDISMODULE_REPLY_ERROR => Typed::Error(text()),
            raw::REDISMODULE_REPLY_BOOL => Typed::Bool(api!(RedisModule_CallReplyBool(reply)) != 0),
            raw::REDISMODULE_REPLY_DOUBLE => {
                Typed::Double(api!(RedisModule_CallReplyDouble(reply)))
            }
            raw::REDISMODULE_REPLY_BIG_NUMBER => {
                let mut length = 0;
                let start = api!(RedisModule_CallReplyBigNumber(reply, &mut length));
                Typed::BigNumber(bytes(start, length))
            }
            raw::REDISMODULE_REPLY_VERBATIM_STRING => {
                let (mut length, mut format) = (0, std::ptr::null());
                let start = api!(RedisModule_CallReplyVerbatim(
                    reply,
                    &mut length,
                    &mut format
                ));
                Typed::Text(bytes(start, length))
            }
            raw::REDISMODULE_REPLY_ARRAY => {
                let at = |index| read(api!(RedisModule_CallReplyArrayElement(reply, index)));
                Typed::Array((0..length()).map(at).collect())
            }
            raw::REDISMODULE_REPLY_SET => {
                let at = |index| read(api!(RedisModule_CallReplySetElement(reply, index)));
                Typed::Set((0..length()).map(at).collect())
            }
            raw::REDISMODULE_REPLY_MAP => {
                let at = |index| {
                    let (mut key, mut value) = (std::ptr::null_mut(), std::ptr::null_mut());
                    api!(RedisModule_CallReplyMapElement(
                        reply, index, &mut key, &mut value
                    ));
                    (read(key), read(value))
                };
                Typed::Map((0..length()).map(at).collect())
            }
            _ => Typed::Nil,
        }
    }
}
