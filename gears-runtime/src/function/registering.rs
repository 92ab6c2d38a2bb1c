//! Registers and unregisters event functions.
//!
//! A registration is recognised by its description, which ends with a digest of the script.

use redis::{Cmd, Value};

use super::event::{Cause, EventFunction};
#[cfg(feature = "aio")]
use crate::connect::way::asynchronous;
use crate::{
    connect::way::ToServer,
    error::{Error, Result},
    gear::{fingerprint::digest, mode::Replace},
    register::{
        everywhere as register,
        held::Look,
        installing::check_registered,
        plan::{Step, Task},
        report::Change,
    },
    server::{
        known::Server,
        value::{field, text},
    },
};

impl<T, R> EventFunction<T, R> {
    /// Registers the function on a server, where it stays.
    ///
    /// Registering the same function again changes nothing, whoever does it: the server is asked
    /// first, and a function that it has already is [`Change::Unchanged`]. A function that was
    /// changed is another one. The one before stays beside it, unless both are for one trigger: then
    /// [`replace`](Self::replace) says what to do. Two programs that register the same function at the
    /// same time end with one, on gears-engine and RedisGears 1.2.2 and later; older ones may
    /// end with two, or with an error about the trigger.
    ///
    /// # Errors
    ///
    /// [`DuplicateTrigger`](crate::ErrorKind::DuplicateTrigger) when the trigger holds another
    /// function, [`Unsupported`](crate::ErrorKind::Unsupported) when the server lacks what the function asks
    /// for, [`Python`](crate::ErrorKind::Python) when the server refuses what was asked for,
    /// [`Requirement`](crate::ErrorKind::Requirement) when a package cannot be installed, those of
    /// [`script`](Self::script), and what a connection can have.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{Change, function::{CommandReader, KeysReader}, py};
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// let index = py!("lambda user: cmd.sadd('users', user['key'])");
    /// let index = KeysReader::new("user:*").for_each(index);
    /// assert_eq!(index.register().on(&gears)?, Change::Registered);
    /// assert_eq!(index.register().on(&gears)?, Change::Unchanged);
    ///
    /// let hello = CommandReader::new().apply(py!("lambda: 'hello'")).register_trigger("greet");
    /// assert_eq!(hello.on(&gears)?, Change::Registered);
    /// let other = CommandReader::new().apply(py!("lambda: 'hi'")).register_trigger("greet");
    /// assert!(other.on(&gears).unwrap_err().is_duplicate_trigger());
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub fn on<'a>(&self, server: impl ToServer<'a>) -> Result<Change> {
        register::run(&server.into_way(), || Registering::new(self))
    }

    /// Registers the function on a server, as [`on`](Self::on) does.
    ///
    /// # Errors
    ///
    /// As [`on`](Self::on).
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{Change, Gears, embedded, function::CommandReader, py};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect(server.url())?;
    /// # let server = embedded::Server::start()?;
    /// let gears = Gears::connect_async(server.url()).await?;
    /// let answer = CommandReader::new().apply(py!("lambda: 42")).register_trigger("answer");
    /// assert_eq!(answer.on_async(&gears).await?, Change::Registered);
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "aio")]
    pub async fn on_async<'a>(&self, server: impl asynchronous::ToServer<'a>) -> Result<Change> {
        register::run_async(&server.into_way(), || Registering::new(self)).await
    }

    /// Takes the function off a server, and returns how many registrations of it there were.
    ///
    /// # Errors
    ///
    /// Those of [`script`](Self::script), and what a connection can have.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{function::CommandReader, py};
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// let answer = CommandReader::new().apply(py!("lambda: 42")).register_trigger("answer");
    /// answer.on(&gears)?;
    /// assert_eq!(answer.unregister_from(&gears)?, 1);
    /// assert_eq!(answer.unregister_from(&gears)?, 0, "it is gone already");
    /// assert!(gears.dump_registrations()?.is_empty());
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub fn unregister_from<'a>(&self, server: impl ToServer<'a>) -> Result<usize> {
        register::run(&server.into_way(), || Unregistering::new(self))
    }

    /// Takes the function off a server, as [`unregister_from`](Self::unregister_from) does.
    ///
    /// # Errors
    ///
    /// As [`unregister_from`](Self::unregister_from).
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{Gears, embedded, function::KeysReader};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect(server.url())?;
    /// # let server = embedded::Server::start()?;
    /// let gears = Gears::connect_async(server.url()).await?;
    /// let changes = KeysReader::new("user:*").keys().register();
    /// changes.on_async(&gears).await?;
    /// assert_eq!(changes.unregister_from_async(&gears).await?, 1);
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "aio")]
    pub async fn unregister_from_async<'a>(
        &self,
        server: impl asynchronous::ToServer<'a>,
    ) -> Result<usize> {
        register::run_async(&server.into_way(), || Unregistering::new(self)).await
    }

    fn mark(&self) -> Result<Mark> {
        let own = self.function.origin.description.as_deref().unwrap_or("");
        let script = self.wrap(self.source(None)?);
        let digits: String = digest(&[script.source(), &script.required().join("\n")])
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let space = if own.is_empty() { "" } else { " " };
        Ok(Mark {
            description: format!("{own}{space}[gears-function {digits}]"),
            session: format!("gears-function-{digits}"),
        })
    }

    /// Returns the name of the session that it is registered in.
    pub(crate) fn session(&self) -> Result<String> {
        Ok(self.mark()?.session)
    }

    fn trigger(&self) -> &str {
        match &self.cause {
            Cause::Trigger(trigger) => trigger,
            Cause::Events | Cause::Hook(..) => "",
        }
    }
}

