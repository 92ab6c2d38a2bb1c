//! Section 11.2, keywords: each example, and the words that reach the server.

use gears_runtime::data::ReaderArgs;
use gears_runtime::function::{
    FailurePolicy, KeyType, KeysOnlyReader, KeysReader, LogLevel, ReaderType, StreamReader,
};
use gears_runtime::{Change, Mode, py};
use gears_tests::until;

use crate::function::stage::Stage;

#[test]
fn section_11_2_1_reader_types() {
    let stage = Stage::private();
    stage.tell("SET", &["a", "x"]);
    let reader = KeysReader::new("*");
    assert_eq!(reader.reader_type(), ReaderType::KeysReader);
    assert_eq!(stage.run(&reader).len(), 1);
}

#[test]
fn section_11_2_2_trigger_modes() {
    for (mode, word) in [
        (Mode::Async, "async"),
        (Mode::AsyncLocal, "async_local"),
        (Mode::Sync, "sync"),
    ] {
        let stage = Stage::private();
        let function = KeysReader::new("*").register().mode(mode);
        assert_eq!(function.on(&stage.gears).unwrap(), Change::Registered);
        let listed = stage.gears.dump_registrations().unwrap();
        assert_eq!(listed[0].data.mode.as_str(), word);
    }
}

#[test]
fn section_11_2_3_key_types() {
    let stage = Stage::private();
    let types = [KeyType::List, KeyType::Set, KeyType::ZSet];
    let function = KeysReader::new("*").register().key_types(types);
    assert_eq!(function.on(&stage.gears).unwrap(), Change::Registered);
    let listed = stage.gears.dump_registrations().unwrap();
    let ReaderArgs::Keys(args) = &listed[0].data.args else {
        panic!("{listed:?}");
    };
    let expected = ["list", "set", "zset"].map(str::to_owned);
    assert_eq!(args.key_types.as_deref(), Some(&expected[..]));
}

#[test]
fn section_11_2_4_failure_policies() {
    for policy in [
        FailurePolicy::Continue,
        FailurePolicy::Abort,
        FailurePolicy::Retry,
    ] {
        let stage = Stage::private();
        let function = StreamReader::new("*")
            .register()
            .on_failed_policy(policy.clone());
        assert_eq!(function.on(&stage.gears).unwrap(), Change::Registered);
        let listed = stage.gears.dump_registrations().unwrap();
        let ReaderArgs::Stream(args) = &listed[0].data.args else {
            panic!("{listed:?}");
        };
        assert_eq!(args.on_failed_policy.as_ref(), Some(&policy));
    }
}

#[test]
fn section_11_2_5_log_levels() {
    let stage = Stage::private();
    stage.tell("SET", &["a", "x"]);
    let log = py!(
        "lambda key: log(f'Processing key: {key}', level=level)",
        level = LogLevel::Warning.as_str(),
    );
    stage.run(&KeysOnlyReader::new("*").for_each(log));
    until("line in the log", || {
        let log = stage.server.log().unwrap();
        log.contains("Processing key: a").then_some(())
    });
}
