//! What the server answers to a command that we run ourselves.

use std::ffi::CStr;
use std::os::raw::c_int;
use std::slice;

use crate::{Context, Refusal, api, raw};

/// A reply of the server as plain data, readable without any lock.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// No value.
    Nil,
    /// A number.
    Integer(i64),
    /// A bulk string or a status.
    Text(Vec<u8>),
    /// Several answers.
    Array(Vec<Answer>),
    /// An error inside an array; at the top level it is a [`CallFailure`].
    Error(Vec<u8>),
}

/// Why a command that we ran has no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallFailure {
    /// What scripts see as `str(exception)`.
    pub message: String,
    /// The system error by which the module API refused, else 0.
    errno: i32,
    /// Whether the call may succeed when writes are no longer paused.
    is_paused: bool,
}

impl CallFailure {
    /// The text that the module API's `ENOENT` has, and the command's name.
    pub fn unknown_command(name: &[u8]) -> Self {
        let failure = Self::of_errno(libc::ENOENT);
        Self {
            message: format!(
                "{}: the server has no command '{}'",
                failure.message,
                String::from_utf8_lossy(name)
            ),
            ..failure
        }
    }

    /// A failure that the server or we have words for.
    pub fn of_text(message: String) -> Self {
        Self {
            message,
            errno: 0,
            is_paused: false,
        }
    }

    pub(crate) fn of_pause(message: String) -> Self {
        Self {
            is_paused: true,
            ..Self::of_text(message)
        }
    }

    /// Says whether the call may succeed when writes are no longer paused.
    pub fn is_paused(&self) -> bool {
        self.is_paused
    }

    /// Returns the error's code: its first word, as the protocol has it.
    pub fn code(&self) -> &str {
        self.message.split(' ').next().unwrap_or_default()
    }

    /// Says whether the server refused a key because another shard serves it, or keys of two
    /// slots.
    pub fn is_elsewhere(&self) -> bool {
        self.errno == libc::EPERM
    }

    /// Says whether a permission is missing.
    pub(crate) fn is_denied(&self) -> bool {
        self.errno == libc::EACCES
    }

    /// Says whether there was no user whose permissions could be looked at.
    pub(crate) fn has_no_user(&self) -> bool {
        self.errno == libc::ENOTSUP
    }

    pub(crate) fn of_errno(errno: i32) -> Self {
        if errno == 0 {
            return Self::of_text("Failed executing command".to_owned());
        }
        let mut buffer = [0; 128];
        // SAFETY: the buffer is as long as said; on success it holds a C string,
        // and it began as zeros otherwise.
        let message = unsafe {
            libc::strerror_r(errno, buffer.as_mut_ptr(), buffer.len());
            CStr::from_ptr(buffer.as_ptr())
        };
        Self {
            message: message.to_string_lossy().into_owned(),
            errno,
            is_paused: false,
        }
    }
}

/// Scripts see the line that a client would get.
impl From<Refusal> for CallFailure {
    fn from(refusal: Refusal) -> Self {
        Self::of_text(refusal.to_string())
    }
}

/// A client gets what a script would see.
impl From<CallFailure> for Refusal {
    fn from(failure: CallFailure) -> Self {
        Self::whole(failure.message)
    }
}

impl Answer {
    pub(crate) fn of_call(
        context: &Context,
        command: &CStr,
        format: &CStr,
        arguments: &[&[u8]],
    ) -> Result<Self, CallFailure> {
        let reply = call_raw(context, command, format, arguments).map_err(CallFailure::of_errno)?;
        match reply.read() {
            Self::Error(message) => Err(CallFailure::of_text(
                String::from_utf8_lossy(&message).trim_end().to_owned(),
            )),
            answer => Ok(answer),
        }
    }
}

