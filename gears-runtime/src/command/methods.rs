//! What each row of the [table](super::table) of commands becomes.

#[cfg(feature = "aio")]
use super::{catalog, connection, script::Script};
#[cfg(feature = "aio")]
use crate::{data::Executed, error::Result};

/// A line of an example, as it stands or with a command sent by what the example is about.
macro_rules! step {
    ($by:ident [$text:literal]) => {
        $text
    };
    (gears [$($part:literal),*]) => {
        step!("gears." "?" $($part)*)
    };
    (aio_gears [$($part:literal),*]) => {
        step!("gears." ".await?" $($part)*)
    };
    (connection [$($part:literal),*]) => {
        step!("connection." "?" $($part)*)
    };
    (aio_connection [$($part:literal),*]) => {
        step!("connection." ".await?" $($part)*)
    };
    ($by:literal $outcome:literal $before:literal $method:literal $after:literal) => {
        concat!($before, $by, $method, $outcome, $after)
    };
}
pub(super) use step;

/// The line of an example that sends the command which it is about.
macro_rules! call {
    (gears $name:ident $reply:ty, $($rest:tt)*) => {
        call!("gears." "" $name $($rest)*)
    };
    (aio_gears $name:ident $reply:ty, $($rest:tt)*) => {
        call!("gears." ".await" $name $($rest)*)
    };
    (connection $name:ident $reply:ty, $($rest:tt)*) => {
        call!("connection." "" $name $($rest)*)
    };
    (aio_connection $name:ident $reply:ty, $($rest:tt)*) => {
        call!("connection." ".await" $name $($rest)*)
    };
    (pipeline $name:ident $reply:ty, gets $what:ident $given:literal) => {
        concat!(
            "let (", stringify!($what), ",): (", stringify!($reply), ",) =\n",
            "    redis::pipe().", stringify!($name), "(", $given, ").query(&mut connection)?;",
        )
    };
    (pipeline $name:ident $reply:ty, does $given:literal) => {
        concat!("redis::pipe().", stringify!($name), "(", $given, ").exec(&mut connection)?;")
    };
    (pipeline $name:ident $reply:ty, fails $what:ident $given:literal) => {
        concat!(
            "let pipeline = redis::pipe().", stringify!($name), "(", $given, ").clone();\n",
            "let ", stringify!($what), " = pipeline.exec(&mut connection).unwrap_err();",
        )
    };
    ($by:literal $wait:literal $name:ident gets $what:ident $given:literal) => {
        concat!("let ", stringify!($what), " = ", $by, stringify!($name), "(", $given, ")", $wait, "?;")
    };
    ($by:literal $wait:literal $name:ident does $given:literal) => {
        concat!($by, stringify!($name), "(", $given, ")", $wait, "?;")
    };
    ($by:literal $wait:literal $name:ident fails $what:ident $given:literal) => {
        concat!(
            "let ", stringify!($what), " = ", $by, stringify!($name), "(", $given, ")", $wait,
            ".unwrap_err();",
        )
    };
}
pub(super) use call;

