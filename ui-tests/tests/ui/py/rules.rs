#![deny(warnings)]

use gears_runtime::function::PythonReader;
use gears_runtime::py;

fn main() {
    let _ = PythonReader::new(py!("lambda: iter('ab')"))
        .map(py!("lambda record: 1"))
        .map(py!("lambda record, into=[]: into + [record]"))
        .map(py!("lambda record: (total, total := record)"))
        .map(py!("lambda record: len(recrod)"))
        .map(py!("lambda record: anext(record)"))
        .group_by(py!("lambda record: record"), py!("lambda key, total, record: record"));
}
