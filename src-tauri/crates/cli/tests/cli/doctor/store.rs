use anyhow::Result;
use testbed::Keyring;

use crate::world::World;

#[tokio::test]
async fn a_keychain_is_tried_out_and_left_as_it_was() -> Result<()> {
    let world = World::with_keyring().await?;
    let report = world.doctor().await?;
    assert!(report.holds("credential_store").starts_with("keychain (the usual one)"));
    assert!(
        report
            .holds("credential_store_works")
            .contains("kept, read and removed in")
    );
    assert!(world.kept().await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn locked_absent_and_frozen_are_told_apart() -> Result<()> {
    let mut world = World::bare().await?;
    let report = world.doctor().await?;
    report.fails("credential_store_works", "No keychain was found");
    assert!(report.fix("credential_store_works").0.contains("encrypted-file") && report.code == 6);

    let keyring = Keyring::locked(&world.desktop).await?;
    let report = world.doctor().await?;
    report.fails("credential_store_works", "The keychain is locked");
    assert_eq!(report.code, 6);

    keyring.unlock().await?;
    world.doctor().await?.holds("credential_store_works");
    keyring.freeze()?;
    let report = world.doctor().await?;
    report.fails("credential_store_works", "did not answer within");
    assert_eq!(report.code, 6);
    keyring.thaw()?;
    world.keyring = Some(keyring);
    world.doctor().await?.holds("credential_store_works");
    Ok(())
}

#[tokio::test]
async fn a_variable_that_names_no_store_is_refused() -> Result<()> {
    let world = World::with_keyring().await?;
    let report = world
        .doctor_with(&[("FLOWSTATE_CREDENTIAL_STORE", "sticky-note")])
        .await?;
    report.fails("credential_store", "sticky-note");
    assert!(!report.has("credential_store_works") && report.code == 3);
    let report = world.doctor_with(&[("FLOWSTATE_CREDENTIAL_STORE", "keychain")]).await?;
    assert!(
        report
            .holds("credential_store")
            .contains("FLOWSTATE_CREDENTIAL_STORE says so")
    );
    Ok(())
}

#[tokio::test]
async fn a_file_that_was_chosen_is_tried_out_too() -> Result<()> {
    let world = World::bare().await?;
    let plain = [("FLOWSTATE_CREDENTIAL_STORE", "plaintext")];
    let report = world.doctor_with(&plain).await?;
    assert!(report.holds("credential_store").contains("can act as you"));
    report.holds("credential_store_works");

    let encrypted = ("FLOWSTATE_CREDENTIAL_STORE", "encrypted-file");
    let report = world.doctor_with(&[encrypted]).await?;
    report.fails("credential_store_works", "needs its passphrase");
    assert_eq!(report.code, 6);
    let file = world.desktop.home().join("passphrase");
    std::fs::write(&file, "open sesame\n")?;
    let report = world
        .doctor_with(&[encrypted, ("FLOWSTATE_STORE_PASSPHRASE_FILE", file.to_str().unwrap())])
        .await?;
    report.holds("credential_store_works");
    report.holds("private_files");
    std::fs::write(&file, "open barley\n")?;
    let report = world
        .doctor_with(&[encrypted, ("FLOWSTATE_STORE_PASSPHRASE_FILE", file.to_str().unwrap())])
        .await?;
    report.fails("credential_store_works", "passphrase");
    Ok(())
}
