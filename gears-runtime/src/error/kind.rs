//! The kinds of errors.

/// Says what kind of failure an [`Error`](crate::Error) is.
///
/// # Examples
///
/// ```
/// use gears_runtime::{Error, ErrorKind};
///
/// /// Tells whether the same call may go well in a moment.
/// fn is_passing(error: &Error) -> bool {
///     matches!(error.kind(), ErrorKind::Connection | ErrorKind::Timeout)
/// }
///
/// # let error = gears_runtime::Gears::connect("unix:///no/such.sock").unwrap_err();
/// assert!(is_passing(&error), "nobody listens there yet");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The Python code raised; [`Error::python`](crate::Error::python) has the traceback.
    Python,
    /// The server ended the function because its time was up (`timeout_ms`, or the server's `SyncDeadline` and
    /// `AsyncDeadline`); [`Error::python`](crate::Error::python) tells where it was.
    Deadline,
    /// The result does not fit the declared type; [`Error::decode_error`](crate::Error::decode_error) says why.
    Decode,
    /// An argument cannot travel to this server.
    Encode,
    /// The server has no function under the trigger.
    UnknownTrigger,
    /// The trigger holds a different function; [`Error::duplicate`](crate::Error::duplicate) names both where
    /// gears and functions of this crate are registered. Of a script the server says no more than that, and where: see
    /// [`Error::python`](crate::Error::python).
    DuplicateTrigger,
    /// A Python package could not be installed; [`Error::requirement`](crate::Error::requirement) has pip's words.
    Requirement,
    /// A stub was called before `register_all` bound a connection.
    NotBound,
    /// The server refused for a reason of its own.
    Server,
    /// The server could not be reached, or the connection broke.
    Connection,
    /// The server did not answer in time, as far as the client waits.
    Timeout,
    /// The server lacks something; [`Error::unsupported`](crate::Error::unsupported) says what.
    Unsupported,
    /// A URL, a path or an option makes no sense.
    Configuration,
}
