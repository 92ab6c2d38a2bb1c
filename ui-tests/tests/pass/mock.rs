//! Mocks of gears of many signatures: private types, borrowed arguments, results that can only be read.

#![deny(warnings)]

use std::collections::HashMap;

use gears_runtime::{PerShard, Result, gear_command};
use serde::{Deserialize, Serialize};

#[derive(Serialize)]
struct Order<'a> {
    item: &'a str,
}

#[derive(Deserialize, PartialEq, Debug)]
struct Price {
    cents: i64,
}

type Alias<T> = std::result::Result<T, Failed>;

#[derive(Debug)]
struct Failed;

impl From<gears_runtime::Error> for Failed {
    fn from(_: gears_runtime::Error) -> Self {
        Self
    }
}

#[gear_command]
fn price(order: Order<'_>, notes: &[&str], tags: Option<&HashMap<String, u8>>) -> Alias<Price> {
    "return {'cents': len(order['item']) + len(notes) + len(tags or {})}"
}

#[gear_command]
fn nothing() -> Result<()> {
    "pass"
}

#[gear_command(mode = "async")]
async fn everywhere(r#type: &str) -> Result<PerShard<Vec<String>>> {
    "return [type]"
}

pub mod shop {
    use gears_runtime::{Result, gear_command};

    #[gear_command]
    pub(crate) fn open(hour: u8) -> Result<bool> {
        "return 8 <= hour < 20"
    }
}

#[gear_command]
pub fn shown(price: Hidden) -> Result<Hidden> {
    "return price"
}

#[derive(Serialize, Deserialize)]
struct Hidden(u8);

fn main() {
    let _price = price::mock(|order, notes, tags| {
        let tags = tags.map_or(0, HashMap::len);
        if order.item.is_empty() {
            return Err(Failed);
        }
        Ok(Price {
            cents: (order.item.len() + notes.len() + tags) as i64,
        })
    });
    let item = String::from("pen");
    let tags = HashMap::from([("a".to_owned(), 1)]);
    assert_eq!(
        price(Order { item: &item }, &["blue"], Some(&tags)).unwrap(),
        Price { cents: 5 }
    );
    assert!(price(Order { item: "" }, &[], None).is_err());

    let calls = nothing::mock(|| Ok(()));
    nothing().unwrap();
    assert_eq!(calls.calls(), 1);

    let _everywhere = everywhere::mock(|r#type| Ok(PerShard::from(vec![vec![r#type.to_owned()]])));
    let _ = everywhere("a");

    let _open = shop::open::mock(|hour| Ok(hour > 7));
    assert!(shop::open(8).unwrap());

    let _shown = shown::mock(Ok);
    assert_eq!(shown(Hidden(7)).unwrap().0, 7);

    fn inside() {
        #[derive(Serialize, Deserialize)]
        struct Inner(u8);

        #[gear_command]
        fn local(inner: Inner) -> Result<Inner> {
            "return inner"
        }
        let _mock = local::mock(|inner| Ok(Inner(inner.0 + 1)));
        assert_eq!(local(Inner(1)).unwrap().0, 2);
    }
    inside();
}
