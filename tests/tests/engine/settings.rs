//! Every setting: as an argument of the module, as `RG.CONFIGSET` changes it, and among the
//! server's own.

mod effect;
mod table;

use gears_runtime::embedded::Server;
use gears_tests::{Client, TestServer, ask, show};
use redis::Value;

use table::{Change, SETTINGS, Setting};

const KEPT: &str = "[+OK - value was saved in extra config dictionary]";

fn with(arguments: &[&str]) -> TestServer {
    TestServer::of(Server::builder().engine_args(arguments))
}

/// Says whether the server has settings of modules among its own (since 7.0).
fn has_settings_of_modules(client: &mut Client) -> bool {
    !ask!(client, "INFO", "server").contains("redis_version:6.")
}

/// Returns what `CONFIG GET` says of one of our settings.
fn told_by_server(client: &mut Client, setting: &Setting) -> String {
    ask!(client, "CONFIG", "GET", setting.server_name())
}

fn as_told_by_server(setting: &Setting, value: &str) -> String {
    format!("[${:?}, ${value:?}]", setting.server_name())
}

/// Returns the names of our settings among the server's.
fn names_at_server(client: &mut Client) -> Vec<String> {
    let Value::Array(pairs) = client.value(&[b"CONFIG", b"GET", b"rg.*"]) else {
        panic!("not an array");
    };
    let names = pairs.iter().step_by(2).map(show);
    let mut names: Vec<_> = names.map(|name| name.to_ascii_lowercase()).collect();
    names.sort_unstable();
    names
}

#[test]
fn every_setting_has_its_default() {
    let server = with(&[]);
    let mut client = server.client();
    for setting in SETTINGS {
        let Some(default) = setting.default else {
            continue;
        };
        let told = ask!(client, "RG.CONFIGGET", setting.name);
        assert_eq!(told, format!("[{}]", setting.shown(default)));
        // Names are told as they are written.
        let lower = setting.name.to_ascii_lowercase();
        assert_eq!(
            ask!(client, "RG.CONFIGGET", lower),
            format!("[-(error) Unsupported config parameter: {lower}]")
        );
    }
    if !has_settings_of_modules(&mut client) {
        assert_eq!(ask!(client, "CONFIG", "GET", "rg.*"), "[]");
        return;
    }
    // So the table here has them all.
    let mut names: Vec<_> = SETTINGS
        .iter()
        .map(|setting| format!("${:?}", setting.server_name()))
        .collect();
    names.sort_unstable();
    assert_eq!(names_at_server(&mut client), names);
    for setting in SETTINGS {
        if let Some(default) = setting.default {
            let told = told_by_server(&mut client, setting);
            assert_eq!(told, as_told_by_server(setting, default));
        }
    }
}

