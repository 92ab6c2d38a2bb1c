//! The format of the recorded cases, which `conformance/README.md` describes.
//!
//! Whatever is unknown or pointless in a case is an error: a misspelt field must not make a case pass.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Deserializer};

use crate::reply::Reply;
use crate::shard::Shard;

const MAIN: &str = "main";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) about: String,
    /// Whether the case shows an oddity that no documentation promises.
    #[serde(default)]
    pub(crate) quirk: bool,
    /// Commands that are sent last, whatever happened.
    #[serde(default)]
    pub(crate) finally: Vec<Vec<Argument>>,
    pub(crate) steps: Vec<Step>,
}

#[derive(Deserialize)]
#[serde(try_from = "RawStep")]
pub(crate) enum Step {
    Wait(Duration),
    Close(String),
    Post {
        connection: String,
        shard: Shard,
        command: Vec<Argument>,
    },
    Exchange(Exchange),
    Until(Exchange),
}

/// Something sent or awaited, and what the reply must be like.
pub(crate) struct Exchange {
    pub(crate) connection: String,
    pub(crate) shard: Shard,
    pub(crate) request: Request,
    pub(crate) at: Option<Vec<Place>>,
    pub(crate) fields: Option<Vec<String>>,
    pub(crate) expectation: Expectation,
    pub(crate) save: Option<Save>,
}

pub(crate) enum Request {
    Send(Vec<Argument>),
    Receive,
    Pipeline(Vec<Vec<Argument>>),
}

pub(crate) enum Expectation {
    Exact(Reply),
    Unordered(Reply),
    Error(Reply, Vec<String>),
    Contains(Reply, Vec<String>),
    Type(Reply),
    Keys(Reply),
    /// One for each shard's reply.
    Each(Vec<Expectation>),
    Ignore,
}

/// A part of a reply that later steps may name.
pub(crate) struct Save {
    pub(crate) name: String,
    pub(crate) path: Vec<Place>,
}

#[derive(Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub(crate) enum Argument {
    Text(String),
    Base64 { b64: String },
    Repeat { repeat: String, times: usize },
    Concat { concat: Vec<Argument> },
}

/// A step of a path into a reply.
#[derive(Debug, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub(crate) enum Place {
    Index(i64),
    Field(String),
    /// The first element that has this text in it.
    With {
        with: String,
    },
}

/// Returns the folder with the cases.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance")
}

/// Reads the cases of a theme.
///
/// # Panics
///
/// When the file is not as it should be.
pub(crate) fn load(theme: &str) -> Vec<Case> {
    let path = folder().join(theme).with_extension("json");
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
    let cases: Vec<Case> =
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path:?}: {error}"));
    let mut names: Vec<&str> = cases.iter().map(|case| case.name.as_str()).collect();
    names.sort_unstable();
    let duplicate = names.windows(2).find(|pair| pair[0] == pair[1]);
    assert_eq!(duplicate, None, "{path:?} has two cases of one name");
    cases
}

/// A step as it is written: at most one of the kinds, with the fields that it may have.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawStep {
    send: Option<Vec<Argument>>,
    #[serde(default)]
    post: bool,
    #[serde(default)]
    recv: bool,
    pipeline: Option<Vec<Vec<Argument>>>,
    until: Option<Box<RawStep>>,
    wait_ms: Option<u64>,
    close: Option<String>,
    conn: Option<String>,
    on: Option<Shard>,
    #[serde(rename = "match")]
    mode: Option<Mode>,
    /// `null` is the reply nil.
    #[serde(default, deserialize_with = "present")]
    expect: Option<Reply>,
    needle: Option<Needle>,
    at: Option<Vec<Place>>,
    fields: Option<Vec<String>>,
    save: Option<String>,
    path: Option<Vec<Place>>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Mode {
    #[default]
    Exact,
    Unordered,
    Error,
    Contains,
    Type,
    Keys,
    Ignore,
}

#[derive(Clone, Deserialize)]
#[serde(untagged)]
enum Needle {
    One(String),
    Several(Vec<String>),
}

fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Reply>, D::Error> {
    Reply::deserialize(deserializer).map(Some)
}

impl TryFrom<RawStep> for Step {
    type Error = String;

