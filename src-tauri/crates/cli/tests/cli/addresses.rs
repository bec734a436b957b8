use anyhow::Result;

use crate::world::{ADA, World, failed};

#[tokio::test]
async fn an_address_that_cannot_be_used_is_named_and_nothing_is_written() -> Result<()> {
    let world = World::bare().await?;
    for (url, hint) in [
        ("auth.example.com", "https://"),
        ("https://auth.example.com/v1", "from the / on"),
        ("https://me:s3cret@auth.example.com", "before the @"),
        ("http://auth.example.com", "https://"),
        ("ftp://auth.example.com", "https://"),
        ("https://", "https://auth.example.com"),
        ("", "https://auth.example.com"),
    ] {
        let outcome = world.run(&["server", "add", "x", "--url", url, "--json"]).await?;
        assert_eq!(outcome.failure()?, failed(2, "invalid_server"), "{url}");
        assert!(outcome.err.contains(hint), "{url}: {outcome:?}");
        assert!(!outcome.err.contains("s3cret"), "{outcome:?}");
    }
    for id in ["", "-x", "a b", "../a", &"x".repeat(65)] {
        let outcome = world
            .run(&["server", "add", "--url", "https://a.example", "--json", "--", id])
            .await?;
        assert_eq!(outcome.failure()?, failed(2, "invalid_server"), "{id}");
    }
    assert!(!world.config_file().exists());
    Ok(())
}

#[tokio::test]
async fn an_address_and_a_code_that_are_none_are_refused_before_anything_is_asked() -> Result<()> {
    let world = World::bare().await?;
    // Nobody is there: a request would end with 5, a look into the keychain with 6.
    world
        .done(&["server", "add", "prod", "--url", "http://127.0.0.1:1"])
        .await?;
    for email in ["", "ada", "ada@", "a b@example.com", "ädä@example.com"] {
        let outcome = world.run(&["login", "--email", email, "--send-only", "--json"]).await?;
        assert_eq!(outcome.failure()?, failed(2, "invalid_email"), "{email}");
    }
    for code in ["", "12345", "1234567", "12345a", "abcdef"] {
        let outcome = world.run(&["login", "--email", ADA, "--code", code, "--json"]).await?;
        assert_eq!(outcome.failure()?, failed(2, "invalid_code"), "{code}");
        assert!(code.is_empty() || !outcome.err.contains(code), "{outcome:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_call_that_makes_no_sense_is_a_usage_error_that_says_what_does() -> Result<()> {
    let world = World::bare().await?;
    world
        .done(&["server", "add", "prod", "--url", "http://127.0.0.1:1"])
        .await?;
    for (arguments, hint) in [
        (vec!["login", "--email", ADA], "--code-stdin"),
        (vec!["login", "--send-only"], "--email"),
        (
            vec!["login", "--email", ADA, "--send-only", "--code-stdin"],
            "--send-only",
        ),
        (vec!["server", "add", "x"], "--url"),
        (vec!["server"], "add"),
        (vec!["frobnicate"], "--help"),
        (vec!["token", "--min-ttl", "soon"], "--min-ttl"),
        (vec![], "login"),
    ] {
        let outcome = world.run(&arguments).await?;
        assert_eq!((outcome.code, outcome.out.as_str()), (2, ""), "{arguments:?}");
        assert!(outcome.err.contains(hint), "{arguments:?}: {outcome:?}");
        let outcome = world.run(&[&arguments[..], &["--json"]].concat()).await?;
        assert_eq!(outcome.failure()?, failed(2, "usage"), "{arguments:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_stray_word_is_not_repeated() -> Result<()> {
    let world = World::bare().await?;
    let outcome = world.run(&["login", "123456", "--json"]).await?;
    assert_eq!(outcome.failure()?, failed(2, "usage"));
    assert!(!format!("{outcome:?}").contains("123456"), "{outcome:?}");
    Ok(())
}

#[tokio::test]
async fn help_and_version_are_data() -> Result<()> {
    let world = World::bare().await?;
    for (argument, content) in [("--help", "Exit codes"), ("--version", env!("CARGO_PKG_VERSION"))] {
        let outcome = world.done(&[argument]).await?;
        assert!(outcome.out.contains(content) && outcome.err.is_empty(), "{outcome:?}");
    }
    Ok(())
}
