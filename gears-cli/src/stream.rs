//! What is done to registrations on streams.

use gears_runtime::{
    Gears,
    data::{ReaderArgs, RegistrationId},
};
use serde_json::json;

use crate::{
    context::Context,
    failure::{Failure, Result},
    meant, placed, registration,
};

/// Does something to each registration on a stream, and says to which.
///
/// # Errors
///
/// One of the names means nothing, or no stream: then nothing happens to the others either.
pub(crate) fn each(
    context: &Context<'_>,
    done: &'static str,
    names: &[String],
    act: impl Fn(&Gears, &RegistrationId) -> gears_runtime::Result<()>,
) -> Result {
    let gears = context.gears()?;
    let all = placed::all(gears)?;
    let mut chosen = Vec::new();
    for name in names {
        for one in meant::registrations(&all, name)? {
            if !matches!(one.data.args, ReaderArgs::Stream(_)) {
                return Err(Failure::usage(format!(
                    "`{name}` is a {}, and only a StreamReader can be {done}",
                    one.reader
                ))
                .advice("`gears list --reader StreamReader` shows those that can"));
            }
            chosen.push(one);
        }
    }
    let output = &context.output;
    // First all is done, then told: whoever reads may have gone.
    let (mut told, mut failed) = (Vec::new(), Vec::new());
    for one in chosen {
        match one.each(&act) {
            Ok(()) => told.push(one),
            Err(error) => failed.push(format!("{}: {error}", registration::name(one))),
        }
    }
    if output.is_json() {
        let ids: Vec<&str> = told.iter().map(|one| one.id.as_str()).collect();
        output.json(&json!({ (done): ids }))?;
    } else {
        for one in told {
            output.line(format_args!("{done} {}", registration::name(one)))?;
        }
    }
    if failed.is_empty() {
        return Ok(());
    }
    Err(Failure::server(format!(
        "not {done}: {}",
        failed.join("; ")
    )))
}
