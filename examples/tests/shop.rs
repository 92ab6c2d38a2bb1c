//! The tests of a small shop: its gears on a server, and the code around them without one.
//!
//! `cargo test -p gears-examples --test shop` runs them, all at once: each has a server of its own, or the one that
//! they share, or none.

use std::thread;

use gears_runtime::{Gears, Record, Result, Scope, gear_command, gear_on_keys, redis};

/// Returns what `n` pieces cost, by the rates on the server.
#[gear_command]
fn quote(n: i64, currency: &str) -> Result<f64> {
    r#"
    rate = cmd.hget("rates", currency)
    if rate is None:
        raise KeyError(currency)
    return n * float(rate)
    "#
}

/// Takes `n` pieces from the stock, if there are as many, and returns what is left.
#[gear_command(mode = "sync")]
fn take(item: &str, n: i64) -> Result<Option<i64>> {
    r#"
    key = "stock:" + item
    if int(cmd.get(key) or 0) < n:
        return None
    return cmd.decrby(key, n)
    "#
}

/// Notes what has been sold out, in a list beside the stock.
#[gear_on_keys(prefix = "stock:*", events = ["incrby"], mode = "sync")]
fn note_sold_out(record: Record) {
    r#"
    if int(record["value"]) == 0:
        cmd.rpush("sold-out", record["key"].split("stock:")[1])
    "#
}

/// What the shop tells a customer: Rust that calls gears.
fn offer(n: i64, currency: &str) -> Result<String> {
    Ok(format!("{n} for {:.2} {currency}", quote(n, currency)?))
}

#[gears_runtime::test]
fn quotes_go_by_the_rates(client: redis::Client) -> Result<()> {
    let mut connection = client.get_connection().unwrap();
    let mut rates = redis::cmd("HSET");
    rates
        .arg("rates")
        .arg("EUR")
        .arg("1.5")
        .exec(&mut connection)
        .unwrap();
    assert_eq!(offer(3, "EUR")?, "3 for 4.50 EUR");

    let error = offer(3, "DKK").unwrap_err();
    assert_eq!(error.python().unwrap().exception(), "KeyError");
    Ok(())
}

#[gears_runtime::test]
fn nobody_sells_what_is_not_there(client: redis::Client) -> Result<()> {
    let mut connection = client.get_connection().unwrap();
    redis::cmd("SET")
        .arg("stock:pen")
        .arg(50)
        .exec(&mut connection)
        .unwrap();
    // Customers come along with the scope of the test.
    let customers: Vec<_> = (0..4)
        .map(|_| {
            let scope = Scope::current();
            thread::spawn(move || {
                scope.run(|| {
                    (0..20)
                        .filter(|_| take("pen", 1).unwrap().is_some())
                        .count()
                })
            })
        })
        .collect();
    let sold: usize = customers.into_iter().map(|it| it.join().unwrap()).sum();
    assert_eq!(sold, 50);
    // A gear of events has noted it before the last customer was answered.
    let noted: Vec<String> = redis::cmd("LRANGE")
        .arg("sold-out")
        .arg(0)
        .arg(-1)
        .query(&mut connection)
        .unwrap();
    assert_eq!(noted, ["pen"]);
    Ok(())
}

#[gears_runtime::test(shared, gears = [take])]
async fn stock_is_taken_on_the_shared_server(gears: &Gears, client: redis::Client) -> Result<()> {
    // Keys are everybody's there, so this one begins with the name of the test.
    let item = format!("{}ink", gears.prefix());
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let mut stock = redis::cmd("SET");
    stock
        .arg(format!("stock:{item}"))
        .arg(2)
        .exec_async(&mut connection)
        .await
        .unwrap();
    let taken = tokio::task::spawn_blocking(move || (take(&item, 2), take(&item, 1)));
    let (first, second) = taken.await.unwrap();
    assert_eq!((first?, second?), (Some(0), None));
    Ok(())
}

#[test]
fn offers_are_written_for_people() -> Result<()> {
    let mock = quote::mock(|n, currency| {
        assert_eq!(currency, "EUR");
        Ok(n as f64 * 1.5)
    });
    assert_eq!(offer(3, "EUR")?, "3 for 4.50 EUR");
    assert_eq!(mock.calls(), 1);
    Ok(())
}
