//! Everything the page may ask for. Each body is one call of the rules.

mod choosing;
mod looking;

use std::time::Duration;

use accounts::{AccountsError, ConnectionReport, Problem, ServerForm, Sharing, SignInView, Snapshot, StoreKind, Why};
use auth_core::{Secret, ServerId};
use machine::PassphraseNeed;
use tauri::ipc::Invoke;
use tauri::{AppHandle, State, Wry};

use crate::clipboard::{self, CopyAs};
use crate::desktop::Desktop;
use crate::window::Ear;

type Answer<T> = Result<T, Problem>;

/// What a copied or revealed token must have left, so that it is of use to the person.
pub const MIN_TTL: Duration = Duration::from_secs(60);

pub fn handler() -> impl Fn(Invoke<Wry>) -> bool + Send + Sync + 'static {
    tauri::generate_handler![
        follow,
        snapshot,
        check_server,
        test_connection,
        add_server,
        edit_server,
        remove_server,
        reorder_servers,
        switch_server,
        request_code,
        submit_code,
        cancel_sign_in,
        refresh_now,
        sign_out,
        set_sharing,
        settle,
        passphrase_is_new,
        unlock_store,
        copy_token,
        reveal_token,
        clipboard_code,
        looking::claims,
        looking::preview_sharing,
        looking::timeline,
        looking::own_sessions,
        looking::end_session,
        looking::examine,
        looking::repair,
        looking::last_copy,
        looking::put_copy_back,
        choosing::set_preferences,
        choosing::set_look,
        choosing::stay,
        choosing::autostart,
        choosing::set_autostart,
        choosing::move_store,
        choosing::about,
        choosing::open_place,
        choosing::export_servers,
        choosing::import_servers
    ]
}

fn id(server: &str) -> ServerId {
    ServerId::existing(server)
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "it stands in `map_err`, which hands the error over"
)]
fn told(error: AccountsError) -> Problem {
    error.problem()
}

#[tauri::command]
#[expect(clippy::needless_pass_by_value, reason = "so the framework hands it over")]
fn follow(desktop: State<'_, Desktop>, ear: Ear) {
    desktop.windows.page_hears(ear);
}

#[tauri::command]
async fn snapshot(desktop: State<'_, Desktop>) -> Answer<Snapshot> {
    desktop.windows.page_is_there();
    Ok(desktop.accounts.snapshot().as_ref().clone())
}

#[tauri::command]
async fn check_server(desktop: State<'_, Desktop>, form: ServerForm, editing: Option<String>) -> Answer<Vec<Problem>> {
    Ok(desktop
        .accounts
        .check_server(&form, editing.as_deref().map(id).as_ref()))
}

#[tauri::command]
async fn test_connection(desktop: State<'_, Desktop>, form: ServerForm) -> Answer<ConnectionReport> {
    Ok(desktop.accounts.test_connection(&form).await)
}

#[tauri::command]
async fn add_server(desktop: State<'_, Desktop>, form: ServerForm) -> Answer<ServerId> {
    desktop.accounts.add_server(&form).await.map_err(told)
}

#[tauri::command]
async fn edit_server(desktop: State<'_, Desktop>, server: String, form: ServerForm) -> Answer<()> {
    desktop.edit_server(&id(&server), &form).await
}

#[tauri::command]
async fn remove_server(desktop: State<'_, Desktop>, server: String) -> Answer<()> {
    desktop.remove_server(&id(&server)).await
}

#[tauri::command]
async fn reorder_servers(desktop: State<'_, Desktop>, servers: Vec<String>) -> Answer<()> {
    desktop.accounts.reorder_servers(servers).await.map_err(told)
}

#[tauri::command]
async fn switch_server(desktop: State<'_, Desktop>, server: String, confirmed: bool) -> Answer<()> {
    let server = id(&server);
    if !confirmed {
        desktop.accounts.may_switch(&server).map_err(told)?;
    }
    desktop.accounts.switch_server(&server).await.map_err(told)
}

#[tauri::command]
async fn request_code(desktop: State<'_, Desktop>, server: String, email: String) -> Answer<()> {
    desktop
        .accounts
        .request_code(&id(&server), &email)
        .await
        .map(drop)
        .map_err(told)
}

#[tauri::command]
async fn submit_code(desktop: State<'_, Desktop>, server: String, code: String) -> Answer<()> {
    desktop
        .accounts
        .submit_code(&id(&server), &code)
        .await
        .map(drop)
        .map_err(told)
}

#[tauri::command]
async fn cancel_sign_in(desktop: State<'_, Desktop>, server: String) -> Answer<()> {
    desktop.accounts.cancel_sign_in(&id(&server));
    Ok(())
}

#[tauri::command]
async fn refresh_now(desktop: State<'_, Desktop>, server: String) -> Answer<()> {
    desktop
        .accounts
        .refresh(&id(&server), Why::Asked)
        .await
        .map(drop)
        .map_err(told)
}

#[tauri::command]
async fn sign_out(desktop: State<'_, Desktop>, server: String) -> Answer<()> {
    desktop.sign_out(&id(&server)).await
}

#[tauri::command]
async fn set_sharing(desktop: State<'_, Desktop>, server: String, sharing: Sharing) -> Answer<()> {
    desktop.accounts.set_sharing(&id(&server), sharing).await.map_err(told)
}

#[tauri::command]
async fn settle(desktop: State<'_, Desktop>, server: String, ours: bool) -> Answer<()> {
    desktop.settle(&id(&server), ours).await
}

/// Whether what is typed becomes the passphrase, so that the page asks for it twice.
#[tauri::command]
async fn passphrase_is_new(desktop: State<'_, Desktop>) -> Answer<bool> {
    let need = desktop.store.passphrase_need(StoreKind::EncryptedFile).await;
    need.map(|need| need == PassphraseNeed::New)
        .map_err(|error| told(error.into()))
}

#[tauri::command]
async fn unlock_store(desktop: State<'_, Desktop>, passphrase: Secret) -> Answer<()> {
    desktop.unlock_store(&passphrase).await
}

#[tauri::command]
async fn copy_token(app: AppHandle, desktop: State<'_, Desktop>, server: String) -> Answer<u64> {
    desktop.copy_token(&app, &id(&server), CopyAs::Token).await
}

/// A code that lies on the clipboard, while one is waited for: six digits and nothing else. Whatever else lies there stays unread
/// by the page.
#[tauri::command]
async fn clipboard_code(app: AppHandle, desktop: State<'_, Desktop>) -> Answer<Option<String>> {
    let snapshot = desktop.accounts.snapshot();
    let waits = |server: &accounts::ServerView| matches!(server.sign_in, SignInView::CodeRequested { .. });
    if !snapshot.servers.iter().any(waits) {
        return Ok(None);
    }
    Ok(clipboard::code(&app).await)
}

/// The only way a token reaches the page: the person pressed "Reveal".
#[tauri::command]
async fn reveal_token(desktop: State<'_, Desktop>, server: String) -> Answer<String> {
    let auth = desktop
        .accounts
        .access_token(&id(&server), MIN_TTL)
        .await
        .map_err(told)?;
    Ok(auth.access_token.expose().to_owned())
}
