//! How an embedded server ends, other than by being dropped.

use std::{
    thread,
    time::{Duration, Instant},
};

use super::{Server, launching::POLL};
use crate::{
    error::{Error, Result},
    testing::ward::Ward,
};

impl Server {
    /// Tells whether the server's process is there.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{embedded::Server, redis};
    ///
    /// let mut server = Server::plain()?;
    /// assert!(server.is_running());
    /// let mut connection = redis::Client::open(server.url()).unwrap().get_connection().unwrap();
    /// redis::cmd("SHUTDOWN").arg("NOSAVE").exec(&mut connection).unwrap_err();
    /// # server.wait_until_ended(std::time::Duration::from_secs(10))?;
    /// assert!(!server.is_running());
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub fn is_running(&mut self) -> bool {
        let running = matches!(self.child.as_mut().map(Ward::try_wait), Some(Ok(None)));
        if !running {
            self.child = None;
        }
        running
    }

    /// Waits until the server has ended by itself, as it does after `SHUTDOWN` and after Ctrl-C.
    ///
    /// # Errors
    ///
    /// [`Timeout`](crate::ErrorKind::Timeout) when it has not after `timeout`; it goes on then.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use gears_runtime::embedded;
    ///
    /// let mut server = embedded::Server::start()?;
    /// assert!(server.is_running());
    /// assert!(server.wait_until_ended(Duration::from_millis(20)).unwrap_err().is_timeout());
    /// server.kill();
    /// server.wait_until_ended(Duration::from_secs(5))?;
    /// assert!(!server.is_running());
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub fn wait_until_ended(&mut self, timeout: Duration) -> Result<()> {
        let started = Instant::now();
        while self.is_running() {
            if started.elapsed() >= timeout {
                return Err(Error::timeout(
                    "waiting for the embedded server to end",
                    timeout,
                ));
            }
            thread::sleep(POLL);
        }
        Ok(())
    }
}
