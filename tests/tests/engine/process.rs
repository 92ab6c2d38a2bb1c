//! What belongs to the process is the server's, whatever code of scripts asks for.

use std::path::Path;

use gears_runtime::embedded::Server;
use gears_tests::{Client, DEADLINE, LONG_DEADLINE, TestServer, ask, terminate, wheel};
use tempfile::TempDir;

/// What is refused: an expression, and a name that the refusal has.
const REFUSED: &[(&str, &str)] = &[
    ("os.chdir('/')", "os.chdir"),
    ("posix.chdir('/')", "os.chdir"),
    ("os.fchdir(os.open('/', os.O_RDONLY))", "os.fchdir"),
    ("os.chroot('/')", "os.chroot"),
    ("contextlib.chdir('/').__enter__()", "os.chdir"),
    ("signal.signal(signal.SIGTERM, print)", "signal.signal"),
    (
        "signal.signal(signal.SIGINT, signal.SIG_IGN)",
        "signal.signal",
    ),
    ("signal.signal(15, signal.SIG_DFL)", "signal.signal"),
    ("_signal.signal(15, 1)", "signal.signal"),
    ("signal.siginterrupt(15, True)", "signal.siginterrupt"),
    ("signal.set_wakeup_fd(-1)", "signal.set_wakeup_fd"),
    (
        "signal.setitimer(signal.ITIMER_REAL, 0.01)",
        "signal.setitimer",
    ),
    ("signal.alarm(1)", "signal.alarm"),
    ("signal.pause()", "signal.pause"),
    ("signal.sigwait([signal.SIGTERM])", "signal.sigwait"),
    ("signal.sigtimedwait([15], 1)", "signal.sigtimedwait"),
    ("signal.raise_signal(signal.SIGTERM)", "signal.raise_signal"),
    (
        "signal.pthread_kill(threading.get_ident(), 15)",
        "signal.pthread_kill",
    ),
    (
        "signal.pthread_sigmask(signal.SIG_BLOCK, [15])",
        "signal.pthread_sigmask",
    ),
    ("os.kill(os.getpid(), 15)", "os.kill"),
    ("os.kill(os.getpid(), signal.SIGKILL)", "os.kill"),
    ("os.kill(0, 15)", "os.kill"),
    ("os.kill(-1, 15)", "os.kill"),
    ("os.kill(-os.getpgrp(), 15)", "os.kill"),
    ("os.killpg(os.getpgrp(), 15)", "os.killpg"),
    ("os.killpg(0, 15)", "os.killpg"),
    ("faulthandler.enable()", "faulthandler.enable"),
    (
        "faulthandler.register(signal.SIGTERM)",
        "faulthandler.register",
    ),
    (
        "faulthandler.dump_traceback_later(0.01, exit=True)",
        "faulthandler.dump_traceback_later",
    ),
    ("os.umask(0o777)", "os.umask"),
    ("os.fork()", "os.fork"),
    ("os.forkpty()", "os.forkpty"),
    ("pty.fork()", "os.fork"),
    (
        "multiprocessing.get_context('fork').Process(target=print).start()",
        "os.fork",
    ),
    ("os._exit(0)", "os._exit"),
    ("os.abort()", "os.abort"),
    ("os.execv('/bin/true', ['true'])", "os.execv"),
    ("os.execlp('true', 'true')", "os.execv"),
    ("os.execvpe('true', ['true'], {})", "os.execve"),
    ("os.wait()", "os.wait"),
    ("os.waitpid(-1, os.WNOHANG)", "os.waitpid"),
    ("os.wait4(0, 0)", "os.wait4"),
    ("os.waitid(os.P_ALL, 0, os.WEXITED)", "os.waitid"),
    ("os.setuid(0)", "os.setuid"),
    ("os.setresgid(0, 0, 0)", "os.setresgid"),
    ("os.setgroups([])", "os.setgroups"),
    ("os.setsid()", "os.setsid"),
    ("os.setpgid(0, 0)", "os.setpgid"),
    ("os.setpgrp()", "os.setpgrp"),
    ("os.nice(5)", "os.nice"),
    ("os.setpriority(os.PRIO_PROCESS, 0, 5)", "os.setpriority"),
    ("os.sched_setaffinity(0, {0})", "os.sched_setaffinity"),
    (
        "os.sched_setaffinity(os.getpid(), {0})",
        "os.sched_setaffinity",
    ),
    (
        "resource.setrlimit(resource.RLIMIT_NOFILE, (9, 9))",
        "resource.setrlimit",
    ),
    (
        "resource.prlimit(0, resource.RLIMIT_NOFILE, (9, 9))",
        "resource.prlimit",
    ),
    ("[os.close(number) for number in range(3, 99)]", "os.close"),
    ("os.close(1)", "os.close"),
    ("os.closerange(3, 99)", "os.closerange"),
    ("os.dup2(os.open('/dev/null', os.O_RDWR), 2)", "os.dup2"),
    ("os.set_blocking(accepted(), True)", "os.set_blocking"),
    ("os.close(accepted())", "os.close"),
    ("socket.socket(fileno=accepted()).close()", "socket.socket"),
    ("socket.close(accepted())", "socket.close"),
    ("fcntl.fcntl(accepted(), fcntl.F_SETFL, 0)", "fcntl.fcntl"),
    (
        "locale.setlocale(locale.LC_ALL, 'de_XX.UTF-8')",
        "locale.setlocale",
    ),
    (
        "locale.setlocale(locale.LC_NUMERIC, ('de_DE', 'UTF-8'))",
        "locale.setlocale",
    ),
    (
        "_locale.setlocale(_locale.LC_NUMERIC, 'de_XX')",
        "locale.setlocale",
    ),
    (
        "locale.setlocale(locale.LC_CTYPE, 'tr_TR.UTF-8')",
        "locale.setlocale",
    ),
];

