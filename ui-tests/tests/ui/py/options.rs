use gears_runtime::py;

fn main() {
    let _ = py!(allow = ["unused-parameters"], "lambda record: 1");
    let _ = py!(alow = ["unused-parameter"], "lambda record: 1");
    let _ = py!(limit = 3, "lambda record: record > limit");
    let _ = py!(python = "3.7", "lambda record: (found := record)");
}
