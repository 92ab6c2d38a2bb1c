//! Plans against looks, replies against reports; no server.

mod versions;

use super::*;
use crate::{
    gear::{
        descriptor::GearParts,
        fingerprint::{Fingerprint, session, session_of_version},
        mode::Replace,
        naming::Naming,
        sample,
    },
    register::{
        held::tests::entry,
        options::{Options, Prune},
        report::Change,
    },
    server::known::Server,
};

const ENGINE: &str = "*3\r\n$5\r\n0.1.0\r\n:0\r\n:1\r\n";
const GENUINE: &str = "*1\r\n-(error) Unsupported config parameter: EngineVersion\r\n";

fn modules(version: i64) -> Value {
    Value::Array(vec![Value::Array(vec![
        Value::BulkString(b"name".to_vec()),
        Value::BulkString(b"rg".to_vec()),
        Value::BulkString(b"ver".to_vec()),
        Value::Int(version),
    ])])
}

fn look(question: &str, version: i64, entries: Vec<Value>) -> Vec<Value> {
    vec![
        redis::parse_redis_value(question.as_bytes()).unwrap(),
        modules(version),
        Value::Array(entries),
    ]
}

fn gear(change: impl FnOnce(&mut GearParts)) -> &'static Gear {
    let mut parts = sample::parts();
    change(&mut parts);
    sample::leaked(parts)
}

/// Returns the words of each command, without the script.
fn words(commands: &[Cmd]) -> Vec<String> {
    commands
        .iter()
        .map(|command| {
            command
                .args_iter()
                .filter_map(|word| match word {
                    redis::Arg::Simple(word) => Some(String::from_utf8_lossy(word).into_owned()),
                    _ => None,
                })
                .map(|word| {
                    if word.contains('\n') {
                        "…".to_owned()
                    } else {
                        word
                    }
                })
                .collect::<Vec<_>>()
                .join(" ")
        })
        .collect()
}

fn sent(step: Step<Registered>) -> Vec<String> {
    match step {
        Step::Send(commands) => words(&commands),
        Step::Done(report) => panic!("done: {report}"),
    }
}

fn done<C>(step: Step<Report<C>>) -> Report<C> {
    match step {
        Step::Send(commands) => panic!("{:?}", words(&commands)),
        Step::Done(report) => report,
    }
}

fn setup() -> Arc<Setup> {
    setup_of(&Options::new().application("shop"))
}

fn setup_of(options: &Options) -> Arc<Setup> {
    Setup::new(&Naming::PLAIN, options)
}

fn server(question: &str) -> Server {
    let question = redis::parse_redis_value(question.as_bytes()).unwrap();
    Server::from_answers(&question, &modules(10213)).unwrap()
}

fn ours(gear: &Gear, question: &str) -> Option<String> {
    described(gear, question, "shop")
}

/// Returns the description of a gear that an application registered.
fn described(gear: &Gear, question: &str, application: &str) -> Option<String> {
    let setup = setup_of(&Options::new().application(application));
    let writing = setup.writing(gear, server(question));
    let fingerprint = Fingerprint::new(gear, &writing);
    Some(fingerprint.describe(gear, &Naming::PLAIN, &setup.maker(gear)))
}

/// What the engine tells of a version of a gear.
fn version_of(gear: &Gear, id: &str, newest: bool, idle: i64, application: &str) -> Value {
    let description = described(gear, ENGINE, application);
    let mut entry = entry(gear.trigger(), description.as_deref(), "{}");
    let Value::Array(parts) = &mut entry else {
        panic!("{entry:?}");
    };
    parts[1] = Value::BulkString(id.into());
    let Value::Array(data) = &mut parts[7] else {
        panic!("{parts:?}");
    };
    let Value::Array(arguments) = &mut data[3] else {
        panic!("{data:?}");
    };
    arguments.extend([
        Value::BulkString(b"version".to_vec()),
        Value::BulkString(gear.fingerprint().into()),
        Value::BulkString(b"newest".to_vec()),
        Value::Int(newest.into()),
        Value::BulkString(b"idleFor".to_vec()),
        Value::Int(idle),
    ]);
    entry
}

#[test]
fn new_gear_is_registered_under_its_session() {
    let gear = gear(|_| {});
    let mut task = Registration::new(vec![gear], setup()).unwrap();
    let step = task.receive(look(ENGINE, 10213, vec![])).unwrap();
    let session = session_of_version(gear, &Naming::PLAIN);
    assert_eq!(
        sent(step),
        [format!(
            "RG.PYEXECUTE … ID {session} DESCRIPTION Fetches a page UPGRADE REQUIREMENTS requests"
        )]
    );
    let report = done(task.receive(vec![Value::Okay]).unwrap());
    assert_eq!(report.get("cache_get"), Some(Change::Registered));
}

#[test]
fn old_servers_get_no_options() {
    let mut task = Registration::new(vec![gear(|_| {})], setup()).unwrap();
    let step = task.receive(look(GENUINE, 10006, vec![])).unwrap();
    // The name that stubs call, and the plain one.
    assert_eq!(
        sent(step),
        ["RG.PYEXECUTE … REQUIREMENTS requests redis"; 2]
    );
}

