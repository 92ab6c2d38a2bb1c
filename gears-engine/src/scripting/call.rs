//! One call of a function: as of any code of scripts, but the server decides how long it may run.

use std::sync::Arc;

use gears_server::scripting::{Running, Subsystem};
use gears_server::{Arguments, Context, Reply, held};
use pyo3::prelude::*;

use super::code::{Callee, Code};
use super::names::Names;
use super::natives::ErrorReply;
use super::tally::End;
use super::{poll, reply};
use crate::code::Code as Begun;
use crate::config::config;
use crate::lock::gil;
use crate::python::{convert, failure};
use crate::session::user::User;
use crate::thread::turn::Mark;

/// Calls a function and answers its client.
pub(super) fn call(
    mut context: &Context,
    running: &Running,
    code: &Code,
    keys: Arguments<'_>,
    arguments: Arguments<'_>,
) {
    // As the server's own command that a client has sent, and no part of another one.
    let is_whole = !held::is_nested() && !context.is_transaction();
    let work = |py: Python<'_>| {
        let judged = poll::begin();
        // A function of ours that has called this one has a deadline.
        let limit = match judged {
            Some(_) => None,
            None => config().sync_deadline(),
        };
        let session = Some(Arc::clone(&code.library.session));
        let begun = Begun::begin(py, session, User::Client, limit);
        let result = run(py, code, keys, arguments);
        let end = if running.is_killed() {
            if let Err(exception) = &result {
                failure::settle(py, exception);
            }
            context.error(killed(running.of()));
            End::Killed
        } else {
            match result.and_then(|result| Ok((Names::shared(py)?, result))) {
                Ok((names, result)) => {
                    reply::answer(context, names, &result);
                    match result.is_instance_of::<ErrorReply>() {
                        true => End::Failed,
                        false => End::Answered,
                    }
                }
                Err(exception) => {
                    context.error(&reply::error_of(py, &exception));
                    End::Failed
                }
            }
        };
        if let Some(tally) = code.tally() {
            tally.note(end, begun.began().elapsed());
        }
    };
    let attached = match is_whole {
        true => gil::attach_for_turn(Mark::of_last(), work),
        false => gil::attach(work),
    };
    if let Err(refusal) = attached {
        context.refuse(&refusal);
    }
}

/// What the server says of functions in Lua.
fn killed(of: Subsystem) -> &'static str {
    match of {
        Subsystem::Eval => "ERR Script killed by user with SCRIPT KILL.",
        Subsystem::Function => "ERR Script killed by user with FUNCTION KILL.",
    }
}

fn run<'py>(
    py: Python<'py>,
    code: &Code,
    keys: Arguments<'_>,
    arguments: Arguments<'_>,
) -> PyResult<Bound<'py, PyAny>> {
    let keys = convert::list_of_texts(py, keys.from(0))?;
    let arguments = convert::list_of_texts(py, arguments.from(0))?;
    match &code.callee {
        Callee::Callback(callback) => callback.bind(py).call1((keys, arguments)),
        Callee::Script(script, names) => {
            let globals = names.bind(py).copy()?;
            globals.set_item(pyo3::intern!(py, "KEYS"), keys)?;
            globals.set_item(pyo3::intern!(py, "ARGV"), arguments)?;
            Names::function(py, script.bind(py), &globals)?.call0()
        }
    }
}
