// The crate that these are compiled in has the feature `aio` alone.

#[gears_runtime::test]
fn stand_alone() {}

#[gears_runtime::test]
async fn awaited(gears: &gears_runtime::Gears) -> gears_runtime::Result<()> {
    gears.aio().dump_registrations().await.map(drop)
}

#[gears_runtime::test(local)]
fn local() {}

fn main() {}
