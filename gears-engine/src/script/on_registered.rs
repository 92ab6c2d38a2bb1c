//! What scripts have called wherever their registrations begin to run.

use std::sync::Arc;

use gears_server::{LogLevel, log};
use pyo3::prelude::*;

use crate::code::Code;
use crate::config::config;
use crate::lock::gil;
use crate::python::failure;
use crate::registration::Registration;

/// Calls what scripts gave as `onRegistered`; failures are only logged.
pub(crate) fn call_on_registered(registered: &[Arc<Registration>]) {
    if registered
        .iter()
        .all(|registration| registration.on_registered.is_none())
    {
        return;
    }
    let called = gil::attach(|py| {
        for registration in registered {
            let Some(on_registered) = registration.on_registered else {
                continue;
            };
            let function = registration.function.callbacks().at(py, on_registered);
            let session = &registration.session;
            let (own, user) = (Some(Arc::clone(session)), session.user.clone());
            let _code = Code::begin(py, own, user, config().sync_deadline());
            if let Err(error) = function.call0() {
                let what = format!("onRegistered of {} failed", registration.id);
                failure::log(py, &what, &error);
            }
        }
    });
    if let Err(error) = called {
        log(
            LogLevel::Warning,
            &format!("onRegistered was not called: {error}"),
        );
    }
}
