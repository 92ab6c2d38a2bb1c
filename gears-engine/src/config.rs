//! Settings: from the module's arguments and from `RG.CONFIGSET` (spec section 8).

pub(crate) mod setting;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, OnceLock};
use std::time::Duration;

use gears_server::{Refusal, Settings, text};

pub(crate) use setting::{MEMORY_LIMIT, SLOW_LOG_LENGTH, SLOW_LOG_TIME, TRACEBACKS};
use setting::{Number, Text, numbers, texts};

use crate::ground::poison::unpoisoned;

/// The value of a setting, as replies show it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Number(i64),
    Text(String),
}

/// All settings.
pub(crate) struct Config {
    numbers: Vec<Number>,
    texts: Vec<Text>,
    /// What scripts get through `configGet`: every other name, and what was
    /// said of those that are not the core's.
    extra: Mutex<HashMap<String, String>>,
    /// Modules of RedisGears that were asked for.
    plugins: Vec<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            numbers: numbers(),
            texts: texts(),
            extra: Mutex::default(),
            plugins: Vec::new(),
        }
    }
}

/// The setting that names the plugins, of which this engine has none.
const PLUGIN: &str = "Plugin";

static CONFIG: OnceLock<&Config> = OnceLock::new();

/// Makes these the settings of this server, once.
pub(crate) fn set_up(config: &'static Config) {
    let _ = CONFIG.set(config);
}

/// Returns the settings of this server.
///
/// # Panics
///
/// Before the module is loaded, when nobody can call.
#[expect(
    clippy::expect_used,
    reason = "nobody can call before the module is loaded"
)]
pub(crate) fn config() -> &'static Config {
    CONFIG
        .get()
        .expect("settings are set up while the module loads")
}

/// Returns how long functions may keep the server, for those who may ask before the module
/// is loaded.
pub(crate) fn sync_deadline() -> Option<Duration> {
    CONFIG.get().and_then(|config| config.sync_deadline())
}

/// Returns how long runs wait for shards that say nothing, for those who may ask before the module
/// is loaded.
pub(crate) fn max_idle() -> Duration {
    let config = CONFIG.get();
    config.map_or(Duration::ZERO, |config| config.execution_max_idle_time())
}

