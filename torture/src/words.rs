//! The words that commands are made of.

use fastrand::Rng;

use crate::program;
use crate::users;

const WORDS: [&str; 74] = [
    "",
    "0",
    "1",
    "-1",
    "2",
    "100",
    "1000",
    "9223372036854775807",
    "-9223372036854775808",
    "1.5",
    "nan",
    "inf",
    "1e308",
    "*",
    "k",
    "k1",
    "k2",
    "{k}3",
    "s",
    "h",
    "l",
    "z",
    "UNBLOCKING",
    "ID",
    "UPGRADE",
    "REPLACE_WITH",
    "FORCE_REINSTALL_REQUIREMENTS",
    "REQUIREMENTS",
    "DESCRIPTION",
    "ABORTPENDING",
    "SHARD",
    "CLUSTER",
    "VERBOSE",
    "SOURCE",
    "DEAD",
    "SESSIONS",
    "STATS",
    "RESET",
    "SET",
    "GET",
    "PREFIX",
    "MATCH",
    "COUNT",
    "BLOCK",
    "WITHSCORES",
    "EX",
    "PX",
    "KEEPTTL",
    "MAXLEN",
    "~",
    ">",
    "$",
    "+",
    "-",
    "NX",
    "FIELDS",
    "STREAMS",
    "GROUP",
    "LEFT",
    "(1",
    "[a",
    "ascii\u{e9}",
    "t0",
    "t1",
    "t2",
    "s1",
    "s2",
    "i1",
    "0000000000000000000000000000000000000000-0",
    "0000000000000000000000000000000000000000-1",
    "0000000000000000000000000000000000000000-2",
    "0000000000000000000000000000000000000000-3",
    "0000000000000000000000000000000000000000-9",
    "0000000000000000000000000000000000000000-99999999999999999999",
];

/// Those of the engine that can change while it runs; `PipInstall` would have pip look for random words.
const ENGINE_SETTINGS: [&str; 17] = [
    "MaxExecutions",
    "MaxExecutionsPerRegistration",
    "ProfileExecutions",
    "ExecutionThreads",
    "AsyncDeadline",
    "ExecutionQueue",
    "PythonInstallReqMaxIdleTime",
    "PythonMemoryLimit",
    "ExecutionMaxIdleTime",
    "SendMsgRetries",
    "PythonAttemptTraceback",
    "CreateVenv",
    "PythonInstallationDir",
    "PythonExecutable",
    "ReplyShapes",
    "Plugin",
    "NoSuchSetting",
];

/// Those of the server that neither shut the attack out nor slow it down.
const SERVER_SETTINGS: [&str; 22] = [
    "notify-keyspace-events",
    "maxmemory-policy",
    "maxmemory-samples",
    "lazyfree-lazy-expire",
    "lazyfree-lazy-server-del",
    "lua-time-limit",
    "slowlog-log-slower-than",
    "slowlog-max-len",
    "latency-monitor-threshold",
    "hz",
    "activerehashing",
    "list-max-ziplist-size",
    "hash-max-ziplist-entries",
    "stream-node-max-entries",
    "tracking-table-max-keys",
    "min-replicas-to-write",
    "stop-writes-on-bgsave-error",
    "repl-backlog-size",
    "acllog-max-len",
    "rg.maxexecutions",
    "rg.executionqueue",
    "rg.replyshapes",
];

const SERVER_VALUES: [&str; 8] = [
    "yes",
    "no",
    "KEA",
    "AKE$lshzxegtnmd",
    "",
    "allkeys-lru",
    "volatile-ttl",
    "0",
];

pub(crate) fn word(random: &mut Rng) -> Vec<u8> {
    match random.u8(..60) {
        0 => (0..random.usize(..40)).map(|_| random.u8(..)).collect(),
        1 => vec![b'x'; random.usize(..2_000)],
        2..4 => program::expression(random, 2).into_bytes(),
        4 => random.i64(..).to_string().into_bytes(),
        5 => b"a\0b\r\n%s%n".to_vec(),
        _ => text(random, &WORDS).into(),
    }
}

pub(crate) fn text(random: &mut Rng, words: &[&'static str]) -> &'static str {
    words[random.usize(..words.len())]
}

pub(crate) fn user(random: &mut Rng) -> &'static str {
    let names: Vec<&str> = users::names().chain(["default"]).collect();
    text(random, &names)
}

/// A setting of the engine and a value. Without a deadline, a function may keep the server for ever.
pub(crate) fn engine_setting(random: &mut Rng) -> (&'static str, Vec<u8>) {
    if random.u8(..20) == 0 {
        return (
            "SyncDeadline",
            text(random, &["500", "2000", "-1", "x"]).into(),
        );
    }
    (text(random, &ENGINE_SETTINGS), word(random))
}

/// The words after `CONFIG`.
pub(crate) fn server_setting(random: &mut Rng) -> Vec<Vec<u8>> {
    let name = text(random, &SERVER_SETTINGS);
    let mut words: Vec<Vec<u8>> = vec![b"SET".into(), name.into()];
    match random.u8(..10) {
        0 => {}
        // A server that lacks replicas refuses every write.
        1..4 if name != "min-replicas-to-write" => words.push(word(random)),
        _ => words.push(text(random, &SERVER_VALUES).into()),
    }
    words
}
