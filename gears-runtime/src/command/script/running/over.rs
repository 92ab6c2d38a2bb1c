//! How a script is run over whatever leads to a server.

#[cfg(feature = "aio")]
use crate::connect::way::asynchronous;
use crate::{
    command::{catalog, request::Request, script::Script},
    connect::way::{ToServer, Way, lent::Lent},
    data::ExecutionResult,
    error::Result,
};

impl<T> Script<T> {
    /// Runs the script over whatever leads to a server, and waits until it is done.
    ///
    /// # Errors
    ///
    /// As [`Gears::execute`](crate::Gears::execute).
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{Script, embedded, redis};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let server = embedded::Server::start()?;
    /// let client = redis::Client::open(server.url())?;
    /// let script = Script::from_source("GB('ShardsIDReader').count().run()").returning::<i64>();
    /// assert_eq!(script.on(&client)?.into_one()?, 1);
    ///
    /// let mut connection = client.get_connection()?;
    /// assert_eq!(script.on(&mut connection)?.into_one()?, 1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn on<'a>(&self, server: impl ToServer<'a>) -> Result<ExecutionResult<T>> {
        match server.into_way() {
            Way::Ours(gears) => gears.execute(self),
            Way::Lent(lent) => lent.execute(self),
        }
    }

    /// Runs the script over whatever leads to a server, and awaits its end.
    ///
    /// # Errors
    ///
    /// As [`on`](Self::on).
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{Script, embedded, redis};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let server = embedded::Server::start()?;
    /// let client = redis::Client::open(server.url())?;
    /// # let minute = Some(std::time::Duration::from_secs(60));
    /// # let config = redis::AsyncConnectionConfig::new().set_response_timeout(minute);
    /// let mut connection = client.get_multiplexed_async_connection_with_config(&config).await?;
    /// let script = Script::from_source("GB('ShardsIDReader').count().run()").returning::<i64>();
    /// assert_eq!(script.on_async(&mut connection).await?.into_one()?, 1);
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "aio")]
    pub async fn on_async<'a>(
        &self,
        server: impl asynchronous::ToServer<'a>,
    ) -> Result<ExecutionResult<T>> {
        match server.into_way() {
            asynchronous::Way::Ours(gears) => gears.execute_async(self).await,
            asynchronous::Way::Lent(lent) => lent.execute(self).await,
        }
    }
}

impl Lent<'_> {
    fn execute<T>(&self, script: &Script<T>) -> Result<ExecutionResult<T>> {
        let server = self.server()?;
        let shards = match script.extent().question() {
            Some(question) => script.extent().told(self.ask(question), server)?,
            None => script.extent().known(),
        };
        let executed = self.ask(catalog::py_execute(script, false, server.dialect))?;
        let executed = executed.over(shards).decode_with(script.decoder())?;
        Ok(executed.into_results())
    }

    fn ask<A>(&self, request: Request<A>) -> Result<A> {
        let server = self.server()?;
        request.check(server)?;
        let what = request.purpose();
        let reply = self.send(request.command(), format_args!("{what}"))?;
        request.finish(reply, Some(server))
    }
}

#[cfg(feature = "aio")]
impl asynchronous::Lent<'_> {
    async fn execute<T>(&self, script: &Script<T>) -> Result<ExecutionResult<T>> {
        let server = self.server().await?;
        let shards = match script.extent().question() {
            Some(question) => script.extent().told(self.ask(question).await, server)?,
            None => script.extent().known(),
        };
        let request = catalog::py_execute(script, false, server.dialect);
        let executed = self.ask(request).await?;
        let executed = executed.over(shards).decode_with(script.decoder())?;
        Ok(executed.into_results())
    }

    async fn ask<A>(&self, request: Request<A>) -> Result<A> {
        let server = self.server().await?;
        request.check(server)?;
        let what = request.purpose().to_string();
        let reply = self.send(request.command(), &what).await?;
        request.finish(reply, Some(server))
    }
}
