//! Walking over all keys in small steps.

use std::ops::Range;
use std::os::raw::c_void;
use std::slice;
use std::time::{Duration, Instant};

use crate::boundary;
use crate::slot::SlotFunction;
use crate::text::glob_matches;
use crate::{Answer, CallFailure, Context, KeyValue, api, raw};

/// How long one step of a scan may keep the server from other work.
const STEP: Duration = Duration::from_millis(1);

/// How many keys one step may bring.
const STEP_KEYS: usize = 1_000;

/// What a scan brings of each key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bring {
    /// Nothing but that it is there.
    Count,
    /// Names alone.
    Names,
    /// Names and values.
    NamesAndValues,
}

/// A walk over the keys of database 0 whose names match a glob.
pub struct Scanner {
    cursor: *mut raw::RedisModuleScanCursor,
    pattern: Vec<u8>,
    bring: Bring,
    done: bool,
}

// SAFETY: the cursor is used by one thread at a time, under the Redis lock.
unsafe impl Send for Scanner {}

/// The keys of one step: texts side by side in one buffer, which a million
/// small allocations would make slow.
#[derive(Default)]
pub struct KeyBatch {
    texts: Vec<u8>,
    keys: Vec<Found>,
    count: usize,
    /// Why the key after these has no value.
    failure: Option<CallFailure>,
}

struct Found {
    name: Range<usize>,
    value: Stored,
    slot: Slot,
}

/// Which keys may be read together with another one.
#[derive(Clone, Copy)]
enum Slot {
    /// All of a server that is alone.
    Alone,
    /// Those of the same slot.
    Number(u32),
    /// The server does not tell.
    Unknown,
}

enum Stored {
    /// Not asked for.
    None,
    String(Range<usize>),
    /// To be read by its name when the step has its keys.
    Later,
    /// The same, and it was a string.
    LaterString,
    Other(KeyValue),
}

/// A key's value in a batch.
pub enum ValueView<'a> {
    /// A string.
    String(&'a [u8]),
    /// Any other value.
    Other(&'a KeyValue),
}

impl KeyBatch {
    /// Counts the keys, also where only that was asked for.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Walks over names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], Option<ValueView<'_>>)> {
        (0..self.keys.len()).filter_map(|place| self.get(place))
    }

    /// Returns the name and the value at a place.
    pub fn get(&self, place: usize) -> Option<(&[u8], Option<ValueView<'_>>)> {
        let key = self.keys.get(place)?;
        let value = match &key.value {
            Stored::None | Stored::Later | Stored::LaterString => None,
            Stored::String(place) => Some(ValueView::String(&self.texts[place.clone()])),
            Stored::Other(value) => Some(ValueView::Other(value)),
        };
        Some((&self.texts[key.name.clone()], value))
    }

    /// Takes the reason why there are no more keys, if one could not be read.
    pub fn take_failure(&mut self) -> Option<CallFailure> {
        self.failure.take()
    }

    fn add_text(&mut self, text: &[u8]) -> Range<usize> {
        let start = self.texts.len();
        self.texts.extend_from_slice(text);
        start..self.texts.len()
    }

    /// Reads the values, which a scan's callback must not do.
    fn read_later(&mut self, context: &Context) {
        self.read_strings(context);
        for place in 0..self.keys.len() {
            let key = &mut self.keys[place];
            if matches!(key.value, Stored::Later | Stored::LaterString) {
                match KeyValue::read(context, &self.texts[key.name.clone()]) {
                    Ok(value) => key.value = Stored::Other(value),
                    Err(failure) => {
                        self.failure = Some(failure);
                        self.keys.truncate(place);
                        break;
                    }
                }
            }
        }
        // A key may have expired since its name was seen.
        self.keys
            .retain(|key| !matches!(key.value, Stored::Other(KeyValue::Empty)));
    }
}

impl KeyBatch {
    /// Reads as many strings at once as one command may, as any client does: the module API's
    /// direct access would change how the server stores them. What is no string any more is read
    /// as what it is.
    fn read_strings(&mut self, context: &Context) {
        let strings = (0..self.keys.len())
            .filter(|place| matches!(self.keys[*place].value, Stored::LaterString));
        let strings: Vec<usize> = strings.collect();
        // In a cluster, those of one slot; a server that knows the slots walks over one after
        // another.
        let is_together = |one: &usize, next: &usize| match self.keys[*one].slot {
            Slot::Alone => true,
            Slot::Number(slot) => {
                matches!(self.keys[*next].slot, Slot::Number(next) if next == slot)
            }
            Slot::Unknown => false,
        };
        let groups: Vec<&[usize]> = strings.chunk_by(is_together).collect();
        for group in groups {
            self.read_group(context, group);
        }
    }

    fn read_group(&mut self, context: &Context, places: &[usize]) {
        let names = places
            .iter()
            .map(|place| &self.texts[self.keys[*place].name.clone()]);
        let names: Vec<&[u8]> = names.collect();
        let is_alone = |place: &usize| matches!(self.keys[*place].slot, Slot::Alone);
        let values = match names.as_slice() {
            [name] if !places.iter().all(is_alone) => {
                context.ask(c"GET", &[name]).map(|value| vec![value])
            }
            names => match context.ask(c"MGET", names) {
                Some(Answer::Array(values)) => Some(values),
                _ => None,
            },
        };
        for (place, value) in places.iter().zip(values.into_iter().flatten()) {
            if let Answer::Text(text) = value {
                self.keys[*place].value = Stored::String(self.add_text(&text));
            }
        }
    }
}

