//! What is registered, and what of it fails.

use gears_runtime::Gears;

use super::{examination::Examination, facts::Facts};
use crate::{
    count::many,
    failure::Result,
    identity::short,
    placed::{self, Placed},
    registration,
};

pub(super) fn examine(
    gears: &Gears,
    facts: &Facts,
    examination: &mut Examination<'_>,
) -> Result {
    if let Some(unreadable @ 1..) = facts.number("rg_records_unreadable") {
        examination.fail(
            "stored",
            format!("{unreadable} registrations are stored that this module cannot read"),
            "they are kept: load the module that wrote them; the server's log says why",
        )?;
    }
    let all = match placed::all(gears) {
        Ok(all) => all,
        Err(failure) => {
            let (message, _) = failure.parts();
            return examination.warn(
                "registered",
                format!("what is registered cannot be told: {message}"),
                examination.allow("+rg.dumpregistrations +rg.infocluster +rg.configget"),
            );
        }
    };
    let failing: Vec<&Placed> = all.iter().filter(|one| is_failing(one)).collect();
    if failing.is_empty() {
        let count = all.len();
        return examination.ok("registered", format!("{count}, none of which failed last"));
    }
    let told: Vec<String> = failing
        .iter()
        .map(|one| format!("{} ({})", registration::name(one), failures(one)))
        .collect();
    let shown: Vec<String> = failing
        .iter()
        .map(|one| format!("`gears show {}`", word(one, &all)))
        .collect();
    examination.warn(
        "registered",
        format!("{}, of which {} failed last: {}", all.len(), failing.len(), told.join(", ")),
        format!(
            "{} {} the last error; `gears stats --reset` counts anew",
            shown.join(" and "),
            if shown.len() == 1 { "has" } else { "have" }
        ),
    )
}

/// Tells whether the last run failed, on any shard.
fn is_failing(one: &Placed) -> bool {
    one.data.last_error.is_some() && one.data.num_failures > 0
}

/// Says how often it failed, on all shards.
fn failures(one: &Placed) -> String {
    let runs = usize::try_from(one.data.num_triggered).unwrap_or_default();
    format!("{} of {}", one.data.num_failures, many(runs, "run"))
}

/// Writes what means this registration alone, as shells take it.
fn word(one: &Placed, all: &[Placed]) -> String {
    let name = registration::name(one);
    let same = all.iter().filter(|other| registration::name(other) == name);
    if same.count() > 1 {
        let place = &one.places()[0];
        return short(&place.shard.qualify(place.id.as_str())).to_owned();
    }
    quoted(&name)
}

/// Puts quotes around a word that a shell would take apart.
fn quoted(word: &str) -> String {
    let is_plain = |char: char| char.is_ascii_alphanumeric() || "-_.:/@%+,".contains(char);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_what_shells_take_for_one() {
        assert_eq!(quoted("quote@1f3a"), "quote@1f3a");
        assert_eq!(quoted("user:*"), "'user:*'");
        assert_eq!(quoted("it's"), "'it'\\''s'");
        assert_eq!(quoted(""), "''");
    }
}
