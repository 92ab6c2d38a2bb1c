//! The Python of a function that waits for events.

use super::{Cause, EventFunction};
use crate::{
    command::script::Script,
    error::{Error, Result},
    function::{
        keyword::ReaderType,
        origin::Argument,
        write::{self, Closing, Ending},
    },
    gear::cause::OnFull,
    python::{
        literal::{list, string},
        spot::Spot,
    },
    server::feature::{Feature, of_key_events},
};

impl<T, R> EventFunction<T, R> {
    /// Returns the script that registers the function.
    ///
    /// Executed again, also with more requirements, it takes its own place on gears-engine, so that the function is
    /// registered once; [`on`](Self::on) sees to that on every server.
    ///
    /// # Errors
    ///
    /// [`Encode`](crate::ErrorKind::Encode) when a value that was passed into Python has no
    /// Python form, and [`Configuration`](crate::ErrorKind::Configuration) when the reader's
    /// pattern is none that events can have, or a time is none.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::function::KeysReader;
    ///
    /// let expired = KeysReader::new("session:*").keys().register().events(["expired"]);
    /// let script = expired.script().unwrap();
    /// assert!(script.source().contains("prefix='session:*', eventTypes=['expired']"));
    ///
    /// // Events are not looked for by a pattern with anything else than a `*` at its end.
    /// let error = KeysReader::new("s?ssion").register().script().unwrap_err();
    /// assert_eq!(error.kind(), gears_runtime::ErrorKind::Configuration);
    /// ```
    pub fn script(&self) -> Result<Script> {
        let source = self.source(self.function.origin.description.as_deref())?;
        Ok(self.wrap(source).in_place_of(self.session()?))
    }

    /// Makes a script of its source, with the requirements.
    pub(crate) fn wrap(&self, source: String) -> Script {
        self.function
            .wrap(source, &self.on_registered, self.features())
            .closed_at(self.spot())
    }

    /// Returns what servers may lack of it.
    fn features(&self) -> impl Iterator<Item = Feature> {
        let hook = matches!(self.cause, Cause::Hook(..)).then_some(Feature::Hooks);
        let order = self.in_order.then_some(Feature::Order);
        let waits = (self.on_full == OnFull::Wait).then_some(Feature::WaitingWriters);
        let events = of_key_events(
            self.events.iter().flatten().map(String::as_str),
            self.key_types.iter().flatten().map(|kind| kind.as_str()),
            self.commands.is_some(),
        );
        hook.into_iter().chain(order).chain(waits).chain(events)
    }

    /// Returns where the function is closed.
    pub(crate) fn spot(&self) -> Spot {
        match &self.cause {
            Cause::Events => Spot::new(self.place, "register", ".register()"),
            Cause::Trigger(trigger) => Spot::new(
                self.place,
                "register_trigger",
                format!(".register_trigger({trigger:?})"),
            ),
            Cause::Hook(command, _) => Spot::new(
                self.place,
                "register_hook",
                format!(".register_hook({command:?})"),
            ),
        }
    }

    /// Writes the source with that description.
    pub(crate) fn source(&self, description: Option<&str>) -> Result<String> {
        let origin = &self.function.origin;
        let mut keywords: Vec<(&'static str, String)> = Vec::new();
        match &self.cause {
            Cause::Events => keywords.push(("prefix", string(&self.watched()?))),
            Cause::Trigger(trigger) => keywords.push(("trigger", string(trigger))),
            Cause::Hook(command, prefix) => {
                keywords.push(("hook", string(command)));
                if let Some(prefix) = prefix {
                    keywords.push(("keyprefix", string(prefix)));
                }
            }
        }
        let mut put = |name, literal: Option<String>| {
            keywords.extend(literal.map(|literal| (name, literal)));
        };
        let texts = |texts: &Vec<String>| list(texts.iter().map(String::as_str));
        put("mode", self.mode.map(|mode| string(mode.as_str())));
        put("eventTypes", self.events.as_ref().map(texts));
        put(
            "keyTypes",
            self.key_types
                .as_ref()
                .map(|types| list(types.iter().map(|kind| kind.as_str()))),
        );
        put("commands", self.commands.as_ref().map(texts));
        put("readValue", (!self.read_value).then(|| "False".to_owned()));
        let waits = self.on_full != OnFull::Drop;
        put("onFull", waits.then(|| string(self.on_full.as_str())));
        put("batch", self.batch.map(|batch| batch.to_string()));
        put(
            "duration",
            self.duration.map(|time| time.as_millis().to_string()),
        );
        put(
            "onFailedPolicy",
            self.on_failed
                .as_ref()
                .map(|policy| string(policy.as_str())),
        );
        put(
            "onFailedRetryInterval",
            // Servers count whole seconds, and try at once when there are none.
            self.retry_interval.map(|time| {
                let begun = u64::from(time.subsec_nanos() > 0);
                (time.as_secs() + begun).max(1).to_string()
            }),
        );
        put("trimStream", (!self.trim).then(|| "False".to_owned()));
        put("inorder", self.in_order.then(|| "True".to_owned()));
        put("collect", (!self.collect).then(|| "False".to_owned()));
        put("convertToStr", Some("False".to_owned()));
        write::write(
            origin,
            &self.function.steps,
            &Closing {
                action: "register",
                spot: &self.spot(),
                description,
                without_values: !self.read_value,
                ending: match self.cause {
                    Cause::Trigger(_) => Ending::Natural,
                    Cause::Events | Cause::Hook(..) => Ending::Raw,
                },
                reading: None,
                keywords,
                functions: self
                    .on_registered
                    .iter()
                    .map(|code| ("onRegistered", code))
                    .collect(),
            },
        )
    }

    /// Returns the name of a key, or what keys begin with and `*`.
    fn watched(&self) -> Result<String> {
        if let Some(prefix) = &self.prefix {
            return Ok(prefix.clone());
        }
        let Argument::Text(pattern) = &self.function.origin.argument else {
            return Ok("*".to_owned());
        };
        let start = pattern.strip_suffix('*').unwrap_or(pattern);
        let scanned = self.function.origin.reader == ReaderType::KeysReader;
        if start.contains('*') || scanned && start.contains(['?', '[', '\\']) {
            return Err(Error::configuration(format!(
                "events are of one key, or of all keys that begin alike: `{pattern}` is neither; \
                 say `.prefix(\"…*\")` and filter the records"
            )));
        }
        Ok(pattern.clone())
    }
}
