//! Libraries of the server's own functions in Python, and the shards that have them.

mod hidden;
mod meant;
mod removal;
mod shown;

use std::{collections::BTreeMap, time::Duration};

use gears_runtime::{Gears, Maker, data::ConfigValue};
use redis::{RedisResult, Value, from_redis_value};

pub(crate) use self::{
    hidden::Hidden,
    removal::Removal,
    shown::{show, table, to_json},
};

use crate::{
    failure::{Failure, Result},
    load::{FunctionLoad, Load},
    shard::{self, Shard},
    wire::{self, Wire},
};

const PATIENCE: Duration = Duration::from_secs(5);

/// Asks for all libraries, with what they are made of.
const LIST: [&str; 3] = ["FUNCTION", "LIST", "WITHCODE"];

/// What stands in the place of an application where nobody says which.
const NOBODYS: &str = "not made by gears";

/// The libraries of all shards.
pub(crate) struct Libraries {
    /// Those in Python, by their names.
    pub(crate) all: Vec<Library>,
    /// Those in other languages, which are none of gears, with the language.
    pub(crate) foreign: BTreeMap<String, String>,
    /// What this user may not see of them.
    pub(crate) hidden: Hidden,
}

/// A library in Python, the same on one shard or more.
pub(crate) struct Library {
    pub(crate) name: String,
    pub(crate) functions: Vec<Function>,
    pub(crate) code: String,
    /// The shards that have it.
    places: Vec<Shard>,
    /// How many shards there are.
    pub(crate) shards: usize,
}

/// A function of a library, with the counts of all shards that have it.
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) flags: Vec<String>,
    /// `None` where a shard that has it does not tell.
    counts: Option<FunctionLoad>,
}

/// What one server tells.
struct Told {
    libraries: Vec<Library>,
    /// Those in other languages, with the language.
    foreign: Vec<(String, String)>,
    /// Why it does not tell its libraries: this user may not ask.
    list_refused: Option<String>,
    /// Why it does not tell what they have counted: this user may not ask.
    counts_refused: Option<String>,
}

/// Reads the libraries, from all shards; none where the server runs no Python itself.
///
/// # Errors
///
/// A shard does not answer.
pub(crate) fn all(gears: &Gears) -> Result<Libraries> {
    all_within(gears, PATIENCE)
}

/// Reads the libraries, from shards that may take so long for an answer.
///
/// # Errors
///
/// As [`all`].
pub(crate) fn all_within(gears: &Gears, patience: Duration) -> Result<Libraries> {
    let shards = shard::apart(gears)?;
    let count = shards.len();
    let mut hidden = Hidden::new(count);
    let mut all: Vec<Library> = Vec::new();
    let mut foreign = BTreeMap::new();
    for shard in shards {
        if !serves(&shard.gears)? {
            continue;
        }
        let mut wire = Wire::open(&shard.gears, patience)?;
        let told = of_server(&mut wire).map_err(Failure::server)?;
        hidden.add(shard.id.as_deref(), &told);
        foreign.extend(told.foreign);
        for mut one in told.libraries {
            one.shards = count;
            one.places.push(shard.clone());
            match all.iter_mut().find(|held| held.is_same(&one)) {
                Some(held) => held.add(one),
                None => all.push(one),
            }
        }
    }
    all.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(Libraries {
        all,
        foreign,
        hidden,
    })
}

/// Asks one server for the names of its functions in Python.
///
/// # Errors
///
/// It does not tell.
pub(crate) fn functions(wire: &mut Wire) -> RedisResult<Vec<String>> {
    let listed = wire.reply(&LIST)?;
    let all = items(&listed).iter().filter_map(Library::from_entry);
    let functions = all.flat_map(|library| library.functions);
    Ok(functions.map(|function| function.name).collect())
}

/// Tells whether a server runs functions of its own in Python.
///
/// # Errors
///
/// It cannot be asked.
pub(crate) fn serves(gears: &Gears) -> Result<bool> {
    let told = gears.config_get(["ServesFunctions"])?;
    let told = told.into_values().next().flatten();
    Ok(matches!(told, Some(ConfigValue::Int(1..))))
}

fn of_server(wire: &mut Wire) -> Result<Told, String> {
    let mut told = Told {
        libraries: Vec::new(),
        foreign: Vec::new(),
        list_refused: None,
        counts_refused: None,
    };
    let listed = match wire.reply(&LIST) {
        Err(error) if wire::refuses(&error) => {
            told.list_refused = Some(wire::said(&error));
            return Ok(told);
        }
        listed => listed.map_err(|error| wire::said(&error))?,
    };
    for entry in items(&listed) {
        match Library::from_entry(entry) {
            Some(library) => told.libraries.push(library),
            None => told.foreign.extend(name_and_engine(entry)),
        }
    }
    if told.libraries.is_empty() {
        return Ok(told);
    }
    // Who may list functions need not be one who may ask for figures.
    match wire.reply(&["INFO", "rg_functions"]) {
        Err(error) if wire::refuses(&error) => told.counts_refused = Some(wire::said(&error)),
        info => {
            let info: String = info
                .and_then(|info| Ok(from_redis_value(info)?))
                .map_err(|error| wire::said(&error))?;
            count(&mut told.libraries, &info);
        }
    }
    Ok(told)
}

