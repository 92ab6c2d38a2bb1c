//! What the engine tells about itself.

use gears_tests::{TestServer, ask, field, show};
use redis::Value;

fn names(pairs: &Value) -> Vec<String> {
    let Value::Array(items) = pairs else {
        panic!("not an array: {}", show(pairs));
    };
    items.chunks(2).map(|pair| show(&pair[0])).collect()
}

fn quoted(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| format!("${name:?}")).collect()
}

#[test]
fn registrations_have_their_shape() {
    let server = TestServer::start();
    let mut client = server.client();
    let (name, session) = (server.name("t"), server.name("session"));
    let script = format!(
        "GB('CommandReader', desc='what it does').register(trigger='{name}', mode='async_local')"
    );
    let words: &[&[u8]] = &[
        b"RG.PYEXECUTE",
        script.as_bytes(),
        b"ID",
        session.as_bytes(),
        b"DESCRIPTION",
        b"a session",
    ];
    assert_eq!(client.ask(words), "+OK");
    let entry = client.registration(&name).unwrap();
    assert_eq!(
        names(&entry),
        quoted(&[
            "id",
            "reader",
            "desc",
            "RegistrationData",
            "PD",
            "ExecutionThreadPool"
        ])
    );
    assert_eq!(show(field(&entry, "reader")), r#"$"CommandReader""#);
    assert_eq!(show(field(&entry, "desc")), r#"$"what it does""#);
    assert_eq!(
        show(field(&entry, "ExecutionThreadPool")),
        r#"$"DefaultPool""#
    );
    let data = field(&entry, "RegistrationData");
    assert_eq!(
        names(data),
        quoted(&[
            "mode",
            "numTriggered",
            "numSuccess",
            "numFailures",
            "numAborted",
            "lastRunDurationMS",
            "totalRunDurationMS",
            "avgRunDurationMS",
            "lastError",
            "args",
        ])
    );
    assert_eq!(show(field(data, "mode")), r#"$"async_local""#);
    assert_eq!(show(field(data, "avgRunDurationMS")), r#"$"0""#);
    assert_eq!(show(field(data, "lastError")), "nil");
    assert_eq!(
        show(field(data, "args")),
        format!(r#"[$"trigger", ${name:?}, $"inorder", :0]"#)
    );
    let id = client.id(&name).unwrap();
    assert_eq!(
        show(field(&entry, "PD")),
        format!(
            "${:?}",
            format!(
                "{{'sessionName':'{session}', 'sessionDescription':'a session', 'refCount': 1, \
                 'linkedTo': primary, 'dead': false, 'isInstallationNeeded':0, \
                 'registrationsList':['{id}'], 'depsList':[]}}"
            )
        )
    );
}

#[test]
fn unnamed_things_are_nil_and_arguments_are_ignored() {
    let server = TestServer::start();
    let mut client = server.client();
    let name = server.name("t");
    client.install(&format!(
        "GB('CommandReader').register(trigger='{name}', inorder=True)"
    ));
    let entry = client.registration(&name).unwrap();
    assert_eq!(show(field(&entry, "desc")), "nil");
    assert!(show(field(&entry, "PD")).contains("'sessionDescription':'null'"));
    let arguments = show(field(field(&entry, "RegistrationData"), "args"));
    assert!(arguments.ends_with(r#"$"inorder", :1]"#), "{arguments}");
    assert!(ask!(client, "RG.DUMPREGISTRATIONS", "some", "words").contains(&name));
}

#[test]
fn memory_is_counted() {
    let server = TestServer::start();
    let mut client = server.client();
    let stats = client.value(&[b"RG.PYSTATS"]);
    assert_eq!(
        names(&stats),
        quoted(&["TotalAllocated", "PeakAllocated", "CurrAllocated"])
    );
    for name in ["TotalAllocated", "PeakAllocated", "CurrAllocated"] {
        let Value::Int(bytes) = field(&stats, name) else {
            panic!("{name} is no integer");
        };
        assert!(*bytes > 0, "{name}: {bytes}");
    }
}

#[test]
fn versions_are_told() {
    let server = TestServer::start();
    let mut client = server.client();
    let versions = ask!(client, "RG.CONFIGGET", "EngineVersion", "PythonVersion");
    assert!(
        versions.starts_with(r#"[$"0."#) && versions.contains(r#", $"3."#),
        "{versions}"
    );
    let unknown = ask!(client, "RG.CONFIGGET", "NoSuch%s");
    assert_eq!(unknown, "[-(error) Unsupported config parameter: NoSuch%s]");
    let modules = ask!(client, "MODULE", "LIST");
    assert!(
        modules.contains(r#"$"name", $"rg", $"ver", :10213"#),
        "{modules}"
    );
}

#[test]
fn commands_are_known_to_the_server() {
    let server = TestServer::start();
    let mut client = server.client();
    let is_redis_6 = ask!(client, "INFO", "server").contains("redis_version:6.");
    for command in [
        "rg.pyexecute",
        "rg.trigger",
        "rg.dumpregistrations",
        "rg.unregister",
        "rg.pystats",
        "rg.configget",
        "rg.dumpexecutions",
    ] {
        let details = ask!(client, "COMMAND", "INFO", command);
        assert!(
            details.starts_with(&format!("[[${command:?}, :-1, [")),
            "{command}: {details}"
        );
        assert!(details.contains("readonly"), "{details}");
        // Redis 6 does not tell whose a command is.
        assert!(details.contains("module") || is_redis_6, "{details}");
        let has_movable_keys = details.contains("movablekeys");
        assert_eq!(has_movable_keys, command == "rg.trigger", "{details}");
    }
}

/// Spec sections 1.8 and 4.4: the last step comes first, and what makes Python
/// records of those of the reader is a step too.
#[test]
fn steps_of_an_execution_are_those_of_redisgears() {
    let server = TestServer::start();
    let mut client = server.client();
    for (operations, expected) in [
        ("map(lambda r: r)", "map RedisGearsPy_PyCallbackMapper"),
        (
            "localgroupby(lambda r: r, lambda k, a, r: r)",
            "map RedisGearsPy_ToPyRecordMapper, \
             accumulatebykey RedisGearsPy_PyCallbackAccumulateByKey, \
             extractkey RedisGearsPy_PyCallbackExtractor",
        ),
        (
            "groupby(lambda r: r, lambda k, a, r: r)",
            "map RedisGearsPy_ToPyRecordMapper, \
             accumulatebykey RedisGearsPy_PyCallbackAccumulateByKey, repartition repartition, \
             extractkey RedisGearsPy_PyCallbackExtractor",
        ),
    ] {
        let script =
            format!("GB('ShardsIDReader').{operations}.run(convertToStr=False, collect=False)");
        let words: &[&[u8]] = &[b"RG.PYEXECUTE", script.as_bytes(), b"UNBLOCKING"];
        let Value::BulkString(id) = client.value(words) else {
            panic!("no execution id");
        };
        let Value::Array(shards) = client.value(&[b"RG.GETEXECUTION", &id]) else {
            panic!("no executions");
        };
        let Value::Array(steps) = field(field(&shards[0], "execution_plan"), "steps") else {
            panic!("no steps");
        };
        let text = |step, name| show(field(step, name)).replace(['$', '"'], "");
        let steps: Vec<_> = steps
            .iter()
            .map(|step| format!("{} {}", text(step, "type"), text(step, "name")))
            .collect();
        assert_eq!(
            steps.join(", "),
            format!("{expected}, map RedisGearsPy_ToPyRecordMapper"),
            "{operations}"
        );
    }
}

#[test]
fn sessions_tell_their_scripts_when_asked() {
    let server = TestServer::start();
    let mut client = server.client();
    let (name, session) = (server.name("t"), server.name("session"));
    let script = format!("# é\nGB('CommandReader').register(trigger='{name}')");
    let words: &[&[u8]] = &[
        b"RG.PYEXECUTE",
        script.as_bytes(),
        b"ID",
        session.as_bytes(),
    ];
    assert_eq!(client.ask(words), "+OK");
    let mut ask = |words: &[&[u8]]| {
        let mut all: Vec<&[u8]> = vec![b"RG.PYDUMPSESSIONS"];
        all.extend(words);
        all.extend([b"SESSIONS".as_slice(), session.as_bytes()]);
        let Value::Array(mut sessions) = client.value(&all) else {
            panic!("not an array");
        };
        sessions.remove(0)
    };
    let told = ask(&[b"source"]);
    assert_eq!(
        field(&told, "source"),
        &Value::BulkString(script.clone().into_bytes())
    );
    assert_eq!(show(field(&told, "ID")), format!("${session:?}"));
    assert_eq!(
        names(&ask(&[b"SOURCE", b"VERBOSE"])).last().unwrap(),
        "$\"source\""
    );
    assert!(!names(&ask(&[])).contains(&"$\"source\"".to_owned()));
}
