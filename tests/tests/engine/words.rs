//! The keywords of RedGrease as names, which every script finds.

use gears_tests::{TestServer, ask, until};

#[test]
fn words_stand_for_what_registrations_take() {
    let server = TestServer::private();
    let mut client = server.client();
    let script = "
def seen(record):
    log('seen', level=LogLevel.Debug)
    execute('RPUSH', 'seen', TriggerMode.AsyncLocal)
GB(ReaderType.StreamReader).foreach(seen).register(
    's', mode=TriggerMode.AsyncLocal, onFailedPolicy=FailurePolicy.Retry)
GB(ReaderType.KeysReader).foreach(seen).register(
    'k', mode=TriggerMode.Sync, eventTypes=['hset'], keyTypes=[KeyType.Hash])
GB(ReaderType.CommandReader).map(lambda words: LogLevel.Warning).register(trigger='t', mode=TriggerMode.Async)
";
    assert_eq!(client.execute(script), "+OK");
    let listed = ask!(client, "RG.DUMPREGISTRATIONS");
    for told in ["async_local", "retry", "$\"sync\""] {
        assert!(listed.contains(told), "no {told} in {listed}");
    }
    ask!(client, "XADD", "s", "*", "a", "b");
    ask!(client, "HSET", "k", "a", "b");
    until("both to be seen", || {
        (ask!(client, "LLEN", "seen") == ":2").then_some(())
    });
    assert_eq!(client.trigger("t", &[]), r#"[$"warning"]"#);
}

#[test]
fn words_are_a_scripts_own_to_change_and_are_in_the_module() {
    let server = TestServer::private();
    let mut client = server.client();
    let script = "
import redisgears
from redgrease.sugar import KeyType as theirs
class LogLevel: Debug = 'mine'
GB('ShardsIDReader').map(lambda _: [LogLevel.Debug, redisgears.LogLevel.Debug, theirs.List]).run()
";
    assert_eq!(
        client.execute(script),
        r#"[[$"['mine', 'debug', 'list']"], []]"#
    );
}
