//! What watching tells people, programs and a log file.

use std::{
    cell::RefCell,
    fs::{File, OpenOptions},
    io::Write as _,
};

use jiff::Timestamp;
use serde_json::{Map, Value as Json, json};

use super::log::{Format, Level, LogConfig};
use crate::{
    failure::{Failure, Result},
    output::{Output, Tone},
};

/// Tells what happens, each thing as it happens.
pub(super) struct Journal<'a> {
    output: &'a Output,
    level: Level,
    file: Option<(RefCell<File>, Format)>,
}

/// Something that happened.
pub(super) struct Event<'e> {
    pub(super) level: Level,
    /// What it was: `registered`, `failed`, `away`.
    pub(super) name: &'static str,
    pub(super) script: Option<&'e str>,
    pub(super) text: String,
    pub(super) advice: Option<&'e str>,
    /// More, for programs.
    pub(super) more: Json,
}

impl<'e> Event<'e> {
    /// Says what was done with a script.
    pub(super) fn done(name: &'static str, script: &'e str, text: impl Into<String>) -> Self {
        Self {
            level: Level::Info,
            name,
            script: Some(script),
            text: text.into(),
            advice: None,
            more: Json::Null,
        }
    }

    /// Says something that is about no script.
    pub(super) fn note(level: Level, name: &'static str, text: impl Into<String>) -> Self {
        Self {
            level,
            name,
            script: None,
            text: text.into(),
            advice: None,
            more: Json::Null,
        }
    }

    pub(super) fn level(mut self, level: Level) -> Self {
        self.level = level;
        self
    }

    pub(super) fn advice(mut self, advice: &'e str) -> Self {
        self.advice = Some(advice);
        self
    }

    pub(super) fn more(mut self, more: Json) -> Self {
        self.more = more;
        self
    }

    fn to_json(&self) -> Json {
        let mut map = Map::new();
        map.insert("time".into(), json!(Timestamp::now().to_string()));
        map.insert("level".into(), json!(self.level.as_str()));
        map.insert("event".into(), json!(self.name));
        map.insert("script".into(), json!(self.script));
        map.insert("message".into(), json!(self.text));
        map.insert("help".into(), json!(self.advice));
        if let Json::Object(more) = &self.more {
            map.extend(more.clone());
        }
        Json::Object(map)
    }

    fn to_line(&self) -> String {
        let text = self.text.replace('\n', "\n    ");
        match self.script {
            Some(script) => format!("{} {script}: {text}", self.name),
            None => format!("{}: {text}", self.name),
        }
    }
}

impl<'a> Journal<'a> {
    /// Begins; a log file is opened, and added to when it is there.
    ///
    /// # Errors
    ///
    /// The log file cannot be written to.
    pub(super) fn open(output: &'a Output, config: &LogConfig) -> Result<Self> {
        let file = config.file.as_ref().map(|path| {
            let opened = OpenOptions::new().create(true).append(true).open(path);
            match opened {
                Ok(file) => Ok((RefCell::new(file), config.format)),
                Err(error) => Err(Failure::usage(format!(
                    "the log {} cannot be written: {error}",
                    path.display()
                ))
                .advice("name another file in the log configuration")),
            }
        });
        Ok(Self {
            output,
            level: config.level,
            file: file.transpose()?,
        })
    }

    /// Tells whether programs read what is told.
    pub(super) fn is_json(&self) -> bool {
        self.output.is_json()
    }

    /// Tells it.
    ///
    /// # Errors
    ///
    /// The standard output or the log file takes no more.
    pub(super) fn tell(&self, event: &Event<'_>) -> Result {
        if event.level > self.level {
            return Ok(());
        }
        if let Some((file, format)) = &self.file {
            let line = match format {
                Format::Json => event.to_json().to_string(),
                Format::Text => {
                    let level = event.level.as_str();
                    format!("{} {level} {}", Timestamp::now(), event.to_line())
                }
            };
            writeln!(file.borrow_mut(), "{line}").map_err(|error| {
                Failure::usage(format!("the log cannot be written: {error}"))
                    .advice("make room, or name another file in the log configuration")
            })?;
        }
        if self.output.is_json() {
            return self.output.line(event.to_json());
        }
        match event.level {
            Level::Info | Level::Debug => self.line(event),
            Level::Warning => {
                self.output.note(event.to_line());
                self.advise(event);
                Ok(())
            }
            Level::Error => {
                self.output.error(&match event.script {
                    Some(script) => format!("{script}: {}", event.text),
                    None => event.text.clone(),
                });
                self.advise(event);
                Ok(())
            }
        }
    }

    fn line(&self, event: &Event<'_>) -> Result {
        let Some(script) = event.script else {
            self.output.note(&event.text);
            return Ok(());
        };
        let tone = match event.name {
            "registered" | "updated" | "moved" | "ran" | "started" => Tone::Good,
            "unregistered" => Tone::Warning,
            _ => Tone::Dim,
        };
        let name = tone.paint(&format!("{:<12}", event.name));
        let line = format!("{name} {script}  {}", event.text);
        self.output.line(line.trim_end())
    }

    fn advise(&self, event: &Event<'_>) {
        if let Some(advice) = event.advice {
            self.output.advice(advice);
        }
    }
}
