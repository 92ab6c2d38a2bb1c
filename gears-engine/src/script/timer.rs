//! `registerTE`: a function that the server calls again and again.

use std::sync::Arc;
use std::time::Duration;

use gears_server::{Answer, Context, LogLevel, log};
use pyo3::prelude::*;
use pyo3::types::{PyInt, PyTuple};

use crate::code::{Code, owner, permissions};
use crate::config::config;
use crate::lock::{self, gil};
use crate::python::{convert, failure};
use crate::session::Session;
use crate::session::user::User;

/// What stands at the key of a timer: its end is the timer's.
const MARK: &[u8] = b"rg_timeev";

struct Timer {
    wait: Duration,
    callback: Py<PyAny>,
    key: Option<Vec<u8>>,
    session: Arc<Session>,
    /// Whose permissions the callback has.
    user: User,
}

/// Has the server call a function every so many seconds; with a key, as long
/// as that exists. Returns whether the key was free.
#[pyfunction(name = "registerTE")]
#[pyo3(signature = (*arguments))]
pub(super) fn register_timer(arguments: &Bound<'_, PyTuple>) -> PyResult<bool> {
    let py = arguments.py();
    let (Ok(seconds), Ok(callback)) = (arguments.get_item(0), arguments.get_item(1)) else {
        return Err(failure::misuse("not enough arguments for time event"));
    };
    // A time of 0 would keep the server from all other work.
    let seconds = seconds.cast::<PyInt>().ok().and_then(|seconds| {
        let seconds: u32 = seconds.extract().ok()?;
        (seconds > 0).then_some(seconds)
    });
    let Some(seconds) = seconds else {
        return Err(failure::misuse("time argument must be a long"));
    };
    // SAFETY: the pointer is a live object, whose type is compared.
    if unsafe { pyo3::ffi::PyFunction_Check(callback.as_ptr()) } == 0 {
        return Err(failure::misuse("callback must be a function"));
    }
    let key = match arguments.get_item(2) {
        Ok(key) => Some(convert::argument(&key)?.into_owned()),
        Err(_) => None,
    };
    let timer = Timer {
        wait: Duration::from_secs(u64::from(seconds)),
        callback: callback.unbind(),
        key,
        session: owner::here()?,
        user: permissions::remembered(py),
    };
    let caller = permissions::current(py);
    Ok(lock::with_redis(py, |context| {
        if let Some(key) = &timer.key {
            // Nil when there is such a key.
            match caller.call(context, b"SET", &[key, MARK, b"NX"]) {
                Ok(Answer::Text(_)) => {}
                _ => return false,
            }
        }
        timer.start(context);
        true
    }))
}

impl Timer {
    fn start(self, context: &Context) {
        context.after(self.wait, move |context| self.fire(context));
    }

    fn fire(self, context: &Context) {
        let Some(timer) = self.if_still_wanted(context) else {
            return;
        };
        let called = gil::attach(|py| {
            let (session, user) = (Some(Arc::clone(&timer.session)), timer.user.clone());
            let _code = Code::begin(py, session, user, config().sync_deadline());
            if let Err(error) = timer.callback.bind(py).call0() {
                failure::log(py, "the callback of a timer failed", &error);
            }
        });
        if let Err(error) = called {
            log(
                LogLevel::Warning,
                &format!("a timer does without its callback: {error}"),
            );
        }
        timer.start(context);
    }

    fn if_still_wanted(self, context: &Context) -> Option<Self> {
        let Some(key) = &self.key else {
            return Some(self);
        };
        let wanted = matches!(
            context.call(b"GET", &[key]),
            Ok(Answer::Text(mark)) if mark == MARK
        );
        if !wanted {
            return None;
        }
        Some(self)
    }
}
