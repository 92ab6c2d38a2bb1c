//! Dumps: all that is registered on a server, as a file.
//!
//! A dump is JSON that people can read and edit: each session with the script that made it,
//! which restoring runs again. So a dump fits any Python and any server that takes the script.

use gears_runtime::{
    Gears, Script,
    data::{Listed, Registration, Session, SessionQuery},
};
use serde::{Deserialize, Serialize};

use crate::{
    failure::{Code, Failure, Result},
    registration, shard,
};

const FORMAT: &str = "gears-dump";
const VERSION: u32 = 1;

/// All that is registered on a server.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Dump {
    format: String,
    version: u32,
    pub(crate) sessions: Vec<Saved>,
}

/// A session: a script, and what it registered.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Saved {
    pub(crate) id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(default)]
    requirements: Vec<String>,
    source: String,
    /// What of it was registered: a script may have registered more that was taken out later.
    pub(crate) registrations: Vec<Known>,
}

/// Says which registration of a script it is.
#[derive(Clone, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Known {
    reader: String,
    name: String,
    /// Which of several versions it is, where the server knows of versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    /// Whether a newer version has the plain name.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    retired: bool,
    mode: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    description: Option<String>,
}

impl From<&Registration> for Known {
    fn from(one: &Registration) -> Self {
        Self {
            reader: one.reader.clone(),
            name: registration::plain(one).to_owned(),
            version: registration::versions(one).and_then(|args| args.version.clone()),
            retired: registration::is_retired(one),
            mode: one.data.mode.to_string(),
            description: one.description.clone(),
        }
    }
}

impl Known {
    /// Tells whether it is the same registration, whichever version is the newest now.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let Self {
            reader,
            name,
            version,
            retired: _,
            mode,
            description,
        } = self;
        *reader == other.reader
            && *name == other.name
            && *version == other.version
            && *mode == other.mode
            && *description == other.description
    }

    /// Names several, for people.
    pub(crate) fn names(all: &[Self]) -> String {
        let names: Vec<String> = all
            .iter()
            .map(|one| match &one.version {
                Some(version) => format!("{} {}@{version}", one.reader, one.name),
                None => format!("{} {}", one.reader, one.name),
            })
            .collect();
        names.join(", ")
    }
}

impl Dump {
    /// Reads all that is registered off a server.
    ///
    /// # Errors
    ///
    /// The server does not tell the scripts, as RedisGears does not.
    pub(crate) fn of_server(gears: &Gears) -> Result<Self> {
        let query = SessionQuery::new().source().verbose();
        let mut sessions: Vec<Saved> = Vec::new();
        for shard in shard::apart(gears)? {
            for session in &shard.gears.py_dump_sessions(&query)?.sessions {
                let saved = Saved::try_from(session)?;
                match sessions.iter_mut().find(|other| other.id == saved.id) {
                    Some(other) => other.unite(saved)?,
                    None => sessions.push(saved),
                }
            }
        }
        sessions.sort_by(|one, other| one.id.cmp(&other.id));
        Ok(Self {
            format: FORMAT.to_owned(),
            version: VERSION,
            sessions,
        })
    }

    /// Reads a file.
    ///
    /// # Errors
    ///
    /// It is no dump, or one of a newer version; nothing was done then.
    pub(crate) fn from_bytes(bytes: &[u8], what: &str) -> Result<Self> {
        let refuse = |why: String| {
            Err(Failure::usage(format!("{what} is no dump: {why}"))
                .advice("name a file that `gears dump` wrote"))
        };
        let dump: Self = match serde_json::from_slice(bytes) {
            Ok(dump) => dump,
            Err(error) => return refuse(error.to_string()),
        };
        if dump.format != FORMAT {
            return refuse(format!("its format is `{}`", dump.format));
        }
        if dump.version != VERSION {
            return Err(Failure::usage(format!(
                "{what} is a dump of version {}, and this program reads version {VERSION}",
                dump.version
            ))
            .advice("take the `gears` that wrote it, or a newer one"));
        }
        let mut ids: Vec<&str> = dump
            .sessions
            .iter()
            .map(|saved| saved.id.as_str())
            .collect();
        ids.sort_unstable();
        if let Some(twice) = ids.windows(2).find(|pair| pair[0] == pair[1]) {
            return refuse(format!("session {} stands in it twice", twice[0]));
        }
        Ok(dump)
    }

