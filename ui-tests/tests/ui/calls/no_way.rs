//! What is no way to a server says so, and what is.

use gears_runtime::function::PythonReader;
use gears_runtime::redis::{Connection, aio::MultiplexedConnection};
use gears_runtime::{Result, bind, gear_command, py, register_all};

#[gear_command]
fn half(number: i64) -> Result<i64> {
    "return number // 2"
}

#[gear_command]
async fn half_awaited(number: i64) -> Result<i64> {
    "return number // 2"
}

fn lent(waits: &mut Connection, awaited: &mut MultiplexedConnection) {
    let _ = register_all("redis://127.0.0.1/");
    let _ = half::on(&*waits);
    let _ = half::on(&mut *awaited);
    let _ = half_awaited::on(&mut *waits);
    bind(waits);
    let numbers = PythonReader::new(py!("lambda: range(3)")).run();
    let _ = numbers.spawn_on(waits);
}

fn main() {
    let _ = lent;
}