/// What looks alike and goes on.
const ALLOWED: &[&str] = &[
    "os.getcwd()",
    "signal.getsignal(signal.SIGTERM)",
    "signal.strsignal(15)",
    "signal.pthread_sigmask(signal.SIG_BLOCK, [])",
    "os.kill(os.getpid(), 0)",
    "os.nice(0)",
    "os.close(os.open('/dev/null', os.O_RDONLY))",
    "[os.close(end) for end in os.pipe()]",
    "[end.close() for end in socket.socketpair()]",
    "socket.socket(fileno=socket.socket().detach()).close()",
    "tempfile.TemporaryFile().close()",
    "tempfile.TemporaryDirectory().cleanup()",
    "resource.getrlimit(resource.RLIMIT_NOFILE)",
    "resource.prlimit(0, resource.RLIMIT_NOFILE)",
    "locale.setlocale(locale.LC_ALL)",
    "locale.setlocale(locale.LC_NUMERIC, 'C')",
    "locale.setlocale(locale.LC_NUMERIC, 'POSIX')",
    "os.sched_getaffinity(0)",
    "os.environ.update(GEARS_PROBE='1')",
    "os.system('true')",
    "os.popen('true').close()",
    "subprocess.run(['true'], check=True)",
    "subprocess.run(['true'], check=True, cwd='/', preexec_fn=lambda: os.chdir('/tmp'))",
    "subprocess.run(['true'], check=True, start_new_session=True, umask=0)",
    "os.waitpid(os.posix_spawn('/bin/true', ['true'], {}), 0)",
    "asyncio.run(asyncio.sleep(0))",
];

/// What the expressions need; `try_all` says how each of a list ended.
const PRELUDE: &str = r#"
import _locale, _signal, asyncio, contextlib, faulthandler, fcntl, locale, multiprocessing, os
import posix, pty, resource, signal, socket, subprocess, tempfile, threading
if not hasattr(contextlib, 'chdir'):
    class chdir:
        def __init__(self, path): self.path = path
        def __enter__(self): os.chdir(self.path)
    contextlib.chdir = chdir

def accepted():
    "Finds the server's end of a client's connection."
    with open('/proc/net/unix') as lines:
        ours = [line.split()[6] for line in lines if line.rstrip().endswith('.sock')]
    for name in os.listdir('/proc/self/fd'):
        try: kind, _, inode = os.readlink('/proc/self/fd/' + name).partition(':[')
        except OSError: continue
        if kind == 'socket' and inode[:-1] in ours and int(name) > 2:
            return int(name)

def attempt(expression):
    try: eval(expression, globals())
    except Exception as error: return str(error)
    return 'nothing was refused'

def try_all(expressions):
    return [attempt(expression) for expression in expressions]
"#;

/// The Python list of these expressions.
fn list(expressions: impl Iterator<Item = &'static str>) -> String {
    let quoted: Vec<String> = expressions.map(|text| format!("{text:?}")).collect();
    format!("[{}]", quoted.join(", "))
}

/// Checks what came of each expression, which the server has under `key`.
fn assert_refused(client: &mut Client, place: &str, key: &str) {
    for (number, (expression, name)) in REFUSED.iter().enumerate() {
        let said = ask!(client, "LINDEX", key, number.to_string());
        assert!(
            said.contains(name) && said.contains(" is refused in the server: "),
            "{place}: {expression}: {said}"
        );
    }
    ask!(client, "DEL", key);
}

