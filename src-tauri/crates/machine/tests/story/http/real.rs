//! Against `flowstate-auth-server --dev`.

use accounts::ports::{ApiError, AuthApi};
use auth_core::VerificationCode;
use auth_core::wire::GrantReason;
use testbed::{Fault, FaultyProxy, Server};

use super::{email, server, service};

#[tokio::test]
async fn a_session_from_code_to_sign_out() {
    let real = Server::start(&[]).await.unwrap();
    let (service, server) = (service(), server(&real.url()));
    service.probe(&server).await.unwrap();
    let sent = service.send_code(&server, &email()).await.unwrap();
    assert!(sent.expires_in.as_secs() > 0);
    let right = real.latest_code(email().as_str()).await.unwrap();
    let wrong = if right == "000000" { "000001" } else { "000000" };
    let error = service
        .login(&server, &email(), &VerificationCode::parse(wrong).unwrap())
        .await
        .unwrap_err();
    assert_eq!(error, ApiError::CodeInvalid { attempts_left: 4 });

    let first = service
        .login(&server, &email(), &VerificationCode::parse(&right).unwrap())
        .await
        .unwrap();
    assert_eq!(first.email, email().as_str());
    let second = service.refresh(&server, &first.refresh_token.unwrap()).await.unwrap();
    let last = second.refresh_token.unwrap();
    service.logout(&server, &last).await.unwrap();
    let error = service.refresh(&server, &last).await.unwrap_err().error;
    assert_eq!(
        error,
        ApiError::InvalidGrant {
            reason: GrantReason::Revoked
        }
    );
}

#[tokio::test]
async fn a_domain_the_server_does_not_serve_is_unknown() {
    let real = Server::start(&[]).await.unwrap();
    let mut server = server(&real.url());
    "elsewhere".clone_into(&mut server.domain_id);
    let error = service().send_code(&server, &email()).await.unwrap_err();
    assert_eq!(
        error,
        ApiError::UnknownDomain {
            domain_id: "elsewhere".into()
        }
    );
}

#[tokio::test]
async fn after_a_lost_reply_the_same_token_still_refreshes() {
    let real = Server::start(&[]).await.unwrap();
    let proxy = FaultyProxy::start(real.address()).await.unwrap();
    let (service, server) = (service(), server(&proxy.url()));
    service.send_code(&server, &email()).await.unwrap();
    let code = VerificationCode::parse(&real.latest_code(email().as_str()).await.unwrap()).unwrap();
    let token = service
        .login(&server, &email(), &code)
        .await
        .unwrap()
        .refresh_token
        .unwrap();
    proxy.once(Fault::DropReply).unwrap();
    let lost = service.refresh(&server, &token).await.unwrap_err().error;
    assert!(matches!(lost, ApiError::Network { .. }), "{lost}");
    service.refresh(&server, &token).await.unwrap();
}
