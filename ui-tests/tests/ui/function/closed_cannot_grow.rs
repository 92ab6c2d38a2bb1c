use gears_runtime::{function::KeysReader, py};

fn main() {
    let closed = KeysReader::new("*").values().run();
    let _ = closed.map(py!("int"));
    let closed = KeysReader::new("*").values().register();
    let _ = closed.count();
}