#[test]
fn every_setting_is_an_argument_of_the_module() {
    // Of what its core owns, RedisGears ignores the case.
    let lower: Vec<_> = SETTINGS
        .iter()
        .map(|setting| match setting.change {
            Change::Core | Change::CoreAtLoad => setting.name.to_ascii_lowercase(),
            _ => setting.name.to_owned(),
        })
        .collect();
    for lower_case in [false, true] {
        let mut arguments = Vec::new();
        for (setting, lower) in SETTINGS.iter().zip(&lower) {
            if let Some(other) = setting.other {
                arguments.push(if lower_case { lower } else { setting.name });
                arguments.push(other);
            }
        }
        arguments.extend(["colour", "blue"]);
        let server = with(&arguments);
        let mut client = server.client();
        let has_settings = has_settings_of_modules(&mut client);
        for setting in SETTINGS {
            let Some(other) = setting.other else { continue };
            let told = ask!(client, "RG.CONFIGGET", setting.name);
            assert_eq!(
                told,
                format!("[{}]", setting.shown(other)),
                "{}",
                setting.name
            );
            if has_settings {
                let told = told_by_server(&mut client, setting);
                assert_eq!(told, as_told_by_server(setting, other));
            }
            // Scripts see the same, and no password either.
            let seen = seen_by_scripts(&mut client, setting.name);
            assert_eq!(seen, other, "{}", setting.name);
        }
        assert_eq!(ask!(client, "RG.CONFIGGET", "colour"), r#"[$"blue"]"#);
        assert_eq!(seen_by_scripts(&mut client, "colour"), "blue");
    }
}

/// Returns what `configGet` returns, as a text.
fn seen_by_scripts(client: &mut Client, name: &str) -> String {
    let script = format!("GB('ShardsIDReader').map(lambda x: str(configGet('{name}'))).run()");
    let reply = client.execute(&script);
    let seen = reply.strip_prefix("[[$\"");
    let seen = seen.and_then(|seen| seen.strip_suffix("\"], []]"));
    seen.unwrap_or_else(|| panic!("{name}: {reply}")).to_owned()
}

#[test]
fn scripts_see_defaults_of_settings_and_nothing_of_other_names() {
    let server = with(&[]);
    let mut client = server.client();
    for setting in SETTINGS {
        if let Some(default) = setting.default {
            assert_eq!(seen_by_scripts(&mut client, setting.name), default);
        }
        let lower = setting.name.to_ascii_lowercase();
        assert_eq!(
            seen_by_scripts(&mut client, &lower),
            "None",
            "names are as they are written"
        );
    }
    let or = "GB('ShardsIDReader').map(lambda x: gearsConfigGet('MaxExecutions', 'or') \
              + gearsConfigGet('maxexecutions', ' or')).run()";
    assert_eq!(client.execute(or), r#"[[$"1000 or"], []]"#);
}

#[test]
fn configset_changes_a_setting_or_says_why_not() {
    let server = with(&[]);
    let mut client = server.client();
    for setting in SETTINGS {
        let name = setting.name;
        let before = ask!(client, "RG.CONFIGGET", name);
        let value = setting.other.unwrap_or("anything");
        let reply = ask!(client, "RG.CONFIGSET", name, value);
        let unchanged = match setting.change {
            Change::Core | Change::Plugin => None,
            Change::CoreAtLoad => Some(format!(
                "[-(error) Config value {name} not modifiable at runtime]"
            )),
            Change::AtLoad => Some(format!("[-(error) {name} is not configurable at runtime]")),
        };
        if let Some(refusal) = unchanged {
            assert_eq!(reply, refusal);
            assert_eq!(ask!(client, "RG.CONFIGGET", name), before);
            continue;
        }
        let accepted = match setting.change {
            Change::Core => "[+OK]",
            _ => KEPT,
        };
        assert_eq!(reply, accepted, "{name}");
        let shown = format!("[{}]", setting.shown(value));
        assert_eq!(ask!(client, "RG.CONFIGGET", name), shown, "{name}");
        assert_eq!(seen_by_scripts(&mut client, name), value);
        // And what is wrong, or missing.
        for wrong in setting.wrong {
            let refusal = match setting.change {
                Change::Core => format!("[-(error) Failed setting config value {name}]"),
                _ => {
                    format!("[-Failed setting config value for key '{name}' with value '{wrong}']")
                }
            };
            assert_eq!(ask!(client, "RG.CONFIGSET", name, wrong), refusal);
            assert_eq!(ask!(client, "RG.CONFIGGET", name), shown, "{name}");
        }
        let missing = match setting.change {
            Change::Core => format!("[-(error) Failed setting config value {name}]"),
            _ => format!("[-(error) Value was not given to {name}]"),
        };
        assert_eq!(ask!(client, "RG.CONFIGSET", name), missing);
        if setting.change == Change::Core {
            let upper = name.to_ascii_uppercase();
            assert_eq!(ask!(client, "RG.CONFIGSET", upper, value), "[+OK]");
        }
    }
    // Another case is another name where the core does not own it.
    let pair = ["pythonattempttraceback", "x"];
    assert_eq!(ask!(client, "RG.CONFIGSET", pair[0], pair[1]), KEPT);
    assert_eq!(ask!(client, "RG.CONFIGGET", pair[0]), r#"[$"x"]"#);
}

#[test]
fn the_server_changes_a_setting_or_says_why_not() {
    let server = with(&[]);
    let mut client = server.client();
    if !has_settings_of_modules(&mut client) {
        let reply = ask!(client, "CONFIG", "SET", "rg.maxexecutions", "5");
        assert!(reply.starts_with("-ERR Unsupported"), "{reply}");
        return;
    }
    for setting in SETTINGS {
        let name = setting.server_name();
        let before = ask!(client, "CONFIG", "GET", name);
        let value = setting.other.unwrap_or("anything");
        let reply = ask!(client, "CONFIG", "SET", name, value);
        if matches!(setting.change, Change::AtLoad | Change::CoreAtLoad) {
            assert!(reply.contains("can't set immutable config"), "{reply}");
            assert_eq!(ask!(client, "CONFIG", "GET", name), before);
            continue;
        }
        assert_eq!(reply, "+OK", "{name}");
        let told = ask!(client, "RG.CONFIGGET", setting.name);
        assert_eq!(told, format!("[{}]", setting.shown(value)));
        for wrong in setting.wrong {
            let reply = ask!(client, "CONFIG", "SET", name, wrong);
            assert!(
                reply.starts_with("-ERR CONFIG SET failed"),
                "{name}: {reply}"
            );
            assert_eq!(
                told_by_server(&mut client, setting),
                as_told_by_server(setting, value)
            );
        }
    }
}

#[test]
fn wrong_values_are_refused_at_load_with_a_sentence() {
    for setting in SETTINGS {
        for wrong in setting.wrong {
            // An empty argument cannot be told from none on the command line.
            if wrong.is_empty() {
                continue;
            }
            let arguments = [setting.name, wrong];
            let started = Server::builder().engine_args(arguments).start();
            let log = match started {
                Ok(_) => panic!("{arguments:?} is accepted"),
                Err(error) => error.to_string(),
            };
            // An entry of the log is one line, whatever it quotes.
            let sentence = setting.sentence(wrong).replace('\n', "\\n");
            assert!(log.contains(&sentence), "{sentence} is not in {log}");
        }
    }
    let started = Server::builder().engine_args(["MaxExecutions"]).start();
    let log = started.err().unwrap().to_string();
    let sentence = "the module argument MaxExecutions has no value";
    assert!(log.contains(sentence), "{log}");
}

#[test]
fn the_servers_file_comes_after_the_arguments() {
    let file = |setting| {
        Server::builder()
            .engine_args(["MaxExecutions", "7", "AsyncDeadline", "8"])
            .server_args(setting)
    };
    let plain = TestServer::private();
    if !has_settings_of_modules(&mut plain.client()) {
        assert!(file(["--rg.maxexecutions", "9"]).start().is_err());
        return;
    }
    let server = TestServer::of(file(["--rg.maxexecutions", "9"]));
    let told = ask!(
        server.client(),
        "RG.CONFIGGET",
        "MaxExecutions",
        "AsyncDeadline"
    );
    assert_eq!(told, "[:9, :8]");
    for wrong in [["--rg.executionthreads", "0"], ["--rg.replyshapes", "2"]] {
        let error = file(wrong).start().err().unwrap().to_string();
        assert!(error.contains("wrong value for an rg. setting"), "{error}");
    }
}

#[test]
fn plugins_of_redisgears_are_not_needed() {
    let server = with(&["Plugin", "/one.so", "plugin", "/two.so"]);
    let mut client = server.client();
    let log = server.log().unwrap();
    for plugin in ["/one.so", "/two.so"] {
        assert!(log.contains(&format!("the plugin {plugin} is not loaded")));
    }
    assert_eq!(ask!(client, "RG.CONFIGGET", "Plugin"), "[[]]");
    assert_eq!(
        ask!(client, "RG.CONFIGSET", "Plugin", "/three.so"),
        "[-(error) Config value Plugin not modifiable at runtime]"
    );
    assert_eq!(seen_by_scripts(&mut client, "Plugin"), "None");
}
