//! What stands behind `-w`.

use std::{path::PathBuf, str::FromStr, time::Duration};

use crate::watch::rest;

/// What stands behind `-w`: RedGrease's option of that name needs no number.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Wait {
    Seconds(Duration),
    /// No number, but perhaps a folder that is to be watched.
    Unsaid(Option<PathBuf>),
}

impl FromStr for Wait {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match rest(text) {
            Ok(delay) => Ok(Self::Seconds(delay)),
            Err(_) if text.is_empty() => Ok(Self::Unsaid(None)),
            // Numbers below nothing, or larger than any time.
            Err(why) if text.parse::<f64>().is_ok() => Err(why),
            Err(_) => Ok(Self::Unsaid(Some(PathBuf::from(text)))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_number_is_a_folder() {
        let read = str::parse::<Wait>;
        assert_eq!(read("0.5"), Ok(Wait::Seconds(Duration::from_millis(500))));
        assert_eq!(read(""), Ok(Wait::Unsaid(None)));
        assert_eq!(read("scripts/"), Ok(Wait::Unsaid(Some("scripts/".into()))));
        for nonsense in ["-1", "1e300", "nan"] {
            assert!(read(nonsense).is_err(), "{nonsense}");
        }
    }
}
