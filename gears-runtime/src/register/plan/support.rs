//! What a gear needs of a server that not all servers have.

use crate::{
    error::Result,
    gear::{
        cause::{Cause, OnFull},
        descriptor::Gear,
    },
    server::{
        feature::{Feature, of_key_events},
        known::Server,
    },
};

/// Refuses a gear that a server would take and then run otherwise than it says: servers ignore what they do not know.
pub(super) fn check(gear: &Gear, server: Server) -> Result<()> {
    let place = gear.place();
    needs(gear)
        .into_iter()
        .try_for_each(|feature| feature.check(server, &place))
}

/// Refuses a function of the server's where those cannot be in Python.
pub(super) fn check_function(gear: &Gear, server: Server) -> Result<()> {
    match gear.cause() {
        Cause::Function(function) if !function.fallback => {
            Feature::Functions.check(server, &gear.place())
        }
        _ => Ok(()),
    }
}

fn needs(gear: &Gear) -> Vec<Feature> {
    let mut needs = Vec::new();
    let mut need = |feature, asked: bool| needs.extend(asked.then_some(feature));
    need(Feature::Coroutines, gear.is_coroutine());
    need(Feature::Deadlines, gear.timeout().is_some());
    need(Feature::Order, gear.is_in_order());
    match gear.cause() {
        Cause::Hook(_) => needs.push(Feature::Hooks),
        Cause::Keys(keys) => {
            needs.extend(of_key_events(
                keys.events.unwrap_or_default().iter().copied(),
                keys.key_types.unwrap_or_default().iter().copied(),
                keys.commands.is_some(),
            ));
            needs.extend((keys.on_full == OnFull::Wait).then_some(Feature::WaitingWriters));
        }
        // A function that is a gear here falls back.
        Cause::Trigger | Cause::Stream(_) | Cause::Function(_) => {}
    }
    needs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        gear::{
            cause::{Hook, KeyEvents, OnFull},
            descriptor::GearParts,
            sample,
        },
        server::{dialect::Dialect, version::ModuleVersion},
    };

    fn server(version: i64) -> Server {
        Server {
            dialect: Dialect::RedisGears,
            version: Some(ModuleVersion::new(version)),
            shares: false,
            versions: false,
            functions: false,
        }
    }

    fn refused(version: i64, change: impl FnOnce(&mut GearParts)) -> Option<String> {
        let mut parts = sample::parts();
        change(&mut parts);
        let gear = Gear::from_parts(parts);
        let engine = Server {
            dialect: Dialect::Engine,
            version: None,
            shares: false,
            versions: false,
            functions: false,
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
                on_full: OnFull::Drop,
            });
        };
        let waiting = |parts: &mut GearParts| {
            parts.cause = Cause::Keys(KeyEvents {
                prefix: "*",
                events: None,
                key_types: None,
                commands: None,
                read_value: true,
                on_full: OnFull::Wait,
            });
        };
        assert!(refused(10213, waiting).unwrap().contains("`on_full`"));
        assert!(refused(10213, streams).unwrap().contains("`stream`"));
    }
}
