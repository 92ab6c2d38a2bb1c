//! The consumer group through which entries are read.

use std::sync::LazyLock;
use std::time::Duration;

use gears_model::InHand;
use gears_server::{Answer, Context, LogLevel, log};

use crate::reader::entry::{Entry, entries};

const GROUP: &[u8] = b"__gears_consumer_group__";
const CONSUMER: &[u8] = b"__gears_client__";

/// How often it is looked whether paused writes go on.
pub(super) const PAUSE_LOOK: Duration = Duration::from_millis(100);

/// Counts the entries that were not delivered, up to `most`.
pub(super) fn count_waiting(context: &Context, key: &[u8], most: i64) -> i64 {
    let start = match last_delivered(context, key) {
        Some(id) => [b"(".as_slice(), &id].concat(),
        None => b"-".to_vec(),
    };
    let most = most.to_string();
    let found = context.call(b"XRANGE", &[key, &start, b"+", b"COUNT", most.as_bytes()]);
    match found {
        Ok(Answer::Array(entries)) => i64::try_from(entries.len()).unwrap_or(i64::MAX),
        _ => 0,
    }
}

fn last_delivered(context: &Context, key: &[u8]) -> Option<Vec<u8>> {
    let Ok(Answer::Array(groups)) = context.call(b"XINFO", &[b"GROUPS", key]) else {
        return None;
    };
    groups.iter().find_map(|group| {
        let Answer::Array(fields) = group else {
            return None;
        };
        let field = |name: &[u8]| {
            fields.chunks(2).find_map(|pair| match pair {
                [Answer::Text(field), Answer::Text(value)] if field == name => Some(value),
                _ => None,
            })
        };
        (field(b"name")? == GROUP).then(|| field(b"last-delivered-id").cloned())?
    })
}

/// Reads entries through the group, which is made when it is missing.
pub(super) fn read_group(
    context: &Context,
    key: &[u8],
    batch: i64,
    from: &[u8],
) -> Option<Vec<Entry>> {
    let batch = batch.max(1).to_string();
    let read = || {
        context.call(
            b"XREADGROUP",
            &[
                b"GROUP",
                GROUP,
                CONSUMER,
                b"COUNT",
                batch.as_bytes(),
                b"STREAMS",
                key,
                from,
            ],
        )
    };
    let answer = match read() {
        Err(failure) if failure.code() == "NOGROUP" => {
            context
                .call(b"XGROUP", &[b"CREATE", key, GROUP, b"0"])
                .ok()?;
            read()
        }
        other => other,
    };
    let answer = match answer {
        Ok(answer) => answer,
        Err(failure) => {
            log(
                LogLevel::Warning,
                &format!(
                    "the stream {} cannot be read: {}",
                    String::from_utf8_lossy(key),
                    failure.message
                ),
            );
            return None;
        }
    };
    Some(entries(answer))
}

/// What executions are in the middle of, under whichever registration.
static IN_HAND: LazyLock<InHand> = LazyLock::new(InHand::default);

/// Reads the entries that were delivered before and that no execution is in the middle of.
pub(super) fn read_left(context: &Context, key: &[u8], batch: i64) -> Option<Vec<Entry>> {
    let mut from = b"0".to_vec();
    loop {
        let mut entries = read_group(context, key, batch, &from)?;
        let Some(last) = entries.last() else {
            return Some(entries);
        };
        from.clone_from(&last.id);
        entries.retain(|entry| !IN_HAND.has(key, &entry.id));
        if !entries.is_empty() {
            return Some(entries);
        }
    }
}

/// Notes that an execution is about to begin with entries.
pub(super) fn take_in_hand(key: &[u8], entries: &[Entry]) {
    IN_HAND.take(key, entries.iter().map(|entry| entry.id.as_slice()));
}

/// Leaves entries to whoever looks for them.
pub(super) fn let_go(key: &[u8], entries: &[Entry]) {
    IN_HAND.release(key, entries.iter().map(|entry| entry.id.as_slice()));
}

pub(super) fn acknowledge(context: &Context, key: &[u8], entries: &[Entry], trim: bool) {
    let ids = entries.iter().map(|entry| entry.id.clone()).collect();
    acknowledge_ids(context, key, ids, trim);
}

fn acknowledge_ids(context: &Context, key: &[u8], ids: Vec<Vec<u8>>, trim: bool) {
    if context.writes_are_paused() {
        let key = key.to_vec();
        context.after(PAUSE_LOOK, move |context| {
            acknowledge_ids(context, &key, ids, trim);
        });
        return;
    }
    let ids: Vec<&[u8]> = ids.iter().map(Vec::as_slice).collect();
    let mut arguments = vec![key, GROUP];
    arguments.extend(&ids);
    let acknowledged = context.call(b"XACK", &arguments);
    if let Err(failure) = acknowledged {
        log(
            LogLevel::Warning,
            &format!("stream entries cannot be acknowledged: {}", failure.message),
        );
    }
    if trim {
        // By their ids, not by a length: what nobody has processed stays.
        let mut arguments = vec![key];
        arguments.extend(&ids);
        let _ = context.call(b"XDEL", &arguments);
    }
    IN_HAND.release(key, ids.into_iter());
}