impl Scanner {
    /// Begins a walk.
    pub fn new(pattern: Vec<u8>, bring: Bring) -> Self {
        Self {
            // SAFETY: makes a cursor, which is freed in `drop`.
            cursor: unsafe { api!(RedisModule_ScanCursorCreate()) },
            pattern,
            bring,
            done: false,
        }
    }

    /// Says whether there are no more keys.
    pub fn is_done(&self) -> bool {
        self.done
    }

    /// Brings the next keys; `None` when the walk is over.
    ///
    /// A step ends after a millisecond or a thousand keys, whatever comes
    /// first, so that other clients are served between steps.
    pub fn step(&mut self, context: &Context) -> Option<KeyBatch> {
        if self.done {
            return None;
        }
        let mut step = Step {
            pattern: &self.pattern,
            bring: self.bring,
            batch: KeyBatch::default(),
            slots: context.is_in_cluster().then(|| context.slot_function()),
        };
        let started = Instant::now();
        let mut turns: u32 = 0;
        while step.batch.keys.len() < STEP_KEYS {
            // The clock is asked now and then: a turn takes less time than it.
            turns = turns.wrapping_add(1);
            if turns.is_multiple_of(32) && started.elapsed() >= STEP {
                break;
            }
            // SAFETY: the context is live and its thread holds the Redis lock;
            // the callback gets back the pointer to `step`, which outlives the call.
            let more = unsafe {
                api!(RedisModule_Scan(
                    context.raw(),
                    self.cursor,
                    Some(found),
                    (&raw mut step).cast::<c_void>(),
                ))
            };
            if more == 0 {
                self.done = true;
                break;
            }
        }
        let mut batch = step.batch;
        batch.read_later(context);
        Some(batch)
    }
}

impl Context {
    /// Returns how many keys database 0 has, if the server's own count is exact:
    /// it is when no key can have expired without being removed.
    pub fn exact_key_count(&self) -> Option<usize> {
        let Ok(Answer::Text(info)) = self.call(b"INFO", &[b"keyspace"]) else {
            return None;
        };
        key_count(&String::from_utf8_lossy(&info))
    }
}

/// Reads the line `db0:keys=5,expires=0,…`, which is missing when there are none.
fn key_count(info: &str) -> Option<usize> {
    let Some(line) = info.lines().find_map(|line| line.strip_prefix("db0:")) else {
        return info.contains("# Keyspace").then_some(0);
    };
    let field = |name: &str| {
        line.split(',')
            .find_map(|field| field.strip_prefix(name)?.strip_prefix('='))
            .and_then(|number| number.trim().parse::<usize>().ok())
    };
    (field("expires")? == 0).then(|| field("keys"))?
}

impl Drop for Scanner {
    fn drop(&mut self) {
        // SAFETY: the cursor is ours and freed once.
        unsafe { api!(RedisModule_ScanCursorDestroy(self.cursor)) }
    }
}

struct Step<'a> {
    pattern: &'a [u8],
    bring: Bring,
    batch: KeyBatch,
    /// In a cluster, how to find the slot of a key, where the server tells that.
    slots: Option<Option<SlotFunction>>,
}

impl Step<'_> {
    /// # Safety
    ///
    /// `key` is null or the open key `name`, and lives during the call.
    unsafe fn add(&mut self, name: &[u8], slot: Slot, key: *mut raw::RedisModuleKey) {
        if !(self.pattern == b"*" || glob_matches(self.pattern, name)) {
            return;
        }
        // SAFETY: the caller promises an open key.
        if !key.is_null() && unsafe { api!(RedisModule_GetExpire(key)) } == 0 {
            // Its time is over, the server has only not removed it.
            return;
        }
        self.batch.count += 1;
        if self.bring == Bring::Count {
            return;
        }
        let name = self.batch.add_text(name);
        let value = match self.bring {
            Bring::NamesAndValues => {
                // SAFETY: as above; a null key has no type.
                if unsafe { api!(RedisModule_KeyType(key)) } as isize
                    == raw::REDISMODULE_KEYTYPE_STRING
                {
                    Stored::LaterString
                } else {
                    Stored::Later
                }
            }
            _ => Stored::None,
        };
        self.batch.keys.push(Found { name, value, slot });
    }
}

extern "C" fn found(
    _: *mut raw::RedisModuleCtx,
    name: *mut raw::RedisModuleString,
    key: *mut raw::RedisModuleKey,
    step: *mut c_void,
) {
    // A panic here loses one key of a scan, which the shield turns into
    // nothing; allocation failure is the only way to one.
    let _ = boundary::shield(|| {
        let mut length = 0;
        // SAFETY: name and key are alive during the callback and `step` is what
        // the scan passed in.
        unsafe {
            let start = api!(RedisModule_StringPtrLen(name, &mut length));
            let bytes = slice::from_raw_parts(start.cast::<u8>(), length);
            let step = &mut *step.cast::<Step<'_>>();
            let slot = match step.slots {
                None => Slot::Alone,
                Some(None) => Slot::Unknown,
                Some(Some(slot_of)) => Slot::Number(slot_of(name)),
            };
            step.add(bytes, slot, key);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::key_count;

    #[test]
    fn the_servers_count_is_taken_only_when_it_is_exact() {
        let info = |keyspace: &str| format!("# Keyspace\r\n{keyspace}");
        assert_eq!(key_count(&info("")), Some(0));
        assert_eq!(
            key_count(&info("db1:keys=7,expires=0,avg_ttl=0\r\n")),
            Some(0)
        );
        assert_eq!(
            key_count(&info("db0:keys=5,expires=0,avg_ttl=0\r\n")),
            Some(5)
        );
        assert_eq!(key_count(&info("db0:keys=5,expires=1,avg_ttl=9\r\n")), None);
        assert_eq!(key_count("something else"), None);
    }
}
