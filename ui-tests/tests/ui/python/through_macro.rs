use gears_runtime::{Result, gear_command};

macro_rules! gear {
    ($name:ident, $body:literal) => {
        #[gear_command]
        fn $name() -> Result<String> {
            $body
        }
    };
}

gear!(f, r#"
    return 1 +
"#);

fn main() {}