impl Config {
    /// Reads the module's arguments: `Name value Name value …`.
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
            if name.eq_ignore_ascii_case(PLUGIN) {
                config.plugins.push(value);
                continue;
            }
            config.set_fixed(&name, &value)?;
            if config.number(&name).is_none_or(|number| !number.core) {
                config.extra_now().insert(name, value);
            }
        }
        Ok(config)
    }

    /// Sets also what cannot change while the server runs; other names than
    /// those of settings are right too.
    fn set_fixed(&self, name: &str, value: &str) -> Result<(), String> {
        if let Some(number) = self.number(name) {
            if !number.set(value) {
                let least = number.least;
                return Err(if least == i64::MIN {
                    format!("{name} takes a number, not {value}")
                } else {
                    format!("{name} takes a number from {least} on, not {value}")
                });
            }
            return Ok(());
        }
        self.text(name).map_or(Ok(()), |text| text.set(value))
    }

    /// Changes a setting while the server runs.
    ///
    /// # Errors
    ///
    /// In RedisGears' words.
    pub(crate) fn set(&self, name: &str, value: Option<&str>) -> Result<&'static str, Refusal> {
        const KEPT: &str = "OK - value was saved in extra config dictionary";
        if name.eq_ignore_ascii_case(PLUGIN) {
            return Err(fixed_at_load(name));
        }
        let Some(number) = self.number(name) else {
            let value = value.ok_or_else(|| not_given(name))?;
            if self.text(name).is_some() {
                return Err(not_at_runtime(name));
            }
            self.extra_now().insert(name.to_owned(), value.to_owned());
            return Ok(KEPT);
        };
        if number.core {
            if !number.runtime {
                return Err(fixed_at_load(name));
            }
            return if value.is_some_and(|value| number.set(value)) {
                Ok("OK")
            } else {
                Err(Refusal::whole(format!(
                    "(error) Failed setting config value {name}"
                )))
            };
        }
        let value = value.ok_or_else(|| not_given(name))?;
        if !number.runtime {
            return Err(not_at_runtime(name));
        }
        if number.set(value) {
            self.extra_now().insert(name.to_owned(), value.to_owned());
            Ok(KEPT)
        } else {
            Err(Refusal::whole(format!(
                "Failed setting config value for key '{name}' with value '{value}'"
            )))
        }
    }

    /// Returns a setting; names are case-sensitive here (spec section 8).
    pub(crate) fn get(&self, name: &str) -> Option<Value> {
        if let Some(number) = self.numbers.iter().find(|number| number.name == name) {
            return Some(Value::Number(number.get()));
        }
        match self.text(name) {
            Some(text) => Some(Value::Text(text.shown())),
            None => self.extra(name).map(Value::Text),
        }
    }

    /// Returns a setting as scripts get it: what was said of it, as it was said, else its value.
    pub(crate) fn text_of(&self, name: &str) -> Option<String> {
        let said = self.extra(name).filter(|_| self.text(name).is_none());
        said.or_else(|| {
            self.get(name).map(|value| match value {
                Value::Number(number) => number.to_string(),
                Value::Text(text) => text,
            })
        })
    }

    /// Has `effect` follow from each change of a number, and from the value that it has.
    pub(crate) fn follow(&self, name: &str, effect: fn(i64)) {
        if let Some(number) = self.numbers.iter().find(|number| number.name == name) {
            number.follow(effect);
        }
    }

    /// Lists the modules of RedisGears that were asked for (`Plugin`).
    pub(crate) fn plugins(&self) -> &[String] {
        &self.plugins
    }

    /// How other shards are logged in at: user and password, both empty if they are not given
    /// (`ClusterUser`, `ClusterPassword`).
    pub(crate) fn cluster_login(&self) -> (String, String) {
        let text = |place: usize| self.texts[place].get();
        (text(setting::CLUSTER_USER), text(setting::CLUSTER_PASSWORD))
    }

    /// For how long another shard may be away before it counts as lost (`ClusterPeerTimeout`).
    pub(crate) fn cluster_peer_timeout(&self) -> Duration {
        let milliseconds = self.numbers[setting::CLUSTER_PEER_TIMEOUT].get();
        Duration::from_millis(u64::try_from(milliseconds).unwrap_or(u64::MAX))
    }

    /// For how long an execution waits for shards that say nothing (`ExecutionMaxIdleTime`).
    pub(crate) fn execution_max_idle_time(&self) -> Duration {
        let milliseconds = self.numbers[setting::EXECUTION_MAX_IDLE_TIME].get();
        Duration::from_millis(u64::try_from(milliseconds).unwrap_or(u64::MAX))
    }

    /// How many bytes of records may wait on one shard for a run (`ClusterRunMemory`).
    pub(crate) fn cluster_run_memory(&self) -> usize {
        usize::try_from(self.numbers[setting::CLUSTER_RUN_MEMORY].get()).unwrap_or(usize::MAX)
    }

    /// How many bytes may wait for one shard (`ClusterLinkMemory`).
    pub(crate) fn cluster_link_memory(&self) -> usize {
        usize::try_from(self.numbers[setting::CLUSTER_LINK_MEMORY].get()).unwrap_or(usize::MAX)
    }

    /// Where requirements are installed (`PythonInstallationDir`).
    pub(crate) fn installation_dir(&self) -> PathBuf {
        PathBuf::from(self.texts[setting::INSTALLATION_DIR].get())
    }

    /// Makes the folder for requirements independent of the working directory,
    /// which may change later.
    ///
    /// # Errors
    ///
    /// When there is no such folder name.
    pub(crate) fn settle_installation_dir(&self) -> Result<(), String> {
        let absolute = std::path::absolute(self.installation_dir())
            .map_err(|error| format!("PythonInstallationDir: {error}"))?;
        self.texts[setting::INSTALLATION_DIR].set(&absolute.to_string_lossy())
    }

    /// The Python executable whose environment is used (`PythonExecutable`).
    pub(crate) fn python_executable(&self) -> String {
        self.texts[setting::PYTHON_EXECUTABLE].get()
    }

    /// Whether the server's own functions and scripts can be in Python (`ScriptingEngine`).
    pub(crate) fn is_scripting_engine(&self) -> bool {
        self.texts[setting::SCRIPTING_ENGINE].get() == "yes"
    }

    /// Whether replies have the shapes of RedisGears 1.0 (`ReplyShapes`).
    pub(crate) fn has_old_shapes(&self) -> bool {
        self.texts[setting::REPLY_SHAPES].get() == "1.0"
    }

    /// What pip is told besides the requirement (`PipArguments`).
    pub(crate) fn pip_arguments(&self) -> Vec<String> {
        let arguments = self.texts[setting::PIP_ARGUMENTS].get();
        arguments.split_whitespace().map(str::to_owned).collect()
    }

    /// Returns a value of the extra configuration.
    pub(crate) fn extra(&self, name: &str) -> Option<String> {
        self.extra_now().get(name).cloned()
    }

    /// How many executions are listed; without limit from 0 down.
    pub(crate) fn max_executions(&self) -> i64 {
        self.numbers[setting::MAX_EXECUTIONS].get()
    }

    /// How many ended executions of one registration are listed.
    pub(crate) fn max_executions_per_registration(&self) -> i64 {
        self.numbers[setting::MAX_EXECUTIONS_PER_REGISTRATION].get()
    }

    /// Whether the steps of executions are timed.
    pub(crate) fn profiles_executions(&self) -> bool {
        self.numbers[setting::PROFILE_EXECUTIONS].get() != 0
    }

    /// How many workers run asynchronous functions.
    pub(crate) fn execution_threads(&self) -> usize {
        usize::try_from(self.numbers[setting::EXECUTION_THREADS].get()).unwrap_or(1)
    }

    /// How long a function may keep the server to itself.
    pub(crate) fn sync_deadline(&self) -> Option<Duration> {
        deadline(self.numbers[setting::SYNC_DEADLINE].get())
    }

    /// How long a function on a worker may take.
    pub(crate) fn async_deadline(&self) -> Option<Duration> {
        deadline(self.numbers[setting::ASYNC_DEADLINE].get())
    }

    /// Whether requirements may be installed.
    pub(crate) fn allows_pip(&self) -> bool {
        self.numbers[setting::PIP_INSTALL].get() != 0
    }

    /// How many jobs may wait for a worker.
    pub(crate) fn execution_queue(&self) -> usize {
        usize::try_from(self.numbers[setting::EXECUTION_QUEUE].get()).unwrap_or(usize::MAX)
    }

    /// How long pip may say nothing.
    pub(crate) fn install_max_idle(&self) -> Duration {
        let milliseconds = self.numbers[setting::INSTALL_MAX_IDLE].get();
        Duration::from_millis(milliseconds.unsigned_abs())
    }

    /// Whether a command runs as it is while packages of its hook are missing.
    pub(crate) fn lets_commands_through(&self) -> bool {
        self.numbers[setting::HOOKS_LET_THROUGH].get() != 0
    }

    /// How long writers wait for a function that gets nowhere.
    pub(crate) fn writers_max_wait(&self) -> Option<Duration> {
        deadline(self.numbers[setting::WRITERS_MAX_WAIT].get())
    }

    /// How many threads there may be that Python code started; 0 is any number.
    pub(crate) fn python_threads(&self) -> usize {
        match usize::try_from(self.numbers[setting::PYTHON_THREADS].get()) {
            Ok(0) | Err(_) => usize::MAX,
            Ok(most) => most,
        }
    }

    /// How many bytes of packages and wheels are kept, besides those in use.
    pub(crate) fn environments_limit(&self) -> Option<u64> {
        let limit = self.numbers[setting::ENVIRONMENTS_LIMIT].get();
        u64::try_from(limit).ok().filter(|limit| *limit > 0)
    }

    /// Whether wheels are stored with the functions that need them.
    pub(crate) fn stores_wheels(&self) -> bool {
        self.numbers[setting::STORE_WHEELS].get() != 0
    }

    fn text(&self, name: &str) -> Option<&Text> {
        self.texts.iter().find(|text| text.name == name)
    }

    fn number(&self, name: &str) -> Option<&Number> {
        self.numbers.iter().find(|number| {
            number.name == name || number.core && number.name.eq_ignore_ascii_case(name)
        })
    }

    fn extra_now(&self) -> MutexGuard<'_, HashMap<String, String>> {
        unpoisoned(self.extra.lock())
    }
}

