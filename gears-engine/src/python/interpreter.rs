//! Starts CPython inside the server.

use std::ffi::{CStr, CString, c_void};
use std::mem::MaybeUninit;
use std::os::raw::c_char;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use pyo3::ffi;
use pyo3::prelude::*;

use super::memory;
use crate::cpython::{environment, frames, line, neighbours, process, runtime, spared, stack};
use crate::ground::executable::{BUILT_FOR, packages_beside};
use crate::watchdog;

/// How often a thread gives up the GIL, in seconds: the main thread waits at
/// most about this long for a worker that computes.
const SWITCH_INTERVAL: f64 = 0.001;

/// Which Python runs, and from where.
#[derive(Clone, Debug)]
pub(crate) struct Interpreter {
    pub(crate) version: String,
    pub(crate) executable: String,
    pub(crate) library: String,
    /// The packages of [`WANTED`] that it does not have by itself.
    pub(crate) lacks: Vec<&'static str>,
}

/// The packages that the engine makes use of: set-up brings them, another Python may not have them.
pub(crate) const WANTED: [(&str, &str); 2] = [
    (
        "redis",
        "functions that use `cmd` are refused, unless their requirements bring it",
    ),
    (
        "cloudpickle",
        "scripts run again after a restart to register their functions, and no function goes to other shards",
    ),
];

static INTERPRETER: OnceLock<Interpreter> = OnceLock::new();

/// Returns the Python that runs.
///
/// # Panics
///
/// Before the module is loaded, when nobody can call.
#[expect(
    clippy::expect_used,
    reason = "nobody can call before the module is loaded"
)]
pub(crate) fn interpreter() -> &'static Interpreter {
    INTERPRETER
        .get()
        .expect("Python starts while the module loads")
}

/// Starts the interpreter; the calling thread is not attached afterwards.
///
/// # Errors
///
/// Says why Python cannot start, for the server's log.
pub(crate) fn start(executable: &str) -> Result<(), String> {
    let library = promote_library()?;
    memory::count_allocations();
    initialize(executable)?;
    // SAFETY: `initialize` left this thread attached; it detaches here so that
    // threads attach when they need Python, this one included.
    unsafe { ffi::PyEval_SaveThread() };
    let interpreter = Python::attach(|py| {
        let sys = py.import("sys")?;
        sys.call_method1("setswitchinterval", (SWITCH_INTERVAL,))?;
        runtime::runtime(py)?.call_method0("keep_streams")?;
        stack::bound_recursion(py)?;
        frames::guard(py)?;
        spared::prepare(py)?;
        line::prepare(py, watchdog::end_at_line)?;
        environment::complete(py)?;
        if let Some(folder) = packages_beside(executable) {
            neighbours::add(py, &folder)?;
        }
        process::keep(py)?;
        let version: String = py
            .import("platform")?
            .call_method0("python_version")?
            .extract()?;
        let find = py.import("importlib.util")?.getattr("find_spec")?;
        let mut lacks = Vec::new();
        for (package, _) in WANTED {
            if find.call1((package,))?.is_none() {
                lacks.push(package);
            }
        }
        Ok(Interpreter {
            version,
            executable: sys.getattr("executable")?.extract()?,
            library,
            lacks,
        })
    })
    .map_err(|error: PyErr| format!("Python started but is not usable: {error}"))?;
    let _ = INTERPRETER.set(interpreter);
    Ok(())
}

/// Checks that an executable that somebody named is of the Python built in.
///
/// CPython starts with any name there and then finds none of the packages of
/// the environment that was meant. The one that the module was built with is
/// not checked: on another machine it may be missing, and nothing was meant.
///
/// # Errors
///
/// Says what the setting takes.
pub(crate) fn check_executable(executable: &str) -> Result<(), String> {
    const VERSION: &str = env!("GEARS_PYTHON_VERSION");
    if executable == BUILT_FOR {
        return Ok(());
    }
    let told = Command::new(executable)
        .args([
            "-I",
            "-c",
            "import sys; print('%d.%d' % sys.version_info[:2])",
        ])
        .stdin(Stdio::null())
        .output();
    match told {
        Ok(told) if told.stdout.trim_ascii() == VERSION.as_bytes() => Ok(()),
        _ => Err(format!(
            "PythonExecutable takes the path of a Python {VERSION}, which the engine was built \
             with, not {executable}"
        )),
    }
}

