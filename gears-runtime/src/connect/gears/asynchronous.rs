//! The same connection, with methods that are awaited.

use std::fmt;

/// A [`Gears`](crate::Gears) whose methods are awaited, made by
/// [`Gears::aio`](crate::Gears::aio).
///
/// It has the same methods by the same names. It is cheap to clone and shares the connections;
/// its futures can be sent to other threads, and dropped at any time: what the server has begun
/// goes on there, and no other call waits for it.
///
/// # Examples
///
#[cfg_attr(feature = "embedded", doc = "```")]
#[cfg_attr(not(feature = "embedded"), doc = "```text")]
/// use gears_runtime::{Gears, Script, embedded};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> gears_runtime::Result<()> {
/// let server = embedded::Server::start()?;
/// let gears = Gears::connect_async(server.url()).await?.aio();
/// let script = Script::from_source("GB('ShardsIDReader').count().run()").returning::<i64>();
/// assert_eq!(gears.execute(&script).await?.into_one()?, 1);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Gears {
    pub(crate) inner: super::Gears,
}

impl super::Gears {
    /// Returns this connection with methods that are awaited.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// # use gears_runtime::{Gears, embedded};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// let gears = Gears::connect(server.url())?;
    /// let tasks: Vec<_> = (0..4)
    ///     .map(|_| {
    ///         let gears = gears.aio(); // they share the connections
    ///         tokio::spawn(async move { gears.py_stats().await })
    ///     })
    ///     .collect();
    /// for task in tasks {
    ///     assert!(task.await.expect("the task ended").is_ok());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn aio(&self) -> Gears {
        Gears {
            inner: self.clone(),
        }
    }
}

impl Gears {
    /// Returns this connection with methods that block.
    pub fn sync(&self) -> super::Gears {
        self.inner.clone()
    }
}

impl From<super::Gears> for Gears {
    fn from(inner: super::Gears) -> Self {
        Self { inner }
    }
}

impl fmt::Debug for Gears {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}