    /// Writes the file.
    #[expect(clippy::expect_used, reason = "texts and lists are JSON")]
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec_pretty(self).expect("texts and lists are JSON");
        bytes.push(b'\n');
        bytes
    }

    /// Counts registrations.
    pub(crate) fn registrations(&self) -> usize {
        self.sessions
            .iter()
            .map(|saved| saved.registrations.len())
            .sum()
    }
}

impl TryFrom<&Session> for Saved {
    type Error = Failure;

    fn try_from(session: &Session) -> Result<Self> {
        let Some(source) = &session.source else {
            return Err(Failure::server(format!(
                "the server does not tell the script of session {}",
                session.id
            ))
            .advice("load the engine of this version into it"));
        };
        let source = String::from_utf8(source.clone()).map_err(|_| {
            Failure::new(
                Code::Failed,
                format!(
                    "the script of session {} is not UTF-8, so no dump can hold it",
                    session.id
                ),
            )
            .advice("register it again from a file that is UTF-8")
        })?;
        let mut registrations: Vec<Known> = session
            .registrations
            .iter()
            .filter_map(Listed::full)
            .map(Known::from)
            .collect();
        registrations.sort();
        Ok(Self {
            id: session.id.clone(),
            description: session.description.clone(),
            requirements: session
                .requirements
                .iter()
                .filter_map(|one| match (one.name(), one.full()) {
                    (Some(name), _) => Some(name.clone()),
                    (None, full) => full.map(|full| full.name.clone()),
                })
                .collect(),
            source,
            registrations,
        })
    }
}

impl Saved {
    /// Adds what another shard has of the same session.
    ///
    /// # Errors
    ///
    /// It is another script there.
    fn unite(&mut self, other: Self) -> Result {
        if self.source != other.source || self.requirements != other.requirements {
            return Err(Failure::server(format!(
                "session {} is not the same on all shards, so no dump can hold it",
                self.id
            ))
            .advice("register it anew: `gears run FILE --id NAME --upgrade --all-shards`"));
        }
        for (index, one) in other.registrations.iter().enumerate() {
            // As often as the shard that has it most often.
            let is_it = |it: &&Known| it.is_same(one);
            let theirs = other.registrations[..=index].iter().filter(is_it);
            let ours = self.registrations.iter().filter(is_it);
            if theirs.count() > ours.count() {
                self.registrations.push(one.clone());
            }
        }
        self.registrations.sort();
        Ok(())
    }

    /// Tells whether it holds versions of triggers.
    pub(crate) fn has_versions(&self) -> bool {
        self.registrations.iter().any(|one| one.version.is_some())
    }

    /// Returns the triggers of which it holds an older version.
    pub(crate) fn retired(&self) -> impl Iterator<Item = &str> {
        self.versions_of(true)
    }

    /// Returns the triggers of which it holds the newest version.
    pub(crate) fn newest(&self) -> impl Iterator<Item = &str> {
        self.versions_of(false)
    }

    fn versions_of(&self, retired: bool) -> impl Iterator<Item = &str> {
        let those = move |one: &&Known| one.version.is_some() && one.retired == retired;
        self.registrations
            .iter()
            .filter(those)
            .map(|one| one.name.as_str())
    }

    /// Returns the packages that it needs.
    pub(crate) fn requirements(&self) -> &[String] {
        &self.requirements
    }

    /// Makes the script that registers it, in place of what has its name.
    pub(crate) fn script(&self) -> Script {
        let mut script = Script::from_source(self.source.clone())
            .requirements(self.requirements.clone())
            .session(&self.id)
            .upgrade();
        if let Some(description) = &self.description {
            script = script.description(description);
        }
        script
    }
}
