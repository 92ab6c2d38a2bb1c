//! Other versions, other applications, other names.

use super::*;

/// Another version of the sample gear.
fn earlier() -> &'static Gear {
    gear(|parts| parts.body = "return b'earlier'")
}

#[test]
fn own_earlier_version_gives_way_and_stays_under_its_own_name() {
    let held = version_of(earlier(), "Z-7", true, 0, "shop");
    let gear = gear(|_| {});
    let mut task = Registration::new(vec![gear], setup()).unwrap();
    let commands = sent(task.receive(look(ENGINE, 10213, vec![held])).unwrap());
    assert_eq!(commands.len(), 1, "nothing is unregistered: {commands:?}");
    assert!(
        commands[0].ends_with("UPGRADE REQUIREMENTS requests"),
        "{commands:?}"
    );
    let report = done(task.receive(vec![Value::Okay]).unwrap());
    assert_eq!(report.get("cache_get"), Some(Change::Replaced));
    let [orphan] = report.orphans() else {
        panic!("{report}");
    };
    assert_eq!(orphan.version(), Some(earlier().fingerprint()));
    assert!(!orphan.is_pruned());
}

#[test]
fn going_back_makes_the_earlier_version_the_newest_again() {
    let held = vec![
        version_of(earlier(), "Z-7", false, 5, "shop"),
        version_of(gear(|_| {}), "Z-8", true, 0, "shop"),
    ];
    let mut task = Registration::new(vec![earlier()], setup()).unwrap();
    let commands = sent(task.receive(look(ENGINE, 10213, held)).unwrap());
    let session = session_of_version(earlier(), &Naming::PLAIN);
    assert_eq!(commands.len(), 2, "{commands:?}");
    assert_eq!(
        commands[0], "RG.UNREGISTER Z-7",
        "of a session of another name"
    );
    assert!(
        commands[1].contains(&format!("ID {session} ")),
        "{commands:?}"
    );
}

#[test]
fn somebody_elses_are_told_all_at_once() {
    let other = gear(|parts| {
        parts.trigger = "other";
        parts.body = "return b'other'";
    });
    let held = || {
        vec![
            version_of(earlier(), "Z-7", true, 0, "billing"),
            entry("other", None, "{}"),
        ]
    };
    let gears = || vec![gear(|_| {}), gear(|parts| parts.trigger = "other")];
    let mut task = Registration::new(gears(), setup()).unwrap();
    let error = task.receive(look(ENGINE, 10213, held())).err().unwrap();
    let first = error.duplicate().unwrap();
    assert!(first.theirs().contains("of billing 1.4.0"), "{error}");
    assert_eq!(first.others()[0].trigger(), "other");
    assert!(
        error
            .to_string()
            .contains("registration Z-52 on the server"),
        "{error}"
    );
    assert_eq!(other.trigger(), "other");

    let taking = setup_of(&Options::new().application("shop").replace(true));
    let mut task = Registration::new(gears(), taking).unwrap();
    let commands = sent(task.receive(look(ENGINE, 10213, held())).unwrap());
    // What has versions goes on under its own name, for those who call it.
    assert!(
        !commands.iter().any(|command| command.contains("Z-7")),
        "{commands:?}"
    );
    assert!(
        commands
            .iter()
            .any(|command| command == "RG.UNREGISTER Z-52"),
        "{commands:?}"
    );

    let leaving = setup_of(&Options::new().application("shop").replace(false));
    let mut task = Registration::new(gears(), leaving).unwrap();
    let report = done(task.receive(look(ENGINE, 10213, held())).unwrap());
    assert_eq!(report.count(Change::Kept), 2);
}

#[test]
fn what_two_applications_have_in_common_is_left_to_the_first() {
    let gear = gear(|_| {});
    let held = version_of(gear, "Z-7", true, 0, "billing");
    let mut task = Registration::new(vec![gear], setup()).unwrap();
    let report = done(task.receive(look(ENGINE, 10213, vec![held])).unwrap());
    assert_eq!(report.get("cache_get"), Some(Change::Unchanged));
    assert!(report.orphans().is_empty());
}

