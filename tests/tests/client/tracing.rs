//! What calls and registrations tell `tracing`.

use std::cell::RefCell;
use std::fmt::{Debug, Write as _};
use std::sync::Once;
use std::sync::atomic::{AtomicU64, Ordering};

use gears_runtime::{Gear, Gears, Record, Result, gear_command, gear_on_keys, register_where};
use gears_tests::TestServer;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record as Values};
use tracing::subscriber::Interest;
use tracing::{Event, Metadata, Subscriber, callsite};

#[gear_command(mode = "sync")]
fn traced_divide(secret: &str, by: i64) -> Result<i64> {
    "return len(secret) // by if by else int(secret)"
}

#[gear_command]
async fn traced_later(secret: &str) -> Result<String> {
    "return secret"
}

#[gear_on_keys(prefix = "traced")]
fn traced_keys(record: Record) {
    "pass"
}

thread_local! {
    /// What was written down on this thread, while a test of it wants that.
    static LINES: RefCell<Option<Vec<String>>> = const { RefCell::new(None) };
}

/// Writes down spans and events of threads that want it, one line each.
///
/// One for all threads and for good: where each test has its own, `tracing` may take for granted that nobody looks at a place
/// in the code which a thread without one came to first.
#[derive(Default)]
struct Notes {
    spans: AtomicU64,
}

impl Notes {
    /// Begins to write down what happens on this thread.
    fn begin() {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| tracing::subscriber::set_global_default(Self::default()).unwrap());
        callsite::rebuild_interest_cache();
        LINES.set(Some(Vec::new()));
    }

    /// Returns what was written down, and ends it.
    fn end() -> Vec<String> {
        LINES.take().unwrap()
    }

    fn note(line: String) {
        LINES.with_borrow_mut(|lines| lines.iter_mut().for_each(|lines| lines.push(line.clone())));
    }
}

struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, " {}={value:?}", field.name()).unwrap();
    }
}

impl Subscriber for Notes {
    fn register_callsite(&self, _: &'static Metadata<'static>) -> Interest {
        Interest::sometimes()
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("gears_runtime") && LINES.with_borrow(Option::is_some)
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut fields = Fields(format!("span {}", span.metadata().name()));
        span.record(&mut fields);
        Self::note(fields.0);
        Id::from_u64(1 + self.spans.fetch_add(1, Ordering::Relaxed))
    }

    fn record(&self, _: &Id, values: &Values<'_>) {
        let mut fields = Fields("record".to_owned());
        values.record(&mut fields);
        Self::note(fields.0);
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields(format!("event {}", event.metadata().level()));
        event.record(&mut fields);
        Self::note(fields.0);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// Asserts that a line begins and ends so, around a duration of microseconds.
#[track_caller]
fn timed(line: &str, before: &str, after: &str) {
    let rest = line.strip_prefix(before);
    let number = rest.and_then(|rest| rest.strip_suffix(after));
    let fine = number.is_some_and(|number| number.parse::<u64>().is_ok());
    assert!(fine, "{line}\nis not\n{before}…{after}");
}

fn registered(gears: &Gears, ours: &[&'static Gear]) {
    register_where(gears, |gear| {
        ours.iter().any(|our| std::ptr::eq(*our, gear))
    })
    .unwrap();
}

#[test]
fn calls_tell_trigger_duration_and_outcome() {
    let server = TestServer::private();
    let gears = server.register(&[&traced_divide::GEAR]);
    Notes::begin();
    traced_divide::on(&gears).call("a-secret", 2).unwrap();
    traced_divide::on(&gears).call("a-secret", 0).unwrap_err();
    let _ = traced_divide::pipe(&gears, [("a-secret", 1), ("a-secret", 0)]);
    let lines = Notes::end();
    assert!(
        !lines.iter().any(|line| line.contains("secret")),
        "{lines:#?}"
    );
    let span = r#"span gear.call trigger="traced_divide" mode="sync""#;
    assert_eq!((lines[0].as_str(), lines[2].as_str()), (span, span));
    timed(
        &lines[1],
        "event DEBUG message=gear called duration_us=",
        r#" outcome="ok""#,
    );
    timed(
        &lines[3],
        "event WARN message=gear failed duration_us=",
        r#" outcome="Python" exception="ValueError""#,
    );
    assert_eq!(
        lines[4],
        r#"span gear.pipe trigger="traced_divide" mode="sync""#
    );
    timed(
        &lines[5],
        "event WARN message=gear called many times duration_us=",
        r#" calls=2 failed=1 outcome="failed""#,
    );
    assert_eq!(lines.len(), 6, "{lines:#?}");
}

#[test]
fn registrations_tell_what_became_of_each_gear() {
    let server = TestServer::private();
    let gears = server.gears();
    Notes::begin();
    registered(&gears, &[&traced_divide::GEAR, &traced_keys::GEAR]);
    let lines = Notes::end();
    assert_eq!(lines[0], r#"span gears.registration task="register""#);
    assert_eq!(
        lines[1],
        r#"event DEBUG message=gear trigger="traced_divide" kind="trigger" change=registered"#
    );
    assert_eq!(
        lines[2],
        r#"event DEBUG message=gear trigger="traced_keys" kind="keys" change=registered"#
    );
    timed(
        &lines[3],
        "event INFO message=gears looked after duration_us=",
        r#" gears=2 outcome="ok""#,
    );
}

#[test]
fn failures_tell_no_address_and_no_password() {
    let gears = Gears::builder("redis://user:secret@127.0.0.1:1/")
        .unwrap()
        .build();
    Notes::begin();
    register_where(&gears, |_| false).unwrap_err();
    traced_divide::on(&gears).call("a-secret", 1).unwrap_err();
    let lines = Notes::end();
    assert_eq!(lines.len(), 4, "{lines:#?}");
    let text = lines.join("\n");
    assert!(
        !text.contains("secret") && !text.contains("127.0.0.1"),
        "{text}"
    );
    assert_eq!(text.matches(r#"outcome="Connection""#).count(), 2, "{text}");
}

#[tokio::test]
async fn awaited_calls_tell_the_same() {
    let server = TestServer::private();
    let registered = server.register(&[&traced_later::GEAR]);
    drop(registered);
    let gears = Gears::connect_async(server.url()).await.unwrap();
    Notes::begin();
    traced_later::on(&gears).call("a-secret").await.unwrap();
    let lines = Notes::end();
    assert_eq!(
        lines[0],
        r#"span gear.call trigger="traced_later" mode="async_local""#
    );
    timed(
        &lines[1],
        "event DEBUG message=gear called duration_us=",
        r#" outcome="ok""#,
    );
    assert_eq!(lines.len(), 2, "{lines:#?}");
}
