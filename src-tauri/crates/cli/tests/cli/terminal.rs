//! At a terminal the program asks for what is missing.

use anyhow::Result;
use testbed::Server;

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
    person.sees("5 tries left").await?;
    let code = server.latest_code(ADA).await?;
    person.types("12").await?;
    person.sees("2 digits").await?;
    let wrong = if code == "000000" { "000001" } else { "000000" };
    person.types(wrong).await?;
    person.sees("4 tries are left").await?;
    person.sees("Code (4 tries left").await?;
    person.types("").await?;
    person.sees("on its way to ada@example.com").await?;
    person.sees("Code (5 tries left").await?;
    person.types(&server.latest_code(ADA).await?).await?;
    person.sees("Signed in to prod as ada@example.com.").await?;
    assert_eq!(person.ends().await?, Some(0));
    Ok(())
}

#[tokio::test]
async fn a_person_who_leaves_is_not_signed_in() -> Result<()> {
    let server = Server::start(&[]).await?;
    let world = World::with_keyring().await?;
    world.done(&["server", "add", "prod", "--url", &server.url()]).await?;
    let mut person = Person::calls(&world, "login --email ada@example.com")?;
    person.sees("5 tries left").await?;
    person.types("\u{4}").await?;
    person.sees("ended before").await?;
    assert_eq!(person.ends().await?, Some(2));
    assert_eq!(world.config()?["servers"]["prod"].get("auth"), None);
    Ok(())
}