/// The traits and the methods, from the rows.
macro_rules! commands {
    ($(
        $(#[doc = $doc:literal])*
        $place:ident fn $name:ident($($arg:ident: $type:ty),*) -> $reply:ty;
        example { $($before:tt)* } $kind:ident $($what:ident)? ($given:literal) { $($after:tt)* }
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
                ///
                /// # Examples
                ///
                #[cfg_attr(feature = "embedded", doc = "```")]
                #[cfg_attr(not(feature = "embedded"), doc = "```text")]
                /// # use gears_runtime::{GearsCommands, Script, data::*, embedded, redis::{self, Value}};
                /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
                /// # let server = embedded::Server::start()?;
                /// # let client = redis::Client::open(server.url())?;
                /// let mut connection = client.get_connection()?;
                $(#[doc = step!(connection $before)])*
                #[doc = call!(connection $name $reply, $kind $($what)? $given)]
                $(#[doc = step!(connection $after)])*
                /// # Ok(())
                /// # }
                /// ```
                fn $name(&mut self, $($arg: $type),*) -> Result<$reply> {
                    connection::send(self, catalog::$name($($arg),*))
                }
            )*

            /// `RG.PYEXECUTE`: runs a script and tells what came of it.
            ///
            /// # Errors
            ///
            /// As [`Gears::execute`].
            ///
            /// # Examples
            ///
            #[cfg_attr(feature = "embedded", doc = "```")]
            #[cfg_attr(not(feature = "embedded"), doc = "```text")]
            /// # use gears_runtime::{GearsCommands, Script, data::*, embedded, redis::{self, Value}};
            /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
            /// # let server = embedded::Server::start()?;
            /// # let client = redis::Client::open(server.url())?;
            /// let mut connection = client.get_connection()?;
            /// let script = Script::from_source("GB('ShardsIDReader').count().run()").returning::<i64>();
            /// let executed = connection.py_execute(&script)?;
            /// assert_eq!(executed.into_results().into_one()?, 1);
            /// # Ok(())
            /// # }
            /// ```
            fn py_execute<T>(&mut self, script: &Script<T>) -> Result<Executed<T>> {
                let dialect = connection::dialect_for(self, script)?;
                connection::send(self, catalog::py_execute(script, false, dialect))?
                    .decode_with(script.decoder())
            }

            /// `RG.PYEXECUTE … UNBLOCKING`: runs a script and returns at once; the
            /// [id](Executed::id) is that of what goes on in the background.
            ///
            /// # Errors
            ///
            /// As [`Gears::execute`].
            ///
            /// # Examples
            ///
            #[cfg_attr(feature = "embedded", doc = "```")]
            #[cfg_attr(not(feature = "embedded"), doc = "```text")]
            /// # use gears_runtime::{GearsCommands, Script, data::*, embedded, redis::{self, Value}};
            /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
            /// # let server = embedded::Server::start()?;
            /// # let client = redis::Client::open(server.url())?;
            /// let mut connection = client.get_connection()?;
            /// let script = Script::from_source("GB('ShardsIDReader').count().run()");
            /// let started = connection.py_execute_unblocking(&script)?;
            /// let id = started.id().expect("the script has a run()");
            /// let results = connection.get_results_blocking(id)?.decode::<i64>()?;
            /// assert_eq!(results.results(), [1]);
            /// # Ok(())
            /// # }
            /// ```
            fn py_execute_unblocking<T>(&mut self, script: &Script<T>) -> Result<Executed<T>> {
                let dialect = connection::dialect_for(self, script)?;
                connection::send(self, catalog::py_execute(script, true, dialect))?
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
                ///
                /// # Examples
                ///
                #[cfg_attr(feature = "embedded", doc = "```")]
                #[cfg_attr(not(feature = "embedded"), doc = "```text")]
                /// # use gears_runtime::{AsyncGearsCommands, Script, data::*, embedded, redis::{self, Value}};
                /// # #[tokio::main(flavor = "current_thread")]
                /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
                /// # let server = embedded::Server::start()?;
                /// # let client = redis::Client::open(server.url())?;
                /// # let minute = Some(std::time::Duration::from_secs(60));
                /// # let config = redis::AsyncConnectionConfig::new().set_response_timeout(minute);
                /// let mut connection = client.get_multiplexed_async_connection_with_config(&config).await?;
                $(#[doc = step!(aio_connection $before)])*
                #[doc = call!(aio_connection $name $reply, $kind $($what)? $given)]
                $(#[doc = step!(aio_connection $after)])*
                /// # Ok(())
                /// # }
                /// ```
                fn $name(
                    &mut self,
                    $($arg: $type),*
                ) -> impl Future<Output = Result<$reply>> + Send {
                    let request = catalog::$name($($arg),*);
                    connection::send_async(self, request)
                }
            )*

            /// `RG.PYEXECUTE`: runs a script and tells what came of it.
            ///
            /// # Errors
            ///
            /// As [`Gears::execute`].
            ///
            /// # Examples
            ///
            #[cfg_attr(feature = "embedded", doc = "```")]
            #[cfg_attr(not(feature = "embedded"), doc = "```text")]
            /// # use gears_runtime::{AsyncGearsCommands, Script, data::*, embedded, redis::{self, Value}};
            /// # #[tokio::main(flavor = "current_thread")]
            /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
            /// # let server = embedded::Server::start()?;
            /// # let client = redis::Client::open(server.url())?;
            /// # let minute = Some(std::time::Duration::from_secs(60));
            /// # let config = redis::AsyncConnectionConfig::new().set_response_timeout(minute);
            /// let mut connection = client.get_multiplexed_async_connection_with_config(&config).await?;
            /// let script = Script::from_source("GB('ShardsIDReader').count().run()").returning::<i64>();
            /// let executed = connection.py_execute(&script).await?;
            /// assert_eq!(executed.into_results().into_one()?, 1);
            /// # Ok(())
            /// # }
            /// ```
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
            ///
            /// # Examples
            ///
            #[cfg_attr(feature = "embedded", doc = "```")]
            #[cfg_attr(not(feature = "embedded"), doc = "```text")]
            /// # use gears_runtime::{AsyncGearsCommands, Script, data::*, embedded, redis::{self, Value}};
            /// # #[tokio::main(flavor = "current_thread")]
            /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
            /// # let server = embedded::Server::start()?;
            /// # let client = redis::Client::open(server.url())?;
            /// # let minute = Some(std::time::Duration::from_secs(60));
            /// # let config = redis::AsyncConnectionConfig::new().set_response_timeout(minute);
            /// let mut connection = client.get_multiplexed_async_connection_with_config(&config).await?;
            /// let script = Script::from_source("GB('ShardsIDReader').count().run()");
            /// let started = connection.py_execute_unblocking(&script).await?;
            /// let id = started.id().expect("the script has a run()");
            /// let results = connection.get_results_blocking(id).await?.decode::<i64>()?;
            /// assert_eq!(results.results(), [1]);
            /// # Ok(())
            /// # }
            /// ```
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

            $(commands! {
                @$place
                $(#[doc = $doc])*
                $name($($arg: $type),*) -> $reply;
                { $($before)* } $kind $($what)? $given { $($after)* }
            })*
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
                /// # use gears_runtime::{Gears, Script, data::*, embedded, redis::{self, Value}};
                /// # let (server, gears) = gears_runtime::embedded::example()?;
                $(#[doc = step!(gears $before)])*
                #[doc = call!(gears $name $reply, $kind $($what)? $given)]
                $(#[doc = step!(gears $after)])*
                /// # Ok::<(), gears_runtime::Error>(())
                /// ```
                pub fn $name(&self, $($arg: $type),*) -> Result<$reply> {
                    self.send(catalog::$name($($arg),*))
                }
            )*
        }

        /// The `RG.*` commands, one method each.
        #[cfg(feature = "aio")]
        impl crate::connect::gears::asynchronous::Gears {
            $(
                $(#[doc = $doc])*
                ///
                /// # Examples
                ///
                #[cfg_attr(feature = "embedded", doc = "```")]
                #[cfg_attr(not(feature = "embedded"), doc = "```text")]
                /// # use gears_runtime::{Gears, Script, data::*, embedded, redis::{self, Value}};
                /// # #[tokio::main(flavor = "current_thread")]
                /// # async fn main() -> gears_runtime::Result<()> {
                /// # let server = embedded::Server::start()?;
                /// # let gears = Gears::connect_async(server.url()).await?.aio();
                $(#[doc = step!(aio_gears $before)])*
                #[doc = call!(aio_gears $name $reply, $kind $($what)? $given)]
                $(#[doc = step!(aio_gears $after)])*
                /// # Ok(())
                /// # }
                /// ```
                pub fn $name(
                    &self,
                    $($arg: $type),*
                ) -> impl Future<Output = Result<$reply>> + Send {
                    let request = catalog::$name($($arg),*);
                    self.inner.send_async(request)
                }
            )*
        }

        /// Lists the names of all commands, for tests that must not miss one.
        #[cfg(test)]
        pub(crate) const NAMES: &[&str] = &[$(stringify!($name)),*];
    };
    // In a pipeline too.
    (
        @piped
        $(#[doc = $doc:literal])*
        $name:ident($($arg:ident: $type:ty),*) -> $reply:ty;
        { $($before:tt)* } $kind:ident $($what:ident)? $given:literal { $($after:tt)* }
    ) => {
        $(#[doc = $doc])*
        ///
        /// # Examples
        ///
        #[cfg_attr(feature = "embedded", doc = "```")]
        #[cfg_attr(not(feature = "embedded"), doc = "```text")]
        /// # use gears_runtime::{GearsCommands, PipelineGearsCommands, Script, data::*, embedded, redis::{self, Value}};
        /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
        /// # let server = embedded::Server::start()?;
        /// # let client = redis::Client::open(server.url())?;
        /// let mut connection = client.get_connection()?;
        $(#[doc = step!(connection $before)])*
        #[doc = call!(pipeline $name $reply, $kind $($what)? $given)]
        $(#[doc = step!(connection $after)])*
        /// # Ok(())
        /// # }
        /// ```
        fn $name(&mut self, $($arg: $type),*) -> &mut Self {
            self.add_rg(catalog::$name($($arg),*).into_command())
        }
    };
    // Not in a pipeline, as its reply can hold errors or be of two kinds.
    (@alone $($row:tt)*) => {};
}
pub(super) use commands;

/// Runs a script over any async connection.
#[cfg(feature = "aio")]
pub(super) async fn py_execute_async<T>(
    connection: &mut (impl redis::aio::ConnectionLike + Send + ?Sized),
    script: Script<T>,
    unblocking: bool,
) -> Result<Executed<T>> {
    let dialect = connection::dialect_for_async(connection, &script).await?;
    let request = catalog::py_execute(&script, unblocking, dialect);
    connection::send_async(connection, request)
        .await?
        .decode_with(script.decoder())
}
