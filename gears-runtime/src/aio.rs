//! Async programs: the same names as in the crate's root, with methods that are awaited.

pub use crate::{
    command::{configuration::asynchronous::Configuration, execution::asynchronous::Execution},
    connect::{
        gears::{asynchronous::Gears, redis_connection::asynchronous::RedisConnection},
        way::asynchronous::ToServer,
    },
};
