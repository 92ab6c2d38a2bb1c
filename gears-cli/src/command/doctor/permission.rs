//! What the user may do.
//!
//! Nothing is done to find out: inside `MULTI` the server says at once what the user may not send,
//! and `DISCARD` takes the rest back.

use gears_runtime::Gears;

use super::examination::Examination;
use crate::{failure::Result, library, wire::Wire};

/// What calling functions takes.
const CALLING: [&[&str]; 1] = [&["RG.TRIGGER", "x"]];
/// What registering takes, with what a client asks to know the server and its cluster.
const REGISTERING: [&[&str]; 6] = [
    &["RG.PYEXECUTE", "x"],
    &["RG.UNREGISTER", "x"],
    &["RG.DUMPREGISTRATIONS"],
    &["RG.CONFIGGET", "x"],
    &["MODULE", "LIST"],
    &["CLUSTER", "SLOTS"],
];
/// What those who look after a server use besides.
const OPERATING: [&[&str]; 15] = [
    &["RG.ABORTEXECUTION", "x"],
    &["RG.CLEARREGISTRATIONSSTATS"],
    &["RG.CONFIGSET", "x", "x"],
    &["RG.DROPEXECUTION", "x"],
    &["RG.DUMPEXECUTIONS"],
    &["RG.GETEXECUTION", "x"],
    &["RG.GETRESULTS", "x"],
    &["RG.GETRESULTSBLOCKING", "x"],
    &["RG.INFOCLUSTER"],
    &["RG.PYDUMPREQS"],
    &["RG.PYDUMPSESSIONS"],
    &["RG.PYSTATS"],
    &["CONFIG", "GET", "x"],
    &["INFO"],
    &["SLOWLOG", "GET"],
];
/// What they use besides where the server's own functions can be in Python.
const OPERATING_FUNCTIONS: [&[&str]; 1] = [&["FUNCTION", "LIST"]];

/// What the user may do, as far as others of these examinations need to know.
#[derive(Clone, Copy)]
pub(super) struct Rights {
    pub(super) registers: bool,
}

pub(super) fn examine(gears: &Gears, wire: &mut Wire, examination: &mut Examination<'_>) -> Result<Rights> {
    let user = examination.user().to_owned();
    let asked = (|| {
        Ok::<_, String>((
            lacking(wire, &CALLING)?,
            lacking(wire, &REGISTERING)?,
            lacking(wire, &OPERATING)?,
            // One that cannot be asked is another examination's.
            if library::serves(gears).unwrap_or(false) {
                lacking(wire, &OPERATING_FUNCTIONS)?
            } else {
                Vec::new()
            },
        ))
    })();
    let (calling, registering, operating, functions) = match asked {
        Ok(asked) => asked,
        Err(why) => {
            examination.warn(
                "rights",
                format!("what {user} may do cannot be told: {why}"),
                format!("{} lets it be asked", examination.allow("+@transaction")),
            )?;
            return Ok(Rights { registers: true });
        }
    };
    let rights = Rights {
        registers: !registering.contains(&"rg.pyexecute".to_owned()),
    };
    let all = [calling.clone(), registering.clone(), operating, functions].concat();
    if all.is_empty() {
        examination.ok("rights", format!("{user} may call, register and operate"))?;
        return Ok(rights);
    }
    let message = match (calling.is_empty(), registering.is_empty()) {
        (false, false) => format!("{user} may neither call nor register"),
        (false, true) => format!("{user} may not call functions"),
        (true, false) => format!("{user} may call functions, and not register all"),
        (true, true) => format!("{user} may call and register, and not operate all"),
    };
    let message = format!("{message}: {} refused", all.join(", "));
    let plus = all.iter().map(|command| format!("+{command}"));
    let plus = examination.allow(&plus.collect::<Vec<_>>().join(" "));
    let advice = format!("what {user} is to do, allow: {plus}");
    if calling.is_empty() {
        examination.warn("rights", message, advice)?;
    } else {
        examination.fail("rights", message, advice)?;
    }
    Ok(rights)
}

/// Returns the commands that the user may not send, as ACL rules spell them.
fn lacking(wire: &mut Wire, commands: &[&[&str]]) -> Result<Vec<String>, String> {
    wire.ask(&["MULTI"])?;
    let mut lacking = Vec::new();
    for command in commands {
        // Commands that this server lacks are another's concern.
        if !wire.may(command) {
            let is_container = matches!(command[0], "MODULE" | "CLUSTER" | "CONFIG" | "SLOWLOG" | "FUNCTION");
            let name = if is_container {
                command[..2].join("|")
            } else {
                command[0].to_owned()
            };
            lacking.push(name.to_lowercase());
        }
    }
    wire.ask(&["DISCARD"])?;
    Ok(lacking)
}
