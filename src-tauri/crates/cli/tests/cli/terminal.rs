//! At a terminal the program asks for what is missing.

use std::fs;
use std::time::Instant;

use anyhow::Result;
use testbed::{DEADLINE, Server};

use crate::person::Person;
use crate::world::{ADA, World};

#[tokio::test]
async fn a_person_is_asked_for_address_and_code_until_both_are_right() -> Result<()> {
    let server = Server::start(&[]).await?;
    let world = World::with_keyring().await?;
    world.done(&["server", "add", "prod", "--url", &server.url()]).await?;
    let mut person = Person::calls(&world, "login")?;
    person.sees("E-mail address: ").await?;
    person.types("ada").await?;
    person.sees("not an e-mail address").await?;
    person.sees("E-mail address: ").await?;
    person.types(ADA).await?;
    person.sees("on its way to ada@example.com").await?;
    person.sees("Code (5 tries left, r for a new one): ").await?;
    let code = server.latest_code(ADA).await?;
    person.types("").await?;
    person.sees("Code (5 tries left, r for a new one): ").await?;
    person.types("12").await?;
    person.sees("2 digits").await?;
    let wrong = if code == "000000" { "000001" } else { "000000" };
    person.types(wrong).await?;
    person.sees("4 tries are left").await?;
    person.sees("Code (4 tries left").await?;
    person.types("r").await?;
    person.sees("on its way to ada@example.com").await?;
    person.sees("Code (5 tries left").await?;
    assert_ne!(server.latest_code(ADA).await?, code, "no new code was sent");
    person.types(&server.latest_code(ADA).await?).await?;
    person.sees("Signed in to prod as ada@example.com.").await?;
    assert_eq!(person.ends().await?, Some(0));
    Ok(())
}

#[tokio::test]
async fn a_code_that_was_guessed_at_too_often_needs_a_new_one() -> Result<()> {
    let server = Server::start(&[]).await?;
    let world = World::with_keyring().await?;
    world.done(&["server", "add", "prod", "--url", &server.url()]).await?;
    let mut person = Person::calls(&world, "login --email ada@example.com")?;
    person.sees("5 tries left").await?;
    let code = server.latest_code(ADA).await?;
    let wrong = if code == "000000" { "000001" } else { "000000" };
    for left in [
        "4 tries left",
        "3 tries left",
        "2 tries left",
        "1 try left",
        "No tries are left",
    ] {
        person.types(wrong).await?;
        person.sees(left).await?;
    }
    person.types(&code).await?;
    person.sees("ask for a new one").await?;
    person.types("R").await?;
    person.sees("5 tries left").await?;
    person.types(&server.latest_code(ADA).await?).await?;
    person.sees("Signed in to prod").await?;
    assert_eq!(person.ends().await?, Some(0));
    Ok(())
}

#[tokio::test]
async fn a_code_that_has_run_out_needs_a_new_one() -> Result<()> {
    let server = Server::start(&["--code-ttl", "1"]).await?;
    let world = World::with_keyring().await?;
    world.done(&["server", "add", "prod", "--url", &server.url()]).await?;
    let mut person = Person::calls(&world, "login --email ada@example.com")?;
    person.sees("5 tries left").await?;
    let end = Instant::now() + DEADLINE;
    while !person.sees("for a new one").await?.contains("The code has run out") {
        assert!(Instant::now() < end, "it never runs out");
        person.types("").await?;
    }
    person.types("r").await?;
    person.sees("Code (5 tries left").await?;
    Ok(())
}

#[tokio::test]
async fn a_new_code_that_is_wanted_too_soon_has_to_wait() -> Result<()> {
    let server = Server::start(&["--limit-send-interval", "60"]).await?;
    let world = World::with_keyring().await?;
    world.done(&["server", "add", "prod", "--url", &server.url()]).await?;
    let mut person = Person::calls(&world, "login --email ada@example.com")?;
    person.sees("5 tries left").await?;
    person.types("r").await?;
    person.sees("before asking for another").await?;
    person.sees("Code (5 tries left").await?;
    person.types(&server.latest_code(ADA).await?).await?;
    person.sees("Signed in to prod").await?;
    assert_eq!(person.ends().await?, Some(0));
    Ok(())
}

#[tokio::test]
async fn a_person_who_leaves_is_not_signed_in_and_leaves_nothing() -> Result<()> {
    let server = Server::start(&[]).await?;
    let world = World::with_keyring().await?;
    world.done(&["server", "add", "prod", "--url", &server.url()]).await?;
    let before = world.config_text()?;
    // Ctrl-D ends the input, Ctrl-C the program.
    for (key, ending, code) in [("\u{4}", "ended before", 2), ("\u{3}", "^C", 130)] {
        let mut person = Person::calls(&world, "login --email ada@example.com")?;
        person.sees("5 tries left").await?;
        person.types(key).await?;
        person.sees(ending).await?;
        assert_eq!(person.ends().await?, Some(code));
        assert_eq!(world.config_text()?, before);
        assert!(world.kept().await?.is_empty());
        let left: Vec<String> = fs::read_dir(world.desktop.config_dir())?
            .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
            .collect::<Result<_>>()?;
        let known = ["config.json", "config.json.lock", "locks"];
        assert!(left.iter().all(|name| known.contains(&name.as_str())), "{left:?}");
    }
    // Nobody keeps the session locked either.
    world.sign_in(&server, "prod").await?;
    Ok(())
}
