//! Writes what `run` is to read.

use super::{
    keyword::ReaderType,
    origin::Argument,
    reading::Reading,
    step::{Placed, Step},
    writer::Writer,
};
use crate::{error::Result, python::literal::string};

impl Writer {
    /// Writes the arguments of `run` that are about reading.
    pub(super) fn reader(&mut self, reading: &Reading<'_>) -> Result<Vec<String>> {
        let mut arguments = Vec::new();
        match reading.argument {
            Argument::Text(text) => arguments.push(string(text)),
            Argument::Code(code) => {
                self.need("generate");
                let function = self.function(code, "generator")?;
                arguments.push(format!("_gear_generate({function})"));
            }
            Argument::None => {}
        }
        if reading.no_scan {
            arguments.push("noScan=True".to_owned());
        }
        if !reading.read_value {
            arguments.push("readValue=False".to_owned());
        }
        if let Some(code) = reading.pattern_generator {
            let function = self.function(code, "pattern_generator")?;
            arguments.push(format!("patternGenerator={function}"));
        }
        if let Some(id) = reading.from_id {
            arguments.push(format!("fromId={}", string(id)));
        }
        if let Some(count) = reading.count {
            arguments.push(format!("count={count}"));
        }
        Ok(arguments)
    }

    /// Writes a generator in the reader's place, whose records are in boxes.
    pub(super) fn boxed_reader(
        &mut self,
        reading: &Reading<'_>,
        reader: ReaderType,
        steps: &[Placed<'_>],
    ) -> Result<String> {
        let text = reading.text();
        Ok(match (reader, reading.argument) {
            (_, Argument::Code(code)) => {
                self.need("boxed_generate");
                format!(
                    "_gear_boxed_generate({})",
                    self.function(code, "generator")?
                )
            }
            (ReaderType::StreamReader, _) => {
                self.need("boxed_entries");
                match reading.from_id {
                    Some(id) => format!("_gear_boxed_entries({text}, {})", string(id)),
                    None => format!("_gear_boxed_entries({text})"),
                }
            }
            (ReaderType::KeysOnlyReader, _) => {
                self.need("boxed_names");
                let ask = match reading.pattern_generator {
                    Some(code) => self.function(code, "pattern_generator")?,
                    None if reading.no_scan => format!("lambda: ({text}, True)"),
                    None => format!("lambda: ({text}, False)"),
                };
                match reading.count {
                    Some(count) => format!("_gear_boxed_names({ask}, {count})"),
                    None => format!("_gear_boxed_names({ask})"),
                }
            }
            _ => {
                self.need("boxed_keys");
                // What nobody looks at need not be read.
                let names = matches!(steps.first(), Some((Step::Count | Step::Entry("key"), _)));
                let read = if names || !reading.read_value {
                    "_gear_name"
                } else {
                    "_gear_read"
                };
                format!("_gear_boxed_keys({text}, {read})")
            }
        })
    }
}
