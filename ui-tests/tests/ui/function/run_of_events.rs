use gears_runtime::function::CommandReader;

fn main() {
    let _ = CommandReader::new().args().run();
}