fn script(run: &str) -> String {
    let expressions = list(REFUSED.iter().map(|(expression, _)| *expression));
    format!(
        "{PRELUDE}\n\
         def note(r=None):\n    \
             execute('RPUSH', 'said', *try_all({expressions}))\n    \
             return 'done'\n\
         def apart(r=None):\n    \
             thread = threading.Thread(target=note)\n    \
             thread.start()\n    \
             thread.join()\n    \
             return 'done'\n\
         async def later(r=None):\n    \
             return note()\n\
         {run}"
    )
}

#[test]
fn nothing_of_the_process_is_taken_from_the_server() {
    let folder = TempDir::new().unwrap();
    let mut server = TestServer::of(Server::builder().data_dir(folder.path()));
    let mut client = server.client();
    client.wait_at_most(LONG_DEADLINE);
    ask!(client, "RG.CONFIGSET", "SyncDeadline", "100000");
    let before = ask!(client, "CONFIG", "GET", "dir");
    client.install(&script("note()"));
    assert_refused(&mut client, "body", "said");
    for (mode, function) in [
        ("sync", "note"),
        ("async_local", "note"),
        ("async_local", "apart"),
        ("async_local", "later"),
    ] {
        let register =
            format!("GB('CommandReader').map({function}).register(trigger='t', mode='{mode}')");
        client.install(&script(&register));
        assert_eq!(client.trigger("t", &[]), r#"[$"done"]"#);
        assert_refused(&mut client, &format!("{mode} {function}"), "said");
        let id = client.id("t").unwrap();
        ask!(client, "RG.UNREGISTER", id);
    }
    assert_eq!(ask!(client, "CONFIG", "GET", "dir"), before);
    assert_eq!(ask!(client, "ZADD", "sorted", "1.5", "member"), ":1");
    assert_eq!(ask!(client, "INCRBYFLOAT", "number", "1.5"), "$\"1.5\"");
    // By the signal that the server saves and ends at.
    ask!(client, "CONFIG", "SET", "save", "3600 1");
    let pid = server.private_mut().pid().unwrap();
    terminate(pid);
    let ended = server.private_mut().wait_until_ended(DEADLINE);
    ended.unwrap();
    server.private_mut().restart().unwrap();
    let mut client = server.client();
    assert_eq!(ask!(client, "ZSCORE", "sorted", "member"), "$\"1.5\"");
}

/// Writes a package whose import does what the expressions say, and keeps what came of it.
fn package(folder: &Path) -> String {
    let expressions = list(REFUSED.iter().map(|(expression, _)| *expression));
    let source = format!("{PRELUDE}\nSAID = try_all({expressions})\n");
    let path = wheel(folder, "gears_grasping", "1.0", &source);
    path.to_str().unwrap().to_owned()
}

#[test]
fn packages_take_nothing_while_they_are_imported() {
    let server = TestServer::of(Server::builder().env("PIP_NO_INDEX", "1"));
    let mut client = server.client();
    client.wait_at_most(LONG_DEADLINE);
    let folder = TempDir::new().unwrap();
    let requirement = package(folder.path());
    let script = "import gears_grasping\nexecute('RPUSH', 'said', *gears_grasping.SAID)";
    assert_eq!(
        ask!(client, "RG.PYEXECUTE", script, "REQUIREMENTS", requirement),
        "+OK"
    );
    assert_refused(&mut client, "import", "said");
    let again = "import importlib, os, signal, posix, _signal\n\
                 for module in posix, _signal, os, signal: importlib.reload(module)\n\
                 for call in (lambda: os.chdir('/')), (lambda: signal.signal(15, print)):\n    \
                     try: call()\n    \
                     except (OSError, ValueError) as e: execute('RPUSH', 'again', str(e))";
    client.install(again);
    let said = ask!(client, "LRANGE", "again", "0", "-1");
    assert_eq!(
        said.matches("is refused in the server").count(),
        2,
        "{said}"
    );
}

#[test]
fn what_takes_nothing_is_not_refused() {
    let server = TestServer::private();
    let mut client = server.client();
    client.wait_at_most(LONG_DEADLINE);
    ask!(client, "RG.CONFIGSET", "SyncDeadline", "100000");
    let expressions = list(ALLOWED.iter().copied());
    let body = format!("{PRELUDE}\nexecute('RPUSH', 'said', *try_all({expressions}))");
    client.install(&body);
    for mode in ["sync", "async_local"] {
        client.install(&format!(
            "{PRELUDE}\n\
             def f(r):\n    \
                 execute('RPUSH', 'said', *try_all({expressions}))\n\
             GB('CommandReader').foreach(f).register(trigger='{mode}', mode='{mode}')"
        ));
        client.trigger(mode, &[]);
    }
    for number in 0..3 * ALLOWED.len() {
        let said = ask!(client, "LINDEX", "said", number.to_string());
        let expression = ALLOWED[number % ALLOWED.len()];
        assert_eq!(said, "$\"nothing was refused\"", "{expression}");
    }
}
