//! Every state of the page in the real web view: nothing for axe, nothing clipped, nothing in the way of another, a ring on whatever has
//! the focus, and nothing that the content policy had to stop.

use std::time::Instant;

use anyhow::{Result, ensure};

use crate::gallery::{Gallery, WIDTHS};

/// Each state in one theme and one width, so that all of them are walked through in little time; `make gallery` examines every one.
#[tokio::test(flavor = "multi_thread")]
async fn no_state_of_the_page_has_anything_to_find() -> Result<()> {
    let mut gallery = Gallery::open().await?;
    let scenes = gallery.scenes().await?;
    ensure!(scenes.len() > 80, "only {} scenes", scenes.len());
    let mut found = Vec::new();
    let begun = Instant::now();
    for (turn, width) in WIDTHS.into_iter().enumerate() {
        gallery.resize(width).await?;
        for (at, scene) in scenes.iter().enumerate().filter(|(at, _)| at % WIDTHS.len() == turn) {
            let theme = if at % 2 == 0 { "+dark" } else { "" };
            let findings = gallery.examine(&format!("{scene}{theme}")).await?;
            found.extend(
                findings
                    .into_iter()
                    .map(|finding| format!("{scene}{theme} at {width}: {finding}")),
            );
        }
    }
    println!("{} scenes in {:?}", scenes.len(), begun.elapsed());
    gallery.close().await?;
    ensure!(found.is_empty(), "{} findings:\n{}", found.len(), found.join("\n"));
    Ok(())
}

/// A rule that finds nothing in a page that is wrong proves nothing.
#[tokio::test(flavor = "multi_thread")]
async fn the_rules_find_what_is_wrong() -> Result<()> {
    let mut gallery = Gallery::open().await?;
    gallery.resize(WIDTHS[1]).await?;
    let found = gallery.examine("signed-in+spoilt").await?;
    for kind in [
        "axe: ",
        "wide: ",
        "clipped: ",
        "overlap: ",
        "no focus ring: ",
        "policy: ",
    ] {
        ensure!(
            found.iter().any(|finding| finding.starts_with(kind)),
            "nothing {kind} in {found:#?}"
        );
    }
    gallery.close().await
}

/// 200 % text, as people with weak eyes have it.
#[tokio::test(flavor = "multi_thread")]
async fn text_of_twice_the_size_fits() -> Result<()> {
    let mut gallery = Gallery::open().await?;
    gallery.resize(WIDTHS[1]).await?;
    let mut found = Vec::new();
    for scene in [
        "signed-in",
        "code",
        "hostile",
        "claims",
        "history",
        "sessions-end",
        "doctor",
        "settings-chosen",
        "switcher",
        "dialog-look",
        "sharing-choice",
        "conflict-replaced",
        "config-copy",
        "first-run",
        "switch-protected",
    ] {
        let findings = gallery.examine(&format!("{scene}+large")).await?;
        found.extend(findings.into_iter().map(|finding| format!("{scene}: {finding}")));
    }
    gallery.close().await?;
    ensure!(found.is_empty(), "{}", found.join("\n"));
    Ok(())
}
