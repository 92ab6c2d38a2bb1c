//! Figures in Prometheus' text format, read by Prometheus' own client for Python.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write as _,
    process::{Command, Stdio},
};

use serde_json::Value as Json;

use crate::shelf;

const READER: &str = include_str!("prometheus.py");

/// All that was said at one time.
#[derive(Debug)]
pub struct Figures {
    /// What HTTP says that it is.
    pub media: Option<String>,
    /// In the order of the text.
    pub metrics: Vec<Metric>,
}

/// One value.
#[derive(Debug)]
pub struct Metric {
    /// As it stands in the text.
    pub name: String,
    /// The type of its family.
    pub kind: String,
    /// What tells it apart from others of its name.
    pub labels: BTreeMap<String, String>,
    /// `None` for what is no number.
    pub value: Option<f64>,
}

impl Figures {
    /// Reads a text.
    ///
    /// # Panics
    ///
    /// When it is no such text, or set-up has not brought the client.
    pub fn read(text: &str) -> Self {
        Self::of(&[], text)
    }

    /// Fetches the text from a URL.
    ///
    /// # Panics
    ///
    /// When it cannot be had, and as [`read`](Self::read).
    pub fn fetch(url: &str) -> Self {
        Self::of(&[url], "")
    }

    fn of(words: &[&str], text: &str) -> Self {
        let mut reader = Command::new(shelf::python())
            .args(["-B", "-c", READER])
            .args(words)
            .env("PYTHONPATH", shelf::folder("prometheus"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = reader.stdin.take().unwrap();
        // It may end before it has read all.
        let _ = stdin.write_all(text.as_bytes());
        drop(stdin);
        let ended = reader.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&ended.stderr);
        assert!(ended.status.success(), "{said}\n{text}");
        let read: Json = serde_json::from_slice(&ended.stdout).unwrap();
        let samples = read["samples"].as_array().unwrap();
        Self {
            media: read["media"].as_str().map(str::to_owned),
            metrics: samples.iter().map(Metric::of).collect(),
        }
    }

    /// Returns the values of a metric whose labels are these, and maybe more.
    pub fn values(&self, name: &str, labels: &[(&str, &str)]) -> Vec<f64> {
        let fits = |metric: &&Metric| metric.name == name && metric.has(labels);
        let found = self.metrics.iter().filter(fits);
        found.filter_map(|metric| metric.value).collect()
    }

    /// Returns the one value of a metric whose labels are these, and maybe more.
    ///
    /// # Panics
    ///
    /// When there is none, or more than one.
    #[track_caller]
    pub fn value(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        match self.values(name, labels).as_slice() {
            [value] => *value,
            values => panic!("{name} {labels:?} is {values:?} in {self:#?}"),
        }
    }

    /// Returns the names of all metrics.
    pub fn names(&self) -> BTreeSet<&str> {
        self.metrics
            .iter()
            .map(|metric| metric.name.as_str())
            .collect()
    }
}

impl Metric {
    fn of(sample: &Json) -> Self {
        let text = |name: &str| sample[name].as_str().unwrap().to_owned();
        let labels = sample["labels"].as_object().unwrap().iter();
        let metric = Self {
            name: text("name"),
            kind: text("kind"),
            labels: labels
                .map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()))
                .collect(),
            value: sample["value"].as_f64(),
        };
        assert!(metric.kind != "unknown", "it has no type: {metric:?}");
        assert!(!text("help").is_empty(), "it has no help: {metric:?}");
        metric
    }

    fn has(&self, labels: &[(&str, &str)]) -> bool {
        labels
            .iter()
            .all(|(name, value)| self.labels.get(*name).is_some_and(|ours| ours == value))
    }
}