impl Settings for Config {
    fn number(&self, name: &str) -> i64 {
        match self.get(name) {
            Some(Value::Number(number)) => number,
            _ => 0,
        }
    }

    fn text(&self, name: &str) -> String {
        match self.get(name) {
            Some(Value::Text(text)) => text,
            Some(Value::Number(number)) => number.to_string(),
            None => String::new(),
        }
    }

    fn set(&self, name: &str, value: &str) -> Result<(), String> {
        self.set_fixed(name, value)
    }

    fn numbers(&self) -> Vec<(&'static str, i64, i64, bool)> {
        let describe = |number: &Number| (number.name, number.get(), number.least, number.runtime);
        self.numbers.iter().map(describe).collect()
    }

    fn texts(&self) -> Vec<(&'static str, String)> {
        let texts = self.texts.iter();
        texts.map(|text| (text.name, text.shown())).collect()
    }
}

fn fixed_at_load(name: &str) -> Refusal {
    Refusal::whole(format!(
        "(error) Config value {name} not modifiable at runtime"
    ))
}

fn not_at_runtime(name: &str) -> Refusal {
    Refusal::whole(format!("(error) {name} is not configurable at runtime"))
}

/// Reads milliseconds, of which 0 is no deadline.
pub(crate) fn deadline(milliseconds: i64) -> Option<Duration> {
    u64::try_from(milliseconds)
        .ok()
        .filter(|milliseconds| *milliseconds > 0)
        .map(Duration::from_millis)
}

