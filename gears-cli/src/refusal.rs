//! What is not shown, as the user may not ask a server for it.

use std::fmt::Display;

use crate::{failure::lacking_right, output::Output};

const NOT_SHOWN: &str = "are not shown";

/// The shards that refuse one question.
#[derive(Clone, Debug)]
pub(crate) struct Refusals {
    /// How many were asked.
    shards: usize,
    /// Their ids, where there are several, and what they say.
    all: Vec<(Option<String>, String)>,
}

impl Refusals {
    /// Makes it for so many shards, none of which has refused.
    pub(crate) fn new(shards: usize) -> Self {
        Self {
            shards,
            all: Vec::new(),
        }
    }

    /// Notes what a shard says.
    pub(crate) fn add(&mut self, shard: Option<&str>, why: String) {
        self.all.push((shard.map(str::to_owned), why));
    }

    /// Tells whether all that were asked have told.
    pub(crate) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Says what comes of it for something that the user may not do this or that, and what to do about it; nothing
    /// where nobody has refused.
    ///
    /// Shards are named where only some refuse.
    pub(crate) fn describe(
        &self,
        what: &str,
        outcome: &str,
        right: &str,
    ) -> Option<(String, String)> {
        let (_, why) = self.all.first()?;
        let ids: Vec<&str> = self
            .all
            .iter()
            .filter_map(|(id, _)| id.as_deref())
            .collect();
        let (place, there) = if ids.is_empty() || self.all.len() == self.shards {
            (String::new(), "")
        } else {
            (format!(" on shard {}", ids.join(", ")), " there")
        };
        let message = format!("{what}{place} {outcome}, as this user may not {right}{there}");
        Some((message, lacking_right(why)))
    }

    /// Tells people what is not shown, on the standard error.
    pub(crate) fn tell(&self, what: &str, right: &str, output: &Output) {
        if let Some((message, advice)) = self.describe(what, NOT_SHOWN, right) {
            output.note(message);
            output.advice(&advice);
        }
    }
}

/// Why one of several things was not done.
#[derive(Clone, Debug)]
pub(crate) struct Undone {
    pub(crate) why: String,
    /// Whether the server says that this user may not.
    pub(crate) is_refused: bool,
}

impl Undone {
    /// Says of what.
    pub(crate) fn of(self, what: impl Display) -> Self {
        Self {
            why: format!("{what}: {}", self.why),
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_are_named_where_others_tell() {
        let mut refusals = Refusals::new(2);
        assert!(
            refusals
                .describe("libraries", NOT_SHOWN, "list functions")
                .is_none()
        );
        let why = "NOPERM User x has no permissions to run the 'function|list' command";
        refusals.add(Some("aa"), why.to_owned());
        let (message, advice) = refusals
            .describe("libraries", NOT_SHOWN, "list functions")
            .unwrap();
        assert_eq!(
            message,
            "libraries on shard aa are not shown, as this user may not list functions there"
        );
        assert!(
            advice.contains("`ACL SETUSER <user> +function|list`"),
            "{advice}"
        );
        refusals.add(Some("bb"), why.to_owned());
        let (message, _) = refusals
            .describe("libraries", NOT_SHOWN, "list functions")
            .unwrap();
        assert_eq!(
            message,
            "libraries are not shown, as this user may not list functions"
        );
    }
}
