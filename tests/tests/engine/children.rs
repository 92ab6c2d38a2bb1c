//! Processes that scripts start: programs, and those of `multiprocessing`.

use gears_tests::{Client, LONG_DEADLINE, TestServer, ask};

/// Functions, each with what it answers.
const FUNCTIONS: &str = r#"
import asyncio, concurrent.futures, math, multiprocessing, os, subprocess

FACTOR = 2

class Point:
    def __init__(self, x): self.x = x

def double(x): return x * FACTOR

def length(point): return point.x

def put(queue, value): queue.put(value)

def pool(r=None):
    with multiprocessing.Pool(2) as pool:
        return [pool.map(math.sqrt, [4.0]), pool.map(double, [1, 2]),
                pool.map(lambda x: x + 1, [1]), pool.map(length, [Point(7)])]

def process(r=None):
    queue = multiprocessing.Queue()
    child = multiprocessing.Process(target=put, args=(queue, 'from a child'))
    child.start()
    said = queue.get()
    child.join()
    return [said, child.exitcode]

def executor(r=None):
    with concurrent.futures.ProcessPoolExecutor(1) as pool:
        return list(pool.map(double, [3]))

def program(r=None):
    return subprocess.run(['echo', 'said'], capture_output=True, text=True).stdout.strip()

async def program_of_loop(r=None):
    child = await asyncio.create_subprocess_exec('echo', 'said', stdout=subprocess.PIPE)
    out, _ = await child.communicate()
    return out.decode().strip()

def refused(call):
    try: call()
    except Exception as error: return ' '.join(str(error).split())
    return 'nothing'

def of_server(r=None):
    with multiprocessing.Pool(1) as pool:
        return refused(lambda: pool.map(lambda x: execute('PING'), [1]))

def copies(r=None):
    return [refused(os.fork), refused(lambda: multiprocessing.get_context('fork').Pool(1)),
            refused(multiprocessing.get_context('fork').Process(target=print).start)]
"#;

const ANSWERS: &[(&str, &str)] = &[
    ("pool", "[[2.0], [2, 4], [2], [7]]"),
    ("process", "['from a child', 0]"),
    ("executor", "[6]"),
    ("program", "said"),
];

fn client(server: &TestServer) -> Client {
    let mut client = server.client();
    client.wait_at_most(LONG_DEADLINE);
    // Processes of a busy machine take their time.
    ask!(client, "RG.CONFIGSET", "SyncDeadline", "200000");
    client
}

/// Calls a function in every way that there is; each must answer so.
fn in_every_way(client: &mut Client, function: &str, is_right: impl Fn(&str) -> bool) {
    client.install(&format!(
        "{FUNCTIONS}\nexecute('SET', 'said', str({function}()))"
    ));
    let said = ask!(client, "GET", "said");
    assert!(is_right(&said), "body: {function}: {said}");
    for mode in ["sync", "async_local", "async"] {
        client.install(&format!(
            "{FUNCTIONS}\nGB('CommandReader').map({function}).register(trigger='t', mode='{mode}')"
        ));
        let said = client.trigger("t", &[]);
        assert!(is_right(&said), "{mode}: {function}: {said}");
        let id = client.id("t").unwrap();
        ask!(client, "RG.UNREGISTER", id);
    }
}

#[test]
fn processes_work_in_every_mode() {
    let server = TestServer::private();
    let mut client = client(&server);
    for (function, answer) in ANSWERS {
        in_every_way(&mut client, function, |said| said.contains(answer));
    }
    client.install(&format!(
        "{FUNCTIONS}\n\
         GB('CommandReader').map(program_of_loop).register(trigger='t', mode='async_local')"
    ));
    assert_eq!(client.trigger("t", &[]), r#"[$"said"]"#);
}

#[test]
fn what_is_the_servers_does_not_go_into_processes() {
    let server = TestServer::private();
    let mut client = client(&server);
    in_every_way(&mut client, "of_server", |said| {
        said.contains("execute is the server's, and another process cannot use it")
    });
}

#[test]
fn the_server_is_not_copied() {
    let server = TestServer::private();
    let mut client = client(&server);
    in_every_way(&mut client, "copies", |said| {
        said.matches("os.fork is refused in the server").count() == 3
    });
}
