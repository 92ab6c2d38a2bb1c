//! The gears of two crates registered at once; the second time nothing is to do.

mod server;

use gears_examples::{add_points, best, forget};
use gears_runtime::{
    Change, Result, gear_command, plan_all, register_all, registry, unregister_all,
};

/// Tells how many points are worth a medal.
///
/// This gear is the program's own. Those that count points come from the library
/// `gears_examples`; naming it is enough to have its gears in this program.
#[gear_command(trigger = "registry.medal")]
fn medal(points: i64) -> Result<Option<String>> {
    r#"
    if points >= 100:
        return "gold"
    if points >= 50:
        return "silver"
    "#
}

const BOARD: &str = "registry-example";

fn main() -> Result<()> {
    println!("gears in this program:");
    for gear in registry::all() {
        println!("    {:<16} {}", gear.trigger(), gear.module_path());
    }
    assert_eq!(registry::all().len(), 4);

    let server = server::Server::find()?;
    let gears = server.connect()?;

    println!("\nwhat registering would do:\n{}", plan_all(&gears)?);

    let report = register_all(&gears)?;
    println!("\nthe first time:\n{report}");
    assert_eq!(report.count(Change::Registered), 4);

    let report = register_all(&gears)?;
    println!("\nthe second time:\n{report}");
    assert_eq!(report.count(Change::Unchanged), 4);

    add_points(BOARD, "Ada", 70)?;
    add_points(BOARD, "Bob", 60)?;
    assert_eq!(add_points(BOARD, "Ada", 50)?, 120);
    println!();
    for (player, points) in best(BOARD, 2)? {
        let medal = medal(points)?.unwrap_or_else(|| "no".to_owned());
        println!("{player}: {points} points, {medal} medal");
    }
    assert_eq!(medal(120)?.as_deref(), Some("gold"));
    assert_eq!(medal(1)?, None);

    assert!(forget(BOARD)?);
    println!("\nin the end:\n{}", unregister_all(&gears)?);
    Ok(())
}
