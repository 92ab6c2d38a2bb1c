//! The file `gears.toml`.

use std::{
    env, io,
    path::{Path, PathBuf},
};

use serde::Deserialize;

use crate::{
    connection::Connection,
    failure::{Failure, Result},
    redgrease, source,
    watch::Choices,
};

const NAME: &str = "gears.toml";
const MAX_SIZE: u64 = 1 << 20;

/// What `gears.toml` says.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Settings {
    /// Where the server is.
    pub(crate) connection: Connection,
    /// What `gears watch` does.
    pub(crate) watch: Choices,
}

impl Settings {
    /// Reads the file that was named, or the nearest `gears.toml`: in the current folder or above it.
    ///
    /// # Errors
    ///
    /// A file that was named and is not there, one that cannot be read, and one that makes no
    /// sense, with the line.
    pub(crate) fn read(named: Option<&Path>) -> Result<Self> {
        let variable = env::var_os("GEARS_CONFIG").filter(|path| !path.is_empty());
        match named.map(Path::to_owned).or(variable.map(PathBuf::from)) {
            Some(path) => Self::from_file(&path)?.ok_or_else(|| {
                Failure::usage(format!("there is no file {}", path.display()))
                    .advice("name another one with --config or GEARS_CONFIG")
            }),
            None => {
                let current = env::current_dir().unwrap_or_default();
                for folder in current.ancestors() {
                    if let Some(settings) = Self::from_file(&folder.join(NAME))? {
                        return Ok(settings);
                    }
                }
                Ok(Self::default())
            }
        }
    }

    fn from_file(path: &Path) -> Result<Option<Self>> {
        let text = match source::read_up_to(path, MAX_SIZE).and_then(source::text_of) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                return Err(
                    Failure::usage(format!("{} cannot be read: {error}", path.display()))
                        .advice("name another file with --config"),
                );
            }
        };
        toml::from_str(&text).map(Some).map_err(|error| {
            let failure = Failure::usage(format!("{} makes no sense: {error}", path.display()));
            failure.advice(match redgrease::settings(&text) {
                Some(ours) => format!("settings of RedGrease are written like this here:\n{ours}"),
                None => "guide/pages/cli.md lists what may stand there".to_owned(),
            })
        })
    }
}
