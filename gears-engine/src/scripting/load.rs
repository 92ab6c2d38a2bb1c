//! Whether Python becomes a language of the server, decided while the module loads.

use gears_server::scripting::{NoLanguage, takes_languages};
use gears_server::{Loading, LogLevel, log};

use super::language::Python;
use super::state::{self, State};

/// Makes Python a language of the server, if that is `wanted` and the server takes any. The last
/// that is done while the module loads: the server keeps what it is given here.
pub(crate) fn load(loading: &Loading<'_>, wanted: bool) {
    let state = match (wanted, takes_languages()) {
        (false, true) => State::Off,
        (false, false) => State::Unsupported,
        (true, _) => match loading.language::<Python>() {
            Ok(version) => State::On(version),
            Err(NoLanguage::NoApi) => State::Unsupported,
            Err(NoLanguage::Refused) => State::Refused,
        },
    };
    state::note(state);
    match (wanted, state) {
        (_, State::On(version)) => log(
            LogLevel::Notice,
            &format!(
                "the server runs functions in Python (#!python), by version {version} of its API; \
                 dump files with such functions load only where this module is, with \
                 ScriptingEngine yes"
            ),
        ),
        (true, State::Unsupported) => log(
            LogLevel::Warning,
            "ScriptingEngine is yes, but this server lets no module bring a language for \
             FUNCTION LOAD, FCALL and EVAL: Valkey does so from 8.1 on; all else works",
        ),
        _ => {}
    }
}