/// Opens libpython again so that its symbols are visible to everybody.
///
/// Servers open modules with `RTLD_LOCAL`, which hides libpython from extension
/// modules such as numpy that expect its symbols in the process.
fn promote_library() -> Result<String, String> {
    let mut info = MaybeUninit::<libc::Dl_info>::zeroed();
    let symbol = ffi::Py_IsInitialized as *const c_void;
    // SAFETY: `info` is writable, and is filled when the result is not 0; the
    // names in it belong to the loader and stay.
    let name = unsafe {
        if libc::dladdr(symbol, info.as_mut_ptr()) == 0 {
            return Err("the loader does not know where libpython is".to_owned());
        }
        CStr::from_ptr((*info.as_ptr()).dli_fname)
    };
    // SAFETY: the library is loaded already; this only changes its visibility.
    let handle = unsafe {
        libc::dlopen(
            name.as_ptr(),
            libc::RTLD_NOW | libc::RTLD_GLOBAL | libc::RTLD_NOLOAD,
        )
    };
    if handle.is_null() {
        return Err(format!(
            "libpython at {} cannot be opened for extension modules",
            name.to_string_lossy()
        ));
    }
    Ok(name.to_string_lossy().into_owned())
}

fn initialize(executable: &str) -> Result<(), String> {
    let executable = CString::new(executable)
        .map_err(|_| "the path of the Python executable holds a NUL".to_owned())?;
    let mut config = MaybeUninit::<ffi::PyConfig>::uninit();
    // SAFETY: the calls follow CPython's documented order: the configuration is
    // initialised first, used, and cleared at the end; strings are copied.
    unsafe {
        let status = preinitialize();
        if ffi::PyStatus_Exception(status) != 0 {
            return Err(format!("Python cannot start: {}", message(&status)));
        }
        ffi::PyConfig_InitPythonConfig(config.as_mut_ptr());
        let mut config = config.assume_init();
        // Signals belong to the server, its command line is not Python's, and
        // standard streams are what the server left open.
        config.install_signal_handlers = 0;
        config.parse_argv = 0;
        config.configure_c_stdio = 0;
        config.use_environment = 0;
        config.user_site_directory = 0;
        config.write_bytecode = 0;
        let status = set_path(&mut config, &executable);
        let status = if ffi::PyStatus_Exception(status) == 0 {
            ffi::Py_InitializeFromConfig(&raw const config)
        } else {
            status
        };
        ffi::PyConfig_Clear(&raw mut config);
        if ffi::PyStatus_Exception(status) != 0 {
            return Err(format!("Python cannot start: {}", message(&status)));
        }
    }
    Ok(())
}

/// Settles that texts are UTF-8, whatever the environment says, and that the locale
/// stays: the server compares words and reads numbers by it.
fn preinitialize() -> ffi::PyStatus {
    let mut config = MaybeUninit::<ffi::PyPreConfig>::uninit();
    // SAFETY: the configuration is initialised first, and only read afterwards;
    // Python has not been started.
    unsafe {
        ffi::PyPreConfig_InitPythonConfig(config.as_mut_ptr());
        let mut config = config.assume_init();
        config.parse_argv = 0;
        config.use_environment = 0;
        config.configure_locale = 0;
        config.coerce_c_locale = 0;
        config.coerce_c_locale_warn = 0;
        config.utf8_mode = 1;
        ffi::Py_PreInitialize(&raw const config)
    }
}

/// Names the executable, which is how Python finds its library and the
/// site-packages of its virtual environment.
///
/// # Safety
///
/// `config` is initialised.
unsafe fn set_path(config: &mut ffi::PyConfig, executable: &CStr) -> ffi::PyStatus {
    let config = &raw mut *config;
    // SAFETY: the caller promises an initialised configuration; the field
    // belongs to it.
    unsafe {
        ffi::PyConfig_SetBytesString(
            config,
            &raw mut (*config).executable,
            executable.as_ptr().cast::<c_char>(),
        )
    }
}

fn message(status: &ffi::PyStatus) -> String {
    if status.err_msg.is_null() {
        return "no reason given".to_owned();
    }
    // SAFETY: CPython's status messages are C strings that live for ever.
    unsafe { CStr::from_ptr(status.err_msg) }
        .to_string_lossy()
        .into_owned()
}

/// Names the minor version of the Python that runs: pickled code is good for
/// that alone.
pub(crate) fn minor_version() -> &'static str {
    let version = &interpreter().version;
    match version.match_indices('.').nth(1) {
        Some((end, _)) => &version[..end],
        None => version,
    }
}
