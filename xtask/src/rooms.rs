//! Rooms: the files of a crate import those below them, as `docs/architecture.md` lists them.

mod circle;
mod imports;
mod python;
mod source;

use std::collections::BTreeMap;
use std::fs;

use crate::Result;
use crate::workspace::Workspace;

use imports::Imports;
use source::Source;

/// A crate whose rooms the page lists from the ground up.
struct House {
    name: &'static str,
    /// The heading above its table.
    heading: &'static str,
    /// Files that stand above all rooms, in this order.
    roof: &'static [&'static str],
    /// Whether Python runs in some of them, which the page names below the table.
    has_python: bool,
}

const HOUSES: [House; 2] = [
    House {
        name: "gears-runtime",
        heading: "## The rooms of `gears-runtime`",
        roof: &["private", "aio", "lib"],
        has_python: false,
    },
    House {
        name: "gears-engine",
        heading: "## The rooms of `gears-engine`",
        roof: &["lib"],
        has_python: true,
    },
];

/// So many files may need each other. More of them are a room that nobody can leave.
const WIDEST_CIRCLE: usize = 3;

/// Checks all houses.
///
/// # Errors
///
/// Names each import of what stands above, each circle that is too wide, and each line that
/// names pyo3 in a room in which no Python runs.
pub(crate) fn check(workspace: &Workspace) -> Result {
    let page = fs::read_to_string(workspace.root.join("docs/architecture.md"))?;
    let mut wrong = Vec::new();
    for house in &HOUSES {
        let rooms = house.rooms(&page)?;
        let files = source::read(&workspace.root.join(house.name).join("src"))?;
        if house.has_python {
            let with_python = house.with_python(&page, &rooms)?;
            wrong.extend(strangers(house.name, &with_python, &files));
        }
        wrong.extend(faults(house.name, &rooms, &files));
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(format!(
            "imports point from the roof to the ground, and Python stays in its rooms, as \
             docs/architecture.md has them:\n  {}",
            wrong.join("\n  ")
        )
        .into())
    }
}

impl House {
    /// Returns the rooms from the ground up, as the page lists them.
    fn rooms(&self, page: &str) -> Result<Vec<String>> {
        let rows = self
            .part(page)?
            .lines()
            .filter_map(|line| line.strip_prefix("| `"));
        let rooms = rows.filter_map(|row| row.split_once('`').map(|(room, _)| room.to_owned()));
        let roof = self.roof.iter().map(|&file| file.to_owned());
        Ok(rooms.chain(roof).collect())
    }

    /// Returns those of these rooms in which Python runs, as the page names them.
    fn with_python(&self, page: &str, rooms: &[String]) -> Result<Vec<String>> {
        let said = self.part(page)?.split("\nPython runs in ").nth(1);
        let said =
            said.ok_or_else(|| format!("no page says where in {} Python runs", self.name))?;
        let list = said.split('.').next().unwrap_or_default();
        let named: Vec<_> = list
            .split('`')
            .skip(1)
            .step_by(2)
            .map(str::to_owned)
            .collect();
        match named.iter().find(|room| !rooms.contains(room)) {
            None => Ok(named),
            Some(room) => {
                Err(format!("Python runs in `{room}`, which {} has not", self.name).into())
            }
        }
    }

    /// Returns the part of the page that is about the house.
    fn part<'a>(&self, page: &'a str) -> Result<&'a str> {
        let behind = page.split(self.heading).nth(1);
        let behind = behind.ok_or_else(|| format!("no page has the heading {}", self.heading))?;
        Ok(behind.split("\n## ").next().unwrap_or_default())
    }
}

/// Names the lines that deal with Python in a room in which none runs.
fn strangers(name: &str, with_python: &[String], files: &Source) -> Vec<String> {
    let others = files
        .iter()
        .filter(|(module, _)| !with_python.contains(&room_of(module)));
    let found = others.flat_map(|(module, code)| {
        python::lines(code).map(move |line| {
            format!(
                "{name}: line {line} of `{module}` names Python, which does not run in its room"
            )
        })
    });
    found.collect()
}

fn room_of(module: &str) -> String {
    match module.split("::").next() {
        None | Some("") => "lib".to_owned(),
        Some(room) => room.to_owned(),
    }
}

fn faults(name: &str, rooms: &[String], files: &Source) -> Vec<String> {
    let floors: BTreeMap<&str, usize> = rooms.iter().map(String::as_str).zip(0..).collect();
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
    let imports = Imports::of(files);
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
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUSE: House = House {
        name: "a",
        heading: "## Rooms of a",
        roof: &["lib"],
        has_python: true,
    };

    #[test]
    fn rooms_are_rows_of_their_own_table_and_the_roof() {
        let page = "## Rooms of a\n\n| `ground` | `b` |\n| `up` | c |\n\n## Other\n\n| `d` | e |\n";
        assert_eq!(HOUSE.rooms(page).unwrap(), ["ground", "up", "lib"]);
        assert!(HOUSE.rooms("nothing").is_err());
    }

    #[test]
    fn python_runs_where_the_page_says_so() {
        let rooms = ["b", "d", "e"].map(str::to_owned);
        let page = "## Rooms of a\n\n| `b` | c |\n\nPython runs in `b` and\n`d`. Not in `e`.\n";
        assert_eq!(HOUSE.with_python(page, &rooms).unwrap(), ["b", "d"]);
        assert!(HOUSE.with_python(page, &rooms[..1]).is_err());
        let elsewhere = "## Rooms of a\n\n## Other\n\nPython runs in `b`.\n";
        assert!(HOUSE.with_python(elsewhere, &rooms).is_err());
    }

    #[test]
    fn python_in_other_rooms_is_told_with_its_line() {
        let code = |code: &str| format!("use std::fs;\n{code}\n");
        let files: Source = [
            ("a".to_owned(), code("use pyo3::prelude::*;")),
            ("b::c".to_owned(), code("attach(|py| f(py));")),
            ("b::d".to_owned(), code("use crate::python::f;")),
        ]
        .into();
        let told = strangers("e", &["a".to_owned()], &files);
        assert_eq!(
            told,
            ["e: line 2 of `b::c` names Python, which does not run in its room"]
        );
        assert_eq!(strangers("e", &[], &files).len(), 2);
    }
}
