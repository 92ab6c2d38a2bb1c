//! A command to send, with all that sending it and reading its reply take.

use std::time::Duration;

use redis::{Cmd, Value};

use super::{merge::Merge, scope::Scope};
use crate::{
    connect::{cluster::errand::Errand, gears::timeouts::Patience, pool::Purpose},
    data::{Misfit, Read, Unread},
    error::{Error, Result},
    python::spot::Spot,
    server::{
        dialect::{Dialect, LOAD_MODULE},
        feature::Need,
        known::Server,
        value::raw_text,
        version::ModuleVersion,
    },
};

pub(super) const PYEXECUTE: &str = "RG.PYEXECUTE";

/// One command, ready to be sent, that is answered with a `T`.
pub(crate) struct Request<T> {
    pub(super) command: Cmd,
    /// What the same server is asked just before, in the same go.
    ahead: Option<Cmd>,
    pub(super) name: &'static str,
    /// What the places in the reply are told below.
    pub(super) root: &'static str,
    pub(super) since: Option<Since>,
    /// What servers may lack without saying so.
    needs: Vec<Need>,
    pub(super) patience: Patience,
    pub(super) scope: Scope,
    /// Whether it may run twice: it changes nothing.
    reads: bool,
    python: Option<Python>,
    /// Whether shards that refuse what is for all of them are the reply.
    is_for_shards: bool,
    read: Box<dyn FnOnce(Value) -> Result<T, Unread> + Send>,
}

/// Says from which version on RedisGears has something.
#[derive(Clone, Copy)]
pub(super) struct Since {
    feature: &'static str,
    version: ModuleVersion,
    /// How the errors of older servers begin.
    refusals: &'static [&'static str],
}

/// What errors are about that Python raises.
#[derive(Default)]
struct Python {
    trigger: String,
    requirements: Vec<String>,
    closed: Option<Spot>,
}

impl<T> Request<T> {
    pub(super) fn new(
        name: &'static str,
        root: &'static str,
        read: impl FnOnce(Value) -> Result<T, Unread> + Send + 'static,
    ) -> Self {
        let mut command = Cmd::new();
        command.arg(name);
        Self {
            command,
            ahead: None,
            name,
            root,
            since: None,
            needs: Vec::new(),
            patience: Patience::Response,
            scope: Scope::Any,
            reads: false,
            python: None,
            is_for_shards: name == PYEXECUTE,
            read: Box::new(read),
        }
    }

    pub(super) fn arg(mut self, word: impl AsRef<[u8]>) -> Self {
        self.command.arg(word.as_ref());
        self
    }

    pub(super) fn args<W: AsRef<[u8]>>(mut self, words: impl IntoIterator<Item = W>) -> Self {
        for word in words {
            self.command.arg(word.as_ref());
        }
        self
    }

    pub(super) fn since(self, version: ModuleVersion) -> Self {
        let feature = self.name;
        self.feature(feature, version, &["unknown command"])
    }

