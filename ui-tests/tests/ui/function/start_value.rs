use gears_runtime::{function::KeysReader, py};

struct Opaque;

fn main() {
    let add = py!("lambda a, b: a");
    let _ = KeysReader::new("*").aggregate(Opaque, &add, &add);
}
