//! Functions that wait for what can only happen when they have ended.

use gears_tests::{Client, TestServer, ask, until};

/// A function that waits for a thread, which waits for the server.
const JOINING: &str = "\
import threading
said = []
def body():
    try: said.append(execute('INCR', 'count'))
    except Exception as error: said.append(str(error))
def join(r):
    thread = threading.Thread(target=body)
    thread.start()
    thread.join()
    return said.pop()
def join_in_a_block(r):
    with atomic():
        return join(r)
";

/// What such a thread is told in the end.
const TOLD: &str = "does it wait for this thread?";

/// Starts a server on which only what keeps it to itself has to end soon.
fn impatient() -> (TestServer, Client) {
    let server = TestServer::private();
    let mut client = server.client();
    assert_eq!(ask!(client, "RG.CONFIGSET", "SyncDeadline", "500"), "[+OK]");
    (server, client)
}

#[test]
fn who_keeps_the_server_cannot_wait_for_its_threads_for_ever() {
    let (_server, mut client) = impatient();
    for (place, script) in [
        ("script", "join(1)"),
        ("block in a script", "join_in_a_block(1)"),
        ("block", "GB('ShardsIDReader').map(join_in_a_block).run()"),
    ] {
        let reply = client.execute(&format!("{JOINING}{script}"));
        // Its thread is told first, and it may end by itself then.
        assert!(
            reply.contains("forcestopped") || reply.contains(TOLD) || reply == "+OK",
            "{place}: {reply}"
        );
        assert_eq!(ask!(client, "PING"), "+PONG", "{place}");
    }
    client.install(&format!(
        "{JOINING}\
         GB('CommandReader').map(join).register(trigger='sync', mode='sync')\n\
         GB('CommandReader').map(join).register(trigger='local', mode='async_local')\n\
         GB('CommandReader').map(join_in_a_block).register(trigger='block', mode='async_local')\n\
         GB('CommandReader').foreach(lambda r: said.clear()).register(trigger='forget', mode='sync')\n\
         GB('KeysReader').foreach(join).register('event', mode='sync')"
    ));
    for trigger in ["sync", "block"] {
        let reply = client.trigger(trigger, &[]);
        assert!(
            reply.contains("forcestopped") || reply.contains(TOLD),
            "{trigger}: {reply}"
        );
        client.trigger("forget", &[]);
        // Nobody keeps the server: the thread gets what it wants.
        let reply = client.trigger("local", &[]);
        assert_eq!(reply, format!("[{}]", ask!(client, "GET", "count")));
    }
    assert_eq!(ask!(client, "SET", "event", "x"), "+OK");
    assert_eq!(ask!(client, "PING"), "+PONG");
}

#[test]
fn atomic_blocks_end_when_functions_that_keep_the_server_do() {
    let (_server, mut client) = impatient();
    let endless = "\
def forever(r):
    with atomic():
        while True:
            try: execute('INCR', 'count')
            except: pass
";
    let reply = client.execute(&format!("{endless}GB('ShardsIDReader').map(forever).run()"));
    assert!(reply.contains("forcestopped"), "{reply}");
    // On a thread of its own, which nothing else bounds.
    client.install(&format!(
        "{endless}import threading\nthreading.Thread(target=forever, args=(1,)).start()"
    ));
    until("end of the thread", || {
        (client.number("rg_executions", "rg_python_threads") == 0).then_some(())
    });
    // What comes after the block is as free as before it.
    let reply = client.execute(
        "import time\n\
         def f(r):\n    \
             with atomic(): pass\n    \
             time.sleep(0.7)\n    \
             return [sum(range(1000)) for _ in range(100)][0]\n\
         GB('ShardsIDReader').map(f).run()",
    );
    assert_eq!(reply, r#"[[$"499500"], []]"#);
}