/// Runs a command; `format` says how and ends with `v` when there are arguments.
///
/// # Errors
///
/// The system error by which the module API tells why there is no reply.
pub(crate) fn call_raw(
    context: &Context,
    command: &CStr,
    format: &CStr,
    arguments: &[&[u8]],
) -> Result<CallReply, c_int> {
    let reply = match call_with_few(context, command, format, arguments) {
        Some(reply) => CallReply::of(reply)?,
        None => {
            let strings: Vec<_> = arguments
                .iter()
                .map(|argument| OwnedString::new(context, argument))
                .collect();
            let mut pointers: Vec<_> = strings.iter().map(|string| string.raw).collect();
            call_strings(context, command, format, &mut pointers)?
        }
    };
    // Valkey 9.1 says nothing to modules where GETSET and GETDEL refuse a key of another type. A
    // client to which that is handed on would wait for ever.
    if reply.kind == raw::REDISMODULE_REPLY_UNKNOWN {
        return Err(0);
    }
    Ok(reply)
}

/// Runs a command whose few arguments the server makes its strings of itself, and frees; nothing for
/// one with more of them, or that takes another form.
fn call_with_few(
    context: &Context,
    command: &CStr,
    format: &CStr,
    arguments: &[&[u8]],
) -> Option<*mut raw::RedisModuleCallReply> {
    const LONGEST: usize = 16;
    let how = format.to_bytes().strip_suffix(b"v")?;
    let mut format = [0; LONGEST];
    let written = how.len() + arguments.len();
    // A NUL stays behind it.
    if written >= LONGEST {
        return None;
    }
    format[..how.len()].copy_from_slice(how);
    format[how.len()..written].fill(b'b');
    macro_rules! call {
        ($($argument:expr),*) => {
            // SAFETY: the context is live and its thread holds the Redis lock; the format ends with
            // a NUL and has a `b` for each pair of a pointer and a length that follows.
            unsafe {
                clear_errno();
                api!(RedisModule_Call(
                    context.raw(),
                    command.as_ptr(),
                    format.as_ptr().cast(),
                    $($argument.as_ptr(), $argument.len()),*
                ))
            }
        };
    }
    Some(match arguments {
        [] => call!(),
        [one] => call!(one),
        [one, two] => call!(one, two),
        [one, two, three] => call!(one, two, three),
        _ => return None,
    })
}

/// As [`call_raw`], with arguments that are the server's already, for commands of which it is
/// known how they answer.
pub(crate) fn call_strings(
    context: &Context,
    command: &CStr,
    format: &CStr,
    arguments: &mut [*mut raw::RedisModuleString],
) -> Result<CallReply, c_int> {
    // SAFETY: the context is live and its thread holds the Redis lock; when the
    // format asks for a vector and its length, they follow, else they are not
    // looked at.
    let reply = unsafe {
        clear_errno();
        api!(RedisModule_Call(
            context.raw(),
            command.as_ptr(),
            format.as_ptr(),
            arguments.as_mut_ptr(),
            arguments.len(),
        ))
    };
    CallReply::of(reply)
}

/// Forgets the calling thread's last system error, before the server may set one.
pub(crate) fn clear_errno() {
    // SAFETY: the pointer is the calling thread's own.
    unsafe { *errno_location() = 0 }
}

/// # Safety
///
/// The pointer is the calling thread's own.
unsafe fn errno_location() -> *mut i32 {
    // SAFETY: both functions return the address of the thread's errno.
    unsafe {
        #[cfg(target_os = "macos")]
        return libc::__error();
        #[cfg(not(target_os = "macos"))]
        return libc::__errno_location();
    }
}

/// A string of the server that we made and free.
pub(crate) struct OwnedString {
    context: *mut raw::RedisModuleCtx,
    pub(crate) raw: *mut raw::RedisModuleString,
}

impl OwnedString {
    pub(crate) fn new(context: &Context, bytes: &[u8]) -> Self {
        // SAFETY: the context is live; the server copies the bytes.
        let raw = unsafe {
            api!(RedisModule_CreateString(
                context.raw(),
                bytes.as_ptr().cast(),
                bytes.len()
            ))
        };
        Self {
            context: context.raw(),
            raw,
        }
    }

