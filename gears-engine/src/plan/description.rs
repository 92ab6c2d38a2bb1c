//! Steps as `RG.GETEXECUTION` shows them (spec section 4.4).

use pyo3::prelude::*;

use super::{Callback, Fold, KeyedFold, Step};

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

impl Step {
    /// Describes the step in the parts that RedisGears makes of it.
    pub(crate) fn describe(&self, py: Python<'_>) -> Vec<Part> {
        let extract = |extractor: &Callback| ("extractkey", EXTRACTOR, print(py, extractor));
        let plain = |kind, name| (kind, name, String::new());
        match self {
            Self::Map(f) => vec![("map", "RedisGearsPy_PyCallbackMapper", print(py, f))],
            Self::Filter(f) => vec![("filter", "RedisGearsPy_PyCallbackFilter", print(py, f))],
            Self::ForEach(f) => vec![("foreach", "RedisGearsPy_PyCallbackForEach", print(py, f))],
            Self::FlatMap(f) => vec![
                ("map", "RedisGearsPy_PyCallbackFlatMapper", print(py, f)),
                plain("flatmap", "flatmap"),
            ],
            Self::Limit { .. } => vec![plain("limit", "limit")],
            Self::Collect => vec![plain("collect", "collect")],
            Self::Accumulate(fold) => vec![("accumulate", ACCUMULATE, print_fold(py, fold))],
            Self::Group {
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
                    print_keyed(py, fold),
                ));
                parts.push(plain("map", TO_PYTHON));
                parts
            }
            Self::BatchGroup { extractor, reducer } => vec![
                extract(extractor),
                plain("repartition", "repartition"),
                plain("group", "group"),
                (
                    "reduce",
                    "RedisGearsPy_PyCallbackReducer",
                    print_object(py, reducer),
                ),
                plain("map", TO_PYTHON),
            ],
            Self::Repartition { extractor } => vec![
                extract(extractor),
                plain("repartition", "repartition"),
                plain("map", "GetValueMapper"),
            ],
        }
    }
}

fn print(py: Python<'_>, callback: &Callback) -> String {
    match callback {
        Callback::Python(function) => print_object(py, function),
        Callback::Native(native) => format!("<built-in {native:?}>"),
    }
}

fn print_fold(py: Python<'_>, fold: &Fold) -> String {
    match fold {
        Fold::Python(function) | Fold::Aggregate { function, .. } => print_object(py, function),
        _ => "<built-in accumulator>".to_owned(),
    }
}

fn print_keyed(py: Python<'_>, fold: &KeyedFold) -> String {
    match fold {
        KeyedFold::Python(function)
        | KeyedFold::Aggregate { function, .. }
        | KeyedFold::Combine { function, .. } => print_object(py, function),
        _ => "<built-in accumulator>".to_owned(),
    }
}

fn print_object(py: Python<'_>, object: &Py<PyAny>) -> String {
    object
        .bind(py)
        .str()
        .map(|text| text.to_string_lossy().into_owned())
        .unwrap_or_default()
}
