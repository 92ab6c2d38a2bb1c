//! What a function is besides its steps: its place, its reader, its description, its packages.

use std::sync::Arc;

use crate::function::{keyword::ReaderType, open::GearFunction};

impl<T, R> GearFunction<T, R> {
    /// Returns the place of the function for people.
    pub(crate) fn place(&self) -> String {
        let place = self.origin.place;
        format!("the gear function of {}:{}", place.file(), place.line())
    }

    /// Returns which reader the records come from.
    pub fn reader_type(&self) -> ReaderType {
        self.origin.reader
    }

    /// Describes the function, for whoever lists the registrations of a server.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::function::KeysReader;
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// KeysReader::new("account:*").keys().description("Audits accounts.").register().on(&gears)?;
    /// let registration = gears.dump_registrations()?.remove(0);
    /// assert!(registration.description.unwrap().starts_with("Audits accounts."));
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    pub fn description(&self, description: impl Into<String>) -> Self {
        let mut function = self.clone();
        Arc::make_mut(&mut function.origin).description = Some(description.into());
        function
    }

    /// Adds Python packages that the server installs first, as pip spells them.
    ///
    /// Packages that one step alone needs are better told with it:
    /// [`PyFn::requirements`](crate::function::PyFn::requirements), or `requirements = […]` of
    /// [`#[gear_fn]`](crate::gear_fn).
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::function::KeysReader;
    ///
    /// let vectors = KeysReader::new("vector:*").values().requirements(["numpy>=1.26"]);
    /// assert_eq!(vectors.script()?.required(), ["numpy>=1.26"]);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    pub fn requirements<S: Into<String>>(&self, requirements: impl IntoIterator<Item = S>) -> Self {
        let mut function = self.clone();
        Arc::make_mut(&mut function.origin)
            .requirements
            .extend(requirements.into_iter().map(Into::into));
        function
    }
}
