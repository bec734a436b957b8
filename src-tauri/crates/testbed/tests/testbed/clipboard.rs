use anyhow::Result;
use testbed::{Clipboard, Desktop};

#[tokio::test]
async fn the_clipboard_holds_what_was_copied_last() -> Result<()> {
    let desktop = Desktop::with_display().await?;
    let clipboard = Clipboard::new(&desktop)?;
    assert_eq!(clipboard.text().await?, None);
    assert!(clipboard.targets().await?.is_empty());

    clipboard.set_text("first").await?;
    clipboard.set_text("zweite Zeile: ä\nund noch eine").await?;
    assert_eq!(
        clipboard.text().await?.as_deref(),
        Some("zweite Zeile: ä\nund noch eine")
    );
    assert!(clipboard.targets().await?.iter().any(|target| target == "UTF8_STRING"));
    Ok(())
}

#[tokio::test]
async fn there_is_no_clipboard_without_a_display() -> Result<()> {
    assert!(Clipboard::new(&Desktop::start().await?).is_err());
    Ok(())
}
