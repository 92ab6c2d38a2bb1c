use gears_runtime::{
    function::{CommandReader, KeysReader},
    py,
};

fn main() {
    let _ = KeysReader::new("*").count().values();
    let _ = CommandReader::new().args().apply(py!("lambda a: a"));
}
