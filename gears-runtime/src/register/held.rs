//! What a server has registered, as `RG.DUMPREGISTRATIONS` tells it.

use std::{borrow::Cow, time::Duration};

use redis::{Cmd, Value};

use super::held_library::HeldLibrary;
use crate::{
    error::{Error, Result},
    gear::{
        cause::Cause,
        descriptor::Gear,
        fingerprint::{Fingerprint, Mark},
        maker::Maker,
        naming::Naming,
    },
    python::literal,
    server::{
        dialect::Dialect,
        known::Server,
        value::{field, text},
    },
};

/// The place of the registrations among the replies to a look.
const REGISTRATIONS: usize = 2;

/// Holds what one look at a server showed.
#[derive(Debug)]
pub(crate) struct Look {
    pub(crate) server: Server,
    pub(crate) held: Vec<Held>,
    /// The libraries of the server's functions.
    pub(crate) libraries: Vec<HeldLibrary>,
}

/// A registration that a server has: a trigger, or a gear of ours that has none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) id: String,
    pub(crate) identity: Identity,
    pub(crate) description: Option<String>,
    /// Who made it, when it says so.
    pub(crate) maker: Option<Maker>,
    pub(crate) session: Option<String>,
    /// Whether it is all that its session holds.
    pub(crate) alone: bool,
    /// The version of the function, where the server knows of versions.
    pub(crate) version: Option<String>,
    /// Whether it has the plain name: it is the newest version, or there are none.
    pub(crate) newest: bool,
    /// How long nobody has called it, where the server tells.
    pub(crate) idle: Option<Duration>,
}

/// By what a registration is recognised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Identity {
    Trigger(String),
    /// The kind and the name that its description ends with.
    Named(String, String),
}

impl Identity {
    pub(crate) fn is_of(&self, gear: &Gear, naming: &Naming) -> bool {
        self.is_named(gear, &naming.name(gear))
    }

    /// Tells whether it is of a gear of this kind, by this name.
    pub(crate) fn is_named(&self, gear: &Gear, wanted: &str) -> bool {
        match (self, gear.cause()) {
            (Self::Trigger(trigger), cause) => cause.is_called() && trigger == wanted,
            (Self::Named(kind, name), cause) => kind == cause.kind() && name == wanted,
        }
    }
}

impl Look {
    /// Makes the commands, for one round trip.
    pub(crate) fn commands() -> Vec<Cmd> {
        let mut modules = redis::cmd("MODULE");
        modules.arg("LIST");
        vec![
            Dialect::question(),
            modules,
            redis::cmd("RG.DUMPREGISTRATIONS"),
            HeldLibrary::question(),
        ]
    }

    /// Returns the registrations among the replies to [`commands`](Self::commands).
    pub(crate) fn registrations(replies: &[Value]) -> Option<&Value> {
        replies.get(REGISTRATIONS)
    }

    /// Returns the registrations among the replies, to change them.
    pub(super) fn registrations_mut(replies: &mut [Value]) -> Option<&mut Value> {
        replies.get_mut(REGISTRATIONS)
    }

    /// Reads the replies to [`commands`](Self::commands).
    ///
    /// # Errors
    ///
    /// A server without a module, or one that does not let the user look, is an error.
    pub(crate) fn from_replies(replies: &[Value]) -> Result<Self> {
        let [question, modules, registrations, libraries @ ..] = replies else {
            return Err(Error::unexpected("a reply is missing", &Value::Nil));
        };
        let server = Server::from_replies(question, modules)?;
        match registrations {
            Value::Array(entries) => Ok(Self {
                server,
                held: entries.iter().filter_map(Held::from_entry).collect(),
                libraries: match libraries {
                    // Only Python that the server runs itself can be of gears-runtime.
                    [reply, ..] if server.functions => HeldLibrary::all_from_reply(reply),
                    _ => Vec::new(),
                },
            }),
            Value::ServerError(error) => Err(Error::from_server(error, "", &[])),
            other => Err(Error::unexpected(
                "strange reply to RG.DUMPREGISTRATIONS",
                other,
            )),
        }
    }

    /// Returns what has the plain name of a gear.
    pub(crate) fn find(&self, gear: &Gear, naming: &Naming) -> Option<&Held> {
        self.all_of(gear, naming).find(|held| held.newest)
    }

    /// Returns every registration of a gear: its versions, and a server without sessions takes gears without
    /// triggers twice.
    pub(crate) fn all_of<'a>(
        &'a self,
        gear: &Gear,
        naming: &Naming,
    ) -> impl Iterator<Item = &'a Held> {
        self.all_named(gear, naming.name(gear))
    }

    /// Returns every registration of a gear's kind by that name.
    pub(crate) fn all_named<'a>(
        &'a self,
        gear: &Gear,
        name: Cow<'_, str>,
    ) -> impl Iterator<Item = &'a Held> {
        self.held
            .iter()
            .filter(move |held| held.identity.is_named(gear, &name))
    }
}

impl Held {
    /// Reads an entry leniently, as the fields differ among versions; `None` when it is nobody's trigger and not ours.
    fn from_entry(entry: &Value) -> Option<Self> {
        let reader = text(field(entry, "reader")?)?;
        let arguments = field(field(entry, "RegistrationData")?, "args")?;
        let description = field(entry, "desc").and_then(text);
        let mark = description.and_then(Mark::from_description);
        let identity = match mark.and_then(|mark| mark.named) {
            Some((kind, name)) => Identity::Named(kind, name),
            // Nothing tells a foreign hook from a trigger.
            None if reader == "CommandReader" => {
                Identity::Trigger(text(field(arguments, "trigger")?)?.to_owned())
            }
            None => return None,
        };
        let private = field(entry, "PD").and_then(text).unwrap_or_default();
        let number = |name| match field(arguments, name) {
            Some(Value::Int(number)) => Some(*number),
            _ => None,
        };
        let idle = number("idleFor").and_then(|idle| idle.try_into().ok());
        Some(Self {
            id: text(field(entry, "id")?)?.to_owned(),
            identity,
            description: description.map(str::to_owned),
            maker: description.and_then(Maker::from_description),
            session: quoted(private, "'sessionName':"),
            alone: bracketed(private, "'registrationsList':").is_some_and(|list| list.len() == 1),
            version: field(arguments, "version")
                .and_then(text)
                .map(str::to_owned),
            newest: number("newest") != Some(0),
            idle: idle.map(Duration::from_millis),
        })
    }

