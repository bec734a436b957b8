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
use super::doorway::Doorway;
use super::line::{Line, Patience};
use crate::metrics::Metrics;

/// A client that has not sent its headers by then is dropped, and so is one that asks for nothing more.
const HEADERS: Duration = Duration::from_secs(10);
/// More headers than our own limit, so that they are answered with a problem and not with an empty reply.
const MOST_HEADERS: usize = 256;
/// Bytes of a request that are kept for one connection: our own limits leave room for far less.
const BUFFER: usize = 128 * 1024;
/// Requests under way have so long to finish.
const DRAIN: Duration = Duration::from_secs(10);
/// A machine out of sockets gets some back only when connections end.
const BREATH: Duration = Duration::from_millis(100);

/// Serves until the shutdown is ready, then drains.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    doorway: Doorway,
    metrics: &Metrics,
    shutdown: impl Future<Output = ()>,
) {
    let graceful = GracefulShutdown::new();
    let mut server = http1::Builder::new();
    server
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS)
        .max_headers(MOST_HEADERS)
        .max_buf_size(BUFFER);
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let next = async {
            let room = doorway.room().await;
            (room, listener.accept().await)
        };
        let (room, accepted) = tokio::select! {
            next = next => next,
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
        let Some(visit) = room.and_then(|room| doorway.visit(peer.ip(), room)) else {
            tracing::debug!("a connection was closed: too many are open from its address");
            continue;
        };
        // Replies are small and written whole: nothing is gained by waiting for more.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!("a connection is slower than it could be: {error}");
        }
        let router = router.clone();
        let service = service_fn(move |request: hyper::Request<Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(Peer(peer));
            let router = router.clone();
            async move { Ok::<_, Infallible>(router.oneshot(request).await.unwrap_or_else(|never| match never {})) }
        });
        let connection =
            graceful.watch(server.serve_connection(TokioIo::new(Line::new(stream, Patience::USUAL)), service));
        let open = metrics.connections.clone();
        tokio::spawn(async move {
            open.inc();
            if let Err(error) = connection.await {
                tracing::debug!("a connection ended early: {error}");
            }
            open.dec();
            drop(visit);
        });
    }
    drop(listener);
    if tokio::time::timeout(DRAIN, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests did not finish in time and were cut off");
    }
}
