//! A layer for other services: it lets requests through whose bearer is good, be it an access token or an API token, and
//! answers the rest as the server itself does.

use std::convert::Infallible;
use std::future::poll_fn;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use async_trait::async_trait;
use auth_core::Secret;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Request};
use axum::response::{IntoResponse, Response};
use tower::{Layer, Service};

use crate::AuthError;
use crate::http::{ApiError, Credentials, caller_ip};
use crate::rules::{AuthService, Bearer};

/// Somebody who knows whose a token is.
#[async_trait]
pub trait Authenticate: std::fmt::Debug + Send + Sync {
    /// The bearer of the token, as they are now; of that organisation, where one is named. Wrong API tokens count
    /// for who sends them, where that is known.
    ///
    /// # Errors
    /// [`AuthError`].
    async fn authenticate(
        &self,
        token: Option<&Secret>,
        org_id: Option<&str>,
        from: Option<IpAddr>,
    ) -> Result<Bearer, AuthError>;

    /// Who sends a request with these headers: the other end of the connection, or whoever is behind a trusted proxy.
    fn sender(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr;
}

#[async_trait]
impl Authenticate for AuthService {
    async fn authenticate(
        &self,
        token: Option<&Secret>,
        org_id: Option<&str>,
        from: Option<IpAddr>,
    ) -> Result<Bearer, AuthError> {
        self.signed(token, org_id, from).await
    }

    fn sender(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        caller_ip(peer, headers, &self.settings.trusted_proxies)
    }
}

/// Lets requests through whose bearer is good, with the [`Bearer`] among their extensions. Guessing API tokens is limited
/// where the service knows the other end of its connections: `into_make_service_with_connect_info::<SocketAddr>()`.
#[derive(Debug, Clone)]
pub struct BearerLayer {
    authenticator: Arc<dyn Authenticate>,
    scope: Option<&'static str>,
}

impl BearerLayer {
    /// Asks that one.
    pub fn new(authenticator: Arc<dyn Authenticate>) -> Self {
        Self {
            authenticator,
            scope: None,
        }
    }

    /// Wants that scope too.
    #[must_use]
    pub fn require(self, scope: &'static str) -> Self {
        Self {
            scope: Some(scope),
            ..self
        }
    }

    async fn bearer(&self, headers: &HeaderMap, peer: Option<SocketAddr>) -> Result<Bearer, AuthError> {
        let Credentials { token, org_id } = Credentials::of(headers);
        let from = peer.map(|peer| self.authenticator.sender(peer.ip(), headers));
        let bearer = self
            .authenticator
            .authenticate(token.as_ref(), org_id.as_deref(), from)
            .await?;
        match self.scope {
            Some(scope) if !bearer.may(scope) => Err(AuthError::MissingScope { scope }),
            _ => Ok(bearer),
        }
    }
}

impl<S> Layer<S> for BearerLayer {
    type Service = BearerService<S>;

    fn layer(&self, inner: S) -> BearerService<S> {
        BearerService {
            inner,
            layer: self.clone(),
        }
    }
}

/// A service behind a [`BearerLayer`].
#[derive(Debug, Clone)]
pub struct BearerService<S> {
    inner: S,
    layer: BearerLayer,
}

impl<S, B> Service<Request<B>> for BearerService<S>
where
    S: Service<Request<B>, Error = Infallible> + Clone + Send + 'static,
    S::Response: IntoResponse,
    S::Future: Send,
    B: Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        // The service is asked when its turn comes: a request that is refused needs none of it.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let (mut inner, layer) = (self.inner.clone(), self.layer.clone());
        Box::pin(async move {
            let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0);
            match layer.bearer(request.headers(), peer).await {
                Ok(bearer) => request.extensions_mut().insert(bearer),
                Err(source) => return Ok(ApiError::Auth { source }.into_response()),
            };
            poll_fn(|context| inner.poll_ready(context)).await?;
            Ok(inner.call(request).await?.into_response())
        })
    }
}
