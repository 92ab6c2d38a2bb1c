//! One call of a gear: its arguments on the way out, the way there and back.

use std::{fmt::Display, slice};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use redis::{Cmd, RedisWrite as _};
use serde::Serialize;

use crate::{
    error::{Error, Result},
    gear::{Gear, Param},
    gears::Gears,
    outcome::Outcome,
    reply::Reply,
    server::Dialect,
};

/// Collects the arguments of one call.
pub struct Call {
    command: Cmd,
    dialect: Dialect,
    /// The parameters that have no argument yet.
    params: slice::Iter<'static, Param>,
    /// `None`s not written yet: those at the end are left out.
    nulls: usize,
}

impl Call {
    pub(crate) fn new(gear: &Gear, dialect: Dialect) -> Self {
        let mut command = Cmd::with_capacity(2 + gear.params().len(), 64);
        command.write_arg(b"RG.TRIGGER");
        command.write_arg(gear.trigger().as_bytes());
        Self {
            command,
            dialect,
            params: gear.params().iter(),
            nulls: 0,
        }
    }

    pub(crate) fn into_command(self) -> Cmd {
        self.command
    }

    /// Adds text.
    pub(crate) fn text(&mut self, text: &str) -> Result<()> {
        if !self.dialect.is_binary_safe() && text.as_bytes().contains(&0) {
            return Err(Error::cannot_travel(format!(
                "{} would cut a text argument at its NUL character; pass it as bytes",
                self.dialect
            )));
        }
        self.raw(text.as_bytes());
        Ok(())
    }

    /// Adds bytes, in the form that was agreed at registration.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> Result<()> {
        match self.dialect {
            Dialect::Unknown => return Err(self.dialect.unknown_bytes()),
            dialect if dialect.is_binary_safe() => self.raw(bytes),
            _ => self.raw(base64(bytes).as_bytes()),
        }
        Ok(())
    }

    /// Adds a value as JSON.
    pub(crate) fn json<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        if self
            .params
            .as_slice()
            .first()
            .is_some_and(Param::is_optional)
        {
            return self
                .json_with(|json| serde_json::to_writer(json, value).map_err(Error::encode));
        }
        self.advance();
        serde_json::to_writer(self.command.writer_for_next_arg(), value).map_err(Error::encode)
    }

    /// Adds the JSON that `write` appends for an optional parameter.
    pub(crate) fn json_with(
        &mut self,
        write: impl FnOnce(&mut Vec<u8>) -> Result<()>,
    ) -> Result<()> {
        let mut json = Vec::new();
        write(&mut json)?;
        if json == b"null" {
            self.null();
        } else {
            self.raw(&json);
        }
        Ok(())
    }

    /// Adds `null` for an optional parameter, unless nothing else follows.
    pub(crate) fn null(&mut self) {
        self.params.next();
        self.nulls += 1;
    }

    /// Adds what a number displays.
    pub(crate) fn display(&mut self, value: impl Display) {
        self.advance();
        self.command.write_arg_fmt(value);
    }

    /// Adds bytes as they are.
    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        self.advance();
        self.command.write_arg(bytes);
    }

    /// Goes to the next parameter, now that the `None`s before it must be written.
    fn advance(&mut self) {
        self.params.next();
        for _ in 0..std::mem::take(&mut self.nulls) {
            self.command.write_arg(b"null");
        }
    }
}

pub(crate) fn base64(bytes: &[u8]) -> String {
    BASE64_STANDARD.encode(bytes)
}

/// Calls a gear and waits for its result.
pub fn call<R: Outcome>(
    gears: &Gears,
    gear: &'static Gear,
    encode: impl FnOnce(&mut Call) -> Result<()>,
    decode: impl FnOnce(Reply) -> Result<R::Value>,
) -> R {
    R::from_result(gears.trigger(gear, encode).and_then(decode))
}

/// Calls a gear and awaits its result.
#[cfg(feature = "aio")]
pub async fn call_async<R: Outcome>(
    gears: &Gears,
    gear: &'static Gear,
    encode: impl FnOnce(&mut Call) -> Result<()>,
    decode: impl FnOnce(Reply) -> Result<R::Value>,
) -> R {
    R::from_result(gears.trigger_async(gear, encode).await.and_then(decode))
}
