//! What a gear needs of a server that not all servers have.

use crate::{
    cause::Cause,
    error::{Error, Result},
    gear::Gear,
    server::{Dialect, Server},
};

/// Refuses a gear that a server would take and then run otherwise than it says: servers ignore what they do not know.
pub(super) fn check(gear: &Gear, server: Server) -> Result<()> {
    let lacks = |feature: &str, remedy| {
        let feature = format!("{feature} of {}", gear.place());
        Err(Error::lacks(feature, server.to_string(), remedy))
    };
    if gear.is_coroutine() && !server.has_coroutines() {
        return lacks(
            "the `await`",
            "use RedisGears 1.2 or gears-engine, or write the body without `await`",
        );
    }
    if gear.timeout().is_some() && !server.has_timeouts() {
        return lacks(
            "the option `timeout_ms`",
            "use gears-engine, or leave the option out",
        );
    }
    if gear.is_in_order() && !server.has_order() {
        return lacks(
            "the option `in_order`",
            "use RedisGears 1.2.2 or gears-engine, or leave the option out",
        );
    }
    match gear.cause() {
        Cause::Hook(_) if !server.has_hooks() => {
            lacks("the option `hook`", "use RedisGears 1.2 or gears-engine")
        }
        Cause::Keys(events) if events.commands.is_some() && !server.has_hooks() => lacks(
            "the option `commands`",
            "use RedisGears 1.2 or gears-engine, or leave the option out",
        ),
        // RedisGears crashes when it lists such registrations.
        Cause::Keys(events)
            if server.dialect == Dialect::RedisGears
                && events
                    .key_types
                    .unwrap_or_default()
                    .iter()
                    .any(|key_type| matches!(*key_type, "stream" | "empty")) =>
        {
            lacks(
                "the key type `stream` or `empty`",
                "use gears-engine, or `#[gear_on_stream]` for entries of streams",
            )
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        cause::{Hook, KeyEvents},
        gear::GearParts,
        sample,
        server::ModuleVersion,
    };

    fn server(version: i64) -> Server {
        Server {
            dialect: Dialect::RedisGears,
            version: Some(ModuleVersion::new(version)),
        }
    }

    fn refused(version: i64, change: impl FnOnce(&mut GearParts)) -> Option<String> {
        let mut parts = sample::parts();
        change(&mut parts);
        let gear = Gear::from_parts(parts);
        let engine = Server {
            dialect: Dialect::Engine,
            version: None,
        };
        check(&gear, engine).unwrap();
        check(&gear, server(version))
            .err()
            .map(|error| error.to_string())
    }

    #[test]
    fn each_server_is_told_apart() {
        let timeout = |parts: &mut GearParts| parts.timeout_ms = Some(10);
        let order = |parts: &mut GearParts| parts.in_order = true;
        let hook = |parts: &mut GearParts| {
            parts.cause = Cause::Hook(Hook {
                command: "get",
                key_prefix: None,
            });
        };
        let told = refused(10213, timeout).unwrap();
        assert!(told.contains("`timeout_ms`"), "{told}");
        assert!(told.contains("RedisGears 1.2.13"), "{told}");
        for (version, fine) in [(10006, false), (10008, true), (10201, false), (10202, true)] {
            assert_eq!(refused(version, order).is_none(), fine, "{version}");
        }
        assert!(refused(10006, hook).unwrap().contains("`hook`"));
        assert!(refused(10200, hook).is_none());
        let streams = |parts: &mut GearParts| {
            parts.cause = Cause::Keys(KeyEvents {
                prefix: "*",
                events: None,
                key_types: Some(&["stream"]),
                commands: None,
                read_value: true,
            });
        };
        assert!(refused(10213, streams).unwrap().contains("`stream`"));
    }
}
