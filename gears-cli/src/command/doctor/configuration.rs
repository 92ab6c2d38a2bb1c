//! Settings that lead to trouble, sooner or later.

use super::{examination::Examination, facts::Facts};
use crate::{failure::Result, wire::Wire};

/// Pools keep connections for minutes; a server that closes idle ones sooner makes calls fail.
const SHORT_TIMEOUT: u64 = 60;

pub(super) fn examine(
    wire: &mut Wire,
    facts: &Facts,
    examination: &mut Examination<'_>,
) -> Result {
    if facts.refusal().is_some() {
        return Ok(());
    }
    memory(facts, examination)?;
    match (wire.setting("save"), wire.setting("timeout")) {
        (Ok(save), Ok(timeout)) => {
            persistence(save.as_deref(), facts, examination)?;
            idle(timeout.as_deref(), examination)?;
        }
        (Err(why), _) | (_, Err(why)) => examination.warn(
            "settings",
            format!("they cannot be read: {why}"),
            format!("{}, or ask as another", examination.allow("+config|get")),
        )?,
    }
    deadline(wire, facts, examination)
}

fn memory(facts: &Facts, examination: &mut Examination<'_>) -> Result {
    let number = |name| facts.number(name).unwrap_or(0);
    let (used, most) = (number("used_memory"), number("maxmemory"));
    let policy = facts.get("maxmemory_policy").unwrap_or("noeviction");
    let human = |bytes| indicatif::HumanBytes(bytes).to_string();
    let python = match facts.number("rg_CurrAllocated") {
        Some(bytes) => format!(", and Python {}, which maxmemory does not count", human(bytes)),
        None => String::new(),
    };
    if most == 0 {
        let machine = number("total_system_memory");
        let message = format!("{} used, no maxmemory{python}", human(used));
        if machine > 0 && used > machine / 4 * 3 {
            return examination.warn(
                "memory",
                format!("{message}; the machine has {}", human(machine)),
                format!(
                    "`CONFIG SET maxmemory {}`, before the system ends the server",
                    machine / 4 * 3
                ),
            );
        }
        return examination.ok("memory", message);
    }
    let message = format!("{} of {} used ({policy}){python}", human(used), human(most));
    if used > most / 10 * 9 {
        let then = if policy == "noeviction" {
            "writes of functions fail soon: raise maxmemory, or delete keys"
        } else {
            "keys are being evicted: raise maxmemory if functions need them"
        };
        return examination.warn("memory", message, then);
    }
    examination.ok("memory", message)
}

fn persistence(
    save: Option<&str>,
    facts: &Facts,
    examination: &mut Examination<'_>,
) -> Result {
    for (name, what) in [
        ("rdb_last_bgsave_status", "the last dump file"),
        ("aof_last_write_status", "the append-only file"),
        ("aof_last_bgrewrite_status", "the last rewrite of the append-only file"),
    ] {
        if facts.get(name).is_some_and(|status| status != "ok") {
            examination.fail(
                "persistence",
                format!("{what} could not be written"),
                "look at the space on the disk, the rights of its folder and the server's log",
            )?;
        }
    }
    let appends = facts.number("aof_enabled").unwrap_or(0) > 0;
    let saves = save.is_some_and(|save| !save.is_empty());
    let message = match (saves, appends) {
        (true, true) => "dump file and append-only file",
        (true, false) => "dump file",
        (false, true) => "append-only file",
        (false, false) => {
            return examination.warn(
                "persistence",
                "nothing is saved: what is registered is gone after a restart",
                "`CONFIG SET appendonly yes` or `CONFIG SET save \"3600 1 300 100\"`, and `CONFIG REWRITE` to have it after a \
             restart; or let programs register when they start",
            );
        }
    };
    examination.ok("persistence", message)
}

fn idle(timeout: Option<&str>, examination: &mut Examination<'_>) -> Result {
    let seconds = timeout.and_then(|text| text.parse().ok()).unwrap_or(0);
    if seconds == 0 || seconds >= SHORT_TIMEOUT {
        return Ok(());
    }
    examination.warn(
        "timeout",
        format!("connections that are idle for {seconds} s are closed, also those in pools"),
        "`CONFIG SET timeout 0`, or 60 and more",
    )
}

fn deadline(wire: &mut Wire, facts: &Facts, examination: &mut Examination<'_>) -> Result {
    if !facts.is_engine() {
        return Ok(());
    }
    let Ok(value) = wire.ask(&["RG.CONFIGGET", "SyncDeadline"]) else {
        // Told with the rights.
        return Ok(());
    };
    let values: Vec<i64> = redis::from_redis_value(value).unwrap_or_default();
    if values != [0] {
        return Ok(());
    }
    examination.warn(
        "deadline",
        "a function that never ends keeps the server for ever: SyncDeadline is 0",
        "`gears config SyncDeadline=5000`",
    )
}
