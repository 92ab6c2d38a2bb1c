use gears_runtime::{
    function::{CommandReader, KeysOnlyReader, PythonReader},
    py,
};

fn main() {
    let _ = KeysOnlyReader::new("*").register();
    let _ = PythonReader::new(py!("lambda: iter([1])")).register();
    let _ = CommandReader::new().register();
}