fn name_and_engine(entry: &Value) -> Option<(String, String)> {
    let named = |name| field(entry, name).map(text);
    Some((named("library_name")?, named("engine")?))
}

/// Reads what functions have counted of the text of `INFO`.
fn count(libraries: &mut [Library], info: &str) {
    let counted = Load::read(info).functions;
    for function in libraries.iter_mut().flat_map(|one| &mut one.functions) {
        let counts = counted.get(&function.name).copied();
        function.counts = Some(counts.unwrap_or_default());
    }
}

impl Library {
    /// Reads what the server lists, if it is in Python.
    fn from_entry(entry: &Value) -> Option<Self> {
        if !text(field(entry, "engine")?).eq_ignore_ascii_case("python") {
            return None;
        }
        let functions = items(field(entry, "functions")?).iter();
        let mut functions: Vec<Function> = functions
            .filter_map(|function| {
                Some(Function {
                    name: text(field(function, "name")?),
                    description: text(field(function, "description")?),
                    flags: items(field(function, "flags")?).iter().map(text).collect(),
                    counts: None,
                })
            })
            .collect();
        functions.sort_by(|one, other| one.name.cmp(&other.name));
        Some(Self {
            name: text(field(entry, "library_name")?),
            functions,
            code: text(field(entry, "library_code")?),
            places: Vec::new(),
            shards: 1,
        })
    }

    /// Returns how many shards have it.
    pub(crate) fn places(&self) -> usize {
        self.places.len()
    }

    /// Returns the ids of the shards that have it, where there are several shards.
    pub(crate) fn shard_ids(&self) -> impl Iterator<Item = &str> {
        self.places.iter().filter_map(|shard| shard.id.as_deref())
    }

    /// Tells whether two shards have the same.
    fn is_same(&self, other: &Self) -> bool {
        self.name == other.name && self.code == other.code
    }

    /// Adds what another shard has and has counted.
    fn add(&mut self, other: Self) {
        self.places.extend(other.places);
        for (ours, theirs) in self.functions.iter_mut().zip(other.functions) {
            // Of a part nobody can make the whole.
            let both = ours.counts.zip(theirs.counts);
            ours.counts = both.map(|(ours, theirs)| ours.and(theirs));
        }
    }

    /// Returns the line of the code that says whose it is.
    fn told(&self) -> &str {
        self.code.lines().nth(1).unwrap_or_default()
    }

    /// Returns who made it, where gears-runtime did.
    pub(crate) fn maker(&self) -> Option<Maker> {
        Maker::from_description(self.told())
    }

    /// Returns what tells its code from others', where gears-runtime wrote it.
    pub(crate) fn fingerprint(&self) -> Option<&str> {
        self.maker()?;
        let (_, mark) = self.told().rsplit_once("[gears ")?;
        mark.strip_suffix(']')
    }

    /// Returns the version of a function, where gears-runtime wrote it.
    pub(crate) fn version(&self, function: &Function) -> Option<&str> {
        self.maker()?;
        let start = format!("# {} is ", function.name);
        self.code
            .lines()
            .find_map(|line| line.strip_prefix(&*start))
    }

    /// Names the application that made it, with its version.
    pub(crate) fn application(&self) -> String {
        self.maker()
            .map_or_else(|| NOBODYS.to_owned(), |maker| maker.release())
    }

    /// Tells whether a text is in the name of it or of a function, or in what is said about them.
    pub(crate) fn holds(&self, text: &str) -> bool {
        let of_function = |function: &Function| {
            function.name.contains(text) || function.description.contains(text)
        };
        self.name.contains(text)
            || self
                .maker()
                .is_some_and(|maker| maker.release().contains(text))
            || self.functions.iter().any(of_function)
    }

    /// Tells whether a function of it has failed.
    pub(crate) fn has_failed(&self) -> bool {
        let mut counts = self.functions.iter().filter_map(|one| one.counts);
        counts.any(|counts| counts.failures > 0)
    }
}

fn field<'a>(map: &'a Value, name: &str) -> Option<&'a Value> {
    match map {
        Value::Array(flat) => flat
            .chunks_exact(2)
            .find(|pair| text(&pair[0]) == name)
            .map(|pair| &pair[1]),
        Value::Map(pairs) => pairs
            .iter()
            .find(|(key, _)| text(key) == name)
            .map(|(_, value)| value),
        _ => None,
    }
}

fn items(value: &Value) -> &[Value] {
    match value {
        Value::Array(items) | Value::Set(items) => items,
        _ => &[],
    }
}

/// Reads a text, which may be anything.
fn text(value: &Value) -> String {
    match value {
        Value::BulkString(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Value::SimpleString(text) => text.clone(),
        _ => String::new(),
    }
}
