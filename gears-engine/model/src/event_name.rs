//! The names of events, and those that no event ever has.

use gears_server::{Answer, CommandInfo, Context};

use crate::{hint, nearest};

/// Every event of Redis 6.2 to 8.2, of Valkey, and of the modules that come
/// with Redis where their names have no dot.
const KNOWN: &[&str] = &[
    // Any key.
    "del",
    "unlink",
    "expire",
    "expired",
    "evicted",
    "persist",
    "restore",
    "new",
    "keymiss",
    "rename_from",
    "rename_to",
    "move_from",
    "move_to",
    "copy_to",
    "sortstore",
    "overwritten",
    "type_changed",
    "loaded",
    "trimmed",
    "key_trimmed",
    "touch",
    // Texts.
    "set",
    "setrange",
    "setbit",
    "append",
    "incrby",
    "incrbyfloat",
    "decrby",
    "getset",
    "setex",
    "pfadd",
    "pfmerge",
    "bitop",
    "bitfield",
    // Lists.
    "lpush",
    "rpush",
    "lpop",
    "rpop",
    "linsert",
    "lset",
    "lrem",
    "ltrim",
    // Sets.
    "sadd",
    "srem",
    "spop",
    "sinterstore",
    "sunionstore",
    "sdiffstore",
    // Hashes.
    "hset",
    "hdel",
    "hincrby",
    "hincrbyfloat",
    "hexpire",
    "hexpired",
    "hpersist",
    // Sorted sets and places.
    "zadd",
    "zincr",
    "zrem",
    "zremrangebyscore",
    "zremrangebyrank",
    "zremrangebylex",
    "zrembyscore",
    "zrembyrank",
    "zembyscore",
    "zembyrank",
    "zpopmin",
    "zpopmax",
    "zinterstore",
    "zunionstore",
    "zdiffstore",
    "zrangestore",
    "geosearchstore",
    "georadiusstore",
    // Streams.
    "xadd",
    "xdel",
    "xtrim",
    "xsetid",
    "xgroup-create",
    "xgroup-createconsumer",
    "xgroup-delconsumer",
    "xgroup-destroy",
    "xgroup-setid",
    // A change that came from another region, in Redis Enterprise: recipes name it beside the others.
    "change",
    // Sets of vectors.
    "vadd",
    "vrem",
    "vsetattr",
];

/// What commands and other words call an event.
const ELSEWHERE: &[(&str, &str)] = &[
    ("delete", "del"),
    ("deleted", "del"),
    ("remove", "del"),
    ("expiry", "expired"),
    ("expires", "expired"),
    ("update", "set"),
    ("evict", "evicted"),
    ("rename", "rename_to"),
    ("renamed", "rename_to"),
    ("copy", "copy_to"),
    ("move", "move_to"),
    ("miss", "keymiss"),
];

/// The modules whose events we know: ours, and those that come with Redis and Valkey.
const MODULES: &[&[u8]] = &[
    b"rg",
    b"vectorset",
    b"ReJSON",
    b"search",
    b"searchlight",
    b"timeseries",
    b"bf",
    b"lua",
];

/// Refuses the name of an event that surely never happens.
///
/// The command of a name decides where we do not know the event: one that
/// writes may raise it. What other modules raise, nobody knows.
///
/// # Errors
///
/// With the name, and the one that was meant.
pub fn check_event(context: &Context, name: &str) -> Result<(), String> {
    let lower = name.to_ascii_lowercase();
    if KNOWN.contains(&lower.as_str()) || lower.contains(['.', ':']) {
        return Ok(());
    }
    let command = CommandInfo::of(context, &lower);
    if let Some(command) = &command {
        if command.writes {
            return Ok(());
        }
    } else if raises_more(context) {
        return Ok(());
    }
    let word = ELSEWHERE.iter().find(|(word, _)| *word == lower);
    let meant = match (word, &command) {
        (Some((_, meant)), _) => Some(*meant),
        (None, Some(_)) => None,
        (None, None) => nearest(&lower, KNOWN.iter().copied()),
    };
    let why = if command.is_some() {
        ": the command changes no key"
    } else {
        ""
    };
    let more = match meant {
        Some(_) => hint(meant),
        None => ", give names as 'set', 'del', 'expired', 'hset'".to_owned(),
    };
    Err(format!("no event is called '{name}'{why}{more}"))
}

/// Says whether there are modules whose events we do not know.
fn raises_more(context: &Context) -> bool {
    let Some(Answer::Array(modules)) = context.ask(c"MODULE", &[b"LIST"]) else {
        return true;
    };
    modules.iter().any(|module| {
        let Answer::Array(fields) = module else {
            return true;
        };
        let Some(Answer::Text(name)) = fields.get(1) else {
            return true;
        };
        !MODULES.contains(&name.as_slice())
    })
}
