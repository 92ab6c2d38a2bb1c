use gears_runtime::py;

fn main() {
    let _ = py!("lambda record: len(record['value']");
    let _ = py!(
        r#"
        lambda record:
            record['key'
        "#
    );
}
