//! Replies out of pipelines of redis-rs, which reads them with a trait of its own.

use redis::{FromRedisValue, ParsingError, Value};

use super::{
    ExecutionId, ExecutionInfo, ExecutionResult, ExportedRequirement, Plugin, PyRequirement,
    PyStats, Registration, RegistrationId, Session, Sessions, ShardPlan, read::Read,
};

macro_rules! from_redis {
    ($($type:ty, $what:literal;)*) => {$(
        impl FromRedisValue for $type {
            fn from_redis_value(value: Value) -> Result<Self, ParsingError> {
                <$type as Read>::read(&value).map_err(|misfit| {
                    ParsingError::from(format!(
                        "{}: expected {}, but {} came",
                        misfit.path($what),
                        misfit.expected,
                        misfit.came
                    ))
                })
            }
        }
    )*};
}

from_redis! {
    ExecutionId, "execution id";
    ExecutionInfo, "execution";
    ShardPlan, "plan";
    RegistrationId, "registration id";
    Registration, "registration";
    PyStats, "reply";
    PyRequirement, "requirement";
    Session, "session";
    Sessions, "sessions";
    ExportedRequirement, "reply";
    Plugin, "plugin";
}

impl FromRedisValue for ExecutionResult<Value> {
    fn from_redis_value(value: Value) -> Result<Self, ParsingError> {
        Self::from_reply(value).map_err(|unread| {
            let (misfit, _) = *unread;
            ParsingError::from(format!(
                "{}: expected {}, but {} came",
                misfit.path("reply"),
                misfit.expected,
                misfit.came
            ))
        })
    }
}
