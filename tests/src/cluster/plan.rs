//! How the nodes of a cluster are started.

use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use gears_runtime::embedded::{Builder, Server};

use crate::{Authority, TestCluster, valkey};

/// How long the cluster bus waits for a node before it takes it for gone.
const NODE_TIMEOUT: Duration = Duration::from_secs(2);
/// How often a node is started when the port of its bus is taken or too high.
const ATTEMPTS: usize = 20;

/// Says how the nodes of a cluster are started; all of them alike, if nothing else is said.
#[derive(Clone, Debug, Default)]
pub struct ClusterPlan {
    server_args: Vec<String>,
    engine_args: Vec<String>,
    password: Option<String>,
    authority: Option<Arc<Authority>>,
    /// Whether clients may come without TLS all the same.
    is_mixed: bool,
    /// The nodes without the engine.
    plain: Vec<usize>,
    /// Whether the nodes are Valkeys whose functions can be in Python.
    is_valkey: bool,
    /// The nodes with another engine than the others.
    engines: Vec<(usize, PathBuf)>,
}

impl ClusterPlan {
    /// Adds words to the command line of each server.
    #[must_use]
    pub fn server_args(mut self, words: &[&str]) -> Self {
        self.server_args
            .extend(words.iter().map(|&word| word.to_owned()));
        self
    }

    /// Adds words to the settings of each engine.
    #[must_use]
    pub fn engine_args(mut self, words: &[&str]) -> Self {
        self.engine_args
            .extend(words.iter().map(|&word| word.to_owned()));
        self
    }

    /// Has clients need this password.
    #[must_use]
    pub fn password(mut self, password: &str) -> Self {
        self.password = Some(password.to_owned());
        self
    }

    /// Has clients and nodes speak TLS alone, with certificates of this authority. Clients on
    /// the same machine may still come by the socket of a node.
    #[must_use]
    pub fn tls(mut self, authority: Authority) -> Self {
        self.authority = Some(Arc::new(authority));
        self
    }

    /// Lets clients in without TLS as well, at another port.
    #[must_use]
    pub fn mixed(mut self) -> Self {
        self.is_mixed = true;
        self
    }

    /// Has the nodes be Valkeys on which `FCALL` and `EVAL` run Python.
    #[must_use]
    pub fn valkey(mut self) -> Self {
        self.is_valkey = true;
        self
    }

    /// Loads no engine on the node at this place.
    #[must_use]
    pub fn plain(mut self, place: usize) -> Self {
        self.plain.push(place);
        self
    }

    /// Loads another engine on the node at this place.
    #[must_use]
    pub fn engine(mut self, place: usize, engine: impl Into<PathBuf>) -> Self {
        self.engines.push((place, engine.into()));
        self
    }

    /// Starts three primaries and waits until they agree.
    ///
    /// # Panics
    ///
    /// When that takes too long, or no server can be started, naming set-up.
    pub fn start(self) -> TestCluster {
        TestCluster::planned(self, 3, 0)
    }

    /// Starts the node at a place; the port of its bus must be free too.
    pub(super) fn launch(&self, place: usize) -> Server {
        let mut failure = None;
        for _ in 0..ATTEMPTS {
            match self.builder(place).start() {
                Ok(server) => return server,
                Err(error) => failure = Some(error),
            }
        }
        panic!("no node started: {failure:?}");
    }

    fn builder(&self, place: usize) -> Builder {
        let timeout = NODE_TIMEOUT.as_millis().to_string();
        let builder = match self.is_valkey {
            true => valkey(),
            false => Server::builder(),
        };
        let mut builder = builder
            .tcp()
            .server_args(["--cluster-enabled", "yes"])
            .server_args(["--cluster-node-timeout", &timeout])
            .server_args(["--cluster-replica-validity-factor", "0"])
            .server_args(["--repl-diskless-sync-delay", "0"])
            .server_args(&self.server_args)
            .engine_args(&self.engine_args);
        if let Some(password) = &self.password {
            builder = builder.server_args(["--requirepass", password]);
        }
        if let Some(authority) = &self.authority {
            let port = TcpListener::bind(("127.0.0.1", 0)).and_then(|free| free.local_addr());
            let port = port.unwrap().port();
            builder = builder.server_args(authority.server_args(port));
            if !self.is_mixed {
                builder = builder.port(port).server_args(["--port", "0"]);
            }
        }
        if let Some((_, engine)) = self.engines.iter().find(|(at, _)| *at == place) {
            builder = builder.engine(engine);
        }
        if self.plain.contains(&place) {
            builder = builder.plain();
        }
        builder
    }

    /// Returns the URL by which tests get in at a node.
    pub(super) fn url(&self, server: &Server) -> String {
        let password = self.password.as_deref();
        if self.authority.is_some() && !self.is_mixed {
            let login = password.map(|password| format!("?pass={password}"));
            let socket = server.folder().join("server.sock");
            return format!("unix://{}{}", socket.display(), login.unwrap_or_default());
        }
        match password {
            Some(password) => server.url().replacen("://", &format!("://:{password}@"), 1),
            None => server.url().to_owned(),
        }
    }

    /// Tells whether nodes speak TLS with each other.
    pub(super) fn speaks_tls(&self) -> bool {
        self.authority.is_some()
    }

    /// Tells whether nodes can be asked to end without a word that proves who asks.
    pub(super) fn is_open(&self) -> bool {
        self.password.is_none() && self.authority.is_none()
    }
}
