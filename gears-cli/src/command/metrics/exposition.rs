//! Values as Prometheus reads them: its text format, version 0.0.4.

use std::{collections::BTreeMap, fmt::Write as _};

use serde_json::{Value as Json, json};

use super::families::{self, Family};

/// The type of the text, for HTTP.
pub(super) const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The values of one look.
#[derive(Default)]
pub(super) struct Exposition {
    /// By the name of the family.
    samples: BTreeMap<&'static str, Vec<Sample>>,
}

/// One value.
struct Sample {
    /// What a summary adds to the name.
    suffix: &'static str,
    labels: Labels,
    value: f64,
}

/// What tells values of a family apart.
#[derive(Clone, Default)]
pub(super) struct Labels(Vec<(&'static str, String)>);

impl Labels {
    /// Adds one.
    pub(super) fn with(&self, name: &'static str, value: impl Into<String>) -> Self {
        let mut labels = self.clone();
        labels.0.push((name, value.into()));
        labels
    }
}

impl Exposition {
    /// Adds a value.
    pub(super) fn add(&mut self, family: &Family, labels: &Labels, value: f64) {
        self.add_part(family, "", labels, value);
    }

    /// Adds a part of a summary.
    pub(super) fn add_part(
        &mut self,
        family: &Family,
        suffix: &'static str,
        labels: &Labels,
        value: f64,
    ) {
        let samples = self.samples.entry(family.name).or_default();
        samples.push(Sample {
            suffix,
            labels: labels.clone(),
            value,
        });
    }

    /// Takes over what another one has.
    pub(super) fn append(&mut self, other: Self) {
        for (name, mut samples) in other.samples {
            self.samples.entry(name).or_default().append(&mut samples);
        }
    }

    /// Returns the families that have values, in their order.
    fn families(&self) -> impl Iterator<Item = (&'static Family, &[Sample])> {
        families::ALL.iter().filter_map(|family| {
            let samples = self.samples.get(family.name)?;
            Some((*family, samples.as_slice()))
        })
    }

    /// Writes the text.
    pub(super) fn to_text(&self) -> String {
        let mut text = String::new();
        // Writing into a text cannot fail.
        for (family, samples) in self.families() {
            let Family { name, kind, help } = family;
            let _ = writeln!(text, "# HELP {name} {}", escaped(help, false));
            let _ = writeln!(text, "# TYPE {name} {}", kind.name());
            for sample in samples {
                let _ = write!(text, "{name}{}", sample.suffix);
                sample.labels.write(&mut text);
                let _ = writeln!(text, " {}", number(sample.value));
            }
        }
        text
    }

    /// Writes it for other programs than Prometheus.
    pub(super) fn to_json(&self) -> Json {
        let families = self.families().map(|(family, samples)| {
            let samples = samples.iter().map(|sample| {
                let labels = sample.labels.0.iter();
                let labels = labels.map(|(name, value)| ((*name).to_owned(), json!(value)));
                json!({
                    "name": format!("{}{}", family.name, sample.suffix),
                    "labels": Json::Object(labels.collect()),
                    // JSON has no number for what is none.
                    "value": sample.value.is_finite().then_some(sample.value),
                })
            });
            json!({
                "name": family.name,
                "type": family.kind.name(),
                "help": family.help,
                "samples": samples.collect::<Vec<_>>(),
            })
        });
        Json::Array(families.collect())
    }
}

impl Labels {
    fn write(&self, text: &mut String) {
        for (place, (name, value)) in self.0.iter().enumerate() {
            text.push(if place == 0 { '{' } else { ',' });
            let _ = write!(text, "{name}=\"{}\"", escaped(value, true));
        }
        if !self.0.is_empty() {
            text.push('}');
        }
    }
}

/// Writes a text so that it ends where it ends.
fn escaped(text: &str, in_quotes: bool) -> String {
    let mut escaped = text.replace('\\', "\\\\").replace('\n', "\\n");
    if in_quotes {
        escaped = escaped.replace('"', "\\\"");
    }
    escaped
}

fn number(value: f64) -> String {
    if value.is_nan() {
        "NaN".to_owned()
    } else {
        value.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_may_be_anything() {
        let mut exposition = Exposition::default();
        let labels = Labels::default().with("gear", "a\"b\\c\nd{}=,\u{fffd}");
        exposition.add(&families::CALLS, &labels, 3.0);
        exposition.add(&families::UP, &Labels::default(), 1.0);
        assert_eq!(
            exposition.to_text(),
            "# HELP gears_up Whether the shard answered all that was asked.\n\
             # TYPE gears_up gauge\n\
             gears_up 1\n\
             # HELP gears_calls_total Runs of a gear that ended, however.\n\
             # TYPE gears_calls_total counter\n\
             gears_calls_total{gear=\"a\\\"b\\\\c\\nd{}=,\u{fffd}\"} 3\n"
        );
    }

    #[test]
    fn numbers_are_written_whole() {
        assert_eq!(number(f64::NAN), "NaN");
        assert_eq!(number(0.000_001), "0.000001");
        assert_eq!(number(1e12), "1000000000000");
    }

    #[test]
    fn names_follow_the_rules_of_prometheus() {
        for family in families::ALL {
            let is_counter = family.kind == families::Kind::Counter;
            assert_eq!(family.name.ends_with("_total"), is_counter, "{family:?}");
            assert!(family.name.starts_with("gears_"), "{family:?}");
            assert!(family.help.ends_with('.'), "{family:?}");
        }
        let names: std::collections::BTreeSet<_> =
            families::ALL.iter().map(|family| family.name).collect();
        assert_eq!(names.len(), families::ALL.len(), "each once");
    }
}
