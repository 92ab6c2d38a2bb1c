//! The table of commands: each line becomes a method on sync and async connections, on
//! pipelines, and on [`Gears`], all sending the request of the same name.

use std::collections::BTreeMap;

use redis::{ConnectionLike, Pipeline, Value};

use super::{connection, request};
use crate::{
    data::{
        ClusterInfo, ConfigChange, ConfigValue, Executed, ExecutionId, ExecutionInfo,
        ExecutionResult, ExportedRequirement, Locality, Plugin, PyRequirement, PyStats,
        Registration, RegistrationId, SessionQuery, Sessions, ShardPlan,
    },
    error::Result,
    gears::Gears,
    script::Script,
};

macro_rules! commands {
    ($(
        $(#[doc = $doc:literal])*
        $place:ident fn $name:ident($($arg:ident: $type:ty),*) -> $reply:ty;
        example $example:literal
    )*) => {
        /// The `RG.*` commands on any connection of redis-rs: bring it into scope and call them.
        ///
        /// Each is one command and one typed reply. On a server without it the error is
        /// [`Unsupported`](crate::ErrorKind::Unsupported), naming command and server. Timeouts
        /// are those of the connection. [`Gears`] has the same methods, with a pool and
        /// timeouts, and refuses at once what its server lacks.
        ///
        /// # Examples
        ///
        #[cfg_attr(feature = "embedded", doc = "```")]
        #[cfg_attr(not(feature = "embedded"), doc = "```text")]
        /// use gears_runtime::{GearsCommands, Script, embedded, redis};
        ///
        /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
        /// let server = embedded::Server::start()?;
        /// let mut connection = redis::Client::open(server.url())?.get_connection()?;
        /// connection.py_execute(&Script::from_source("GB().register('person:*')"))?;
        /// let registrations = connection.dump_registrations()?;
        /// assert_eq!(registrations[0].reader, "KeysReader");
        /// connection.unregister(&registrations[0])?;
        /// # Ok(())
        /// # }
        /// ```
        pub trait GearsCommands: ConnectionLike {
            $(
                $(#[doc = $doc])*
                fn $name(&mut self, $($arg: $type),*) -> Result<$reply> {
                    connection::send(self, request::$name($($arg),*))
                }
            )*

            /// `RG.PYEXECUTE`: runs a script and tells what came of it.
            ///
            /// # Errors
            ///
            /// As [`Gears::execute`].
            fn py_execute<T>(&mut self, script: &Script<T>) -> Result<Executed<T>> {
                let dialect = connection::dialect_for(self, script)?;
                connection::send(self, request::py_execute(script, false, dialect))?
                    .decode_with(script.decoder())
            }

            /// `RG.PYEXECUTE … UNBLOCKING`: runs a script and returns at once; the
            /// [id](Executed::id) is that of what goes on in the background.
            ///
            /// # Errors
            ///
            /// As [`Gears::execute`].
            fn py_execute_unblocking<T>(&mut self, script: &Script<T>) -> Result<Executed<T>> {
                let dialect = connection::dialect_for(self, script)?;
                connection::send(self, request::py_execute(script, true, dialect))?
                    .decode_with(script.decoder())
            }
        }

        impl<C: ConnectionLike + ?Sized> GearsCommands for C {}

        /// The `RG.*` commands on any async connection of redis-rs.
        ///
        /// The same as [`GearsCommands`], awaited. Mind that a multiplexed connection of redis-rs
        /// waits half a second for a reply unless it is told otherwise, and that a command that
        /// makes the server wait holds up what is queued behind it; [`Gears`] sees to both.
        ///
        /// # Examples
        ///
        #[cfg_attr(feature = "embedded", doc = "```")]
        #[cfg_attr(not(feature = "embedded"), doc = "```text")]
        /// use gears_runtime::{AsyncGearsCommands, embedded, redis};
        ///
        /// # #[tokio::main(flavor = "current_thread")]
        /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
        /// let server = embedded::Server::start()?;
        /// let client = redis::Client::open(server.url())?;
        /// let mut connection = client.get_multiplexed_async_connection().await?;
        /// assert!(connection.dump_registrations().await?.is_empty());
        /// # Ok(())
        /// # }
        /// ```
        #[cfg(feature = "aio")]
        pub trait AsyncGearsCommands: redis::aio::ConnectionLike + Send {
            $(
                $(#[doc = $doc])*
                fn $name(
                    &mut self,
                    $($arg: $type),*
                ) -> impl Future<Output = Result<$reply>> + Send {
                    let request = request::$name($($arg),*);
                    connection::send_async(self, request)
                }
            )*

            /// `RG.PYEXECUTE`: runs a script and tells what came of it.
            ///
            /// # Errors
            ///
            /// As [`Gears::execute`].
            fn py_execute<T>(
                &mut self,
                script: &Script<T>,
            ) -> impl Future<Output = Result<Executed<T>>> + Send {
                py_execute_async(self, script.clone(), false)
            }

            /// `RG.PYEXECUTE … UNBLOCKING`: runs a script and returns at once; the
            /// [id](Executed::id) is that of what goes on in the background.
            ///
            /// # Errors
            ///
            /// As [`Gears::execute`].
            fn py_execute_unblocking<T>(
                &mut self,
                script: &Script<T>,
            ) -> impl Future<Output = Result<Executed<T>>> + Send {
                py_execute_async(self, script.clone(), true)
            }
        }

        #[cfg(feature = "aio")]
        impl<C: redis::aio::ConnectionLike + Send + ?Sized> AsyncGearsCommands for C {}

        /// The `RG.*` commands in pipelines of redis-rs, where the reply allows it.
        ///
        /// What is queried has the type that the [method](GearsCommands) of the same name
        /// returns; `OK` is `()`. A pipeline fails as a whole when there is an error inside a
        /// reply, so the commands whose replies hold errors as values (`config_get`,
        /// `config_set`) are not here, and results of scripts with negative numbers come best
        /// from scripts that say `convertToStr=False`.
        ///
        /// # Examples
        ///
        #[cfg_attr(feature = "embedded", doc = "```")]
        #[cfg_attr(not(feature = "embedded"), doc = "```text")]
        /// use gears_runtime::{PipelineGearsCommands, data::{PyStats, Registration}, embedded, redis};
        ///
        /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
        /// let server = embedded::Server::start()?;
        /// let mut connection = redis::Client::open(server.url())?.get_connection()?;
        /// let (registrations, stats): (Vec<Registration>, PyStats) =
        ///     redis::pipe().dump_registrations().py_stats().query(&mut connection)?;
        /// assert!(registrations.is_empty() && stats.current_allocated >= 0);
        /// # Ok(())
        /// # }
        /// ```
        pub trait PipelineGearsCommands {
            /// Adds a command.
            #[doc(hidden)]
            fn add_rg(&mut self, command: redis::Cmd) -> &mut Self;

            $(commands! { @$place $(#[doc = $doc])* $name($($arg: $type),*) })*
        }

        impl PipelineGearsCommands for Pipeline {
            fn add_rg(&mut self, command: redis::Cmd) -> &mut Self {
                self.add_command(command)
            }
        }

        /// The `RG.*` commands, one method each.
        impl Gears {
            $(
                $(#[doc = $doc])*
                ///
                /// # Examples
                ///
                #[cfg_attr(feature = "embedded", doc = "```")]
                #[cfg_attr(not(feature = "embedded"), doc = "```text")]
                #[doc = "# use gears_runtime::{Gears, Script, data::*, embedded, redis::Value};"]
                #[doc = "# fn main() -> gears_runtime::Result<()> {"]
                #[doc = "# let server = embedded::Server::start()?;"]
                #[doc = "# let gears = Gears::connect(server.url())?;"]
                #[doc = $example]
                #[doc = "# Ok(())"]
                #[doc = "# }"]
                #[doc = "```"]
                pub fn $name(&self, $($arg: $type),*) -> Result<$reply> {
                    self.send(request::$name($($arg),*))
                }
            )*
        }

        /// The `RG.*` commands, one method each; [`crate::Gears`] shows examples.
        #[cfg(feature = "aio")]
        impl crate::aio::Gears {
            $(
                $(#[doc = $doc])*
                pub fn $name(
                    &self,
                    $($arg: $type),*
                ) -> impl Future<Output = Result<$reply>> + Send {
                    let request = request::$name($($arg),*);
                    self.inner.send_async(request)
                }
            )*
        }

        /// Lists the names of all commands, for tests that must not miss one.
        #[cfg(test)]
        pub(crate) const NAMES: &[&str] = &[$(stringify!($name)),*];
    };
    // In a pipeline too.
    (@piped $(#[doc = $doc:literal])* $name:ident($($arg:ident: $type:ty),*)) => {
        $(#[doc = $doc])*
        fn $name(&mut self, $($arg: $type),*) -> &mut Self {
            self.add_rg(request::$name($($arg),*).into_command())
        }
    };
    // Not in a pipeline, as its reply can hold errors or be of two kinds.
    (@alone $(#[doc = $doc:literal])* $name:ident($($arg:ident: $type:ty),*)) => {};
}

commands! {
    /// `RG.TRIGGER`: calls what is registered under a trigger, and returns its results.
    ///
    /// Arguments travel as bytes; `#[gear_command]` is the typed way. Errors among the results
    /// are values, such as negative numbers on RedisGears with `convertToStr=True`.
    ///
    /// # Errors
    ///
    /// [`UnknownTrigger`](crate::ErrorKind::UnknownTrigger),
    /// [`Python`](crate::ErrorKind::Python) when the function raises, and what a connection can
    /// have.
    piped fn trigger(trigger: &str, args: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Vec<Value>;
    example "gears.execute(&Script::from_source(\n    \"GB('CommandReader').map(lambda words: words[1]).register(trigger='echo')\",\n))?;\nassert_eq!(gears.trigger(\"echo\", [\"hello\"])?, [Value::BulkString(b\"hello\".to_vec())]);"

    /// `RG.TRIGGERONKEY`: the same, on the node of a cluster that holds a key.
    ///
    /// RedisGears 1.2.2 and later. The key is the first argument of the function.
    ///
    /// # Errors
    ///
    /// As [`trigger`](Self::trigger).
    piped fn trigger_on_key(trigger: &str, key: impl AsRef<[u8]>, args: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Vec<Value>;
    example "gears.execute(&Script::from_source(\n    \"GB('CommandReader').map(lambda words: words[1]).register(trigger='echo')\",\n))?;\nlet results = gears.trigger_on_key(\"echo\", \"key:1\", [\"more\"])?;\nassert_eq!(results, [Value::BulkString(b\"key:1\".to_vec())]);"

    /// `RG.DUMPEXECUTIONS`: lists the executions that the server knows, in no particular order.
    ///
    /// # Errors
    ///
    /// [`Decode`](crate::ErrorKind::Decode) for a reply of another shape, and what a connection
    /// can have.
    piped fn dump_executions() -> Vec<ExecutionInfo>;
    example "let execution = gears.spawn(&Script::from_source(\"GB('ShardsIDReader').run()\"))?;\nlet executions = gears.dump_executions()?;\nassert_eq!(executions[0].id, *execution.id());"

    /// `RG.GETEXECUTION`: returns the plan of an execution, one for each shard.
    ///
    /// Without a locality, a cluster answers for all shards.
    ///
    /// # Errors
    ///
    /// [`Server`](crate::ErrorKind::Server) when the server does not know the execution, or is
    /// asked for a cluster that it is not. Else as [`dump_executions`](Self::dump_executions).
    piped fn get_execution(id: impl Into<ExecutionId>, locality: Option<Locality>) -> Vec<ShardPlan>;
    example "let execution = gears.spawn(&Script::from_source(\"GB('ShardsIDReader').run()\"))?;\nlet plans = gears.get_execution(execution.id(), Some(Locality::Shard))?;\nassert_eq!(plans[0].plan.steps[0].kind, \"collect\");"

    /// `RG.GETRESULTS`: returns the results of an execution that has ended.
    ///
    /// # Errors
    ///
    /// [`Server`](crate::ErrorKind::Server) when it still runs, or the server does not know it.
    /// Else as [`dump_executions`](Self::dump_executions).
    piped fn get_results(id: impl Into<ExecutionId>) -> ExecutionResult;
    example "let execution = gears.spawn(&Script::from_source(\"GB('ShardsIDReader').run()\"))?;\nexecution.wait(std::time::Duration::from_secs(10))?;\nassert_eq!(gears.get_results(execution.id())?.decode::<String>()?.results(), [\"1\"]);"

    /// `RG.GETRESULTSBLOCKING`: waits until an execution has ended, and returns its results.
    ///
    /// # Errors
    ///
    /// [`Server`](crate::ErrorKind::Server) when the server does not know it. Else as
    /// [`dump_executions`](Self::dump_executions).
    piped fn get_results_blocking(id: impl Into<ExecutionId>) -> ExecutionResult;
    example "let execution = gears.spawn(&Script::from_source(\"GB('ShardsIDReader').run()\"))?;\nlet results = gears.get_results_blocking(execution.id())?.decode::<String>()?;\nassert_eq!(results.results(), [\"1\"]);"

    /// `RG.ABORTEXECUTION`: ends an execution, and waits until it has stopped.
    ///
    /// Nothing happens to one that has ended already. RedisGears can answer that there is no
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
    example "let execution = gears.spawn(&Script::from_source(\"GB('ShardsIDReader').run()\"))?;\ngears.abort_execution(execution.id())?;\nassert!(execution.status()?.is_finished());"

    /// `RG.DROPEXECUTION`: takes an execution that has ended off the server's list.
    ///
    /// # Errors
    ///
    /// [`Server`](crate::ErrorKind::Server) when it still runs, or the server does not know it.
    /// Else as [`dump_executions`](Self::dump_executions).
    piped fn drop_execution(id: impl Into<ExecutionId>) -> ();
    example "let execution = gears.spawn(&Script::from_source(\"GB('ShardsIDReader').run()\"))?;\nexecution.wait(std::time::Duration::from_secs(10))?;\ngears.drop_execution(execution.id())?;\nassert!(gears.dump_executions()?.is_empty());"

    /// `RG.DUMPREGISTRATIONS`: lists the registrations, in no particular order.
    ///
    /// # Errors
    ///
    /// As [`dump_executions`](Self::dump_executions).
    piped fn dump_registrations() -> Vec<Registration>;
    example "gears.execute(&Script::from_source(\"GB('StreamReader').register('log:*')\"))?;\nlet registrations = gears.dump_registrations()?;\nassert!(registrations.iter().any(|one| one.reader == \"StreamReader\" && one.watches(\"log:1\")));"

    /// `RG.UNREGISTER`: takes a registration away; what has begun ends by itself.
    ///
    /// # Errors
    ///
    /// [`Server`](crate::ErrorKind::Server) when the server does not know it. Else as
    /// [`dump_executions`](Self::dump_executions).
    piped fn unregister(id: impl Into<RegistrationId>) -> ();
    example "gears.execute(&Script::from_source(\"GB().register('person:*')\"))?;\ngears.unregister(&gears.dump_registrations()?[0])?;\nassert!(gears.dump_registrations()?.is_empty());"

    /// `RG.UNREGISTER … ABORTPENDING`: takes a registration away, and aborts what has not begun.
    ///
    /// # Errors
    ///
    /// As [`unregister`](Self::unregister).
    piped fn unregister_abort_pending(id: impl Into<RegistrationId>) -> ();
    example "gears.execute(&Script::from_source(\"GB().register('person:*')\"))?;\ngears.unregister_abort_pending(&gears.dump_registrations()?[0])?;\nassert!(gears.dump_registrations()?.is_empty());"

    /// `RG.PAUSEREGISTRATIONS`: lets a StreamReader's registration rest.
    ///
    /// RedisGears 1.2.3 and later. One at a time, whatever its documentation says.
    ///
    /// # Errors
    ///
    /// [`Server`](crate::ErrorKind::Server) when the server does not know it, or it is of another
    /// reader. Else as [`dump_executions`](Self::dump_executions).
    piped fn pause_registrations(id: impl Into<RegistrationId>) -> ();
    example "gears.execute(&Script::from_source(\"GB('StreamReader').register('log:*')\"))?;\ngears.pause_registrations(&gears.dump_registrations()?[0])?;\nlet status = gears.dump_registrations()?.remove(0).data.status;\nassert_eq!(status, Some(RegistrationStatus::Paused));"

    /// `RG.UNPAUSEREGISTRATIONS`: lets a registration go on that was paused.
    ///
    /// RedisGears 1.2.3 and later.
    ///
    /// # Errors
    ///
    /// As [`pause_registrations`](Self::pause_registrations).
    piped fn unpause_registrations(id: impl Into<RegistrationId>) -> ();
    example "gears.execute(&Script::from_source(\"GB('StreamReader').register('log:*')\"))?;\nlet registration = gears.dump_registrations()?.remove(0);\ngears.pause_registrations(&registration)?;\ngears.unpause_registrations(&registration)?;"

    /// `RG.CLEARREGISTRATIONSSTATS`: sets the counters of all registrations to zero.
    ///
    /// RedisGears 1.2.2 and later.
    ///
    /// # Errors
    ///
    /// As [`dump_executions`](Self::dump_executions).
    piped fn clear_registrations_stats() -> ();
    example "gears.clear_registrations_stats()?;"

    /// `RG.CONFIGGET`: returns settings by name; `None` for one that the server does not have.
    ///
    /// Names are case-sensitive. [`Gears::config`] has a typed method for each known one.
    ///
    /// # Errors
    ///
    /// As [`dump_executions`](Self::dump_executions).
    alone fn config_get(names: impl IntoIterator<Item = impl AsRef<str>>) -> BTreeMap<String, Option<ConfigValue>>;
    example "let settings = gears.config_get([\"MaxExecutions\", \"NoSuchSetting\"])?;\nassert_eq!(settings[\"MaxExecutions\"], Some(ConfigValue::Int(1000)));\nassert_eq!(settings[\"NoSuchSetting\"], None);"

    /// `RG.CONFIGSET`: changes settings, each for itself, on the shard that is asked.
    ///
    /// The reply tells what came of each, by the name as it was given.
    ///
    /// # Errors
    ///
    /// As [`dump_executions`](Self::dump_executions). A setting that is refused is no error.
    alone fn config_set(settings: impl IntoIterator<Item = (impl AsRef<str>, impl Into<ConfigValue>)>) -> BTreeMap<String, ConfigChange>;
    example "let changes = gears.config_set([(\"MaxExecutions\", 500), (\"ExecutionThreads\", 5)])?;\nassert_eq!(changes[\"MaxExecutions\"], ConfigChange::Set);\nassert!(!changes[\"ExecutionThreads\"].is_set(), \"it is fixed when the module is loaded\");"

    /// `RG.INFOCLUSTER`: describes the cluster as the shard sees it; `None` when it is alone.
    ///
    /// # Errors
    ///
    /// As [`dump_executions`](Self::dump_executions).
    alone fn info_cluster() -> Option<ClusterInfo>;
    example "assert!(gears.info_cluster()?.is_none());"

    /// `RG.REFRESHCLUSTER`: makes the shard look at the cluster again.
    ///
    /// RedisGears needs it on every node after the cluster has changed; gears-engine does not.
    ///
    /// # Errors
    ///
    /// As [`dump_executions`](Self::dump_executions).
    piped fn refresh_cluster() -> ();
    example "gears.refresh_cluster()?;"

    /// `RG.PYSTATS`: tells how much memory Python takes.
    ///
    /// # Errors
    ///
    /// As [`dump_executions`](Self::dump_executions).
    piped fn py_stats() -> PyStats;
    example "let stats = gears.py_stats()?;\nassert!(stats.peak_allocated >= stats.current_allocated);"

    /// `RG.PYDUMPREQS`: lists the requirements that the server has installed.
    ///
    /// # Errors
    ///
    /// As [`dump_executions`](Self::dump_executions).
    piped fn py_dump_reqs() -> Vec<PyRequirement>;
    example "assert!(gears.py_dump_reqs()?.is_empty());"

    /// `RG.PYDUMPSESSIONS`: lists sessions, which are what each script registered.
    ///
    /// RedisGears 1.2.2 and later.
    ///
    /// # Errors
    ///
    /// As [`dump_executions`](Self::dump_executions).
    piped fn py_dump_sessions(query: &SessionQuery) -> Sessions;
    example "gears.execute(&Script::from_source(\"GB().register('person:*')\").session(\"people\"))?;\nlet listed = gears.py_dump_sessions(&SessionQuery::new().only([\"people\", \"places\"]))?;\nassert_eq!(listed.sessions[0].registrations.len(), 1);\nassert_eq!(listed.missing, [\"Session places does not exists\"]);"

    /// `RG.PYPROFILE STATS`: returns what the code of a session spent its time on, as text.
    ///
    /// RedisGears 1.2.2 and later; while the setting `ProfileExecutions` is on.
    ///
    /// # Errors
    ///
    /// [`Server`](crate::ErrorKind::Server) when the server does not know the session. Else as
    /// [`dump_executions`](Self::dump_executions).
    piped fn py_profile_stats(session: &str) -> String;
    example "gears.config().set_profile_executions(true)?;\ngears.execute(\n    &Script::from_source(\"GB('CommandReader').register(trigger='echo')\").session(\"echo\"),\n)?;\ngears.trigger(\"echo\", [\"\"])?;\nassert!(gears.py_profile_stats(\"echo\")?.contains(\"function calls\"));"

    /// `RG.PYPROFILE RESET`: forgets what the code of a session spent its time on.
    ///
    /// RedisGears 1.2.2 and later.
    ///
    /// # Errors
    ///
    /// As [`py_profile_stats`](Self::py_profile_stats).
    piped fn py_profile_reset(session: &str) -> ();
    example "gears.execute(&Script::from_source(\"GB().register('person:*')\").session(\"people\"))?;\ngears.py_profile_reset(\"people\")?;"

    /// `RG.PYEXPORTREQ`: takes a requirement out of a server, to bring it to another one.
    ///
    /// # Errors
    ///
    /// [`Server`](crate::ErrorKind::Server) when the server does not have it. Else as
    /// [`dump_executions`](Self::dump_executions).
    piped fn py_export_req(requirement: &str) -> ExportedRequirement;
    example "let error = gears.py_export_req(\"numpy\").unwrap_err();\nassert_eq!(error.raw(), Some(\"requirement does not exists\"));"

    /// `RG.PYIMPORTREQ`: brings a requirement to a server, made of the chunks of another one's.
    ///
    /// # Errors
    ///
    /// [`Server`](crate::ErrorKind::Server) when the chunks are no requirement. Else as
    /// [`dump_executions`](Self::dump_executions).
    piped fn py_import_req(chunks: impl IntoIterator<Item = impl AsRef<[u8]>>) -> ();
    example "assert!(gears.py_import_req([\"junk\"]).unwrap_err().is_server());"

    /// `RG.DUMPPLUGINS`: lists the plugins, of which Python is one.
    ///
    /// RedisGears 1.2.0 and later.
    ///
    /// # Errors
    ///
    /// As [`dump_executions`](Self::dump_executions).
    piped fn dump_plugins() -> Vec<Plugin>;
    example "assert_eq!(gears.dump_plugins()?[0].name, \"GearsPythonPlugin\");"

    /// `RG.HELLO`: returns the id of the shard's run, as shards greet each other.
    ///
    /// # Errors
    ///
    /// [`Server`](crate::ErrorKind::Server) on RedisGears that does not know its cluster yet.
    /// Else as [`dump_executions`](Self::dump_executions).
    piped fn hello() -> String;
    example "match gears.hello() {\n    Ok(run_id) => assert_eq!(run_id.len(), 40),\n    Err(error) => assert!(error.is_server()),\n}"

    /// `RG.NETWORKTEST`: makes the shard send a message to all others.
    ///
    /// # Errors
    ///
    /// As [`dump_executions`](Self::dump_executions).
    piped fn network_test() -> ();
    example "gears.network_test()?;"
}

#[cfg(feature = "aio")]
async fn py_execute_async<T>(
    connection: &mut (impl redis::aio::ConnectionLike + Send + ?Sized),
    script: Script<T>,
    unblocking: bool,
) -> Result<Executed<T>> {
    let dialect = connection::dialect_for_async(connection, &script).await?;
    let request = request::py_execute(&script, unblocking, dialect);
    connection::send_async(connection, request)
        .await?
        .decode_with(script.decoder())
}
