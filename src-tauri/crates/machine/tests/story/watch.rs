use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use auth_core::config::ServerProfile;
use machine::{ConfigWatch, Paths, SharedConfigFile};
use tempfile::TempDir;
use testbed::DEADLINE;
use tokio::time::timeout;

/// A config folder with a watch on its file.
struct Watched {
    root: TempDir,
    watch: ConfigWatch,
}

impl Watched {
    /// `prepare` gets an empty folder; the config folder in it is to be named `flowstate`.
    fn start(prepare: impl FnOnce(&Path)) -> Self {
        let root = tempfile::tempdir().unwrap();
        prepare(root.path());
        let paths = Paths::new(Some(root.path().join("flowstate").into()), None, None).unwrap();
        let watch = ConfigWatch::start(&paths).unwrap();
        Self { root, watch }
    }

    fn with_file() -> Self {
        Self::start(|root| {
            fs::create_dir(root.join("flowstate")).unwrap();
            fs::write(root.join("flowstate/config.json"), "old").unwrap();
        })
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.root.path().join(name)
    }

    /// Waits until whoever is told finds this content; a state on the way may be told of first.
    async fn tells(&mut self, text: &str) {
        loop {
            let told = timeout(DEADLINE, self.watch.changed()).await;
            told.unwrap_or_else(|_| panic!("nobody told of {text:?}"))
                .expect("the watch ended");
            let found = fs::read_to_string(self.path("flowstate/config.json"));
            if found.as_deref().unwrap_or("nothing") == text {
                return;
            }
        }
    }
}

#[tokio::test]
async fn a_file_written_in_place_replaced_and_removed() {
    let mut watched = Watched::with_file();
    let config = watched.path("flowstate/config.json");
    fs::write(&config, "in place").unwrap();
    watched.tells("in place").await;
    fs::write(watched.path("flowstate/new"), "renamed").unwrap();
    fs::rename(watched.path("flowstate/new"), &config).unwrap();
    watched.tells("renamed").await;
    fs::write(&config, "and in place again").unwrap();
    watched.tells("and in place again").await;
    fs::remove_file(&config).unwrap();
    watched.tells("nothing").await;
    fs::write(&config, "back").unwrap();
    watched.tells("back").await;
}

#[tokio::test]
async fn a_folder_removed_made_again_and_moved_away() {
    let mut watched = Watched::with_file();
    let folder = watched.path("flowstate");
    for round in ["once", "twice"] {
        fs::remove_dir_all(&folder).unwrap();
        watched.tells("nothing").await;
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("config.json"), round).unwrap();
        watched.tells(round).await;
        fs::write(folder.join("config.json"), format!("{round} more")).unwrap();
        watched.tells(&format!("{round} more")).await;
    }
    fs::rename(&folder, watched.path("away")).unwrap();
    watched.tells("nothing").await;
    fs::rename(watched.path("away"), &folder).unwrap();
    watched.tells("twice more").await;
    fs::write(folder.join("config.json"), "last").unwrap();
    watched.tells("last").await;
}

#[tokio::test]
async fn a_folder_that_is_not_there_yet() {
    let mut watched = Watched::start(|_| {});
    fs::create_dir(watched.path("flowstate")).unwrap();
    fs::write(watched.path("flowstate/config.json"), "first").unwrap();
    watched.tells("first").await;
    fs::write(watched.path("flowstate/config.json"), "second").unwrap();
    watched.tells("second").await;
}

#[tokio::test]
async fn links_to_folder_and_file_are_followed_and_may_change() {
    let mut watched = Watched::start(|root| {
        for (folder, text) in [("one", "of one"), ("two", "of two"), ("files", "of files")] {
            fs::create_dir(root.join(folder)).unwrap();
            fs::write(root.join(folder).join("config.json"), text).unwrap();
        }
        symlink("one", root.join("flowstate")).unwrap();
    });
    fs::write(watched.path("one/config.json"), "changed behind the link").unwrap();
    watched.tells("changed behind the link").await;
    fs::remove_file(watched.path("flowstate")).unwrap();
    symlink("two", watched.path("flowstate")).unwrap();
    watched.tells("of two").await;
    fs::remove_file(watched.path("two/config.json")).unwrap();
    symlink("../files/config.json", watched.path("two/config.json")).unwrap();
    watched.tells("of files").await;
    fs::write(watched.path("files/config.json"), "changed behind both").unwrap();
    watched.tells("changed behind both").await;
}

#[tokio::test]
async fn our_own_updates_are_told_of_whole() {
    let mut watched = Watched::with_file();
    fs::remove_file(watched.path("flowstate/config.json")).unwrap();
    watched.tells("nothing").await;
    let file = SharedConfigFile::new(&watched.path("flowstate"));
    let profile = ServerProfile {
        id: "prod".into(),
        name: "Prod".into(),
        url: "https://auth.example.com".into(),
        domain_id: "d".into(),
        auth: None,
    };
    let document = file.update_blocking(|document| document.add_server(&profile)).unwrap();
    watched.tells(document.text()).await;
}
