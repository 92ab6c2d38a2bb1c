//! Closures that answer calls in a server's place.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::thread;

use gears_runtime::{ErrorKind, Gears, Result, Scope, embedded, gear_command, register_where};
use serde::{Deserialize, Serialize};

#[gear_command]
fn mocked_price(n: i64, currency: &str) -> Result<f64> {
    "return n * {'EUR': 1.5, 'USD': 2.0}[currency]"
}

#[gear_command]
async fn mocked_stock(item: &str) -> Result<Option<u32>> {
    "return len(item)"
}

#[gear_command]
fn mocked_never() -> Result<()> {
    "pass"
}

#[derive(Serialize, Deserialize, Debug, PartialEq, Clone)]
struct Offer {
    item: String,
    price: f64,
    #[serde(skip)]
    seen: bool,
}

#[gear_command]
fn mocked_offer(offer: &Offer) -> Result<Offer> {
    "return offer"
}

/// Registers the gear of this module that runs on a server.
fn server() -> (embedded::Server, Gears) {
    let server = embedded::Server::start().unwrap();
    let gears = Gears::connect(server.url()).unwrap();
    register_where(&gears, |gear| gear.name() == "mocked_price").unwrap();
    (server, gears)
}

#[test]
fn closure_answers_until_the_mock_is_dropped() {
    let mock = mocked_price::mock(|n, currency| {
        assert_eq!(currency, "EUR");
        Ok(n as f64 / 2.0)
    });
    assert_eq!(mocked_price(3, "EUR").unwrap(), 1.5);
    assert_eq!(mock.calls(), 1);
    drop(mock);
    let _other = mocked_never::mock(|| Ok(()));
    assert!(mocked_price(3, "EUR").unwrap_err().is_not_bound());
}

#[test]
fn latest_mock_answers_and_the_one_before_comes_back() {
    let first = mocked_price::mock(|_, _| Ok(1.0));
    let second = mocked_price::mock(|_, _| Ok(2.0));
    assert_eq!(mocked_price(0, "").unwrap(), 2.0);
    let third = mocked_price::mock(|n, currency| {
        // What a closure calls is mocked as well, but for a call of itself without end.
        mocked_never()?;
        Ok(n as f64 + currency.len() as f64)
    });
    let _never = mocked_never::mock(|| Ok(()));
    assert_eq!(mocked_price(1, "EUR").unwrap(), 4.0);
    // They may end in any order.
    drop(second);
    assert_eq!(mocked_price(1, "EUR").unwrap(), 4.0);
    drop(third);
    assert_eq!(mocked_price(0, "").unwrap(), 1.0);
    assert_eq!(first.calls(), 1);
}

#[test]
fn errors_of_a_mock_reach_the_caller() {
    let _mock = mocked_price::mock(|_, _| {
        let cause = Gears::connect("no://url").map(drop).unwrap_err();
        Err(cause)
    });
    let error = mocked_price(1, "EUR").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration, "{error}");
}

#[test]
fn gear_that_is_not_mocked_says_which_are() {
    let _price = mocked_price::mock(|_, _| Ok(1.0));
    let _stock = mocked_stock::mock(|_| Ok(None));
    let error = mocked_never().unwrap_err();
    assert!(error.is_not_bound());
    assert_eq!(
        error.to_string(),
        "`mocked_never` was called where only `mocked_price`, `mocked_stock` is mocked, and there is no \
         server; mock it, too, with `mocked_never::mock`, or give the calls that are not mocked one with \
         `Scope::over(&conn)` or `#[gears_runtime::test]`"
    );
}

#[test]
fn what_cannot_be_sent_or_read_is_an_error() {
    let offer = Offer {
        item: "pen".to_owned(),
        price: 1.0,
        seen: true,
    };
    let answer = offer.clone();
    let _mock = mocked_offer::mock(move |asked| {
        // The closure has what the caller gave.
        assert!(asked.seen);
        Ok(Offer {
            price: asked.price,
            ..answer.clone()
        })
    });
    // The caller has what JSON keeps of it.
    assert!(!mocked_offer(&offer).unwrap().seen);
    // JSON has no NaN: serde writes null, which is no number.
    let error = mocked_offer(&Offer {
        price: f64::NAN,
        ..offer
    });
    assert_eq!(error.unwrap_err().kind(), ErrorKind::Decode);
}

#[test]
fn mocks_of_one_thread_are_not_those_of_others() {
    let _mock = mocked_price::mock(|_, _| Ok(1.0));
    let _never = mocked_never::mock(|| Ok(()));
    thread::scope(|threads| {
        let other = threads.spawn(|| {
            let _mock = mocked_price::mock(|_, _| Ok(2.0));
            mocked_price(0, "").unwrap()
        });
        assert_eq!(other.join().unwrap(), 2.0);
        let scope = Scope::current();
        let along = threads.spawn(move || scope.run(|| mocked_price(0, "").unwrap()));
        assert_eq!(along.join().unwrap(), 1.0);
    });
    assert_eq!(mocked_price(0, "").unwrap(), 1.0);
}

#[test]
fn server_of_the_scope_answers_what_is_not_mocked() {
    let (_server, gears) = server();
    Scope::over(&gears).run(|| {
        assert_eq!(mocked_price(2, "USD").unwrap(), 4.0);
        let mock = mocked_price::mock(|_, _| Ok(0.0));
        assert_eq!(mocked_price(2, "USD").unwrap(), 0.0);
        let _never = mocked_never::mock(|| Ok(()));
        // What names a connection goes there.
        assert_eq!(mocked_price::on(&gears).call(2, "USD").unwrap(), 4.0);
        let piped = mocked_price::pipe(&gears, [(1, "USD"), (2, "EUR")]);
        let piped: Result<Vec<f64>> = piped.into_iter().collect();
        assert_eq!(piped.unwrap(), [2.0, 3.0]);
        drop(mock);
        assert_eq!(mocked_price(2, "USD").unwrap(), 4.0);
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn awaited_calls_are_answered_and_tasks_come_along() {
    let calls = Arc::new(AtomicI64::new(0));
    let counted = Arc::clone(&calls);
    let _mock = mocked_stock::mock(move |item| {
        counted.fetch_add(1, Ordering::Relaxed);
        Ok((item != "none").then_some(7))
    });
    assert_eq!(mocked_stock("pen").await.unwrap(), Some(7));
    assert_eq!(mocked_stock("none").await.unwrap(), None);
    let task = Scope::current().around(async {
        // It may go on on another thread.
        for _ in 0..100 {
            tokio::task::yield_now().await;
            mocked_stock("pen").await?;
        }
        mocked_stock("pen").await
    });
    assert_eq!(tokio::spawn(task).await.unwrap().unwrap(), Some(7));
    assert_eq!(calls.load(Ordering::Relaxed), 103);
}
