//! Two gears with one trigger in a binary.

use gears_runtime::{ErrorKind, Result, gear_command, plan_all, register_all, register_where};
use gears_tests::TestServer;

#[gear_command]
fn twice() -> Result<i64> {
    "return 1"
}

mod elsewhere {
    use gears_runtime::{Result, gear_command};

    #[gear_command(trigger = "twice", replace = true)]
    pub fn again() -> Result<i64> {
        "return 2"
    }
}

#[gear_command]
fn once() -> Result<i64> {
    "return 3"
}

#[test]
fn one_trigger_twice_is_refused_and_both_are_named() {
    let server = TestServer::private();
    let gears = server.gears();
    for error in [
        register_all(&gears).unwrap_err(),
        plan_all(&gears).unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::DuplicateTrigger);
        let duplicate = error.duplicate().unwrap();
        assert_eq!(duplicate.trigger(), "twice");
        let both = format!("{} and {}", duplicate.ours(), duplicate.theirs());
        for part in ["duplicate::twice", "duplicate::elsewhere::again", file!()] {
            assert!(both.contains(part), "{part} is not in {both}");
        }
    }
    // Nothing was registered and nothing bound.
    assert!(server.client().registrations().is_empty());
    assert!(once().unwrap_err().is_not_bound());
    // Without one of the two it works.
    register_where(&gears, |gear| gear.name() != "again").unwrap();
    assert_eq!((once().unwrap(), twice().unwrap()), (3, 1));
}
