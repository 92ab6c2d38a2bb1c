//! Rooms: the files of a crate import those below them, as `docs/architecture.md` lists them.

mod circle;
mod imports;
mod source;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::Result;
use crate::workspace::Workspace;

use imports::Imports;

/// A crate whose rooms the page lists from the ground up.
struct House {
    name: &'static str,
    /// The heading above its table.
    heading: &'static str,
    /// Files that stand above all rooms, in this order.
    roof: &'static [&'static str],
}

const HOUSES: [House; 2] = [
    House {
        name: "gears-runtime",
        heading: "## The rooms of `gears-runtime`",
        roof: &["private", "aio", "lib"],
    },
    House {
        name: "gears-engine",
        heading: "## The rooms of `gears-engine`",
        roof: &["lib"],
    },
];

/// So many files may need each other. More of them are a room that nobody can leave.
const WIDEST_CIRCLE: usize = 3;

/// Checks all houses.
///
/// # Errors
///
/// Names each import of what stands above, and each circle that is too wide.
pub(crate) fn check(workspace: &Workspace) -> Result {
    let page = fs::read_to_string(workspace.root.join("docs/architecture.md"))?;
    let mut wrong = Vec::new();
    for house in &HOUSES {
        let rooms = house.rooms(&page)?;
        let source = workspace.root.join(house.name).join("src");
        wrong.extend(faults(house.name, &rooms, &source)?);
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(format!(
            "imports point from the roof to the ground, in the order of docs/architecture.md:\n  {}",
            wrong.join("\n  ")
        )
        .into())
    }
}

impl House {
    /// Returns the rooms from the ground up, as the page lists them.
    fn rooms(&self, page: &str) -> Result<Vec<String>> {
        let behind = page.split(self.heading).nth(1);
        let behind = behind.ok_or_else(|| format!("no page has the heading {}", self.heading))?;
        let map = behind.split("\n## ").next().unwrap_or_default();
        let rows = map.lines().filter_map(|line| line.strip_prefix("| `"));
        let rooms = rows.filter_map(|row| row.split_once('`').map(|(room, _)| room.to_owned()));
        let roof = self.roof.iter().map(|&file| file.to_owned());
        Ok(rooms.chain(roof).collect())
    }
}

fn faults(name: &str, rooms: &[String], folder: &Path) -> Result<Vec<String>> {
    let files = source::read(folder)?;
    let floors: BTreeMap<&str, usize> = rooms.iter().map(String::as_str).zip(0..).collect();
    let room_of = |module: &str| match module.split("::").next() {
        None | Some("") => "lib".to_owned(),
        Some(room) => room.to_owned(),
    };
    let mut wrong = Vec::new();
    for room in rooms {
        if room != "lib" && !files.contains_key(room) {
            wrong.push(format!("{name} has no room `{room}`"));
        }
    }
    for module in files.keys() {
        if !floors.contains_key(room_of(module).as_str()) {
            wrong.push(format!("{name}: `{module}` is in no room of the page"));
        }
    }
    let imports = Imports::of(&files);
    for (module, other) in imports.arrows() {
        let floor = |module: &str| floors.get(room_of(module).as_str());
        if floor(other) > floor(module) {
            wrong.push(format!(
                "{name}: `{module}` imports `{other}`, which stands above"
            ));
        }
    }
    for circle in circle::all(&imports) {
        if circle.len() > WIDEST_CIRCLE {
            wrong.push(format!(
                "{name}: these {} files need each other: {}",
                circle.len(),
                circle.join(", ")
            ));
        }
    }
    Ok(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rooms_are_rows_of_their_own_table_and_the_roof() {
        let house = House {
            name: "a",
            heading: "## Rooms of a",
            roof: &["lib"],
        };
        let page = "## Rooms of a\n\n| `ground` | `b` |\n| `up` | c |\n\n## Other\n\n| `d` | e |\n";
        assert_eq!(house.rooms(page).unwrap(), ["ground", "up", "lib"]);
        assert!(house.rooms("nothing").is_err());
    }
}
