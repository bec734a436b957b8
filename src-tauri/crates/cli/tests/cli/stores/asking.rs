//! Who has the passphrase of the encrypted file is asked for it.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use testbed::Server;

use super::{PASSPHRASE, USE_FILE};
use crate::person::Person;
use crate::world::{PROGRAM, World};

#[tokio::test]
async fn a_person_is_asked_for_the_passphrase_once_a_command() -> Result<()> {
    let server = Server::start(&[]).await?;
    let world = World::signed_in(&server, &server.url()).await?;
    let mut person = Person::calls(&world, "store use encrypted-file")?;
    person.sees("Choose a passphrase").await?;
    person.sees("Passphrase of the encrypted file: ").await?;
    person.types("hunter2").await?;
    person.sees("The same once more: ").await?;
    person.types("hunter3").await?;
    person.sees("These two differ").await?;
    for question in ["Passphrase of the encrypted file: ", "The same once more: "] {
        person.sees(question).await?;
        person.types(PASSPHRASE).await?;
    }
    person.sees("One was moved.").await?;
    assert_eq!(person.ends().await?, Some(0));

    world.expire()?;
    let mut person = Person::calls(&world, "token")?;
    person.sees("Passphrase of the encrypted file: ").await?;
    person.types("hunter2").await?;
    person.sees("not the passphrase").await?;
    person.sees("Passphrase of the encrypted file: ").await?;
    person.types(PASSPHRASE).await?;
    person.sees("eyJ").await?;
    assert_eq!(person.ends().await?, Some(0));

    world.expire()?;
    let mut person = Person::calls(&world, "token")?;
    person.sees("Passphrase of the encrypted file: ").await?;
    person.types("").await?;
    person.sees("needs its passphrase").await?;
    assert_eq!(person.ends().await?, Some(6));
    for asked_nothing in ["token --json", "store show"] {
        let mut person = Person::calls(&world, asked_nothing)?;
        person.sees("needs its passphrase").await?;
        person.ends().await?;
    }
    Ok(())
}

/// Ctrl-C ends the command, and leaves a terminal that shows what is typed next.
#[tokio::test]
async fn an_interrupted_question_gives_the_terminal_back() -> Result<()> {
    let server = Server::start(&[]).await?;
    let world = World::signed_in(&server, &server.url()).await?;
    world.opened(&USE_FILE).await?;
    world.expire()?;
    // The interrupt reaches the shell, too, where it is typed before the terminal has been told to be quiet.
    let line = format!("trap : INT; {PROGRAM} token; echo ended with $?; stty -a");
    let mut person = Person::at_a_shell(&world, &line)?;
    person.sees("Passphrase of the encrypted file: ").await?;
    person.types("hunter2\u{3}").await?;
    person.sees("ended with ").await?;
    let rest = person.sees_all().await?;
    ensure!(rest.starts_with("130"), "{rest}");
    ensure!(rest.contains(" echo ") && rest.contains(" icanon "), "{rest}");
    Ok(())
}

/// Whoever waits for a person to type must not be waited for by others, nor be given up after the half minute of a step.
#[tokio::test]
async fn nobody_waits_for_a_person_who_types() -> Result<()> {
    let server = Server::start(&[]).await?;
    let world = World::signed_in(&server, &server.url()).await?;
    world.opened(&USE_FILE).await?;
    world.expire()?;
    let mut person = Person::calls(&world, "token")?;
    person.sees("Passphrase of the encrypted file: ").await?;
    let begin = Instant::now();
    world.refreshes("prod").await?;
    ensure!(begin.elapsed() < Duration::from_secs(10), "{:?}", begin.elapsed());
    tokio::time::sleep(Duration::from_secs(36).saturating_sub(begin.elapsed())).await;
    person.types(PASSPHRASE).await?;
    person.sees("eyJ").await?;
    Ok(())
}

#[tokio::test]
async fn a_shell_hands_over_what_a_password_program_says() -> Result<()> {
    let server = Server::start(&[]).await?;
    let world = World::signed_in(&server, &server.url()).await?;
    world.opened(&USE_FILE).await?;
    world.expire()?;
    let script = format!("FLOWSTATE_STORE_PASSPHRASE_FILE=<(sleep 0.1; echo '{PASSPHRASE}') {PROGRAM} token");
    let output = world.desktop.command("bash").args(["-c", &script]).output().await?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}
