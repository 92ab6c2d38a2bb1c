//! What a command is given: the server, the settings and the output.

use std::{cell::OnceCell, path::Path};

use gears_runtime::Gears;

use crate::{
    connection::{Address, Connection},
    failure::{Failure, Result},
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

    /// Reads this file for `gears.toml`, where the command has an option of its own for that.
    ///
    /// # Errors
    ///
    /// As [`Settings::read`], and when `--config` names a file too.
    pub(crate) fn read_settings(&self, named: &Path) -> Result {
        if self.global.config.is_some() {
            return Err(Failure::usage("two files of settings are named")
                .advice("give one of them, with --config"));
        }
        let settings = Settings::read(Some(named))?;
        self.settings.get_or_init(|| settings);
        Ok(())
    }

    /// Returns where the server is: file, environment, command line, the last one wins.
    ///
    /// # Errors
    ///
    /// What one of them says makes no sense.
    pub(crate) fn address(&self) -> Result<Address> {
        self.address_at(None)
    }

    /// Returns where the server is, where the command has an option of its own for the host.
    ///
    /// # Errors
    ///
    /// As [`address`](Self::address).
    pub(crate) fn address_at(&self, host: Option<String>) -> Result<Address> {
        self.global.connection.check_socket()?;
        let file = &self.settings()?.connection;
        let environment = Connection::from_environment()?;
        let last = Connection {
            host,
            ..Connection::default()
        };
        Address::of([file, &environment, &self.global.connection, &last])
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
