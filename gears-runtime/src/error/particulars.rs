//! What an error tells besides its text.

use super::{
    Error, decode::DecodeError, detail::Detail, duplicate::DuplicateTrigger, python::PythonError,
    requirement::RequirementError, unsupported::UnsupportedError,
};

impl Error {
    /// Returns what Python said, when it raised.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{Error, data::ExecutionError};
    ///
    /// let error = ExecutionError::from("Error type: <class 'ValueError'>, Value: too old");
    /// let error = Error::from(error);
    /// let python = error.python().unwrap();
    /// assert_eq!((python.exception(), python.message()), ("ValueError", "too old"));
    /// ```
    pub fn python(&self) -> Option<&PythonError> {
        match &self.repr.detail {
            Detail::Python(python) => Some(python),
            _ => None,
        }
    }

    /// Returns which value did not fit which type.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{data::ExecutionResult, redis::Value};
    ///
    /// let result = ExecutionResult::from(vec![Value::Int(1), Value::Int(300)]);
    /// let error = result.decode::<u8>().unwrap_err();
    /// let decode = error.decode_error().unwrap();
    /// assert_eq!(decode.path(), "results[1]");
    /// assert_eq!(decode.reply(), &Value::Int(300));
    /// ```
    pub fn decode_error(&self) -> Option<&DecodeError> {
        match &self.repr.detail {
            Detail::Decode(decode) => Some(decode),
            _ => None,
        }
    }

    /// Returns the two functions that claim one trigger.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{function::CommandReader, py};
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// let greeting = |name: &str| {
    ///     let hello = py!("lambda: 'hello ' + name", name = name);
    ///     CommandReader::new().apply(hello).description(format!("Greets {name}."))
    /// };
    /// greeting("Bob").register_trigger("greet").on(&gears)?;
    /// let error = greeting("Ada").register_trigger("greet").on(&gears).unwrap_err();
    /// assert!(error.duplicate().unwrap().theirs().contains("Greets Bob."));
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub fn duplicate(&self) -> Option<&DuplicateTrigger> {
        match &self.repr.detail {
            Detail::DuplicateTrigger(duplicate) => Some(duplicate),
            _ => None,
        }
    }

    /// Returns which requirements could not be installed.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::Script;
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// let script = Script::from_source("GB().run()").requirements(["./no/such/package"]);
    /// let error = gears.execute(&script).unwrap_err();
    /// assert_eq!(error.requirement().unwrap().requirements(), ["./no/such/package"]);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub fn requirement(&self) -> Option<&RequirementError> {
        match &self.repr.detail {
            Detail::Requirement(requirement) => Some(requirement),
            _ => None,
        }
    }

    /// Returns what the server lacks.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{Gears, embedded};
    ///
    /// let server = embedded::Server::plain()?;
    /// let error = Gears::connect(server.url())?.trigger("greet", ["Ada"]).unwrap_err();
    /// assert_eq!(error.unsupported().unwrap().feature(), "RG.TRIGGER");
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub fn unsupported(&self) -> Option<&UnsupportedError> {
        match &self.repr.detail {
            Detail::Unsupported(unsupported) => Some(unsupported),
            _ => None,
        }
    }

    /// Returns the trigger that the error is about, when it is about one.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// # use gears_runtime::Gears;
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// let error = gears.trigger("greet", ["Ada"]).unwrap_err();
    /// assert_eq!(error.trigger(), Some("greet"));
    /// let error = Gears::connect("unix:///no/such.sock").unwrap_err();
    /// assert_eq!(error.trigger(), None, "it is about no function");
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub fn trigger(&self) -> Option<&str> {
        let trigger = match &self.repr.detail {
            Detail::Python(python) => &python.trigger,
            Detail::UnknownTrigger { trigger, .. } | Detail::NotBound { trigger, .. } => trigger,
            Detail::DuplicateTrigger(duplicate) => &duplicate.trigger,
            Detail::Requirement(requirement) => &requirement.trigger,
            _ => return None,
        };
        (!trigger.is_empty()).then_some(trigger)
    }

    /// Returns the text of the server's error reply, exactly as it came.
    ///
    /// A reply that is no error but does not fit is in [`DecodeError::reply`].
    pub fn raw(&self) -> Option<&str> {
        self.repr.raw.as_deref()
    }
}
