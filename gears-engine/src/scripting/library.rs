//! What becomes of a source: the functions of a library, or a script.

use std::sync::Arc;
use std::time::Duration;

use gears_server::Refusal;
use gears_server::scripting::{Compiled, Flags, Subsystem};
use pyo3::prelude::*;
use pyo3::types::code::PyCodeInput;
use pyo3::types::{PyCode, PyCodeMethods};

use super::asked;
use super::code::{Callee, Code, Library};
use super::names::Names;
use super::source;
use crate::code::Code as Running;
use crate::code::owner::random_id;
use crate::cpython::descriptor;
use crate::lock::gil;
use crate::python::failure;
use crate::session::user::User;
use crate::session::{Packages, Session};
use crate::watchdog;

/// Compiles a source.
///
/// # Errors
///
/// Says what is wrong with it, in the server's words where it has any.
pub(super) fn compile(
    of: Subsystem,
    source: &[u8],
    limit: Option<Duration>,
) -> Result<Vec<Compiled<Code>>, String> {
    let what = match of {
        Subsystem::Function => "Error compiling function",
        Subsystem::Eval => "Error compiling script (new function)",
    };
    let text = source::read(source).map_err(|wrong| format!("{what}: {wrong}"))?;
    gil::attach(|py| {
        let internal = |error: PyErr| failure::text(py, &error);
        // Made for the first source, and not within that one's time.
        let names = Names::shared(py).map_err(internal)?;
        let session = Arc::new(session(random_id(py).map_err(internal)?));
        let _running = Running::begin(py, Some(Arc::clone(&session)), User::default_user(), limit);
        // Imports take their time where others work too.
        let _work = limit.map(watchdog::bound_work);
        let compiled = match of {
            Subsystem::Function => {
                let code = PyCode::compile(py, &text, c"user_function", PyCodeInput::File);
                code.map(|code| library(py, names, &code, session))
            }
            Subsystem::Eval => {
                let code = names.compile_script(py, &text);
                code.map(|code| script(py, names, code, session).map_err(internal))
            }
        };
        compiled.unwrap_or_else(|error| {
            if failure::of(py, &error).overdue {
                return Err(TIMEOUT.to_owned());
            }
            Err(format!("{what}: {}", source::wrong(py, &error)))
        })
    })
    .map_err(|refusal: Refusal| without_code(&refusal))?
}

/// What the server says of a library in Lua whose body takes too long.
const TIMEOUT: &str = "Error registering functions: FUNCTION LOAD timeout";

fn without_code(refusal: &Refusal) -> String {
    refusal.to_string().trim_start_matches("ERR ").to_owned()
}

fn session(id: String) -> Session {
    Session {
        id,
        description: None,
        requirements: Vec::new(),
        packages: Packages::default(),
        script: Arc::default(),
        user: User::default_user(),
    }
}

/// Runs the body of a library; brings what it has registered.
fn library(
    py: Python<'_>,
    names: &Names,
    code: &Bound<'_, PyCode>,
    session: Arc<Session>,
) -> Result<Vec<Compiled<Code>>, String> {
    let ran = names.globals(py).and_then(|globals| {
        descriptor::note_open();
        let (ran, asked) = asked::within(|| code.run(Some(&globals), None));
        ran.map(|_| asked)
    });
    let asked = ran.map_err(|error| {
        let failed = failure::of(py, &error);
        match failed.overdue {
            true => TIMEOUT.to_owned(),
            false => format!("Error registering functions: {}", failed.text),
        }
    })?;
    if asked.drafts.is_empty() {
        return Err("No functions registered".to_owned());
    }
    let library = Arc::new(Library {
        session,
        _claim: asked.claim,
    });
    let functions = asked.drafts.into_iter().map(|draft| {
        let size = names.size_of(draft.callback.bind(py));
        let callee = Callee::Callback(draft.callback);
        let code = Code::new(Subsystem::Function, callee, &library, size);
        Compiled {
            code: code.counted_as(&draft.name),
            name: Some(draft.name),
            description: draft.description,
            flags: draft.flags,
        }
    });
    Ok(functions.collect())
}

fn script(
    py: Python<'_>,
    names: &Names,
    code: Bound<'_, PyAny>,
    session: Arc<Session>,
) -> PyResult<Vec<Compiled<Code>>> {
    let size = names.size_of(&code);
    let library = Arc::new(Library {
        session,
        _claim: None,
    });
    let callee = Callee::Script(code.unbind(), names.dict(py));
    Ok(vec![Compiled {
        name: None,
        description: None,
        // The server knows those of scripts from their first lines.
        flags: Flags::default(),
        code: Code::new(Subsystem::Eval, callee, &library, size),
    }])
}
