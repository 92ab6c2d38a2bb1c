use gears_runtime::py;

fn main() {
    let _ = py!("lambda record: [*record, (yield record)]");
    let _ = py!("lambda record: f'{record['key']}'");
}
