//! A shop that counts in the server: functions over all keys, and one that waits for orders.

mod server;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use gears_runtime::function::{KeyType, KeysReader, Order, PyValue, StreamReader};
use gears_runtime::{Result, gear_fn, py, redis};

/// Returns what an order costs.
#[gear_fn]
fn price(order: PyValue) -> f64 {
    r#"
    # Fields of hashes and streams are text.
    return int(order["pieces"]) * float(order["each"])
    "#
}

const PREFIX: &str = "functions-example";

fn main() -> Result<()> {
    let server = server::Server::find()?;
    let gears = server.connect()?;
    let mut connection = gears.client().get_connection().expect("a connection");
    for (number, customer, pieces, each) in [
        (1, "Ada", 2, 4.5),
        (2, "Bob", 1, 100.0),
        (3, "Ada", 10, 0.25),
    ] {
        let fields = [
            ("customer", customer.to_owned()),
            ("pieces", pieces.to_string()),
        ];
        redis::cmd("HSET")
            .arg(format!("{PREFIX}:{number}"))
            .arg(&fields)
            .arg(&[("each", each)])
            .exec(&mut connection)
            .expect("an order");
    }

    // Open functions share their beginning.
    let orders = KeysReader::new(format!("{PREFIX}:*"))
        .of_types([KeyType::Hash])
        .values();
    let prices = orders.map(price).sort(Order::Descending);
    let prices = prices.run().on(&gears)?.into_result()?;
    println!("prices: {prices:?}");
    assert_eq!(prices, [100.0, 9.0, 2.5]);

    let least = 2;
    let regulars = orders
        .count_by(py!("lambda order: order['customer']"))
        .filter(py!("lambda group: group['value'] >= least", least));
    let regulars: BTreeMap<String, i64> = regulars
        .run()
        .on(&gears)?
        .into_result()?
        .into_iter()
        .collect();
    println!("regulars: {regulars:?}");
    assert_eq!(regulars, BTreeMap::from([("Ada".to_owned(), 2)]));

    // From now on, every new order adds to the turnover.
    let (stream, turnover) = (format!("{PREFIX}-new"), format!("{PREFIX}-turnover"));
    let adding = StreamReader::new(stream.as_str())
        .values()
        .map(price)
        .for_each(py!(
            "lambda price: cmd.incrbyfloat(turnover, price)",
            turnover = &turnover
        ))
        .register();
    println!("registered: {:?}", adding.on(&gears)?);
    redis::cmd("XADD")
        .arg(&stream)
        .arg(&["*", "pieces", "3", "each", "1.5"])
        .exec(&mut connection)
        .expect("a new order");
    let deadline = Instant::now() + Duration::from_secs(10);
    let total: f64 = loop {
        let total: Option<f64> = redis::cmd("GET")
            .arg(&turnover)
            .query(&mut connection)
            .expect("the turnover");
        match total {
            Some(total) => break total,
            None => assert!(Instant::now() < deadline, "the function did not run"),
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    println!("turnover: {total}");
    assert_eq!(total, 4.5);

    assert_eq!(adding.unregister_from(&gears)?, 1);
    let clean = KeysReader::new(format!("{PREFIX}*"))
        .keys()
        .for_each(py!("cmd.delete"));
    println!("deleted: {}", clean.count().run().on(&gears)?.into_one()?);
    Ok(())
}
