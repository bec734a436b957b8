//! The loop that takes connections and, when told to stop, lets those under way finish.

use std::convert::Infallible;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tower::ServiceExt;

use super::caller::Peer;
use crate::metrics::Metrics;

/// A client that has not sent its headers by then is dropped.
const HEADERS: Duration = Duration::from_secs(10);
/// More headers than our own limit, so that they are answered with a problem and not with an empty reply.
const MOST_HEADERS: usize = 256;
/// Requests under way have so long to finish.
const DRAIN: Duration = Duration::from_secs(10);
/// A machine out of sockets gets some back only when connections end.
const BREATH: Duration = Duration::from_millis(100);

/// Serves until the shutdown is ready, then drains.
pub async fn serve(listener: TcpListener, router: Router, metrics: &Metrics, shutdown: impl Future<Output = ()>) {
    let graceful = GracefulShutdown::new();
    let mut server = http1::Builder::new();
    server
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS)
        .max_headers(MOST_HEADERS);
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut shutdown => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!("a connection could not be taken: {error}");
                tokio::time::sleep(BREATH).await;
                continue;
            }
        };
        let router = router.clone();
        let service = service_fn(move |request: hyper::Request<Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(Peer(peer));
            let router = router.clone();
            async move { Ok::<_, Infallible>(router.oneshot(request).await.unwrap_or_else(|never| match never {})) }
        });
        let connection = graceful.watch(server.serve_connection(TokioIo::new(stream), service));
        let open = metrics.connections.clone();
        tokio::spawn(async move {
            open.inc();
            if let Err(error) = connection.await {
                tracing::debug!("a connection ended early: {error}");
            }
            open.dec();
        });
    }
    drop(listener);
    if tokio::time::timeout(DRAIN, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests did not finish in time and were cut off");
    }
}
