//! The table of commands: each row becomes a method on sync and async connections, on
//! pipelines, and on [`Gears`](crate::Gears), all sending the request of the same name.
//!
//! A row brings one example, from which the documentation of all of its methods is written: what
//! comes before the call, the call (it `gets` something, `does` something, or `fails`), and what
//! is asserted after it. `[text]` is a line as it stands, `[before, method, after]` a line that
//! calls another command on whatever the example is about.

use std::collections::BTreeMap;

use redis::{ConnectionLike, Pipeline, Value};

#[cfg(feature = "aio")]
use super::methods::py_execute_async;
use super::{
    args::TriggerArgs,
    catalog, connection,
    methods::{call, commands, step},
    script::Script,
};
use crate::{
    connect::gears::Gears,
    data::{
        ClusterInfo, ConfigChange, ConfigValue, Executed, ExecutionId, ExecutionInfo,
        ExecutionResult, ExportedRequirement, Locality, Plugin, PyRequirement, PyStats,
        Registration, RegistrationId, SessionQuery, Sessions, ShardPlan,
    },
    error::Result,
};

commands! {
    /// `RG.TRIGGER`: calls what is registered under a trigger, and returns its results.
    ///
    /// [`TriggerArgs`] says what it may be called with; `#[gear_command]` is the typed way. Errors among the results
    /// are values, such as negative numbers on RedisGears with `convertToStr=True`.
    ///
    /// # Errors
    ///
    /// [`UnknownTrigger`](crate::ErrorKind::UnknownTrigger),
    /// [`Python`](crate::ErrorKind::Python) when the function raises, and what a connection can
    /// have.
    piped fn trigger(trigger: &str, args: impl TriggerArgs) -> Vec<Value>;
    example {
        [r#"let script = Script::from_source("#]
        [r#"    "GB('CommandReader').map(lambda words: words[1]).register(trigger='echo')","#]
        [");"]
        ["", "py_execute(&script)", ";"]
    } gets results(r#""echo", ["hello"]"#) {
        [r#"assert_eq!(results, [Value::BulkString(b"hello".to_vec())]);"#]
    }

    /// `RG.TRIGGERONKEY`: the same, on the node of a cluster that holds a key.
    ///
    /// RedisGears 1.2.2 and later. The key is the first argument of the function.
    ///
    /// # Errors
    ///
    /// As [`trigger`](Self::trigger).
    piped fn trigger_on_key(trigger: &str, key: impl AsRef<[u8]>, args: impl TriggerArgs) -> Vec<Value>;
    example {
        [r#"let script = Script::from_source("#]
        [r#"    "GB('CommandReader').map(lambda words: words[1]).register(trigger='echo')","#]
        [");"]
        ["", "py_execute(&script)", ";"]
    } gets results(r#""echo", "key:1", ["more"]"#) {
        [r#"assert_eq!(results, [Value::BulkString(b"key:1".to_vec())]);"#]
    }

    /// `RG.DUMPEXECUTIONS`: lists the executions that the server knows, in no particular order.
    ///
    /// # Errors
    ///
    /// [`Decode`](crate::ErrorKind::Decode) for a reply of another shape, and what a connection
    /// can have.
    piped fn dump_executions() -> Vec<ExecutionInfo>;
    example {
        [r#"let script = Script::from_source("GB('ShardsIDReader').run()");"#]
        ["let started = ", "py_execute_unblocking(&script)", ";"]
        ["let id = started.id().unwrap();"]
    } gets executions("") {
        ["assert_eq!(executions[0].id, *id);"]
    }

    /// `RG.GETEXECUTION`: returns the plan of an execution, one for each shard.
    ///
    /// Without a locality, a cluster answers for all shards.
    ///
    /// # Errors
    ///
    /// [`Server`](crate::ErrorKind::Server) when the server does not know the execution, or is
    /// asked for a cluster that it is not. Else as [`dump_executions`](Self::dump_executions).
    piped fn get_execution(id: impl Into<ExecutionId>, locality: Option<Locality>) -> Vec<ShardPlan>;
    example {
        [r#"let script = Script::from_source("GB('ShardsIDReader').run()");"#]
        ["let started = ", "py_execute_unblocking(&script)", ";"]
        ["let id = started.id().unwrap();"]
    } gets plans("id, Some(Locality::Shard)") {
        [r#"assert_eq!(plans[0].plan.steps[0].kind, "collect");"#]
    }

    /// `RG.GETRESULTS`: returns the results of an execution that has ended.
    ///
    /// # Errors
    ///
    /// [`Server`](crate::ErrorKind::Server) when it still runs, or the server does not know it.
    /// Else as [`dump_executions`](Self::dump_executions).
    piped fn get_results(id: impl Into<ExecutionId>) -> ExecutionResult;
    example {
        [r#"let script = Script::from_source("GB('ShardsIDReader').run()");"#]
        ["let started = ", "py_execute_unblocking(&script)", ";"]
        ["let id = started.id().unwrap();"]
        ["", "get_results_blocking(id)", ";"]
    } gets results("id") {
        [r#"assert_eq!(results.decode::<String>()?.results(), ["1"]);"#]
    }

    /// `RG.GETRESULTSBLOCKING`: waits until an execution has ended, and returns its results.
    ///
    /// # Errors
    ///
    /// [`Server`](crate::ErrorKind::Server) when the server does not know it. Else as
    /// [`dump_executions`](Self::dump_executions).
    piped fn get_results_blocking(id: impl Into<ExecutionId>) -> ExecutionResult;
    example {
        [r#"let script = Script::from_source("GB('ShardsIDReader').run()");"#]
        ["let started = ", "py_execute_unblocking(&script)", ";"]
        ["let id = started.id().unwrap();"]
    } gets results("id") {
        [r#"assert_eq!(results.decode::<String>()?.results(), ["1"]);"#]
    }

    /// `RG.ABORTEXECUTION`: ends an execution, and waits until it has stopped.
    ///
    /// Nothing happens to one that has ended already, and the answer is the same; [`Execution::abort`]
    /// tells the two apart. RedisGears can answer that there is no
    /// such execution although it was aborted (spec section 6.3); [`Execution::abort`] makes
    /// sure.
    ///
    /// [`Execution::abort`]: crate::Execution::abort
    ///
    /// # Errors
    ///
    /// [`Server`](crate::ErrorKind::Server) when the server does not know it. Else as
    /// [`dump_executions`](Self::dump_executions).
    piped fn abort_execution(id: impl Into<ExecutionId>) -> ();
    example {
        [r#"let script = Script::from_source("GB('ShardsIDReader').run()");"#]
        ["let started = ", "py_execute_unblocking(&script)", ";"]
        ["let id = started.id().unwrap();"]
    } does("id") {
        ["let plans = ", "get_execution(id, None)", ";"]
        ["assert!(plans[0].plan.status.is_finished());"]
    }

    /// `RG.DROPEXECUTION`: takes an execution that has ended off the server's list.
    ///
    /// # Errors
    ///
    /// [`Server`](crate::ErrorKind::Server) when it still runs, or the server does not know it.
    /// Else as [`dump_executions`](Self::dump_executions).
    piped fn drop_execution(id: impl Into<ExecutionId>) -> ();
    example {
        [r#"let script = Script::from_source("GB('ShardsIDReader').run()");"#]
        ["let started = ", "py_execute_unblocking(&script)", ";"]
        ["let id = started.id().unwrap();"]
        ["", "get_results_blocking(id)", ";"]
    } does("id") {
        ["assert!(", "dump_executions()", ".is_empty());"]
    }

    /// `RG.DUMPREGISTRATIONS`: lists the registrations, in no particular order.
    ///
    /// # Errors
    ///
    /// As [`dump_executions`](Self::dump_executions).
    piped fn dump_registrations() -> Vec<Registration>;
    example {
        [r#"let script = Script::from_source("GB('StreamReader').register('log:*')");"#]
        ["", "py_execute(&script)", ";"]
    } gets registrations("") {
        [r#"assert_eq!(registrations[0].reader, "StreamReader");"#]
        [r#"assert!(registrations[0].watches("log:1"));"#]
    }

    /// `RG.UNREGISTER`: takes a registration away; what has begun ends by itself.
    ///
    /// In a cluster it goes from all shards that list it by this id.
    ///
    /// # Errors
    ///
    /// [`Server`](crate::ErrorKind::Server) when the server does not know it. Else as
    /// [`dump_executions`](Self::dump_executions).
    piped fn unregister(id: impl Into<RegistrationId>) -> ();
    example {
        [r#"let script = Script::from_source("GB().register('person:*')");"#]
        ["", "py_execute(&script)", ";"]
        ["let registration = ", "dump_registrations()", ".remove(0);"]
    } does("&registration") {
        ["assert!(", "dump_registrations()", ".is_empty());"]
    }

    /// `RG.UNREGISTER … ABORTPENDING`: takes a registration away, and aborts what has not begun.
    ///
    /// # Errors
    ///
    /// As [`unregister`](Self::unregister).
    piped fn unregister_abort_pending(id: impl Into<RegistrationId>) -> ();
    example {
        [r#"let script = Script::from_source("GB().register('person:*')");"#]
        ["", "py_execute(&script)", ";"]
        ["let registration = ", "dump_registrations()", ".remove(0);"]
    } does("&registration") {
        ["assert!(", "dump_registrations()", ".is_empty());"]
    }

    /// `RG.PAUSEREGISTRATIONS`: lets a StreamReader's registration rest.
    ///
    /// RedisGears 1.2.3 and later. One at a time, whatever its documentation says.
    ///
    /// # Errors
    ///
    /// [`Server`](crate::ErrorKind::Server) when the server does not know it, or it is of another
    /// reader. Else as [`dump_executions`](Self::dump_executions).
    piped fn pause_registrations(id: impl Into<RegistrationId>) -> ();
    example {
        [r#"let script = Script::from_source("GB('StreamReader').register('log:*')");"#]
        ["", "py_execute(&script)", ";"]
        ["let registration = ", "dump_registrations()", ".remove(0);"]
    } does("&registration") {
        ["let status = ", "dump_registrations()", ".remove(0).data.status;"]
        ["assert_eq!(status, Some(RegistrationStatus::Paused));"]
    }

    /// `RG.UNPAUSEREGISTRATIONS`: lets a registration go on that was paused.
    ///
    /// RedisGears 1.2.3 and later.
    ///
    /// # Errors
    ///
    /// As [`pause_registrations`](Self::pause_registrations).
    piped fn unpause_registrations(id: impl Into<RegistrationId>) -> ();
    example {
        [r#"let script = Script::from_source("GB('StreamReader').register('log:*')");"#]
        ["", "py_execute(&script)", ";"]
        ["let registration = ", "dump_registrations()", ".remove(0);"]
        ["", "pause_registrations(&registration)", ";"]
    } does("&registration") {
        ["let status = ", "dump_registrations()", ".remove(0).data.status;"]
        ["assert_ne!(status, Some(RegistrationStatus::Paused));"]
    }

    /// `RG.CLEARREGISTRATIONSSTATS`: sets the counters of all registrations to zero.
    ///
    /// RedisGears 1.2.2 and later.
    ///
    /// # Errors
    ///
    /// As [`dump_executions`](Self::dump_executions).
    piped fn clear_registrations_stats() -> ();
    example {
        [r#"let script = Script::from_source("#]
        [r#"    "GB('CommandReader').map(lambda words: words[1]).register(trigger='echo')","#]
        [");"]
        ["", "py_execute(&script)", ";"]
        ["", r#"trigger("echo", ["hello"])"#, ";"]
    } does("") {
        ["let echo = ", "dump_registrations()", ".remove(0);"]
        ["assert_eq!(echo.data.num_triggered, 0);"]
    }

    /// `RG.CONFIGGET`: returns settings by name; `None` for one that the server does not have.
    ///
    /// Names are case-sensitive. [`Gears::config`] has a typed method for each known one.
    ///
    /// # Errors
    ///
    /// As [`dump_executions`](Self::dump_executions).
    alone fn config_get(names: impl IntoIterator<Item = impl AsRef<str>>) -> BTreeMap<String, Option<ConfigValue>>;
    example {
    } gets settings(r#"["MaxExecutions", "NoSuchSetting"]"#) {
        [r#"assert_eq!(settings["MaxExecutions"], Some(ConfigValue::Int(1000)));"#]
        [r#"assert_eq!(settings["NoSuchSetting"], None);"#]
    }

    /// `RG.CONFIGSET`: changes settings, each for itself, on the shard that is asked.
    ///
    /// The reply tells what came of each, by the name as it was given.
    ///
    /// # Errors
    ///
    /// As [`dump_executions`](Self::dump_executions). A setting that is refused is no error.
    alone fn config_set(settings: impl IntoIterator<Item = (impl AsRef<str>, impl Into<ConfigValue>)>) -> BTreeMap<String, ConfigChange>;
    example {
    } gets changes(r#"[("MaxExecutions", 500), ("ExecutionThreads", 5)]"#) {
        [r#"assert_eq!(changes["MaxExecutions"], ConfigChange::Set);"#]
        [r#"assert!(!changes["ExecutionThreads"].is_set(), "it is fixed when the module is loaded");"#]
    }

    /// `RG.INFOCLUSTER`: describes the cluster as the shard sees it; `None` when it is alone.
    ///
    /// # Errors
    ///
    /// As [`dump_executions`](Self::dump_executions).
    alone fn info_cluster() -> Option<ClusterInfo>;
    example {
    } gets cluster("") {
        [r#"assert!(cluster.is_none(), "the server is alone");"#]
    }

    /// `RG.REFRESHCLUSTER`: makes the shard look at the cluster again.
    ///
    /// RedisGears needs it on every node after the cluster has changed; gears-engine does not.
    ///
    /// # Errors
    ///
    /// As [`dump_executions`](Self::dump_executions).
    piped fn refresh_cluster() -> ();
    example {
    } does("") {
        ["assert!(", "info_cluster()", ".is_none());"]
    }

    /// `RG.PYSTATS`: tells how much memory Python takes.
    ///
    /// # Errors
    ///
    /// As [`dump_executions`](Self::dump_executions).
    piped fn py_stats() -> PyStats;
    example {
    } gets stats("") {
        ["assert!(stats.peak_allocated >= stats.current_allocated);"]
    }

    /// `RG.PYDUMPREQS`: lists the requirements that the server has installed.
    ///
    /// # Errors
    ///
    /// As [`dump_executions`](Self::dump_executions).
    piped fn py_dump_reqs() -> Vec<PyRequirement>;
    example {
    } gets requirements("") {
        [r#"assert!(requirements.is_empty(), "no gear has asked for a package yet");"#]
    }

    /// `RG.PYDUMPSESSIONS`: lists sessions, which are what each script registered.
    ///
    /// RedisGears 1.2.2 and later.
    ///
    /// # Errors
    ///
    /// As [`dump_executions`](Self::dump_executions).
    piped fn py_dump_sessions(query: &SessionQuery) -> Sessions;
    example {
        [r#"let script = Script::from_source("GB().register('person:*')").session("people");"#]
        ["", "py_execute(&script)", ";"]
    } gets listed(r#"&SessionQuery::new().only(["people", "places"])"#) {
        ["assert_eq!(listed.sessions[0].registrations.len(), 1);"]
        [r#"assert_eq!(listed.missing, ["Session places does not exists"]);"#]
    }

    /// `RG.PYPROFILE STATS`: returns what the code of a session spent its time on, as text.
    ///
    /// RedisGears 1.2.2 and later; while the setting `ProfileExecutions` is on.
    ///
    /// # Errors
    ///
    /// [`Server`](crate::ErrorKind::Server) when the server does not know the session. Else as
    /// [`dump_executions`](Self::dump_executions).
    piped fn py_profile_stats(session: &str) -> String;
    example {
        ["", r#"config_set([("ProfileExecutions", 1)])"#, ";"]
        [r#"let script = Script::from_source("GB('CommandReader').register(trigger='echo')").session("echo");"#]
        ["", "py_execute(&script)", ";"]
        ["", r#"trigger("echo", [""])"#, ";"]
    } gets stats(r#""echo""#) {
        [r#"assert!(stats.contains("function calls"));"#]
    }

    /// `RG.PYPROFILE RESET`: forgets what the code of a session spent its time on.
    ///
    /// RedisGears 1.2.2 and later.
    ///
    /// # Errors
    ///
    /// As [`py_profile_stats`](Self::py_profile_stats).
    piped fn py_profile_reset(session: &str) -> ();
    example {
        ["", r#"config_set([("ProfileExecutions", 1)])"#, ";"]
        [r#"let script = Script::from_source("GB('CommandReader').register(trigger='echo')").session("echo");"#]
        ["", "py_execute(&script)", ";"]
    } does(r#""echo""#) {
    }

    /// `RG.PYEXPORTREQ`: takes a requirement out of a server, to bring it to another one.
    ///
    /// # Errors
    ///
    /// [`Server`](crate::ErrorKind::Server) when the server does not have it. Else as
    /// [`dump_executions`](Self::dump_executions).
    piped fn py_export_req(requirement: &str) -> ExportedRequirement;
    example {
    } fails error(r#""numpy""#) {
        [r#"assert!(error.to_string().contains("does not exists"));"#]
    }

    /// `RG.PYIMPORTREQ`: brings a requirement to a server, made of the chunks of another one's.
    ///
    /// # Errors
    ///
    /// [`Server`](crate::ErrorKind::Server) when the chunks are no requirement. Else as
    /// [`dump_executions`](Self::dump_executions).
    piped fn py_import_req(chunks: impl IntoIterator<Item = impl AsRef<[u8]>>) -> ();
    example {
    } fails error(r#"["no", "requirement"]"#) {
        [r#"assert!(error.to_string().contains("serialization format"));"#]
    }

    /// `RG.DUMPPLUGINS`: lists the plugins, of which Python is one.
    ///
    /// RedisGears 1.2.0 and later.
    ///
    /// # Errors
    ///
    /// As [`dump_executions`](Self::dump_executions).
    piped fn dump_plugins() -> Vec<Plugin>;
    example {
    } gets plugins("") {
        [r#"assert_eq!(plugins[0].name, "GearsPythonPlugin");"#]
    }

    /// `RG.HELLO`: returns the id of the shard's run, as shards greet each other.
    ///
    /// # Errors
    ///
    /// [`Server`](crate::ErrorKind::Server) on RedisGears that does not know its cluster yet.
    /// Else as [`dump_executions`](Self::dump_executions).
    piped fn hello() -> String;
    example {
    } fails error("") {
        [r#"assert!(error.to_string().contains("NULL cluster state"), "the server is alone");"#]
    }

    /// `RG.NETWORKTEST`: makes the shard send a message to all others.
    ///
    /// # Errors
    ///
    /// As [`dump_executions`](Self::dump_executions).
    piped fn network_test() -> ();
    example {
    } does("") {
    }
}
