//! Steps as `RG.GETEXECUTION` shows them (spec section 4.4).

use gears_model::plan::{Callback, CallbackId, Fold, KeyedFold, Step};
use pyo3::prelude::*;

use super::{Callbacks, Function};

/// Type, name and argument of a part of a step.
pub(crate) type Part = (&'static str, &'static str, String);

const ACCUMULATE: &str = "RedisGearsPy_PyCallbackAccumulate";
const EXTRACTOR: &str = "RedisGearsPy_PyCallbackExtractor";
const TO_PYTHON: &str = "RedisGearsPy_ToPyRecordMapper";

/// Describes what comes before all steps: making Python records of what the
/// reader brings.
pub(crate) fn to_python() -> Part {
    ("map", TO_PYTHON, String::new())
}

impl Function {
    /// Describes each step in the parts that RedisGears makes of it.
    pub(crate) fn describe(&self, py: Python<'_>) -> Vec<Vec<Part>> {
        let steps = self.plan().iter();
        steps
            .map(|step| self.callbacks().describe(py, step))
            .collect()
    }
}

impl Callbacks {
    fn describe(&self, py: Python<'_>, step: &Step) -> Vec<Part> {
        let extract = |extractor: &Callback| ("extractkey", EXTRACTOR, self.print(py, *extractor));
        let plain = |kind, name| (kind, name, String::new());
        match step {
            Step::Map(f) => vec![("map", "RedisGearsPy_PyCallbackMapper", self.print(py, *f))],
            Step::Filter(f) => vec![(
                "filter",
                "RedisGearsPy_PyCallbackFilter",
                self.print(py, *f),
            )],
            Step::ForEach(f) => vec![(
                "foreach",
                "RedisGearsPy_PyCallbackForEach",
                self.print(py, *f),
            )],
            Step::FlatMap(f) => vec![
                (
                    "map",
                    "RedisGearsPy_PyCallbackFlatMapper",
                    self.print(py, *f),
                ),
                plain("flatmap", "flatmap"),
            ],
            Step::Limit { .. } => vec![plain("limit", "limit")],
            Step::Collect => vec![plain("collect", "collect")],
            Step::Accumulate(fold) => vec![("accumulate", ACCUMULATE, self.print_fold(py, *fold))],
            Step::Group {
                extractor,
                fold,
                moves,
            } => {
                let mut parts = vec![extract(extractor)];
                if *moves {
                    parts.push(plain("repartition", "repartition"));
                }
                parts.push((
                    "accumulatebykey",
                    "RedisGearsPy_PyCallbackAccumulateByKey",
                    self.print_keyed(py, *fold),
                ));
                parts.push(plain("map", TO_PYTHON));
                parts
            }
            Step::BatchGroup { extractor, reducer } => vec![
                extract(extractor),
                plain("repartition", "repartition"),
                plain("group", "group"),
                (
                    "reduce",
                    "RedisGearsPy_PyCallbackReducer",
                    self.print_one(py, *reducer),
                ),
                plain("map", TO_PYTHON),
            ],
            Step::Repartition { extractor } => vec![
                extract(extractor),
                plain("repartition", "repartition"),
                plain("map", "GetValueMapper"),
            ],
        }
    }

    fn print(&self, py: Python<'_>, callback: Callback) -> String {
        match callback {
            Callback::Script(function) => self.print_one(py, function),
            Callback::Native(native) => format!("<built-in {native:?}>"),
        }
    }

    fn print_fold(&self, py: Python<'_>, fold: Fold) -> String {
        match fold {
            Fold::Script(function) | Fold::Aggregate { function, .. } => {
                self.print_one(py, function)
            }
            _ => "<built-in accumulator>".to_owned(),
        }
    }

    fn print_keyed(&self, py: Python<'_>, fold: KeyedFold) -> String {
        match fold {
            KeyedFold::Script(function)
            | KeyedFold::Aggregate { function, .. }
            | KeyedFold::Combine { function, .. } => self.print_one(py, function),
            _ => "<built-in accumulator>".to_owned(),
        }
    }

    fn print_one(&self, py: Python<'_>, id: CallbackId) -> String {
        self.at(py, id)
            .str()
            .map(|text| text.to_string_lossy().into_owned())
            .unwrap_or_default()
    }
}
