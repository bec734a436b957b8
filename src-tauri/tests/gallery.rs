//! `make gallery`: a picture of every state of the page, in both themes and three widths, and what is wrong with each.

#[path = "shell/gallery/mod.rs"]
mod gallery;

use std::path::PathBuf;

use anyhow::{Result, ensure};
use gallery::{Gallery, WIDTHS};

#[tokio::main]
async fn main() -> Result<()> {
    let only: Vec<String> = std::env::args().skip(1).collect();
    let root = PathBuf::from("target/gallery");
    let mut gallery = Gallery::open().await?;
    let mut scenes = gallery.scenes().await?;
    scenes.retain(|scene| only.is_empty() || only.contains(scene));
    let mut found = Vec::new();
    let mut pictures = 0;
    for width in WIDTHS {
        gallery.resize(width).await?;
        for theme in ["light", "dark"] {
            let folder = root.join(format!("{width}-{theme}"));
            std::fs::create_dir_all(&folder)?;
            for scene in &scenes {
                gallery.show(&format!("{scene}+{theme}")).await?;
                std::fs::write(folder.join(format!("{scene}.png")), gallery.picture().await?)?;
                pictures += 1;
                let findings = gallery.examine(&format!("{scene}+{theme}")).await?;
                found.extend(
                    findings
                        .into_iter()
                        .map(|finding| format!("{scene}, {theme}, {width}: {finding}")),
                );
            }
            println!("✓ {} scenes, {theme}, {width} px wide", scenes.len());
        }
    }
    std::fs::write(root.join("index.html"), index(&scenes))?;
    gallery.close().await?;
    println!("{pictures} pictures: {}", root.join("index.html").display());
    ensure!(found.is_empty(), "{} findings:\n{}", found.len(), found.join("\n"));
    Ok(())
}

/// All pictures on one page, to look through.
fn index(scenes: &[String]) -> String {
    let mut page =
        String::from("<!doctype html><meta charset=utf-8><title>Gallery</title><style>img{max-width:32%}</style>\n");
    for scene in scenes {
        page += &format!("<h2>{scene}</h2>\n");
        for theme in ["light", "dark"] {
            for width in WIDTHS {
                page += &format!(
                    "<img loading=lazy src=\"{width}-{theme}/{scene}.png\" alt=\"{scene}, {theme}, {width}\">\n"
                );
            }
        }
    }
    page
}
