//! The table of settings, for the sync and the async methods.

/// Hands the table to a macro that makes methods of its rows.
///
/// A row tells what its examples assert: what is read of a server that nobody has configured
/// (`reads`, what stands before and after the reading), and what is given to the setter, which
/// either `takes` it, to be read back, or `refuses` it.
macro_rules! settings {
    ($table:ident) => {
        $table! {
            /// How many executions the list holds; 0 or less for no limit.
            max_executions set_max_executions: i64 = "MaxExecutions",
                reads ["assert_eq!(", ", 1000);"],
                takes "50" ["assert_eq!(", ", 50);"];
            /// How many executions of one registration the list holds; 0 for no limit.
            max_executions_per_registration set_max_executions_per_registration: i64
                = "MaxExecutionsPerRegistration",
                reads ["assert_eq!(", ", 100);"],
                takes "0" ["assert_eq!(", r#", 0, "as many as there are");"#];
            /// Whether executions are profiled, which costs time.
            profile_executions set_profile_executions: bool = "ProfileExecutions",
                reads ["assert!(!", ");"],
                takes "true" ["assert!(", ");"];
            /// Whether errors come with a traceback.
            python_attempt_traceback set_python_attempt_traceback: bool
                = "PythonAttemptTraceback",
                reads ["assert!(", ");"],
                takes "false" ["assert!(!", ");"];
            /// Whether RedisGears downloads its Python. Fixed at load.
            download_deps set_download_deps: bool = "DownloadDeps",
                reads ["assert!(!", r#", "gears-engine brings its Python along");"#],
                refuses "true";
            /// Where RedisGears downloads its Python from. Fixed at load.
            dependencies_url set_dependencies_url: String = "DependenciesUrl",
                reads ["assert_eq!(", r#", "");"#],
                refuses r#""https://example.org/python.tgz""#;
            /// The SHA-256 of what RedisGears downloads. Fixed at load.
            dependencies_sha256 set_dependencies_sha256: String = "DependenciesSha256",
                reads ["assert_eq!(", r#", "");"#],
                refuses r#""e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855""#;
            /// The folder for Python and for requirements. Fixed at load.
            python_installation_dir set_python_installation_dir: String
                = "PythonInstallationDir",
                reads ["assert!(std::path::Path::new(&", ").is_absolute());"],
                refuses r#""/var/lib/gears""#;
            /// Whether there is a virtual environment for requirements. Fixed at load.
            create_venv set_create_venv: bool = "CreateVenv",
                reads ["assert!(!", ");"],
                refuses "true";
            /// How many threads run executions. Fixed at load.
            execution_threads set_execution_threads: i64 = "ExecutionThreads",
                reads ["assert_eq!(", ", 3);"],
                refuses "8";
            /// How long an execution waits for another shard, in whole milliseconds.
            execution_max_idle_time set_execution_max_idle_time: Duration
                = "ExecutionMaxIdleTime",
                reads ["assert_eq!(", ", Duration::from_secs(5));"],
                takes "Duration::from_millis(1_500)"
                    ["assert_eq!(", ".as_millis(), 1_500);"];
            /// How long the installation of requirements may take without getting on, in whole
            /// milliseconds.
            python_install_req_max_idle_time set_python_install_req_max_idle_time: Duration
                = "PythonInstallReqMaxIdleTime",
                reads ["assert_eq!(", ", Duration::from_secs(30));"],
                takes "Duration::from_secs(120)"
                    ["assert_eq!(", ", Duration::from_secs(120));"];
            /// How often a message to another shard is tried; 0 for no limit.
            send_msg_retries set_send_msg_retries: i64 = "SendMsgRetries",
                reads ["assert_eq!(", ", 3);"],
                takes "10" ["assert_eq!(", ", 10);"];
        }
    };
}
pub(super) use settings;

/// The line of an example that reads a setting; `$wait` is `.await` or nothing.
macro_rules! reading {
    ($wait:literal $get:ident [$before:literal, $after:literal]) => {
        concat!(
            $before,
            "config.",
            stringify!($get),
            "()",
            $wait,
            "?",
            $after
        )
    };
}
pub(super) use reading;

/// The lines of an example that sets a setting.
macro_rules! setting {
    ($wait:literal $get:ident $set:ident takes $given:literal $read:tt) => {
        concat!(
            "config.",
            stringify!($set),
            "(",
            $given,
            ")",
            $wait,
            "?;\n",
            reading!($wait $get $read)
        )
    };
    ($wait:literal $get:ident $set:ident refuses $given:literal) => {
        concat!(
            "let refused = config.",
            stringify!($set),
            "(",
            $given,
            ")",
            $wait,
            ";\n",
            r#"assert!(refused.unwrap_err().is_unsupported(), "it is fixed at load");"#
        )
    };
}
pub(super) use setting;