    pub(super) fn feature(
        mut self,
        feature: &'static str,
        version: ModuleVersion,
        refusals: &'static [&'static str],
    ) -> Self {
        self.since = Some(Since {
            feature,
            version,
            refusals,
        });
        self
    }

    pub(crate) fn patience(mut self, patience: Patience) -> Self {
        self.patience = patience;
        self
    }

    /// Says which nodes of a cluster it is for.
    pub(super) fn scope(mut self, scope: Scope) -> Self {
        self.scope = scope;
        self
    }

    /// Says that every primary of a cluster is asked, and how one reply is made of theirs.
    pub(super) fn every(self, merge: Merge) -> Self {
        self.scope(Scope::Every(merge))
    }

    /// Says that every primary of a cluster follows it, whether one tells the others or not.
    pub(super) fn together(self, merge: Merge) -> Self {
        self.scope(Scope::Together(merge))
    }

    /// Says what the same server is asked just before, in the same go.
    pub(super) fn asking_ahead(mut self, question: Cmd) -> Self {
        self.ahead = Some(question);
        self
    }

    /// Says that it changes nothing, and so may run twice.
    pub(super) fn reads(mut self) -> Self {
        self.reads = true;
        self
    }

    pub(super) fn python(mut self, trigger: &str, requirements: Vec<String>) -> Self {
        self.python = Some(Python {
            trigger: trigger.to_owned(),
            requirements,
            closed: None,
        });
        self
    }

    /// Says where in Rust the script was built.
    pub(super) fn closed_at(mut self, spot: Option<&Spot>) -> Self {
        if let Some(python) = &mut self.python {
            python.closed = spot.cloned();
        }
        self
    }

    /// Returns what is sent, for a pipeline.
    pub(super) fn into_command(self) -> Cmd {
        self.command
    }

    /// Returns what is sent.
    pub(super) fn command(&self) -> &Cmd {
        &self.command
    }

    /// Says what it is for, in messages.
    pub(super) fn purpose(&self) -> Purpose<'static> {
        Purpose::Send(self.name)
    }

    pub(super) fn errand(&self, timeout: Duration) -> Errand<'_> {
        Errand {
            command: &self.command,
            ahead: self.ahead.as_ref(),
            reads: self.reads,
            what: self.purpose(),
            timeout,
            blocks: self.patience != Patience::Response,
        }
    }

    pub(super) fn needing(mut self, needs: &[Need]) -> Self {
        self.needs = needs.to_vec();
        self
    }

    /// Refuses what the server is known to lack, before it is sent.
    pub(super) fn check(&self, server: Server) -> Result<()> {
        self.needs.iter().try_for_each(|need| need.check(server))?;
        match self.since {
            Some(since) if server.is_older(since.version) => Err(since.lacking(server)),
            _ => Ok(()),
        }
    }

    /// Reads the reply.
    pub(super) fn finish(self, reply: Value, server: Option<Server>) -> Result<T> {
        match reply {
            Value::ServerError(error) => Err(self.refused(&raw_text(&error), server)),
            Value::Array(parts) if self.is_for_shards && !refusals(&parts).is_empty() => {
                Err(self.refused(&refusals(&parts), server))
            }
            reply => (self.read)(reply).map_err(|unread| {
                let (misfit, value) = *unread;
                misfit.into_error(self.name, self.root, value)
            }),
        }
    }

    pub(super) fn refused(&self, raw: &str, server: Option<Server>) -> Error {
        if let (Some(since), Some(server)) = (self.since, server)
            && server.dialect != Dialect::Plain
            && since.is_refusal(raw)
        {
            return since.lacking(server);
        }
        if is_unknown(raw) {
            let server = match server {
                Some(server) => server.to_string(),
                None => "this server".to_owned(),
            };
            return Error::lacks(self.name, server, LOAD_MODULE);
        }
        if is_refusal(raw, "Unknown option SOURCE") {
            let server = server.map_or("this server".to_owned(), |server| server.to_string());
            return Error::lacks(
                "telling the scripts of sessions",
                server,
                "gears-engine does; elsewhere, keep the scripts themselves",
            );
        }
        match &self.python {
            Some(python) => {
                let requirements: Vec<&str> =
                    python.requirements.iter().map(String::as_str).collect();
                let error = Error::from_raw(raw, &python.trigger, &requirements)
                    .closed_at(python.closed.as_ref());
                match server {
                    Some(server) => error.within(|| format!("raised by a script, on {server}")),
                    None => error,
                }
            }
            None => Error::from_command(raw, self.name),
        }
    }
}

impl<T: Read + 'static> Request<T> {
    /// Makes a request whose reply is read as it stands.
    pub(super) fn plain(name: &'static str, root: &'static str) -> Self {
        Self::new(name, root, |reply| {
            T::read(&reply).map_err(|misfit| misfit.of(reply))
        })
    }
}

impl Request<()> {
    /// Makes a request that is answered with `OK`.
    pub(super) fn ok(name: &'static str) -> Self {
        let request = Self::new(name, "reply", |reply| {
            match crate::server::value::text(&reply) {
                Some("OK") => Ok(()),
                _ => Err(Misfit::new("OK", &reply).of(reply)),
            }
        });
        Self {
            is_for_shards: true,
            ..request
        }
    }
}

impl Since {
    pub(super) fn is_refusal(self, raw: &str) -> bool {
        self.refusals.iter().any(|start| is_refusal(raw, start))
    }

    pub(super) fn lacking(self, server: Server) -> Error {
        Error::lacks(self.feature, server.to_string(), self.version.remedy())
    }
}

pub(super) fn is_unknown(raw: &str) -> bool {
    is_refusal(raw, "unknown command")
}

/// Puts what several shards refused into one text; an empty one when none did.
fn refusals(parts: &[Value]) -> String {
    let refusals = parts.iter().filter_map(|part| match part {
        Value::ServerError(error) => Some(raw_text(error)),
        _ => None,
    });
    let refusals: Vec<String> = refusals
        .enumerate()
        .map(|(index, refusal)| match refusal.strip_prefix("ERR ") {
            Some(bare) if index > 0 => bare.to_owned(),
            _ => refusal,
        })
        .collect();
    refusals.join("; ")
}

fn is_refusal(raw: &str, start: &str) -> bool {
    let bare = raw.strip_prefix("ERR ").unwrap_or(raw);
    bare.get(..start.len())
        .is_some_and(|head| head.eq_ignore_ascii_case(start))
}
