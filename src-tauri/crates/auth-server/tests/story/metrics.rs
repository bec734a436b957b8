//! §2: `/metrics`.

use reqwest::StatusCode;

use crate::world::{ADA, World, reply, wrong};

#[tokio::test]
async fn what_is_counted_shows_where_it_is_asked_for_and_names_nobody() {
    let world = World::with(|settings| settings.metrics = true).await;
    let tokens = world.sign_in(ADA).await;
    world.refresh(&tokens["refreshToken"]).await.ok(StatusCode::OK);
    world.refresh(&tokens["refreshToken"]).await.ok(StatusCode::OK);
    let code = world.fresh_code(ADA).await;
    world.verify(ADA, &wrong(&code)).await.problem(400, "code_invalid");
    for path in ["/nowhere/ada@example.com", "/auth/sessions/ada"] {
        world.get(path).send().await.unwrap();
    }
    let strange = reqwest::Method::from_bytes(b"ADA").unwrap();
    world.http.request(strange, &world.url).send().await.unwrap();

    let metrics = reply(world.get("/metrics")).await;
    let kind = metrics.headers["content-type"].to_str().unwrap().to_owned();
    assert!(kind.starts_with("application/openmetrics-text"), "{kind}");
    let text = metrics.ok(StatusCode::OK).as_str().unwrap().to_owned();
    for line in [
        r#"flowstate_auth_requests_total{method="POST",route="/auth/send-code",status="202"} 2"#,
        r#"flowstate_auth_requests_total{method="POST",route="/auth/verify-code",status="400"} 1"#,
        r#"flowstate_auth_requests_total{method="GET",route="none",status="404"} 1"#,
        r#"flowstate_auth_requests_total{method="DELETE",route="/auth/sessions/{id}""#,
        r#"flowstate_auth_requests_total{method="other",route="/",status="405"} 1"#,
        r#"flowstate_auth_request_seconds_count{route="/auth/refresh"} 2"#,
        r#"flowstate_auth_mails_total{outcome="sent"} 2"#,
        r#"flowstate_auth_grants_total{outcome="signed_in"} 1"#,
        r#"flowstate_auth_grants_total{outcome="rotated"} 1"#,
        r#"flowstate_auth_grants_total{outcome="given_again"} 1"#,
        "flowstate_auth_connections 1",
    ] {
        let expected = !line.contains("DELETE");
        assert_eq!(text.contains(line), expected, "{line}\n{text}");
    }
    assert!(!text.contains("ada") && !text.contains("ADA"), "{text}");
    assert!(text.ends_with("# EOF\n"));
}

#[tokio::test]
async fn without_being_asked_for_it_shows_nothing() {
    let world = World::new().await;
    reply(world.get("/metrics")).await.problem(404, "not_found");
}