#[test]
fn unchanged_gear_needs_one_look() {
    let gear = gear(|_| {});
    let held = version_of(gear, "Z-52", true, 0, "shop");
    let mut task = Registration::new(vec![gear], setup()).unwrap();
    let report = done(task.receive(look(ENGINE, 10213, vec![held])).unwrap());
    assert_eq!(report.get("cache_get"), Some(Change::Unchanged));
}

#[test]
fn moved_gear_is_updated_without_asking() {
    let before = gear(|parts| parts.line = Some(7));
    let held = entry(
        "cache_get",
        ours(before, GENUINE).as_deref(),
        "{'sessionId':'Z-0'}",
    );
    let mut task = Registration::new(vec![gear(|_| {})], setup()).unwrap();
    let step = task.receive(look(GENUINE, 10006, vec![held])).unwrap();
    assert_eq!(
        sent(step),
        [
            "RG.PYEXECUTE … REQUIREMENTS requests redis",
            "RG.UNREGISTER Z-52",
            "RG.PYEXECUTE … REQUIREMENTS requests redis"
        ]
    );
    let gone = redis::parse_redis_value(b"-execution does not registered\r\n").unwrap();
    let report = done(task.receive(vec![Value::Okay, gone, Value::Okay]).unwrap());
    assert_eq!(report.get("cache_get"), Some(Change::Updated));
}

#[test]
fn different_function_follows_the_policy() {
    let held = || {
        entry(
            "cache_get",
            Some("theirs"),
            "{'sessionName':'s2', 'registrationsList':['Z-52'], 'depsList':[]}",
        )
    };
    let mut task = Registration::new(vec![gear(|_| {})], setup()).unwrap();
    let error = task
        .receive(look(ENGINE, 10213, vec![held()]))
        .err()
        .unwrap();
    let duplicate = error.duplicate().unwrap();
    assert_eq!(duplicate.trigger(), "cache_get");
    assert!(duplicate.ours().contains("src/cache.rs:42"));
    assert!(duplicate.theirs().contains("theirs"));

    let mut task =
        Registration::new(vec![gear(|parts| parts.replace = Replace::Never)], setup()).unwrap();
    let report = done(task.receive(look(ENGINE, 10213, vec![held()])).unwrap());
    assert_eq!(report.get("cache_get"), Some(Change::Kept));

    let mut task =
        Registration::new(vec![gear(|parts| parts.replace = Replace::Always)], setup()).unwrap();
    let step = task.receive(look(ENGINE, 10213, vec![held()])).unwrap();
    let commands = sent(step);
    assert_eq!(commands.len(), 1);
    assert!(commands[0].contains("REPLACE_WITH s2"), "{commands:?}");

    let mut task = Planning::new(vec![gear(|_| {})], setup()).unwrap();
    let report = done(task.receive(look(ENGINE, 10213, vec![held()])).unwrap());
    assert_eq!(report.get("cache_get"), Some(Change::Refused));
}

#[test]
fn crowded_session_is_not_replaced_as_a_whole() {
    let held = entry(
        "cache_get",
        None,
        "{'sessionName':'s2', 'registrationsList':['Z-52','Z-53'], 'depsList':[]}",
    );
    let mut task =
        Registration::new(vec![gear(|parts| parts.replace = Replace::Always)], setup()).unwrap();
    let commands = sent(task.receive(look(ENGINE, 10213, vec![held])).unwrap());
    assert_eq!(commands[0], "RG.UNREGISTER Z-52");
    assert!(commands[1].contains("UPGRADE"), "{commands:?}");
}

#[test]
fn race_is_looked_at_again() {
    let gear = gear(|_| {});
    let mut task = Registration::new(vec![gear], setup()).unwrap();
    sent(task.receive(look(GENUINE, 10006, vec![])).unwrap());
    let raced = redis::parse_redis_value(
        b"-['Traceback (most recent call last):\\n', 'spam.error: trigger already registered\\n']\r\n",
    )
    .unwrap();
    let step = task.receive(vec![raced]).unwrap();
    assert_eq!(sent(step)[2], "RG.DUMPREGISTRATIONS");
    let held = [gear.trigger().to_owned(), Naming::PLAIN.pinned(gear)]
        .map(|trigger| entry(&trigger, ours(gear, GENUINE).as_deref(), "{}"));
    let report = done(task.receive(look(GENUINE, 10006, held.to_vec())).unwrap());
    assert_eq!(report.get("cache_get"), Some(Change::Unchanged));
}

#[test]
fn failed_requirement_carries_the_servers_words() {
    let mut task = Registration::new(vec![gear(|_| {})], setup()).unwrap();
    sent(task.receive(look(ENGINE, 10213, vec![])).unwrap());
    let failed = redis::parse_redis_value(
        b"-Could not satisfy requirements: ERROR: No matching distribution found for requests\r\n",
    )
    .unwrap();
    let error = task.receive(vec![failed]).err().unwrap();
    let requirement = error.requirement().unwrap();
    assert_eq!(requirement.requirements(), ["requests"]);
    assert!(requirement.message().ends_with("found for requests"));
}

