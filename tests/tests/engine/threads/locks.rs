//! Locks are free when functions that took them have been ended.

use super::{SHARED, assert_alive, forget, in_a_hurry, server};

/// How often each of them is tried: where a function is ended is a matter of chance.
const ROUNDS: usize = 3;

/// A lock, how a function takes it again and again, and how the next one sees that it is free.
type Case = (&'static str, &'static str, &'static str);

/// Tries each lock in functions that are ended while they take it, hold it and give it back.
fn are_free(cases: &[Case]) {
    let (_server, mut client) = server();
    for (lock, hold, free) in cases {
        let hold = hold.replace('\n', "\n        ");
        let define = format!(
            "{SHARED}import contextlib, io, logging, queue, threading
shared().lock = {lock}
def forever():
    while True: pass
class Guard:
    def __init__(self, lock): self.lock = lock
    def __enter__(self):
        self.lock.acquire()
        self.taken = True
        return self
    def __exit__(self, *_):
        self.taken = False
        self.lock.release()
@contextlib.contextmanager
def holding(lock):
    lock.acquire()
    try:
        yield
    finally:
        lock.release()
def f(r):
    lock = shared().lock
    while True:
        {hold}
def is_free(r):
    # Whoever holds a lock may take some of them again, so another thread asks.
    lock, seen = shared().lock, []
    t = threading.Thread(target=lambda: seen.append({free}))
    t.start()
    t.join()
    return seen[0]
GB('CommandReader').map(f).register(trigger='hold', mode='sync')
GB('CommandReader').map(is_free).register(trigger='is_free', mode='async_local')"
        );
        client.install(&define);
        for _ in 0..ROUNDS {
            let reply = in_a_hurry(&mut client, |client| client.trigger("hold", &[]));
            assert!(reply.contains("forcestopped"), "{define}\n{reply:.900}");
            let seen = client.trigger("is_free", &[]);
            assert_eq!(seen, r#"[$"True"]"#, "{lock}, {hold}\n{reply}");
        }
        forget(&mut client, &["hold", "is_free"]);
    }
    assert_alive(&mut client, "locks");
}

/// Sees whether a lock is free, and leaves it so.
const FREE: &str = "lock.acquire(False) and lock.release() is None";

#[test]
fn those_of_with_are_free() {
    are_free(&[
        ("threading.Lock()", "with lock: forever()", FREE),
        ("threading.Lock()", "with lock: pass", FREE),
        (
            "threading.Lock()",
            "with lock:\n    try: forever()\n    except: forever()",
            FREE,
        ),
        (
            "threading.Lock()",
            "for _ in 'a':\n    with lock:\n        forever()\n        break",
            FREE,
        ),
        (
            "threading.Lock()",
            "with open('/dev/null') as _, lock as _: return forever()",
            FREE,
        ),
        ("threading.RLock()", "with lock: forever()", FREE),
        ("threading.RLock()", "with lock, lock: pass", FREE),
    ]);
}

#[test]
fn those_of_the_standard_library_are_free() {
    are_free(&[
        ("threading.Condition()", "with lock: forever()", FREE),
        ("threading.Condition()", "with lock: pass", FREE),
        (
            "threading.Condition()",
            "with lock:\n    while True: lock.wait(0.01)",
            FREE,
        ),
        (
            "threading.Condition()",
            "with lock: lock.notify_all()",
            FREE,
        ),
        ("threading.Semaphore(1)", "with lock: forever()", FREE),
        ("threading.Semaphore(1)", "with lock: pass", FREE),
        ("threading.BoundedSemaphore(1)", "with lock: pass", FREE),
        (
            "threading.Event()",
            "lock.set()\nlock.wait()\nlock.clear()",
            "lock._cond.acquire(False) and lock._cond.release() is None",
        ),
        (
            "threading.Barrier(1)",
            "lock.reset()\nlock.wait()",
            "lock._cond.acquire(False) and lock._cond.release() is None",
        ),
        (
            "queue.Queue(1)",
            "lock.qsize() and lock.get()\nlock.put(1)",
            "lock.mutex.acquire(False) and lock.mutex.release() is None",
        ),
        (
            "queue.LifoQueue()",
            "lock.put(1)\nlock.get()\nlock.task_done()",
            "lock.mutex.acquire(False) and lock.mutex.release() is None",
        ),
        (
            "queue.SimpleQueue()",
            "lock.put(1)\nlock.get()",
            "lock.put(1) or lock.get(timeout=5) == 1",
        ),
        (
            "logging.StreamHandler(io.StringIO())",
            "lock.handle(logging.LogRecord('', 1, '', 1, 'x', (), None))",
            "lock.lock.acquire(False) and lock.lock.release() is None",
        ),
        ("logging._lock", "logging.getLogger('locks')", FREE),
    ]);
}

#[test]
fn those_of_scripts_own_are_free() {
    are_free(&[
        ("threading.Lock()", "with Guard(lock): forever()", FREE),
        ("threading.Lock()", "with Guard(lock): pass", FREE),
        ("threading.Condition()", "with Guard(lock): pass", FREE),
        ("threading.Lock()", "with holding(lock): forever()", FREE),
        ("threading.Lock()", "with holding(lock): pass", FREE),
        (
            "threading.Lock()",
            "lock.acquire()\ntry: forever()\nfinally: lock.release()",
            FREE,
        ),
        (
            "threading.Lock()",
            "lock.acquire()\ntry: forever()\nfinally:\n    left = True\n    lock.release()",
            FREE,
        ),
    ]);
}