#[test]
fn orphans_are_pruned_as_they_are_used() {
    let lost = gear(|parts| parts.trigger = "lost");
    let hour = 3_600_000;
    let held = || {
        vec![
            version_of(gear(|_| {}), "Z-1", true, 0, "shop"),
            version_of(earlier(), "Z-2", false, hour, "shop"),
            version_of(
                gear(|parts| parts.body = "return b''"),
                "Z-3",
                false,
                5,
                "shop",
            ),
            version_of(lost, "Z-4", true, hour, "shop"),
            version_of(lost, "Z-5", true, hour, "billing"),
            event_entry(event_gear("gone"), ENGINE, "Z-6"),
            entry("foreign", None, "{}"),
        ]
    };
    let told = |prune, found: usize, going: &[&str]| {
        let options = Options::new().application("shop").prune(prune);
        let mut task = Registration::new(vec![gear(|_| {})], setup_of(&options)).unwrap();
        let step = task.receive(look(ENGINE, 10213, held())).unwrap();
        let report = if going.is_empty() {
            done(step)
        } else {
            let wanted = going.iter().map(|id| format!("RG.UNREGISTER {id}"));
            assert_eq!(sent(step), wanted.collect::<Vec<_>>());
            done(task.receive(vec![Value::Okay; going.len()]).unwrap())
        };
        assert_eq!(report.orphans().len(), found, "{report}");
    };
    told(Prune::Never, 4, &[]);
    told(Prune::Unused, 4, &["Z-2", "Z-4", "Z-6"]);
    told(Prune::All, 4, &["Z-2", "Z-3", "Z-4", "Z-6"]);
}

#[test]
fn server_that_does_not_tell_of_calls_keeps_what_is_called() {
    let lost = gear(|parts| parts.trigger = "lost");
    let description = ours(lost, GENUINE);
    let held = vec![
        entry("lost", description.as_deref(), "{}"),
        entry(&Naming::PLAIN.pinned(lost), description.as_deref(), "{}"),
        event_entry(event_gear("gone"), GENUINE, "Z-6"),
    ];
    let told = |prune| {
        let options = Options::new().application("shop").prune(prune);
        let mut task = pruning::Pruning::new(setup_of(&options));
        let Step::Send(commands) = task.receive(look(GENUINE, 10213, held.clone())).unwrap() else {
            panic!("nothing is removed");
        };
        words(&commands)
    };
    assert_eq!(told(Prune::Unused), ["RG.UNREGISTER Z-6"]);
    assert_eq!(told(Prune::All).len(), 3);
}

#[test]
fn renamed_gear_takes_the_place_of_the_former_one() {
    let held = event_entry(event_gear("old"), ENGINE, "Z-1");
    let renamed = gear(|parts| {
        parts.trigger = "new";
        parts.cause = sample::keys();
        parts.uses_cmd = false;
        parts.requirements = &[];
        parts.was = Some("old");
    });
    let mut task = Registration::new(vec![renamed], setup()).unwrap();
    let commands = sent(task.receive(look(ENGINE, 10213, vec![held])).unwrap());
    assert_eq!(commands[0], "RG.UNREGISTER Z-1", "{commands:?}");
    let report = done(task.receive(vec![Value::Okay; 2]).unwrap());
    assert_eq!(report.get("new"), Some(Change::Replaced));
    assert!(report.orphans().is_empty(), "{report}");
}

#[test]
fn earlier_version_takes_the_place_of_what_a_later_one_renamed() {
    let watch = |name, was| {
        gear(|parts| {
            parts.trigger = name;
            parts.cause = sample::keys();
            parts.uses_cmd = false;
            parts.requirements = &[];
            parts.was = was;
        })
    };
    let held = event_entry(watch("new", Some("old")), ENGINE, "Z-1");
    let mut task = Registration::new(vec![watch("old", None)], setup()).unwrap();
    let commands = sent(task.receive(look(ENGINE, 10213, vec![held])).unwrap());
    assert_eq!(commands[0], "RG.UNREGISTER Z-1", "{commands:?}");
    let report = done(task.receive(vec![Value::Okay; 2]).unwrap());
    assert_eq!(report.get("old"), Some(Change::Replaced));
}

#[test]
fn prefix_is_before_every_name() {
    let options = Options::new().application("shop").prefix("staging:");
    let gear = gear(|_| {});
    let held = version_of(gear, "Z-1", true, 0, "shop");
    let mut task = Registration::new(vec![gear], setup_of(&options)).unwrap();
    let step = task.receive(look(ENGINE, 10213, vec![held])).unwrap();
    let Step::Send(commands) = step else {
        panic!("the one without a prefix is another one");
    };
    let packed = String::from_utf8_lossy(&commands[0].get_packed_command()).into_owned();
    assert!(
        packed.contains("trigger='staging:cache_get', version='"),
        "{packed}"
    );
    let report = done(task.receive(vec![Value::Okay]).unwrap());
    assert!(
        report.orphans().is_empty(),
        "those of another prefix are another's: {report}"
    );
}