#[test]
fn two_gears_with_one_trigger_are_refused() {
    let error = Registration::new(
        vec![gear(|_| {}), gear(|parts| parts.name = "other")],
        setup(),
    )
    .err()
    .unwrap();
    assert!(error.is_duplicate_trigger());
    assert!(error.to_string().contains("other"), "{error}");
}

#[test]
fn only_our_own_is_unregistered() {
    let mine = gear(|_| {});
    let theirs = gear(|parts| parts.trigger = "theirs");
    let absent = gear(|parts| parts.trigger = "absent");
    let mut task = Removing::new(vec![absent, mine, theirs], setup());
    let step = task
        .receive(look(
            ENGINE,
            10213,
            vec![
                entry("cache_get", ours(mine, ENGINE).as_deref(), "{}"),
                entry("theirs", Some("not ours"), "{}"),
            ],
        ))
        .unwrap();
    match step {
        Step::Send(commands) => assert_eq!(words(&commands), ["RG.UNREGISTER Z-52"]),
        Step::Done(report) => panic!("{report}"),
    }
    let report = done(task.receive(vec![Value::Okay]).unwrap());
    assert_eq!(
        report
            .iter()
            .map(|(_, removal)| removal)
            .collect::<Vec<_>>(),
        [Removal::Absent, Removal::Unregistered, Removal::Foreign]
    );
}

fn event_gear(name: &'static str) -> &'static Gear {
    gear(|parts| {
        parts.trigger = name;
        parts.cause = sample::keys();
        parts.uses_cmd = false;
        parts.requirements = &[];
    })
}

/// What a server says about a gear of events.
fn event_entry(gear: &Gear, question: &str, id: &str) -> Value {
    let bulk = |text: &str| Value::BulkString(text.as_bytes().to_vec());
    Value::Array(vec![
        bulk("id"),
        bulk(id),
        bulk("reader"),
        bulk("KeysReader"),
        bulk("desc"),
        bulk(&ours(gear, question).unwrap()),
        bulk("RegistrationData"),
        Value::Array(vec![
            bulk("args"),
            Value::Array(vec![bulk("regex"), bulk("order:*")]),
        ]),
    ])
}

#[test]
fn event_gear_is_recognised_by_its_name() {
    let watch = event_gear("watch");
    let mut task = Registration::new(vec![watch], setup()).unwrap();
    let held = event_entry(watch, ENGINE, "Z-1");
    let report = done(task.receive(look(ENGINE, 10213, vec![held])).unwrap());
    assert_eq!(report.get("watch"), Some(Change::Unchanged));

    // Another one, a command of the name, and a foreign registration leave it new.
    let other = event_entry(event_gear("other"), ENGINE, "Z-1");
    let command = entry("watch", Some("theirs"), "{}");
    let mut task = Registration::new(vec![watch], setup()).unwrap();
    let step = task
        .receive(look(ENGINE, 10213, vec![other, command]))
        .unwrap();
    assert_eq!(
        sent(step),
        [format!(
            "RG.PYEXECUTE … ID {} DESCRIPTION Fetches a page UPGRADE",
            session(watch, &Naming::PLAIN)
        )]
    );
}

#[test]
fn old_servers_are_cleared_of_doubles() {
    let watch = event_gear("watch");
    let mut task = Registration::new(vec![watch], setup()).unwrap();
    let step = task.receive(look(GENUINE, 10006, vec![])).unwrap();
    assert_eq!(sent(step), ["RG.PYEXECUTE …"]);
    let step = task.receive(vec![Value::Okay]).unwrap();
    assert_eq!(sent(step), words(&Look::commands()));
    // Somebody else registered the same: all keep the oldest.
    let held = ["Z-10", "Z-9", "Z-11"].map(|id| event_entry(watch, GENUINE, id));
    let step = task.receive(look(GENUINE, 10006, held.to_vec())).unwrap();
    assert_eq!(sent(step), ["RG.UNREGISTER Z-10", "RG.UNREGISTER Z-11"]);
    let gone = redis::parse_redis_value(b"-execution does not registered\r\n").unwrap();
    let report = done(task.receive(vec![Value::Okay, gone]).unwrap());
    assert_eq!(report.get("watch"), Some(Change::Registered));
}

#[test]
fn many_gears_take_two_round_trips() {
    let gears: Vec<&'static Gear> = (0..1000)
        .map(|number| {
            let name: &'static str = format!("many.{number:04}").leak();
            if number % 2 == 0 {
                event_gear(name)
            } else {
                gear(|parts| parts.trigger = name)
            }
        })
        .collect();
    let mut task = Registration::new(gears, setup()).unwrap();
    let step = task.receive(look(ENGINE, 10213, vec![])).unwrap();
    assert_eq!(sent(step).len(), 1000);
    let report = done(task.receive(vec![Value::Okay; 1000]).unwrap());
    assert_eq!(report.count(Change::Registered), 1000);
}