    /// Takes over a string that the server made for us.
    ///
    /// # Safety
    ///
    /// `raw` is a live string that nobody else frees.
    pub(crate) unsafe fn adopt(context: &Context, raw: *mut raw::RedisModuleString) -> Self {
        Self {
            context: context.raw(),
            raw,
        }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        let mut length = 0;
        // SAFETY: the string is live as long as `self`, and its bytes with it.
        unsafe {
            let start = api!(RedisModule_StringPtrLen(self.raw, &mut length));
            slice::from_raw_parts(start.cast::<u8>(), length)
        }
    }
}

impl Drop for OwnedString {
    fn drop(&mut self) {
        // SAFETY: the string is ours and freed once, with the context that made it.
        unsafe { api!(RedisModule_FreeString(self.context, self.raw)) }
    }
}

/// A reply of the server that we free.
pub(crate) struct CallReply {
    raw: *mut raw::RedisModuleCallReply,
    /// Its type.
    kind: isize,
}

impl CallReply {
    /// Takes a reply over, or the system error that tells why there is none.
    fn of(reply: *mut raw::RedisModuleCallReply) -> Result<Self, c_int> {
        if reply.is_null() {
            return Err(std::io::Error::last_os_error().raw_os_error().unwrap_or(0));
        }
        // SAFETY: the reply is live.
        let kind = unsafe { api!(RedisModule_CallReplyType(reply)) } as isize;
        Ok(Self { raw: reply, kind })
    }

    /// Returns the raw reply for the functions of this folder.
    pub(crate) fn raw(&self) -> *mut raw::RedisModuleCallReply {
        self.raw
    }

    /// Returns the reply as the server wrote it.
    pub(crate) fn protocol(&self) -> &[u8] {
        let mut length = 0;
        // SAFETY: the reply is live and owns the bytes.
        unsafe {
            let start = api!(RedisModule_CallReplyProto(self.raw, &mut length));
            if start.is_null() {
                return &[];
            }
            slice::from_raw_parts(start.cast::<u8>(), length)
        }
    }

    pub(crate) fn read(&self) -> Answer {
        // SAFETY: `self.raw` is a live reply of that type until it is freed in `drop`.
        unsafe { read_as(self.raw, self.kind) }
    }
}

impl Drop for CallReply {
    fn drop(&mut self) {
        // SAFETY: the reply came from RedisModule_Call and is freed once.
        unsafe { api!(RedisModule_FreeCallReply(self.raw)) }
    }
}

/// # Safety
///
/// `reply` is a live reply, or an element of one.
unsafe fn read(reply: *mut raw::RedisModuleCallReply) -> Answer {
    if reply.is_null() {
        return Answer::Nil;
    }
    // SAFETY: the reply is live.
    unsafe { read_as(reply, api!(RedisModule_CallReplyType(reply)) as isize) }
}

/// # Safety
///
/// `reply` is a live reply, or an element of one, and of this type.
unsafe fn read_as(reply: *mut raw::RedisModuleCallReply, kind: isize) -> Answer {
    // SAFETY: the reply is live; the accessors fit its type.
    unsafe {
        match kind {
            raw::REDISMODULE_REPLY_INTEGER => {
                Answer::Integer(api!(RedisModule_CallReplyInteger(reply)))
            }
            raw::REDISMODULE_REPLY_STRING => Answer::Text(text(reply).to_vec()),
            raw::REDISMODULE_REPLY_ERROR => Answer::Error(text(reply).to_vec()),
            raw::REDISMODULE_REPLY_ARRAY => {
                let length = api!(RedisModule_CallReplyLength(reply));
                let elements = (0..length)
                    .map(|index| read(api!(RedisModule_CallReplyArrayElement(reply, index))))
                    .collect();
                Answer::Array(elements)
            }
            _ => Answer::Nil,
        }
    }
}

/// # Safety
///
/// `reply` is a live string or error reply, and lives as long as the result.
unsafe fn text<'a>(reply: *mut raw::RedisModuleCallReply) -> &'a [u8] {
    let mut length = 0;
    // SAFETY: the reply owns the buffer.
    unsafe {
        let start = api!(RedisModule_CallReplyStringPtr(reply, &mut length));
        if start.is_null() {
            return &[];
        }
        slice::from_raw_parts(start.cast::<u8>(), length)
    }
}
