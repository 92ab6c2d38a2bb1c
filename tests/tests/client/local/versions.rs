//! Versions of a trigger side by side: the same names as in the engine, also in a process that
//! takes another one's place.

use gears_runtime::local::Builder;
use gears_runtime::{Gears, Script, embedded};
use gears_tests::TestServer;

/// What is done one after another: scripts with their sessions, and registrations that are taken out.
enum Step {
    /// A session, the script's version, and more arguments of `register`.
    Deploy(&'static str, &'static str, &'static str),
    /// One without versions.
    Whole(&'static str),
    Remove(&'static str),
}

const STEPS: &[Step] = &[
    Step::Deploy("b", "1", ""),
    Step::Deploy("a", "2", ""),
    Step::Deploy("c", "3", ", newest=False"),
    Step::Deploy("d", "2", ""),
    Step::Whole("e"),
    Step::Deploy("b", "1", ""),
    Step::Remove("1"),
    Step::Remove("2"),
    Step::Deploy("f", "4", ", newest=False"),
    Step::Remove("3"),
    Step::Whole("f"),
    Step::Deploy("f", "5", ""),
];

/// Returns what is refused.
fn take(gears: &Gears, step: &Step) -> Option<bool> {
    let (session, arguments, description) = match step {
        Step::Remove(version) => {
            let mut all = gears.dump_registrations().unwrap();
            all.retain(|one| one.description.as_deref() == Some(version));
            gears.unregister(&all[0].id).unwrap();
            return None;
        }
        Step::Deploy(session, version, more) => {
            (session, format!(", version='{version}'{more}"), *version)
        }
        Step::Whole(session) => (session, String::new(), "whole"),
    };
    let source = format!(
        "GB('CommandReader', desc='{description}').map(lambda r: [r[0], \"{arguments}\"])\
         .register(trigger='q', mode='sync'{arguments})"
    );
    let script = Script::from_source(source).session(*session).upgrade();
    let refused = gears.execute(&script).err()?;
    Some(refused.to_string().contains("trigger already registered"))
}

/// What each name answers.
fn answers(gears: &Gears) -> Vec<String> {
    let names = ["q", "q@1", "q@2", "q@3", "q@4", "q@5"];
    let answer = |name| match gears.trigger(name, []) {
        Ok(records) => format!("{records:?}"),
        Err(error) => format!("{:?}", error.kind()),
    };
    names.map(answer).to_vec()
}

/// Ends the process, so that another one takes its place.
fn end(gears: &Gears) {
    let leave =
        "import os\nGB('CommandReader').map(lambda r: os._exit(0)).register(trigger='leave')";
    gears
        .execute(&Script::from_source(leave).session("leave").upgrade())
        .unwrap();
    assert!(gears.trigger("leave", []).is_err());
}

#[test]
fn versions_are_there_locally_as_in_the_engine() {
    let engine = TestServer::private();
    let plain = embedded::Server::plain().unwrap();
    let (engine, local) = (engine.gears(), Builder::new().connect(plain.url()).unwrap());
    for (number, step) in STEPS.iter().enumerate() {
        assert_eq!(take(&local, step), take(&engine, step), "step {number}");
        assert_eq!(answers(&local), answers(&engine), "step {number}");
        end(&local);
        assert_eq!(
            answers(&local),
            answers(&engine),
            "again, after step {number}"
        );
    }
}
