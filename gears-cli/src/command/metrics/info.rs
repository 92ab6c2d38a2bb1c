//! The text of `INFO`, by its sections.

use std::collections::HashMap;

use crate::load::Values;

/// Sections of `INFO`; one that the server does not have is empty.
#[derive(Default)]
pub(super) struct Info<'a> {
    sections: HashMap<&'a str, Vec<(&'a str, &'a str)>>,
}

impl<'a> Info<'a> {
    /// Reads the text.
    pub(super) fn read(text: &'a str) -> Self {
        let mut info = Self::default();
        let mut section = "";
        for line in text.lines() {
            if let Some(title) = line.strip_prefix("# ") {
                section = title.trim_end();
            } else if let Some((name, value)) = line.split_once(':') {
                // Names begin with that of the module.
                let name = name.strip_prefix("rg_").unwrap_or(name);
                let fields = info.sections.entry(section).or_default();
                fields.push((name, value));
            }
        }
        info
    }

    /// Returns the fields of a section.
    pub(super) fn section(&self, section: &str) -> &[(&'a str, &'a str)] {
        self.sections.get(section).map_or(&[], Vec::as_slice)
    }

    /// Returns a text.
    pub(super) fn text(&self, section: &str, name: &str) -> Option<&'a str> {
        let mut fields = self.section(section).iter();
        fields
            .find(|(field, _)| *field == name)
            .map(|(_, value)| *value)
    }

    /// Returns a number.
    pub(super) fn number(&self, section: &str, name: &str) -> Option<f64> {
        self.text(section, name)?.parse().ok()
    }

    /// Returns the lines of several values, by their names.
    pub(super) fn rows(&self, section: &str) -> impl Iterator<Item = (&'a str, Values<'a>)> {
        let fields = self.section(section).iter();
        fields
            .filter(|(_, value)| value.contains('='))
            .map(|(name, value)| (*name, Values(value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_are_told_apart() {
        let info = Info::read(
            "# rg_executions\r\nrg_workers:3\r\n\r\n# rg_gears\r\nrg_a_b:id=0-1,calls=9\r\n",
        );
        assert_eq!(info.number("rg_executions", "workers"), Some(3.0));
        assert_eq!(info.number("rg_gears", "workers"), None);
        let rows: Vec<_> = info.rows("rg_gears").collect();
        assert_eq!(rows[0].0, "a_b");
        assert_eq!(rows[0].1.number("calls"), 9);
        assert_eq!(info.rows("rg_cluster").count(), 0);
    }
}
