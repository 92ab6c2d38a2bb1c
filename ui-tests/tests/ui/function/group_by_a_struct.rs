use gears_runtime::{
    function::{KeysReader, PyValue},
    gear_fn, py,
};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Place {
    city: String,
    street: String,
}

#[gear_fn]
fn place(user: PyValue) -> Place {
    "return {'city': user['city'], 'street': user['street']}"
}

fn main() {
    let users = KeysReader::new("user:*").values();
    let _ = users.count_by(place);
    let _ = users.group_by(place, py!("lambda k, total, _user: (total or 0) + 1"));
    let _ = users.repartition(place);
}
