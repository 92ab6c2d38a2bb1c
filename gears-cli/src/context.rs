//! What a command is given: the server, the settings and the output.

use std::cell::OnceCell;

use gears_runtime::Gears;

use crate::{
    connection::{Address, Connection},
    failure::Result,
    options::Global,
    output::Output,
    settings::Settings,
};

/// What all commands share. Nothing is read and nobody is asked before a command wants it.
pub(crate) struct Context<'a> {
    global: &'a Global,
    pub(crate) output: Output,
    settings: OnceCell<Settings>,
    gears: OnceCell<Gears>,
}

impl<'a> Context<'a> {
    pub(crate) fn new(global: &'a Global) -> Self {
        Self {
            global,
            output: Output::new(global.json, global.color),
            settings: OnceCell::new(),
            gears: OnceCell::new(),
        }
    }

    /// Returns what `gears.toml` says.
    ///
    /// # Errors
    ///
    /// As [`Settings::read`].
    pub(crate) fn settings(&self) -> Result<&Settings> {
        if let Some(settings) = self.settings.get() {
            return Ok(settings);
        }
        let settings = Settings::read(self.global.config.as_deref())?;
        Ok(self.settings.get_or_init(|| settings))
    }

    /// Returns where the server is: file, environment, command line, the last one wins.
    ///
    /// # Errors
    ///
    /// What one of them says makes no sense.
    pub(crate) fn address(&self) -> Result<Address> {
        let file = &self.settings()?.connection;
        let environment = Connection::from_environment()?;
        Address::of([file, &environment, &self.global.connection])
    }

    /// Returns the connection to the server.
    ///
    /// # Errors
    ///
    /// The server is not there, or does not let us in.
    pub(crate) fn gears(&self) -> Result<&Gears> {
        if let Some(gears) = self.gears.get() {
            return Ok(gears);
        }
        let gears = self.address()?.connect()?;
        Ok(self.gears.get_or_init(|| gears))
    }
}
