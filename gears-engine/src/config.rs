//! What the module was told when it was loaded.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use crate::python::interpreter;

/// The module's arguments: `Name value Name value …` (spec section 8).
#[derive(Debug)]
pub(crate) struct Config {
    /// How many workers run asynchronous functions (`ExecutionThreads`).
    pub(crate) execution_threads: usize,
    /// Whether error texts hold tracebacks (`PythonAttemptTraceback`).
    pub(crate) tracebacks: bool,
    /// Where requirements are installed (`PythonInstallationDir`).
    pub(crate) installation_dir: PathBuf,
    /// The Python executable whose environment is used (`PythonExecutable`).
    pub(crate) python_executable: String,
    /// Every other name: for scripts, through `configGet`.
    extra: Mutex<HashMap<String, String>>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            execution_threads: 3,
            tracebacks: true,
            installation_dir: PathBuf::from(format!(
                "gears-python{}",
                env!("GEARS_PYTHON_VERSION")
            )),
            python_executable: interpreter::BUILT_FOR.to_owned(),
            extra: Mutex::default(),
        }
    }
}

impl Config {
    /// Reads the module's arguments.
    ///
    /// # Errors
    ///
    /// Says which argument is wrong and what it takes.
    pub(crate) fn parse<'a>(arguments: impl IntoIterator<Item = &'a [u8]>) -> Result<Self, String> {
        let mut config = Self::default();
        let mut words = arguments
            .into_iter()
            .map(|word| String::from_utf8_lossy(word).into_owned());
        while let Some(name) = words.next() {
            let Some(value) = words.next() else {
                return Err(format!("the module argument {name} has no value"));
            };
            config.set(&name, value)?;
        }
        // The server may change its working directory later.
        config.installation_dir = std::path::absolute(&config.installation_dir)
            .map_err(|error| format!("PythonInstallationDir: {error}"))?;
        Ok(config)
    }

    fn set(&mut self, name: &str, value: String) -> Result<(), String> {
        match name {
            "ExecutionThreads" => {
                self.execution_threads = value
                    .parse()
                    .ok()
                    .filter(|threads| *threads > 0)
                    .ok_or_else(|| {
                        format!("ExecutionThreads takes a number above 0, not {value}")
                    })?;
            }
            "PythonAttemptTraceback" => {
                let number: i64 = value
                    .parse()
                    .map_err(|_| format!("PythonAttemptTraceback takes 0 or 1, not {value}"))?;
                self.tracebacks = number != 0;
            }
            "PythonInstallationDir" => self.installation_dir = PathBuf::from(value),
            "PythonExecutable" => self.python_executable = value,
            _ => {
                self.extra_now().insert(name.to_owned(), value);
            }
        }
        Ok(())
    }

    /// Returns a value of the extra configuration.
    pub(crate) fn extra(&self, name: &str) -> Option<String> {
        self.extra_now().get(name).cloned()
    }

    fn extra_now(&self) -> std::sync::MutexGuard<'_, HashMap<String, String>> {
        self.extra.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &[&str]) -> Result<Config, String> {
        Config::parse(words.iter().map(|word| word.as_bytes()))
    }

    #[test]
    fn unknown_names_are_kept_for_scripts() {
        let config = parse(&["ExecutionThreads", "5", "colour", "blue"]).unwrap();
        assert_eq!(config.execution_threads, 5);
        assert_eq!(config.extra("colour").as_deref(), Some("blue"));
        assert_eq!(config.extra("ExecutionThreads"), None);
        assert!(config.installation_dir.is_absolute());
    }

    #[test]
    fn wrong_values_are_refused() {
        assert!(parse(&["ExecutionThreads", "0"]).is_err());
        assert!(parse(&["ExecutionThreads", "many"]).is_err());
        assert!(parse(&["PythonAttemptTraceback", "yes"]).is_err());
        assert!(parse(&["colour"]).unwrap_err().contains("has no value"));
    }
}