    pub(crate) fn fingerprint(&self) -> Option<Fingerprint> {
        Some(Mark::from_description(self.description.as_deref()?)?.fingerprint)
    }

    /// Returns the kind of what it is registered for.
    pub(crate) fn kind(&self) -> &str {
        match &self.identity {
            Identity::Trigger(_) => Cause::Trigger.kind(),
            Identity::Named(kind, _) => kind,
        }
    }

    /// Returns what there is to say about it in a message.
    pub(crate) fn place(&self) -> String {
        if let Some(maker) = &self.maker {
            return format!("registration {} of {maker} on the server", self.id);
        }
        match self.description.as_deref() {
            Some(description) if !description.is_empty() => {
                format!("registration {} ({description}) on the server", self.id)
            }
            _ => format!("registration {} on the server", self.id),
        }
    }

    /// Returns the name without a version, and the version.
    pub(crate) fn called(&self) -> (&str, Option<&str>) {
        match &self.identity {
            Identity::Named(_, name) => (name, None),
            Identity::Trigger(trigger) => match &self.version {
                Some(version) => (trigger, Some(version)),
                None => match self.pinned() {
                    Some((plain, version)) => (plain, Some(version)),
                    None => (trigger, None),
                },
            },
        }
    }

    /// Tells whether a newer version of the same application has its plain name.
    pub(crate) fn is_retired(&self, others: &[Self]) -> bool {
        let (plain, version) = self.called();
        match (version, &self.version) {
            (None, _) => false,
            (Some(_), Some(_)) => !self.newest,
            // A server that knows of no versions has both names as triggers, and one function may have both.
            (Some(version), None) => {
                let has_plain = |other: &&Self| matches!(&other.identity, Identity::Trigger(name) if name == plain);
                let is_newer = |other: &Self| match (&self.maker, &other.maker) {
                    (Some(ours), Some(theirs)) => {
                        ours.application() == theirs.application() && !other.is_version(version)
                    }
                    _ => false,
                };
                others.iter().find(has_plain).is_some_and(is_newer)
            }
        }
    }

    /// Tells whether it is the function that these digits stand for.
    fn is_version(&self, version: &str) -> bool {
        self.fingerprint()
            .is_some_and(|own| own.to_string().starts_with(version))
    }

    /// Tells whether it is of a gear, whichever version it is.
    pub(crate) fn is_version_of(&self, gear: &Gear, naming: &Naming) -> bool {
        self.kind() == gear.cause().registered_kind() && self.called().0 == naming.name(gear)
    }

    /// Takes a trigger apart that is the pinned name of a function; only such a name ends in its own fingerprint.
    fn pinned(&self) -> Option<(&str, &str)> {
        let Identity::Trigger(trigger) = &self.identity else {
            return None;
        };
        let (plain, version) = trigger.rsplit_once('@')?;
        let own = self.fingerprint()?.to_string();
        own.starts_with(version)
            .then_some((plain, version))
            .filter(|_| version.len() == own.len() / 2)
    }
}

/// Finds a quoted value in the text `PD`, which looks like a Python literal but is none.
fn quoted(private: &str, key: &str) -> Option<String> {
    let (_, rest) = private.split_once(key)?;
    let value = rest.trim_start().strip_prefix('\'')?;
    Some(value[..value.find('\'')?].to_owned())
}

fn bracketed(private: &str, key: &str) -> Option<Vec<String>> {
    let (_, rest) = private.split_once(key)?;
    let list = &rest[..=rest.find(']')?];
    literal::parse_list(list)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    fn bulk(text: &str) -> Value {
        Value::BulkString(text.as_bytes().to_vec())
    }

    pub(crate) fn entry(trigger: &str, description: Option<&str>, private: &str) -> Value {
        let description = description.map_or(Value::Nil, bulk);
        Value::Array(vec![
            bulk("id"),
            bulk("Z-52"),
            bulk("reader"),
            bulk("CommandReader"),
            bulk("desc"),
            description,
            bulk("RegistrationData"),
            Value::Array(vec![
                bulk("mode"),
                bulk("async"),
                bulk("args"),
                Value::Array(vec![
                    bulk("trigger"),
                    bulk(trigger),
                    bulk("inorder"),
                    Value::Int(0),
                ]),
            ]),
            bulk("PD"),
            bulk(private),
        ])
    }

    #[test]
    fn entries_of_both_versions_are_read() {
        let new = Held::from_entry(&entry(
            "t3",
            None,
            "{'sessionName':'s2', 'sessionDescription':'null', 'refCount': 1, 'linkedTo': primary, \
             'dead': false, 'registrationsList':['Z-52'], 'depsList':[]}",
        ))
        .unwrap();
        assert_eq!((new.session.as_deref(), new.alone), (Some("s2"), true));
        let old = Held::from_entry(&entry(
            "t3",
            Some("x"),
            "{'sessionId':'Z-0', 'depsList':[]}",
        ));
        let old = old.unwrap();
        assert_eq!((old.session, old.alone), (None, false));
        assert_eq!(old.description.as_deref(), Some("x"));
    }
}