/// What a server knows a function by.
struct Mark {
    description: String,
    session: String,
}

struct Registering<'a, T, R> {
    function: &'a EventFunction<T, R>,
    mark: Mark,
    /// What will have been done, when the reply says so, and with which packages.
    sent: Option<(Change, Vec<String>)>,
}

impl<'a, T, R> Registering<'a, T, R> {
    fn new(function: &'a EventFunction<T, R>) -> Result<Self> {
        Ok(Self {
            mark: function.mark()?,
            function,
            sent: None,
        })
    }

    fn plan(&mut self, look: &Registrations<'_>) -> Result<Step<Change>> {
        if look.described(&self.mark.description).next().is_some() {
            return Ok(Step::Done(Change::Unchanged));
        }
        let held = look.of_trigger(self.function.trigger());
        let change = match (held.last(), self.function.replace) {
            (None, _) => Change::Registered,
            (Some(_), Replace::Never) => return Ok(Step::Done(Change::Kept)),
            (Some(_), Replace::Always) => Change::Replaced,
            (Some(held), Replace::Refuse) => {
                return Err(Error::duplicate_trigger(
                    self.function.trigger(),
                    self.function.function.place(),
                    held.place(),
                ));
            }
        };
        let source = self.function.source(Some(&self.mark.description))?;
        let mut script = self.function.wrap(source);
        let mut needs = script.needs().iter();
        needs.try_for_each(|need| need.check(look.server))?;
        let mut commands: Vec<Cmd> = held.iter().map(Held::unregister).collect();
        if look.server.has_sessions() {
            script = script.session(&self.mark.session);
            script = match held.last().and_then(Held::whole_session) {
                Some(theirs) => {
                    // The one gives way to the other in one step.
                    commands.pop();
                    script.replace_with(theirs)
                }
                None => script.upgrade(),
            };
        }
        let (words, requirements) = script.words(false, look.server.dialect);
        let mut command = redis::cmd("RG.PYEXECUTE");
        command.arg(words);
        commands.push(command);
        self.sent = Some((change, requirements));
        Ok(Step::Send(commands))
    }
}

impl<T, R> Task for Registering<'_, T, R> {
    type Output = Change;
    const REGISTERS: bool = true;

    fn receive(&mut self, mut replies: Vec<Value>) -> Result<Step<Change>> {
        match self.sent.take() {
            None => self.plan(&Registrations::new(&replies)?),
            Some((change, requirements)) => {
                let requirements: Vec<&str> = requirements.iter().map(String::as_str).collect();
                let reply = replies.pop().unwrap_or_default();
                check_registered(reply, self.function.trigger(), &requirements)
                    .map_err(|error| error.closed_at(Some(&self.function.spot())))?;
                Ok(Step::Done(change))
            }
        }
    }

    fn followed(self) -> Option<Change> {
        self.sent.map(|(change, _)| change)
    }
}

