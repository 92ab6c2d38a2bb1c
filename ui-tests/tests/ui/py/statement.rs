use gears_runtime::py;

fn main() {
    let _ = py!("total = 1");
    let _ = py!("return 1");
    let _ = py!("");
}
