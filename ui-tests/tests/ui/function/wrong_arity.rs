use gears_runtime::{function::KeysReader, py};

fn main() {
    let values = KeysReader::new("*").values();
    let _ = values.map(py!("lambda total, value: value"));
    let _ = values.accumulate(py!("lambda value: value"));
    let _ = values.group_by(py!("str"), py!("lambda key, value: value"));
    let _ = values.filter(py!("lambda *, value: value"));
}
