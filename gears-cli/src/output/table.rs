//! Tables without lines, as wide as the terminal.

use comfy_table::{ContentArrangement, presets};

use super::{BOLD, Tone, clean};

/// A table for people.
pub(crate) struct Table {
    head: Vec<&'static str>,
    rows: Vec<Vec<Cell>>,
}

/// What stands in one place of a table.
pub(crate) struct Cell {
    text: String,
    tone: Tone,
    right: bool,
}

impl Cell {
    /// Makes a cell of text.
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            tone: Tone::Plain,
            right: false,
        }
    }

    /// Makes a cell of a number, which stands at the right.
    pub(crate) fn number(number: impl ToString) -> Self {
        Self {
            right: true,
            ..Self::text(number.to_string())
        }
    }

    /// Says how many of all have something; fewer than all of them stand out.
    pub(crate) fn share(has: usize, all: usize) -> Self {
        let cell = Self::number(format!("{has}/{all}"));
        if has < all {
            cell.tone(Tone::Warning)
        } else {
            cell
        }
    }

    /// Gives it a colour.
    #[must_use]
    pub(crate) fn tone(mut self, tone: Tone) -> Self {
        self.tone = tone;
        self
    }
}

impl Table {
    /// Makes a table without rows.
    pub(crate) fn new(head: impl IntoIterator<Item = &'static str>) -> Self {
        Self {
            head: head.into_iter().collect(),
            rows: Vec::new(),
        }
    }

    /// Makes a table without titles.
    pub(crate) fn plain() -> Self {
        Self::new([])
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// Writes it; lines are broken where they would be wider than `width`.
    pub(super) fn render(&self, width: Option<u16>) -> String {
        let mut table = comfy_table::Table::new();
        table.load_style(presets::NOTHING);
        if let Some(width) = width {
            table
                .set_content_arrangement(ContentArrangement::Dynamic)
                .set_width(width);
        }
        if !self.head.is_empty() {
            let titles = self.head.iter();
            table.set_header(titles.map(|title| format!("{BOLD}{title}{BOLD:#}")));
        }
        for row in &self.rows {
            table.add_row(row.iter().map(|cell| {
                let align = if cell.right {
                    comfy_table::CellAlignment::Right
                } else {
                    comfy_table::CellAlignment::Left
                };
                let clean = clean(&cell.text).replace('\t', " ");
                comfy_table::Cell::new(cell.tone.paint(&clean)).set_alignment(align)
            }));
        }
        for column in table.column_iter_mut() {
            column.set_padding((0, 2));
        }
        table.trim_fmt()
    }
}
