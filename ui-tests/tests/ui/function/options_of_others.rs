use gears_runtime::function::{KeysReader, StreamReader};

fn main() {
    let _ = KeysReader::new("*").run().from_id("0-0");
    let _ = StreamReader::new("orders").register().events(["xadd"]);
}
