//! Gears may stand in modules and in bodies of functions, with any visibility, and name what is private there.
// Warnings about the Python are told as uses of something deprecated.
#![allow(deprecated)]

mod outer {
    #[derive(serde::Serialize, serde::Deserialize)]
    struct Private {
        x: i32,
    }

    #[gears_runtime::gear_command]
    fn private(value: &Private) -> gears_runtime::Result<Private> {
        "return value"
    }

    pub fn calls(gears: &gears_runtime::Gears) -> gears_runtime::Result<i32> {
        let value = Private { x: 1 };
        private(&value)?;
        Ok(private::on(gears).call(&value)?.x)
    }

    pub mod inner {
        use super::Private;

        #[gears_runtime::gear_command]
        pub(in crate::outer) fn visible_in(value: Private) -> gears_runtime::Result<()> {
            "pass"
        }

        #[gears_runtime::gear_command]
        pub(super) fn visible_above() -> gears_runtime::Result<Vec<Private>> {
            "return []"
        }

        #[gears_runtime::gear_command]
        pub(crate) fn visible_in_crate() -> gears_runtime::Result<()> {
            "pass"
        }
    }

    pub fn uses() {
        let _ = (inner::visible_in, inner::visible_above);
        let _ = |gears: &gears_runtime::Gears| inner::visible_above::on(gears).call();
    }
}

fn in_a_body() -> (&'static str, &'static str) {
    use gears_runtime::{Result, gear_command};

    #[derive(serde::Deserialize)]
    struct Local(#[allow(dead_code)] u8);

    #[gear_command]
    fn local(x: u8) -> Result<Local> {
        "return x"
    }

    {
        #[gear_command(trigger = "other")]
        fn local() -> Result<Option<Local>> {
            "return None"
        }
        let _ = local;
        let _ = |gears: &gears_runtime::Gears| local::on(gears).call();
        assert_eq!(local::GEAR.trigger(), "other");
    }

    let _ = local;
    let _ = || async {
        #[gear_command]
        async fn deep(x: Local2) -> Result<()> {
            "pass"
        }
        #[derive(serde::Serialize)]
        struct Local2;
        deep(Local2).await
    };
    (local::GEAR.name(), local::GEAR.module_path())
}

fn main() {
    let _ = (outer::calls, outer::uses);
    let _ = outer::inner::visible_in_crate;
    assert_eq!(in_a_body(), ("local", module_path!()));
    assert_eq!(
        outer::inner::visible_in_crate::GEAR.module_path(),
        concat!(module_path!(), "::outer::inner")
    );
}