struct Unregistering {
    mark: Mark,
    /// How many were found and are to go.
    sent: Option<usize>,
}

impl Unregistering {
    fn new<T, R>(function: &EventFunction<T, R>) -> Result<Self> {
        Ok(Self {
            mark: function.mark()?,
            sent: None,
        })
    }
}

impl Task for Unregistering {
    type Output = usize;
    const REGISTERS: bool = false;

    fn receive(&mut self, replies: Vec<Value>) -> Result<Step<usize>> {
        if self.sent.is_none() {
            let look = Registrations::new(&replies)?;
            let commands: Vec<Cmd> = look
                .described(&self.mark.description)
                .map(|held| held.unregister())
                .collect();
            self.sent = Some(commands.len());
            return Ok(if commands.is_empty() {
                Step::Done(0)
            } else {
                Step::Send(commands)
            });
        }
        let mut count = 0;
        for reply in &replies {
            match reply {
                Value::ServerError(error) => {
                    let error = Error::from_server(error, "", &[]);
                    // Somebody else was faster; the two spellings are of two versions.
                    let gone = error.raw().is_some_and(|raw| {
                        raw.contains("is not registered") || raw.contains("does not registered")
                    });
                    if !gone {
                        return Err(error);
                    }
                }
                _ => count += 1,
            }
        }
        Ok(Step::Done(count))
    }

    fn followed(self) -> Option<usize> {
        self.sent
    }
}

/// What a look at a server showed.
struct Registrations<'a> {
    server: Server,
    entries: &'a [Value],
}

/// One registration.
#[derive(Clone, Copy)]
struct Held<'a> {
    entry: &'a Value,
}

impl<'a> Registrations<'a> {
    fn new(replies: &'a [Value]) -> Result<Self> {
        // It tells what is wrong with the replies.
        let server = Look::from_replies(replies)?.server;
        match Look::registrations(replies) {
            Some(Value::Array(entries)) => Ok(Self { server, entries }),
            _ => Ok(Self {
                server,
                entries: &[],
            }),
        }
    }

    fn all(&self) -> impl Iterator<Item = Held<'a>> {
        self.entries.iter().map(|entry| Held { entry })
    }

    fn described(&self, description: &str) -> impl Iterator<Item = Held<'a>> {
        self.all()
            .filter(move |held| held.text("desc") == Some(description))
    }

    /// All that has a trigger, which is more than one where it has versions; what the plain name means comes last.
    fn of_trigger(&self, trigger: &str) -> Vec<Held<'a>> {
        let mut held: Vec<Held<'a>> = self
            .all()
            .filter(|held| {
                !trigger.is_empty() && held.argument("trigger").and_then(text) == Some(trigger)
            })
            .collect();
        held.sort_by_key(|held| held.argument("newest") != Some(&Value::Int(0)));
        held
    }
}

impl<'a> Held<'a> {
    fn text(&self, name: &str) -> Option<&'a str> {
        field(self.entry, name).and_then(text)
    }

    /// Returns an argument of the registration.
    fn argument(&self, name: &str) -> Option<&'a Value> {
        let data = field(self.entry, "RegistrationData")?;
        field(field(data, "args")?, name)
    }

    fn place(&self) -> String {
        let id = self.text("id").unwrap_or_default();
        match self.text("desc") {
            Some(description) => format!("registration {id} ({description}) on the server"),
            None => format!("registration {id} on the server"),
        }
    }

    fn unregister(&self) -> Cmd {
        let mut command = redis::cmd("RG.UNREGISTER");
        command.arg(self.text("id").unwrap_or_default());
        command
    }

    /// Returns the name of its session, if it is all that the session holds.
    fn whole_session(&self) -> Option<String> {
        let private = crate::data::PrivateData::from(self.text("PD")?);
        let alone = private.registrations().is_some_and(|ids| ids.len() == 1);
        private.session().filter(|_| alone).map(str::to_owned)
    }
}