fn not_given(name: &str) -> Refusal {
    Refusal::whole(format!(
        "(error) Value was not given to {}",
        text::echoed(name)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &[&str]) -> Result<Config, String> {
        Config::parse(words.iter().map(|word| word.as_bytes()))
    }

    #[test]
    fn unknown_names_are_kept_for_scripts() {
        let words = [
            "executionthreads",
            "5",
            "colour",
            "blue",
            "ClusterPassword",
            "secret",
        ];
        let config = parse(&words).unwrap();
        assert_eq!(config.text_of("ClusterPassword").as_deref(), Some(""));
        assert_eq!(config.execution_threads(), 5);
        assert_eq!(config.extra("colour").as_deref(), Some("blue"));
        assert_eq!(config.extra("ExecutionThreads"), None);
        assert_eq!(config.text_of("ExecutionThreads").as_deref(), Some("5"));
        assert_eq!(config.text_of("colour").as_deref(), Some("blue"));
        assert_eq!(config.text_of("executionthreads"), None);
        config.settle_installation_dir().unwrap();
        assert!(config.installation_dir().is_absolute());
    }

    #[test]
    fn wrong_values_are_refused() {
        assert!(parse(&["ExecutionThreads", "0"]).is_err());
        assert!(parse(&["ExecutionThreads", "many"]).is_err());
        assert!(parse(&["PythonAttemptTraceback", "yes"]).is_err());
        assert!(parse(&["ReplyShapes", "2.0"]).is_err());
        assert!(parse(&["colour"]).err().unwrap().contains("has no value"));
    }

    #[test]
    fn constants_name_the_right_settings() {
        let config = Config::default();
        for (place, name) in [
            (setting::MAX_EXECUTIONS, "MaxExecutions"),
            (
                setting::MAX_EXECUTIONS_PER_REGISTRATION,
                "MaxExecutionsPerRegistration",
            ),
            (setting::PROFILE_EXECUTIONS, "ProfileExecutions"),
            (setting::EXECUTION_THREADS, "ExecutionThreads"),
            (setting::SYNC_DEADLINE, "SyncDeadline"),
            (setting::ASYNC_DEADLINE, "AsyncDeadline"),
            (setting::PIP_INSTALL, "PipInstall"),
            (setting::EXECUTION_QUEUE, "ExecutionQueue"),
            (setting::INSTALL_MAX_IDLE, "PythonInstallReqMaxIdleTime"),
            (setting::HOOKS_LET_THROUGH, "HooksLetThrough"),
            (setting::WRITERS_MAX_WAIT, "WritersMaxWait"),
            (setting::PYTHON_THREADS, "PythonThreads"),
            (setting::ENVIRONMENTS_LIMIT, "EnvironmentsLimit"),
            (setting::STORE_WHEELS, "StoreWheels"),
        ] {
            assert_eq!(config.numbers[place].name, name);
        }
        for (place, name) in [
            (setting::INSTALLATION_DIR, "PythonInstallationDir"),
            (setting::PYTHON_EXECUTABLE, "PythonExecutable"),
            (setting::REPLY_SHAPES, "ReplyShapes"),
            (setting::PIP_ARGUMENTS, "PipArguments"),
        ] {
            assert_eq!(config.texts[place].name, name);
        }
    }

    #[test]
    fn setting_answers_in_the_words_of_redisgears() {
        let config = Config::default();
        assert_eq!(config.set("maxexecutions", Some("7")), Ok("OK"));
        assert_eq!(config.get("MaxExecutions"), Some(Value::Number(7)));
        assert_eq!(config.get("maxexecutions"), None);
        assert_eq!(
            config.set("ExecutionThreads", Some("5")),
            Err(Refusal::whole(
                "(error) Config value ExecutionThreads not modifiable at runtime"
            ))
        );
        assert_eq!(
            config.set("MaxExecutions", None),
            Err(Refusal::whole(
                "(error) Failed setting config value MaxExecutions"
            ))
        );
        assert_eq!(
            config.set("CreateVenv", Some("1")),
            Err(Refusal::whole(
                "(error) CreateVenv is not configurable at runtime"
            ))
        );
        assert_eq!(
            config.set("plugin", None),
            Err(Refusal::whole(
                "(error) Config value plugin not modifiable at runtime"
            ))
        );
        assert_eq!(
            config.set("nothing", None),
            Err(Refusal::whole("(error) Value was not given to nothing"))
        );
    }
}
