//! The server that an example runs against.

use std::env;

use gears_runtime::{Gears, Result, embedded};

/// A server that was there already, or a private one that ends with the example.
pub(crate) struct Server {
    url: String,
    _private: Option<embedded::Server>,
}

impl Server {
    /// Takes the server that `GEARS_URL` names, or starts a private one.
    pub(crate) fn find() -> Result<Self> {
        if let Ok(url) = env::var("GEARS_URL") {
            println!("using the server at GEARS_URL");
            let _private = None;
            return Ok(Self { url, _private });
        }
        println!("starting a private server");
        let private = embedded::Server::start()?;
        Ok(Self {
            url: private.url().to_owned(),
            _private: Some(private),
        })
    }

    /// Connects to it.
    #[allow(dead_code, reason = "the asynchronous example connects in its own way")]
    pub(crate) fn connect(&self) -> Result<Gears> {
        Gears::connect(self.url())
    }

    /// Returns where it is.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}
