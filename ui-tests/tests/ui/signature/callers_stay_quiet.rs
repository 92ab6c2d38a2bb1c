use gears_runtime::{Result, gear_command};

#[gear_command]
fn generic<T>(x: T) -> Result<String> {
    "return x"
}

#[gear_command(colour = "red")]
fn misspelled(x: u8) -> Result<String> {
    "return x"
}

fn main() {
    let _: Result<String> = generic(1_u8);
    let _: Result<String> = misspelled(1);
    let _ = misspelled::GEAR.trigger();
    let _ = |gears: &gears_runtime::Gears| misspelled::on(gears).call(1);
}
