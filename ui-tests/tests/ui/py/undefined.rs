use gears_runtime::py;

fn main() {
    let _ = py!("lambda record: record['age'] > limit");
    let _ = py!("lambda record: json.loads(record)");
}
