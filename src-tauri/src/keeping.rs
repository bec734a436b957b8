//! Where things are kept and whether all is well with them: the store of the secrets, the copies of the shared file, the doctor.

use std::path::Path;

use accounts::{AccountsError, CheckView, CopyView, Problem, StoreKind};
use auth_core::ServerId;
use machine::{
    Check, Doctor, PassphraseNeed, SettingsFile, SharedConfigFile, Surroundings, UndoError, UndoPlan, Which,
};

use crate::desktop::Desktop;
use crate::places::problem;

impl Desktop {
    /// Moves every secret to another store. What has to be typed first is said by the code `passphrase_needed`.
    pub async fn move_store(&self, new: StoreKind) -> Result<(), Problem> {
        let (store, told) = (&self.store, |error: AccountsError| error.problem());
        if store.fixed().is_some() {
            let message = "FLOWSTATE_CREDENTIAL_STORE says where secrets are kept; change it there.";
            return Err(problem("store_fixed", message));
        }
        let old = store.chosen().await.map_err(|error| told(error.into()))?;
        if old == new {
            return Ok(());
        }
        for kind in [old, new] {
            let need = store.passphrase_need(kind).await.map_err(|error| told(error.into()))?;
            // An encrypted file that is not there has nothing to be moved from.
            if need == PassphraseNeed::Known || (need == PassphraseNeed::New && kind == new) {
                return Err(problem(
                    "passphrase_needed",
                    "The encrypted file needs its passphrase first.",
                ));
            }
        }
        let moved = self
            .accounts
            .move_store(&*store.of_kind(old), &*store.of_kind(new))
            .await;
        let (retired, outcome) = match moved {
            Ok(moved) => match moved.left_behind {
                None => (Some(old), Ok(())),
                Some(reason) => (None, Err(problem("left_behind", left_behind(old, &reason)))),
            },
            // What was made for it, a passphrase included, goes.
            Err(error) => (Some(new), Err(told(error))),
        };
        if let Some(kind) = retired
            && let Err(error) = store.retire(kind).await
        {
            tracing::warn!(%error, "an empty store stays where it is");
        }
        // The store looks again where it is, and then it is drawn.
        if let Err(error) = store.chosen().await {
            tracing::debug!(%error, "the store shows with its next use");
        }
        self.accounts.reload().await;
        outcome
    }

    /// Looks at everything that can be wrong; mends what loses nothing, if it is asked to.
    pub async fn examine(&self, repair: bool) -> Vec<CheckView> {
        let doctor = Doctor::new(self.paths.clone(), Surroundings::look(&self.paths), self.clock.clone());
        let mut checks = doctor.examine().await;
        if repair {
            checks = doctor.repair(checks).await;
            self.accounts.reload().await;
        }
        checks.iter().map(view).collect()
    }

    /// The newest copy of the shared file that says something else than the file does.
    pub async fn last_copy(&self) -> Result<CopyView, Problem> {
        let (_, plan) = self.plan(Which::Differing).await?;
        Ok(CopyView {
            path: plan.backup.path.display().to_string(),
            made_at: plan.backup.made_at,
            servers: plan.servers,
        })
    }

    /// Puts that copy back; what is there now is kept beside it.
    pub async fn put_copy_back(&self, path: String) -> Result<(), Problem> {
        let (file, plan) = self.plan(Which::Differing).await?;
        // The page can name no file but the one it was shown.
        if plan.backup.path != Path::new(&path) {
            let message = "There is a newer copy meanwhile, so nothing was changed; look at it first.";
            return Err(problem("changed_meanwhile", message));
        }
        let before = self.accounts.snapshot().active_server_id.clone();
        let settings = SettingsFile::new(&self.paths);
        let undone = tauri::async_runtime::spawn_blocking(move || file.undo(&plan, &settings)).await;
        undone.map_err(stopped)?.map_err(|error| undo_problem(&error))?;
        self.accounts.reload().await;
        self.leave_protected(before).await;
        Ok(())
    }

    /// A copy may come from when a protected server was active: who puts it back has not been asked about that.
    async fn leave_protected(&self, before: Option<String>) {
        let snapshot = self.accounts.snapshot();
        let active = snapshot.servers.iter().find(|server| server.active);
        if !active.is_some_and(|server| server.look.protected && Some(&server.id) != before.as_ref()) {
            return;
        }
        // Where the file was broken from the start, nobody knows which it was: one that needs no question.
        let free = |id: &&String| snapshot.server(id).is_some_and(|server| !server.look.protected);
        let before = before.as_ref().filter(|id| snapshot.server(id).is_some());
        let first = || snapshot.servers.iter().map(|server| &server.id).find(free);
        let Some(id) = before.or_else(|| snapshot.recent.iter().find(free)).or_else(first) else {
            return;
        };
        if let Err(error) = self.accounts.switch_server(&ServerId::existing(id)).await {
            tracing::warn!(code = error.code(), "the protected server of the copy stays active");
        }
    }

    async fn plan(&self, which: Which) -> Result<(SharedConfigFile, UndoPlan), Problem> {
        let paths = self.paths.clone();
        let work = move || {
            let file = SharedConfigFile::new(paths.config_dir()).shown_as(paths.config_file_shown());
            let settings = SettingsFile::new(&paths).read_blocking().unwrap_or_default();
            let plan = file.plan_undo(&which, &settings)?;
            Ok((file, plan))
        };
        let planned: Result<Result<_, UndoError>, _> = tauri::async_runtime::spawn_blocking(work).await;
        planned.map_err(stopped)?.map_err(|error| undo_problem(&error))
    }
}

fn left_behind(old: StoreKind, reason: &str) -> String {
    format!(
        "Everything was moved, but copies may lie in the {} still. {reason}",
        old.noun()
    )
}

fn undo_problem(error: &UndoError) -> Problem {
    let code = match error {
        UndoError::NoBackup { .. } => "no_copy",
        UndoError::NothingToUndo { .. } => "nothing_to_undo",
        UndoError::ChangedMeanwhile { .. } => "changed_meanwhile",
        _ => "config_unusable",
    };
    problem(code, sentence(&error.to_string()))
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "it stands in `map_err`, which hands the error over"
)]
fn stopped(error: tauri::Error) -> Problem {
    tracing::warn!(%error, "work on the shared file was cut off");
    problem("internal", "The app is ending; open it again.")
}

fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).chain(['.']).collect(),
        None => String::new(),
    }
}

fn view(check: &Check) -> CheckView {
    CheckView {
        id: check.id.clone(),
        ok: check.ok,
        detail: check.detail.clone(),
        why: check.why.map(str::to_owned),
        fix: check.fix.clone(),
        fixed: check.fixed,
        repairable: check.can_be_repaired(),
    }
}
