//! The figures over HTTP, for Prometheus to fetch.

use std::{
    collections::BTreeSet,
    convert::Infallible,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use http_body_util::Full;
use hyper::{
    Method, Request, Response, StatusCode,
    body::{Body, Bytes},
    header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderValue},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{net::TcpListener, runtime, sync::Semaphore, task, time};

use super::{collector::Collector, exposition};
use crate::{
    failure::{Code, Failure, Result},
    interrupt,
    output::Output,
};

const PATH: &str = "/metrics";
/// How often it looks whether somebody wants it to end.
const LOOK: Duration = Duration::from_millis(50);
/// How long a client may take to ask.
const ASKING: Duration = Duration::from_secs(10);
/// So many may ask at once; Prometheus is one.
const CLIENTS: usize = 32;

/// Looks for all who ask, one after another, and says when shards go and come back.
struct Desk {
    collector: Collector,
    output: Output,
    /// The shards that did not answer the last time.
    silent: BTreeSet<String>,
}

/// Serves the figures until somebody interrupts.
///
/// # Errors
///
/// The address cannot be listened at.
pub(super) fn serve(address: SocketAddr, collector: Collector, output: &Output) -> Result {
    let failed = |error: std::io::Error| {
        let message = format!("{address} cannot be listened at: {error}");
        Failure::new(Code::Failed, message).advice("name another address; port 0 takes a free one")
    };
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(failed)?;
    let desk = Arc::new(Mutex::new(Desk {
        collector,
        output: output.clone(),
        silent: BTreeSet::new(),
    }));
    let ended = runtime.block_on(async {
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let at = listener.local_addr().map_err(failed)?;
        output.line(format_args!("http://{at}{PATH}"))?;
        task::spawn(accept(listener, desk));
        while !interrupt::happened() {
            time::sleep(LOOK).await;
        }
        Ok(())
    });
    // A look that goes on is nobody's any more.
    runtime.shutdown_background();
    ended
}

async fn accept(listener: TcpListener, desk: Arc<Mutex<Desk>>) {
    let places = Arc::new(Semaphore::new(CLIENTS));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else {
            return;
        };
        let Ok((client, _)) = listener.accept().await else {
            // Such as when there are no more files to open: that passes.
            time::sleep(LOOK).await;
            continue;
        };
        let desk = Arc::clone(&desk);
        task::spawn(async move {
            let answer = service_fn(|request| answer(request, &desk));
            let served = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(ASKING)
                .keep_alive(false)
                .serve_connection(TokioIo::new(client), answer)
                .await;
            // A client that goes, or speaks no HTTP, is told nothing.
            drop(served);
            drop(place);
        });
    }
}

async fn answer<B: Body>(
    request: Request<B>,
    desk: &Arc<Mutex<Desk>>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let mut response = match (request.method(), request.uri().path()) {
        (&Method::GET | &Method::HEAD, PATH) => {
            let desk = Arc::clone(desk);
            let looked = task::spawn_blocking(move || {
                desk.lock().unwrap_or_else(PoisonError::into_inner).look()
            });
            match looked.await {
                Ok(text) => metrics(text),
                Err(_) => plain(StatusCode::INTERNAL_SERVER_ERROR, "the look failed\n"),
            }
        }
        (&Method::GET | &Method::HEAD, "/") => {
            plain(StatusCode::OK, "figures of gears for Prometheus: /metrics\n")
        }
        (&Method::GET | &Method::HEAD, _) => plain(StatusCode::NOT_FOUND, "see /metrics\n"),
        _ => {
            let mut refusal = plain(StatusCode::METHOD_NOT_ALLOWED, "figures are only read\n");
            let methods = HeaderValue::from_static("GET, HEAD");
            refusal.headers_mut().insert(ALLOW, methods);
            refusal
        }
    };
    // Caches would show what was.
    let no_store = HeaderValue::from_static("no-store");
    response.headers_mut().insert(CACHE_CONTROL, no_store);
    Ok(response)
}

fn metrics(text: String) -> Response<Full<Bytes>> {
    with_type(StatusCode::OK, text, exposition::CONTENT_TYPE)
}

fn plain(status: StatusCode, text: &'static str) -> Response<Full<Bytes>> {
    with_type(status, text, "text/plain; charset=utf-8")
}

fn with_type(
    status: StatusCode,
    text: impl Into<Bytes>,
    media: &'static str,
) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(text.into()));
    *response.status_mut() = status;
    let media = HeaderValue::from_static(media);
    response.headers_mut().insert(CONTENT_TYPE, media);
    response
}

impl Desk {
    /// Looks, and says what has changed since the last time.
    fn look(&mut self) -> String {
        let look = self.collector.look();
        for (shard, why) in &look.silent {
            if !self.silent.contains(shard) {
                self.output.note(why);
            }
        }
        if look.silent.is_empty() && !self.silent.is_empty() {
            self.output.note("all shards answer again");
        }
        self.silent = look.silent.into_keys().collect();
        look.exposition.to_text()
    }
}
