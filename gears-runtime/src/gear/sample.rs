//! A descriptor for unit tests, as the macro would write it.

use super::{
    cause::{Cause, KeyEvents, OnFull},
    descriptor::{Gear, GearParts},
    mode::{Mode, Replace},
    shape::{Param, Returned, Shape, Wire},
};

pub(crate) fn parts() -> GearParts {
    GearParts {
        name: "cache_get",
        module_path: "pages::cache",
        trigger: "cache_get",
        cause: Cause::Trigger,
        mode: Mode::AsyncLocal,
        requirements: &["requests"],
        replace: Replace::Refuse,
        description: "Fetches a page",
        body: "import requests\nif cmd.exists(url):\n    return cmd.get(url)\nreturn b\"\"",
        file: "src/cache.rs",
        line: Some(42),
        coroutine: false,
        uses_cmd: true,
        params: const {
            &[
                Param::new("url", Wire::Text, false),
                Param::new("limit", Wire::Integer, true),
            ]
        },
        returns: Shape::new(Returned::Bytes, false),
        key: None,
        in_order: false,
        on_registered: None,
        timeout_ms: None,
        version: "1.4.0",
        pinned: true,
        was: None,
        pinned_name: Box::leak(Box::default()),
    }
}

pub(crate) fn gear() -> Gear {
    Gear::from_parts(parts())
}

/// A gear that lives as long as those of a binary.
pub(crate) fn leaked(parts: GearParts) -> &'static Gear {
    Box::leak(Box::new(Gear::from_parts(parts)))
}

/// What makes a gear of events run.
pub(crate) fn keys() -> Cause {
    Cause::Keys(KeyEvents {
        prefix: "order:*",
        events: None,
        key_types: None,
        commands: None,
        read_value: true,
        on_full: OnFull::Drop,
    })
}
