use gears_runtime::function::KeysReader;

fn main() {
    let _ = KeysReader::new("*").map("lambda record: record");
    let _ = KeysReader::new("*").filter(|record| true);
}
