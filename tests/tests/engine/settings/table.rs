//! What there is to know of each setting.

/// Who may change a setting, and in whose words that is answered.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    /// Anybody at any time; RedisGears' core owns it, or ours.
    Core,
    /// Nobody after loading.
    CoreAtLoad,
    /// As `Core`, but the Python plugin of RedisGears owns it.
    Plugin,
    /// Nobody after loading; the plugin owns it, or it is a text.
    AtLoad,
}

/// What values a setting takes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Takes {
    AnyNumber,
    NumbersFrom(i64),
    /// A text, and what it says of wrong ones.
    Text(&'static str),
}

pub(super) struct Setting {
    pub(super) name: &'static str,
    pub(super) change: Change,
    pub(super) takes: Takes,
    /// Absent where it depends on the machine.
    pub(super) default: Option<&'static str>,
    /// A value that is not the default; absent where any other would harm.
    pub(super) other: Option<&'static str>,
    pub(super) wrong: &'static [&'static str],
}

impl Setting {
    /// Names the setting as the server does.
    pub(super) fn server_name(&self) -> String {
        format!("rg.{}", self.name.to_ascii_lowercase())
    }

    /// Writes a value as `RG.CONFIGGET` shows it.
    pub(super) fn shown(&self, value: &str) -> String {
        match self.takes {
            Takes::Text(_) => format!("${value:?}"),
            _ => format!(":{value}"),
        }
    }

    /// Returns what the log says when the module is loaded with this value.
    pub(super) fn sentence(&self, wrong: &str) -> String {
        let name = self.name;
        match self.takes {
            Takes::AnyNumber => format!("{name} takes a number, not {wrong}"),
            Takes::NumbersFrom(least) => {
                format!("{name} takes a number from {least} on, not {wrong}")
            }
            Takes::Text(what) => format!("{name} {what}, not {wrong}"),
        }
    }
}

const fn number(
    name: &'static str,
    change: Change,
    takes: Takes,
    default: &'static str,
    other: &'static str,
    wrong: &'static [&'static str],
) -> Setting {
    Setting {
        name,
        change,
        takes,
        default: Some(default),
        other: Some(other),
        wrong,
    }
}

const fn text(name: &'static str, default: Option<&'static str>) -> Setting {
    Setting {
        name,
        change: Change::AtLoad,
        takes: Takes::Text("takes any text"),
        default,
        other: Some("/somewhere/else"),
        wrong: &[],
    }
}

const NO_NUMBER: &[&str] = &["many", "", "1.5", "9223372036854775808"];
const FROM_0: &[&str] = &["many", "", "-1", "1e3"];
const FROM_1: &[&str] = &["many", "", "0", "-5"];

use Change::{AtLoad, Core, CoreAtLoad, Plugin};
use Takes::{AnyNumber, NumbersFrom};

/// Every setting of RedisGears (spec section 8), then ours.
pub(super) const SETTINGS: &[Setting] = &[
    number("MaxExecutions", Core, AnyNumber, "1000", "-7", NO_NUMBER),
    number(
        "MaxExecutionsPerRegistration",
        Core,
        AnyNumber,
        "100",
        "7",
        NO_NUMBER,
    ),
    number("ProfileExecutions", Core, AnyNumber, "0", "1", NO_NUMBER),
    number(
        "ExecutionThreads",
        CoreAtLoad,
        NumbersFrom(1),
        "3",
        "5",
        FROM_1,
    ),
    number(
        "ExecutionMaxIdleTime",
        Core,
        NumbersFrom(1),
        "5000",
        "7000",
        FROM_1,
    ),
    number("SendMsgRetries", Core, NumbersFrom(0), "3", "0", FROM_0),
    number(
        "PythonAttemptTraceback",
        Plugin,
        AnyNumber,
        "1",
        "0",
        NO_NUMBER,
    ),
    number(
        "PythonInstallReqMaxIdleTime",
        Plugin,
        NumbersFrom(1),
        "30000",
        "7000",
        FROM_1,
    ),
    number("CreateVenv", AtLoad, AnyNumber, "0", "1", NO_NUMBER),
    number("DownloadDeps", AtLoad, AnyNumber, "0", "1", NO_NUMBER),
    number(
        "ForeceDownloadDepsOnEnterprise",
        AtLoad,
        AnyNumber,
        "0",
        "1",
        NO_NUMBER,
    ),
    number(
        "OverridePythonAllocators",
        AtLoad,
        AnyNumber,
        "1",
        "0",
        NO_NUMBER,
    ),
    text("DependenciesUrl", Some("")),
    text("DependenciesSha256", Some("")),
    text("PythonInstallationDir", None),
    number(
        "SyncDeadline",
        Core,
        NumbersFrom(0),
        "5000",
        "60000",
        FROM_0,
    ),
    number("AsyncDeadline", Core, NumbersFrom(0), "0", "60000", FROM_0),
    number(
        "ExecutionQueue",
        Core,
        NumbersFrom(1),
        "1048576",
        "7",
        FROM_1,
    ),
    number("PipInstall", Core, NumbersFrom(0), "1", "0", FROM_0),
    number("HooksLetThrough", Core, NumbersFrom(0), "0", "1", FROM_0),
    number("PythonThreads", Core, NumbersFrom(0), "1024", "7", FROM_0),
    number(
        "WritersMaxWait",
        Core,
        NumbersFrom(0),
        "30000",
        "60000",
        FROM_0,
    ),
    number(
        "EnvironmentsLimit",
        Core,
        NumbersFrom(0),
        "0",
        "1000000",
        FROM_0,
    ),
    number("StoreWheels", Core, NumbersFrom(0), "0", "1", FROM_0),
    number(
        "PythonMemoryLimit",
        Core,
        NumbersFrom(0),
        "0",
        "4000000000",
        FROM_0,
    ),
    number("SlowLogTime", Core, NumbersFrom(0), "10000", "50", FROM_0),
    number("SlowLogLength", Core, NumbersFrom(0), "128", "7", FROM_0),
    number(
        "ClusterPeerTimeout",
        Core,
        NumbersFrom(100),
        "5000",
        "7000",
        &["many", "", "99", "-5"],
    ),
    number(
        "ClusterLinkMemory",
        CoreAtLoad,
        NumbersFrom(1_048_576),
        "67108864",
        "2000000",
        &["many", "", "1048575"],
    ),
    number(
        "ClusterRunMemory",
        Core,
        NumbersFrom(1_048_576),
        "67108864",
        "2000000",
        &["many", "", "1048575"],
    ),
    text("ClusterUser", Some("")),
    Setting {
        // Nobody is told what it is.
        other: None,
        ..text("ClusterPassword", Some(""))
    },
    Setting {
        name: "PipArguments",
        change: AtLoad,
        takes: Takes::Text("takes one line"),
        default: Some(""),
        // The server takes an argument that begins with dashes for an option.
        other: Some(" -q --no-input"),
        wrong: &["-q\n-v"],
    },
    Setting {
        name: "PythonExecutable",
        change: AtLoad,
        takes: Takes::Text("names no Python"),
        default: None,
        // The engine runs with one Python alone.
        other: None,
        wrong: &[],
    },
    Setting {
        name: "ReplyShapes",
        change: AtLoad,
        takes: Takes::Text("takes 1.0 or 1.2"),
        default: Some("1.2"),
        other: Some("1.0"),
        wrong: &["2.0", "1", "new"],
    },
    Setting {
        name: "ScriptingEngine",
        change: AtLoad,
        takes: Takes::Text("takes yes or no"),
        default: Some("no"),
        other: Some("yes"),
        wrong: &["1", "Yes", ""],
    },
];
