//! How a gear is called, for people.

use super::{descriptor::Gear, shape::Wire};

impl Gear {
    /// Returns the signature as Python shows it, such as `cache_get(url, limit=None)`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gears_runtime::{Result, gear_command};
    /// #[gear_command]
    /// fn search(text: &str, limit: Option<u32>) -> Result<Vec<String>> {
    ///     "return [text][:limit]"
    /// }
    ///
    /// assert_eq!(search::GEAR.signature(), "search(text, limit=None)");
    /// ```
    pub fn signature(&self) -> String {
        let optional_from = self.required_params();
        let params = self.params().iter().enumerate().map(|(index, param)| {
            if index >= optional_from {
                format!("{}=None", param.name)
            } else {
                param.name.to_owned()
            }
        });
        format!("{}({})", self.name(), params.collect::<Vec<_>>().join(", "))
    }

    /// Returns the signature with the types that Python gets: `cache_get(url: str, limit: int | None)`.
    pub(crate) fn typed_signature(&self) -> String {
        let params = self.params().iter().map(|param| {
            let kind = match param.wire {
                Wire::Text => "str",
                Wire::Integer => "int",
                Wire::Float => "float",
                Wire::Boolean => "bool",
                Wire::Bytes => "bytes",
                Wire::Json => "JSON",
                Wire::Made => "record",
            };
            let none = if param.optional { " | None" } else { "" };
            format!("{}: {kind}{none}", param.name)
        });
        format!("{}({})", self.name(), params.collect::<Vec<_>>().join(", "))
    }

    /// Returns the number of leading parameters that a call must give.
    fn required_params(&self) -> usize {
        self.params()
            .iter()
            .rposition(|param| !param.optional)
            .map_or(0, |last| last + 1)
    }

    /// Returns the number of leading arguments that a call must send.
    pub(crate) fn required_on_wire(&self) -> usize {
        (0..self.params().len())
            .rposition(|place| !self.params()[self.param_at(place)].optional)
            .map_or(0, |last| last + 1)
    }

    /// Returns the place of the function for people: `cache_get (src/main.rs:42)`.
    pub(crate) fn place(&self) -> String {
        let path = format!("{}::{}", self.module_path(), self.name());
        match self.line() {
            Some(line) => format!("`{path}` ({}:{line})", self.file()),
            None => format!("`{path}` ({})", self.file()),
        }
    }
}
