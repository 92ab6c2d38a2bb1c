use gears_runtime::py;

struct Opaque;

fn main() {
    let _ = py!("lambda record: record", limit = 10);
    let _ = py!("lambda record: record > limit", limit = 10, limit = 11);
    let _ = py!("lambda record: record", lambda = 1);
    let _ = py!("lambda record: record == it", it = Opaque);
    let _ = py!("lambda record: record == missing", missing);
    let _ = py!("lambda record: record", 10);
}
