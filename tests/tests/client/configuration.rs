//! The settings of a server, typed.

use std::time::Duration;

use gears_runtime::{ErrorKind, Gears};
use gears_tests::TestServer;

/// Reads and writes every setting; `$wait` awaits.
macro_rules! every_setting {
    ($config:expr $(, $wait:tt)?) => {{
        let config = $config;
        config.set_max_executions(7)$(.$wait)?.unwrap();
        assert_eq!(config.max_executions()$(.$wait)?.unwrap(), 7);
        config.set_max_executions_per_registration(8)$(.$wait)?.unwrap();
        assert_eq!(config.max_executions_per_registration()$(.$wait)?.unwrap(), 8);
        config.set_profile_executions(true)$(.$wait)?.unwrap();
        assert!(config.profile_executions()$(.$wait)?.unwrap());
        config.set_profile_executions(false)$(.$wait)?.unwrap();
        assert!(!config.profile_executions()$(.$wait)?.unwrap());
        config.set_python_attempt_traceback(false)$(.$wait)?.unwrap();
        assert!(!config.python_attempt_traceback()$(.$wait)?.unwrap());
        config.set_python_attempt_traceback(true)$(.$wait)?.unwrap();
        let time = Duration::from_millis(1234);
        config.set_execution_max_idle_time(time)$(.$wait)?.unwrap();
        assert_eq!(config.execution_max_idle_time()$(.$wait)?.unwrap(), time);
        config.set_python_install_req_max_idle_time(time)$(.$wait)?.unwrap();
        assert_eq!(config.python_install_req_max_idle_time()$(.$wait)?.unwrap(), time);
        config.set_send_msg_retries(0)$(.$wait)?.unwrap();
        assert_eq!(config.send_msg_retries()$(.$wait)?.unwrap(), 0);

        // Fixed at load.
        assert!(config.execution_threads()$(.$wait)?.unwrap() >= 1);
        assert!(!config.python_installation_dir()$(.$wait)?.unwrap().is_empty());
        config.create_venv()$(.$wait)?.unwrap();
        config.download_deps()$(.$wait)?.unwrap();
        config.dependencies_url()$(.$wait)?.unwrap();
        config.dependencies_sha256()$(.$wait)?.unwrap();
        for (name, error) in [
            ("ExecutionThreads", config.set_execution_threads(9)$(.$wait)?),
            ("PythonInstallationDir", config.set_python_installation_dir("/x")$(.$wait)?),
            ("CreateVenv", config.set_create_venv(true)$(.$wait)?),
            ("DownloadDeps", config.set_download_deps(true)$(.$wait)?),
            ("DependenciesUrl", config.set_dependencies_url("http://x")$(.$wait)?),
            ("DependenciesSha256", config.set_dependencies_sha256("0")$(.$wait)?),
        ] {
            let error = error.unwrap_err();
            let lack = error.unsupported().unwrap_or_else(|| panic!("{error}"));
            assert!(lack.feature().contains(name), "{error}");
            assert!(!lack.server().is_empty());
            assert!(error.to_string().contains("loadmodule"), "{error}");
        }

        // Values that the server refuses, and names that it does not have.
        let error = config.set_send_msg_retries(-1)$(.$wait)?.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Server);
        assert!(error.raw().unwrap().contains("SendMsgRetries"), "{error}");
        let error = config.set_execution_max_idle_time(Duration::ZERO)$(.$wait)?.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Server, "{error}");
        let error = config.get(["MaxExecutions", "nobody"])$(.$wait)?.unwrap_err();
        assert!(error.unsupported().unwrap().feature().contains("nobody"), "{error}");

        // Those of scripts, several at once.
        config.set([("one", "1"), ("two", "zwei")])$(.$wait)?.unwrap();
        let values = config.get(["one", "two", "MaxExecutions"])$(.$wait)?.unwrap();
        assert_eq!(values["one"].as_int(), Some(1));
        assert_eq!(values["two"].to_string(), "zwei");
        assert_eq!(values["MaxExecutions"].as_int(), Some(7));

        let shards = config.all_shards()$(.$wait)?.unwrap();
        for (shard, config) in &shards {
            assert_eq!(shard.len(), 40);
            assert!(config.execution_threads()$(.$wait)?.unwrap() >= 1);
        }
        assert!(!shards.is_empty());
    }};
}

#[test]
fn every_setting_is_read_and_written() {
    // The settings of a server that others use are theirs.
    let server = TestServer::private();
    every_setting!(server.gears().config());
}

#[tokio::test]
async fn every_setting_is_read_and_written_awaited() {
    let server = TestServer::private();
    let gears = Gears::connect_async(server.url()).await.unwrap();
    every_setting!(gears.aio().config(), await);
}
