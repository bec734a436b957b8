//! What a person may choose in the window about the app, the store and single servers.

use accounts::ports::{Preferences, ServerLook};
use accounts::{About, ImportReport, StoreKind};
use tauri::{AppHandle, State};

use super::{Answer, id, told};
use crate::desktop::Desktop;
use crate::places::{self, Place};

#[tauri::command]
pub async fn set_preferences(desktop: State<'_, Desktop>, preferences: Preferences) -> Answer<()> {
    desktop.accounts.set_preferences(preferences).await.map_err(told)?;
    desktop.apply_preferences();
    Ok(())
}

#[tauri::command]
pub async fn set_look(desktop: State<'_, Desktop>, server: String, look: ServerLook) -> Answer<()> {
    desktop.accounts.set_look(&id(&server), look).await.map_err(told)
}

#[tauri::command]
pub async fn stay(desktop: State<'_, Desktop>) -> Answer<()> {
    desktop.accounts.stay().await.map_err(told)
}

#[tauri::command]
pub async fn autostart(app: AppHandle) -> Answer<bool> {
    places::autostart(&app).await
}

#[tauri::command]
pub async fn set_autostart(app: AppHandle, on: bool) -> Answer<()> {
    places::set_autostart(&app, on).await
}

#[tauri::command]
pub async fn move_store(desktop: State<'_, Desktop>, kind: StoreKind) -> Answer<()> {
    desktop.move_store(kind).await
}

#[tauri::command]
pub async fn about(desktop: State<'_, Desktop>) -> Answer<About> {
    Ok(desktop.about())
}

#[tauri::command]
pub async fn open_place(app: AppHandle, desktop: State<'_, Desktop>, place: Place) -> Answer<()> {
    places::open(&app, &desktop.paths, place).await
}

/// Gives the file that was written.
#[tauri::command]
pub async fn export_servers(app: AppHandle, desktop: State<'_, Desktop>) -> Answer<String> {
    places::export(&app, desktop.accounts.export_servers()).await
}

#[tauri::command]
pub async fn import_servers(desktop: State<'_, Desktop>, text: String) -> Answer<ImportReport> {
    desktop.accounts.import_servers(&text).await.map_err(told)
}
