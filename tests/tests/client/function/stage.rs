//! What the tests of gear functions stand on.

use gears_runtime::Gears;
use gears_runtime::function::{BatchFunction, GearFunction, Runs};
use gears_runtime::redis::{self, FromRedisValue};
use gears_tests::TestServer;
use serde::de::DeserializeOwned;

/// A server and a connection to it.
pub(crate) struct Stage {
    pub(crate) gears: Gears,
    pub(crate) server: TestServer,
}

impl Stage {
    /// Takes a server that tests share.
    pub(crate) fn new() -> Self {
        Self::on(TestServer::start())
    }

    /// Takes a server of its own, for tests that read all there is.
    pub(crate) fn private() -> Self {
        Self::on(TestServer::private())
    }

    fn on(server: TestServer) -> Self {
        Self {
            gears: server.gears(),
            server,
        }
    }

    /// Makes a name that no other test uses.
    pub(crate) fn name(&self, what: &str) -> String {
        self.server.name(what)
    }

    /// Runs a function to its end, without any error.
    pub(crate) fn run<T: DeserializeOwned, R: Runs>(
        &self,
        function: &GearFunction<T, R>,
    ) -> Vec<T> {
        self.finish(&function.run())
    }

    /// Runs a closed function to its end, without any error.
    pub(crate) fn finish<T: DeserializeOwned, R>(&self, function: &BatchFunction<T, R>) -> Vec<T> {
        function.on(&self.gears).unwrap().into_result().unwrap()
    }

    /// Sends a plain command.
    pub(crate) fn ask<T: FromRedisValue>(&self, command: &str, words: &[&str]) -> T {
        let mut connection = self.gears.client().get_connection().unwrap();
        redis::cmd(command)
            .arg(words)
            .query(&mut connection)
            .unwrap()
    }

    /// Sends a plain command whose reply does not matter.
    pub(crate) fn tell(&self, command: &str, words: &[&str]) {
        self.ask::<redis::Value>(command, words);
    }
}
