use gears_runtime::py;

fn main() {
    let text = String::new();
    let _ = py!(text);
    let _ = py!();
    let _ = py!(b"int");
}
