//! Jobs that are tried again when nobody says in time that they are done.

use gears_runtime::{Result, gear_command, redis};

use super::both::{compare, eval};

// ANCHOR: gear
/// Takes the next job, which is to be finished within `patience` milliseconds.
/// Those that were not go back, and to the dead after `most` tries.
#[gear_command(mode = "sync", key = queue)]
fn take(queue: &str, now: i64, patience: i64, most: i64) -> Result<Option<String>> {
    r#"
    ready, running, tries, dead = (
        "{%s}:%s" % (queue, part) for part in ("ready", "running", "tries", "dead")
    )
    for job in cmd.zrangebyscore(running, "-inf", now):
        cmd.zrem(running, job)
        if int(cmd.hget(tries, job)) < most:
            cmd.rpush(ready, job)
        else:
            cmd.hdel(tries, job)
            cmd.rpush(dead, job)
    job = cmd.lpop(ready)
    if job is not None:
        cmd.hincrby(tries, job, 1)
        cmd.zadd(running, {job: now + patience})
    return job
    "#
}

/// Says that a job is done; `false` when it was given up before.
#[gear_command(mode = "sync", key = queue)]
fn finish(queue: &str, job: &str) -> Result<bool> {
    r#"
    cmd.hdel("{%s}:tries" % queue, job)
    return cmd.zrem("{%s}:running" % queue, job) == 1
    "#
}
// ANCHOR_END: gear

#[derive(Debug)]
enum Call {
    Take(&'static str, i64, i64),
    Finish(&'static str, &'static str),
}
use Call::{Finish, Take};

#[gears_runtime::test(gears = [take, finish])]
fn both_try_again(client: redis::Client) {
    let cases = [
        Take("mail", 1_000, 2),
        Take("mail", 1_001, 2),
        Finish("mail", "a"),
        Finish("mail", "a"),
        // The last one is there, then nothing is.
        Take("mail", 1_500, 2),
        Take("mail", 1_600, 2),
        // `b` was forgotten and is tried again, twice in all.
        Take("mail", 1_501, 2),
        Finish("mail", "c"),
        Take("mail", 9_000, 2),
        Finish("mail", "b"),
        // One try only, and a queue of nothing.
        Take("post", 1_000, 1),
        Take("post", 5_000, 1),
        Take("none", 1, 1),
        Finish("none", ""),
        Take("post", 5_000, 0),
    ];
    let begin: [&[&str]; 2] = [
        &["RPUSH", "{mail}:ready", "a", "b", "c"],
        &["RPUSH", "{post}:ready", "x", ""],
    ];
    compare(
        &client,
        &begin,
        &cases,
        |connection, case| match case {
            Take(queue, now, most) => {
                let keys =
                    ["ready", "running", "tries", "dead"].map(|part| format!("{{{queue}}}:{part}"));
                let arguments = [now.to_string(), "500".to_owned(), most.to_string()];
                eval(
                    connection,
                    include_str!("../../lua/take.lua"),
                    &keys.each_ref().map(String::as_str),
                    &arguments.each_ref().map(String::as_str),
                )
            }
            Finish(queue, job) => {
                let keys = ["running", "tries"].map(|part| format!("{{{queue}}}:{part}"));
                let done: bool = eval(
                    connection,
                    include_str!("../../lua/finish.lua"),
                    &keys.each_ref().map(String::as_str),
                    &[job],
                )?;
                Ok(done.then(String::new))
            }
        },
        |case| match *case {
            Take(queue, now, most) => take(queue, now, 500, most),
            Finish(queue, job) => Ok(finish(queue, job)?.then(String::new)),
        },
    );
}
