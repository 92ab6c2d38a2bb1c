//! One connection to a peer, and what is on the way on it.

use std::collections::VecDeque;
use std::future::{Future, pending, poll_fn, ready};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Cmd, FromRedisValue, RedisConnectionInfo, RedisResult, Value};
use tokio::select;
use tokio::task::{JoinError, JoinSet, unconstrained};
use tokio::time::Instant;

use crate::failure::{Failure, Step, describe, no_answer, refused};
use crate::queue::MOST_ON_THE_WAY;
use crate::stream::{Seen, Stream};
use crate::{Access, Peer};

type Answer = Pin<Box<dyn Future<Output = RedisResult<Value>> + Send>>;

/// A connection to a peer. It closes when this is dropped.
pub(crate) struct Connection {
    pub(crate) peer: Peer,
    pub(crate) access: Arc<Access>,
    protocol: MultiplexedConnection,
    /// What moves the bytes.
    driver: JoinSet<()>,
    seen: Arc<Seen>,
    flights: VecDeque<Flight>,
}

/// A frame that the peer has not answered.
struct Flight {
    number: u64,
    since: Instant,
    answer: Answer,
}

impl Connection {
    /// Connects, and says nothing yet.
    pub(crate) async fn open(
        peer: Peer,
        access: Arc<Access>,
        timeout: Duration,
    ) -> Result<Self, String> {
        let stream = Stream::open(&peer, &access, timeout).await?;
        let seen = stream.seen();
        // How long something may take is decided by who waits for it.
        let config = AsyncConnectionConfig::new()
            .set_response_timeout(None)
            .set_connection_timeout(None)
            .set_pipeline_buffer_size(MOST_ON_THE_WAY + 1);
        let info = RedisConnectionInfo::default().set_skip_set_lib_name();
        let made = MultiplexedConnection::new_with_config(&info, stream, config).await;
        let (protocol, moves) =
            made.map_err(|error| format!("cannot talk to {}: {error}", describe(&peer)))?;
        let mut driver = JoinSet::new();
        driver.spawn(moves);
        Ok(Self {
            peer,
            access,
            protocol,
            driver,
            seen,
            flights: VecDeque::new(),
        })
    }

    /// Asks for something and waits for the answer.
    pub(crate) async fn ask<T: FromRedisValue>(
        &mut self,
        step: Step,
        command: &Cmd,
    ) -> Result<T, Failure> {
        let answer = self.protocol.send_packed_command(command).await;
        self.read(step, answer)
    }

    /// Puts a frame on the way.
    pub(crate) async fn send(&mut self, number: u64, frame: &[u8]) {
        let mut command = redis::cmd("RG.INNERMSGCOMMAND");
        command.arg(number).arg(frame);
        let mut protocol = self.protocol.clone();
        // Not stopped for others to go on: it is in its place behind those before it once it was
        // polled, as there is room for all that may be on the way.
        let mut answer: Answer = Box::pin(unconstrained(async move {
            protocol.send_packed_command(&command).await
        }));
        let first = poll_fn(|context| Poll::Ready(answer.as_mut().poll(context))).await;
        if let Poll::Ready(first) = first {
            answer = Box::pin(ready(first));
        }
        self.flights.push_back(Flight {
            number,
            since: Instant::now(),
            answer,
        });
    }

    /// Waits for the answer to the first frame on the way, its number and the window, or for the
    /// end of the connection.
    pub(crate) async fn answer(&mut self) -> Result<(u64, u64), Failure> {
        let first = async {
            match self.flights.front_mut() {
                Some(first) => first.answer.as_mut().await,
                None => pending().await,
            }
        };
        // What was answered before the end counts.
        let answer = select! {
            biased;
            answer = first => answer,
            end = self.driver.join_next() => return Err(self.ended(end).into()),
        };
        let number = self.flights.pop_front().map(|flight| flight.number);
        let (taken, window) = self.read::<(u64, u64)>(Step::Frame, answer)?;
        if number == Some(taken) {
            Ok((taken, window))
        } else {
            Err(no_answer(Step::Frame, &self.peer).into())
        }
    }

    /// Returns since when the first frame is on the way.
    pub(crate) fn waits_since(&self) -> Option<Instant> {
        Some(self.flights.front()?.since)
    }

    fn ended(&self, end: Option<Result<(), JoinError>>) -> String {
        match end {
            Some(Err(error)) => format!("what talks to {} failed: {error}", describe(&self.peer)),
            _ => self.lost("it closed the connection"),
        }
    }

    fn read<T: FromRedisValue>(
        &self,
        step: Step,
        answer: RedisResult<Value>,
    ) -> Result<T, Failure> {
        self.seen.reply();
        let value = match answer.and_then(Value::extract_error) {
            Ok(value) => value,
            Err(error) if error.code().is_some() => {
                return Err(refused(step, &self.peer, &self.access, &error));
            }
            Err(error) => return Err(self.lost(&error.to_string()).into()),
        };
        redis::from_redis_value(value).map_err(|_| no_answer(step, &self.peer).into())
    }

    fn lost(&self, otherwise: &str) -> String {
        let cause = self.seen.end();
        format!(
            "lost the connection to {}: {}; look into its log when it does not come back",
            describe(&self.peer),
            cause.as_deref().unwrap_or(otherwise)
        )
    }
}
