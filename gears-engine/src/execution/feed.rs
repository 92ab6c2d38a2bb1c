//! Records that come from elsewhere while a run goes on, and that go elsewhere.

use pyo3::prelude::*;

use crate::ground::failed::Failed;

/// What a feed brings next.
pub(crate) enum Fed {
    Record(Py<PyAny>),
    /// An error from elsewhere.
    Failed(Failed),
    /// So many more errors were left out elsewhere.
    LeftOut(usize),
    /// Nothing yet: the flow of the run is nudged when it can go on.
    Later,
    /// Nothing any more.
    End,
}

/// Where records come from that others bring.
pub(crate) trait Feed: Send {
    /// Brings what comes next.
    fn next(&mut self, py: Python<'_>) -> Fed;

    /// Has those end who bring something, as somebody has aborted the run; says no if the run can
    /// end without them.
    fn abort(&mut self) -> bool {
        false
    }
}

/// Where records go that others wait for.
pub(crate) trait Sink: Send {
    /// Takes a record.
    ///
    /// # Errors
    ///
    /// Why it cannot go on.
    fn take(&mut self, py: Python<'_>, record: Py<PyAny>) -> Result<(), Failed>;

    /// Says whether no more shall come until the flow of the run is nudged.
    fn is_full(&self) -> bool;

    /// Says whether nobody wants more.
    fn has_enough(&self) -> bool;

    /// Hands on what was taken so far.
    fn flush(&mut self);
}