    fn try_from(raw: RawStep) -> Result<Self, String> {
        let kinds = [
            raw.send.is_some(),
            raw.recv,
            raw.pipeline.is_some(),
            raw.until.is_some(),
            raw.wait_ms.is_some(),
            raw.close.is_some(),
        ];
        if kinds.iter().filter(|kind| **kind).count() != 1 {
            return Err("a step is one of send, recv, pipeline, until, wait_ms, close".to_owned());
        }
        if raw.post && raw.send.is_none() {
            return Err("post belongs to send".to_owned());
        }
        let exchanges = raw.send.is_some() && !raw.post || raw.recv || raw.pipeline.is_some();
        if exchanges {
            return Exchange::try_from(raw).map(Self::Exchange);
        }
        if raw.has_expectation() {
            return Err("this kind of step has no reply to check".to_owned());
        }
        if (raw.conn.is_some() || raw.on.is_some()) && raw.send.is_none() {
            return Err("this kind of step has no connection".to_owned());
        }
        Ok(if let Some(milliseconds) = raw.wait_ms {
            Self::Wait(Duration::from_millis(milliseconds))
        } else if let Some(name) = raw.close {
            Self::Close(name)
        } else if let Some(command) = raw.send {
            Self::Post {
                connection: raw.conn.unwrap_or_else(|| MAIN.to_owned()),
                shard: raw.on.unwrap_or_default(),
                command,
            }
        } else if let Some(inner) = raw.until {
            if inner.send.is_none() || inner.post {
                return Err("until repeats a send".to_owned());
            }
            Self::Until(Exchange::try_from(*inner)?)
        } else {
            return Err("this step does nothing".to_owned());
        })
    }
}

impl RawStep {
    fn has_expectation(&self) -> bool {
        self.mode.is_some()
            || self.expect.is_some()
            || self.needle.is_some()
            || self.at.is_some()
            || self.fields.is_some()
            || self.save.is_some()
            || self.path.is_some()
    }
}

impl TryFrom<RawStep> for Exchange {
    type Error = String;

    fn try_from(raw: RawStep) -> Result<Self, String> {
        let request = match (raw.send, raw.pipeline) {
            (Some(command), _) => Request::Send(command),
            (_, Some(commands)) => Request::Pipeline(commands),
            (None, None) => Request::Receive,
        };
        let save = match (raw.save, raw.path) {
            (Some(name), path) => Some(Save {
                name,
                path: path.unwrap_or_default(),
            }),
            (None, None) => None,
            (None, Some(_)) => return Err("path belongs to save".to_owned()),
        };
        let shard = raw.on.unwrap_or_default();
        let mode = raw.mode.unwrap_or_default();
        let expectation = match (&shard, raw.expect) {
            (Shard::Each, Some(Reply::Array(replies))) => {
                let each = replies.into_iter();
                let each = each.map(|it| Expectation::of(mode, Some(it), raw.needle.clone()));
                Expectation::Each(each.collect::<Result<_, _>>()?)
            }
            (Shard::Each, Some(_)) => return Err("each shard has a reply of its own".to_owned()),
            (_, expect) => Expectation::of(mode, expect, raw.needle)?,
        };
        Ok(Self {
            connection: raw.conn.unwrap_or_else(|| MAIN.to_owned()),
            shard,
            request,
            at: raw.at,
            fields: raw.fields,
            expectation,
            save,
        })
    }
}

impl Expectation {
    fn of(mode: Mode, expect: Option<Reply>, needle: Option<Needle>) -> Result<Self, String> {
        let needed = |needle: Option<Needle>| match needle {
            Some(Needle::One(needle)) => Ok(vec![needle]),
            Some(Needle::Several(needles)) => Ok(needles),
            None => Err("this match mode needs a needle".to_owned()),
        };
        let searches = matches!(mode, Mode::Error | Mode::Contains);
        if needle.is_some() && !searches {
            return Err("this match mode looks for no needle".to_owned());
        }
        let Some(expect) = expect else {
            return match mode {
                Mode::Ignore => Ok(Self::Ignore),
                _ => Err("a reply to compare with is missing".to_owned()),
            };
        };
        Ok(match mode {
            Mode::Exact => Self::Exact(expect),
            Mode::Unordered => Self::Unordered(expect),
            Mode::Error => Self::Error(expect, needed(needle)?),
            Mode::Contains => Self::Contains(expect, needed(needle)?),
            Mode::Type => Self::Type(expect),
            Mode::Keys => Self::Keys(expect),
            Mode::Ignore => return Err("a reply that is ignored is not compared".to_owned()),
        })
    }
}
