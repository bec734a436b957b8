use anyhow::Result;
use serde_json::json;

use crate::selection::four_servers;
use crate::world::{World, failed};

#[tokio::test]
async fn the_header_is_one_line_of_json_and_nothing_else() -> Result<()> {
    let world = four_servers().await?;
    for arguments in [&["headers"][..], &["headers", "--json"], &["headers", "--min-ttl", "5"]] {
        let outcome = world.done(arguments).await?;
        assert_eq!(outcome.json()?, json!({"Authorization": "Bearer of-default"}));
        assert_eq!(outcome.err, "");
    }
    let flag = world.done(&["headers", "--server", "flag"]).await?;
    assert_eq!(flag.json()?, json!({"Authorization": "Bearer of-flag"}));
    Ok(())
}

#[tokio::test]
async fn without_a_session_there_is_no_header() -> Result<()> {
    let world = World::bare().await?;
    world.write_config(r#"{"activeServerId":"a","servers":{"a":{"url":"https://a.example","domainId":"d"}}}"#)?;
    let outcome = world.run(&["headers"]).await?;
    assert_eq!((outcome.code, outcome.out.as_str()), (4, ""));
    assert!(outcome.err.contains("sign in"), "{outcome:?}");
    assert_eq!(
        world.run(&["headers", "--json"]).await?.failure()?,
        failed(4, "signed_out")
    );
    Ok(())
}
