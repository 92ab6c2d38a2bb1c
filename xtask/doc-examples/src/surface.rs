//! The public items of a crate, as rustdoc's JSON tells of them.

use std::collections::HashSet;

use serde_json::Value;

use crate::{Result, example};

/// Lists the public items without an example, as `path:line: kind name`, in order.
///
/// # Errors
///
/// The JSON has another shape than that of the pinned toolchain.
pub(crate) fn without_example(crate_json: &Value) -> Result<Vec<String>> {
    let mut walk = Walk {
        json: crate_json,
        seen: HashSet::new(),
        count: 0,
        missing: Vec::new(),
    };
    walk.visit(&crate_json["root"], "").ok_or_else(|| {
        format!(
            "rustdoc's JSON has changed its shape (format version {}): see doc-examples",
            crate_json["format_version"]
        )
    })?;
    // A crate without any public item is rather one that was read wrongly.
    if walk.count == 0 {
        return Err("rustdoc's JSON tells of no public item at all: see doc-examples".into());
    }
    walk.missing.sort();
    Ok(walk
        .missing
        .into_iter()
        .map(|(file, line, what)| format!("{file}:{line}: {what}"))
        .collect())
}

struct Walk<'a> {
    json: &'a Value,
    /// An item that is exported twice is asked for its example once.
    seen: HashSet<String>,
    count: usize,
    missing: Vec<(String, u64, String)>,
}

impl<'a> Walk<'a> {
    /// Visits an item and what is public in it; `None` when the JSON makes no sense.
    fn visit(&mut self, id: &Value, place: &str) -> Option<()> {
        let id = id.to_string();
        // Items of other crates and hidden ones are not there.
        let Some(item) = self.json["index"].get(&id) else {
            return Some(());
        };
        let (kind, inner) = item["inner"].as_object()?.iter().next()?;
        if kind == "use" {
            let target = inner.get("id")?;
            return if target.is_null() {
                Some(())
            } else {
                self.visit(target, place)
            };
        }
        if item["crate_id"] != 0 || !self.seen.insert(id) {
            return Some(());
        }
        let name = match item["name"].as_str() {
            Some(name) if place.is_empty() => name.to_owned(),
            Some(name) => format!("{place}::{name}"),
            None => place.to_owned(),
        };
        if wants_example(kind) {
            self.count += 1;
            if !example::is_in(item["docs"].as_str().unwrap_or_default()) {
                let file = item["span"]["filename"].as_str()?.to_owned();
                let line = item["span"]["begin"][0].as_u64()?;
                self.missing.push((file, line, format!("{kind} {name}")));
            }
        }
        match kind.as_str() {
            "module" | "trait" => self.visit_each(&inner["items"], &name),
            "struct" | "enum" | "union" => self.visit_methods(&inner["impls"], &name),
            _ => Some(()),
        }
    }

    fn visit_each(&mut self, ids: &'a Value, place: &str) -> Option<()> {
        for id in ids.as_array()? {
            self.visit(id, place)?;
        }
        Some(())
    }

    /// Visits what a type has of its own; what it has of traits, their documentation shows.
    fn visit_methods(&mut self, impls: &'a Value, place: &str) -> Option<()> {
        for id in impls.as_array()? {
            let Some(item) = self.json["index"].get(id.to_string()) else {
                continue;
            };
            let own = &item["inner"]["impl"];
            if !own["trait"].is_null() || !own["blanket_impl"].is_null() {
                continue;
            }
            for id in own["items"].as_array()? {
                let item = self.json["index"].get(id.to_string())?;
                if item["visibility"] == "public" {
                    self.visit(id, place)?;
                }
            }
        }
        Some(())
    }
}

fn wants_example(kind: &str) -> bool {
    [
        "struct",
        "enum",
        "union",
        "trait",
        "function",
        "constant",
        "static",
        "assoc_const",
        "type_alias",
        "macro",
        "proc_macro",
        "proc_attribute",
        "proc_derive",
    ]
    .contains(&kind)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn item(name: &str, line: u64, docs: &str, inner: &Value) -> Value {
        json!({
            "crate_id": 0, "name": name, "docs": docs, "attrs": [], "visibility": "public",
            "span": {"filename": "src/lib.rs", "begin": [line, 1], "end": [line, 9]},
            "inner": inner,
        })
    }

    /// A crate that exports a type of a private module, with a method.
    fn shop(method_docs: &str) -> Value {
        let example = "Sells.\n\n```\nsell();\n```";
        json!({"format_version": 57, "root": 0, "index": {
            "0": item("shop", 1, "", &json!({"module": {"items": [1, 1]}})),
            "1": item("Till", 2, "", &json!({"use": {"name": "Till", "id": 2}})),
            "2": item("Till", 3, example, &json!({"struct": {"impls": [3, 4]}})),
            "3": item("", 5, "", &json!({"impl": {"trait": null, "blanket_impl": null, "items": [5]}})),
            "4": item("", 8, "", &json!({"impl": {"trait": {}, "blanket_impl": null, "items": [9]}})),
            "5": item("open", 6, method_docs, &json!({"function": {}})),
        }})
    }

    #[test]
    fn method_without_example_is_named_with_its_place() {
        let missing = without_example(&shop("Opens.\n\n```text\nclick\n```")).unwrap();
        assert_eq!(missing, ["src/lib.rs:6: function shop::Till::open"]);
    }

    #[test]
    fn crate_with_examples_passes() {
        let missing = without_example(&shop("Opens.\n\n```no_run\nopen();\n```")).unwrap();
        assert!(missing.is_empty(), "{missing:?}");
    }

    #[test]
    fn another_shape_is_an_error() {
        let mut json = shop("");
        json["index"]["2"]["inner"] = json!("struct");
        let error = without_example(&json).unwrap_err().to_string();
        assert!(error.contains("format version 57"), "{error}");
        let nothing = json!({"root": 7, "index": {}});
        assert!(without_example(&nothing).is_err());
    }
}
