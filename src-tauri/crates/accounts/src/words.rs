//! What tray and notifications say, language by language. The window has a catalogue of its own, in `ui/src/lib/words`.

use crate::ports::Language;

/// One language.
#[derive(Debug)]
pub struct Words {
    pub open: &'static str,
    pub settings: &'static str,
    pub check_up: &'static str,
    pub quit: &'static str,
    pub more_servers: &'static str,
    pub one_server: &'static str,

    pub make_active: &'static str,
    pub sign_in: &'static str,
    pub copy_token: &'static str,
    pub copy_header: &'static str,
    pub copy_curl: &'static str,
    pub refresh_now: &'static str,
    pub sign_out: &'static str,

    pub no_server_yet: &'static str,
    pub no_server_chosen: &'static str,
    /// Behind a number.
    pub minutes_left: &'static str,
    pub hours_left: &'static str,

    pub changed_by_another: &'static str,
    pub unusable: &'static str,
    pub signed_out: &'static str,
    pub signed_in: &'static str,
    pub refreshing: &'static str,
    pub offline: &'static str,
    pub token_ended: &'static str,
    pub sign_in_again: &'static str,
    pub needs_passphrase: &'static str,
    pub no_keychain: &'static str,
    pub no_credential_file: &'static str,

    /// Behind a server's name.
    pub call_changed: &'static str,
    pub call_no_keychain: &'static str,
    pub call_no_credential_file: &'static str,
    pub call_sign_in: &'static str,
    /// It stands alone.
    pub call_passphrase: &'static str,

    /// On a button.
    pub show: &'static str,
    pub decide: &'static str,
    pub unlock: &'static str,
    pub go_and_sign_in: &'static str,
    pub later: &'static str,

    pub not_switched: &'static str,
    pub token_not_copied: &'static str,
    pub header_not_copied: &'static str,
    pub command_not_copied: &'static str,
    pub not_refreshed: &'static str,
    pub not_signed_out: &'static str,

    /// What stands in the place of the reason with that code, which is English.
    pub said: fn(&str) -> Option<&'static str>,
}

impl Language {
    /// What is said in it.
    #[must_use]
    pub fn words(self) -> &'static Words {
        match self {
            Self::En => &ENGLISH,
            Self::De => &GERMAN,
        }
    }

    /// The language of a tag as `de-AT`, where it is one of ours.
    #[must_use]
    pub fn of_tag(tag: &str) -> Option<Self> {
        match tag.split(['-', '_', '.']).next()?.to_ascii_lowercase().as_str() {
            "en" => Some(Self::En),
            "de" => Some(Self::De),
            _ => None,
        }
    }
}

static ENGLISH: Words = Words {
    open: "Open FlowState Accounts",
    settings: "Settings…",
    check_up: "Check-up…",
    quit: "Quit",
    more_servers: "More servers",
    one_server: "For one server",

    make_active: "Make active",
    sign_in: "Sign in…",
    copy_token: "Copy access token",
    copy_header: "Copy Authorization header",
    copy_curl: "Copy as curl",
    refresh_now: "Refresh now",
    sign_out: "Sign out",

    no_server_yet: "No server yet",
    no_server_chosen: "No server chosen",
    minutes_left: "min left",
    hours_left: "h left",

    changed_by_another: "changed by another program, see the window",
    unusable: "cannot be used, see the window",
    signed_out: "signed out",
    signed_in: "signed in",
    refreshing: "refreshing",
    offline: "offline, token ended",
    token_ended: "token ended",
    sign_in_again: "sign in again",
    needs_passphrase: "passphrase needed, see the window",
    no_keychain: "keychain unavailable",
    no_credential_file: "credential file unavailable",

    call_changed: "changed by another program",
    call_no_keychain: "the keychain is unavailable",
    call_no_credential_file: "the credential file is unavailable",
    call_sign_in: "please sign in again",
    call_passphrase: "The encrypted file needs its passphrase",

    show: "Show",
    decide: "Decide",
    unlock: "Unlock",
    go_and_sign_in: "Sign in",
    later: "Later",

    not_switched: "The active server was not changed",
    token_not_copied: "The token was not copied",
    header_not_copied: "The header was not copied",
    command_not_copied: "The command was not copied",
    not_refreshed: "Not refreshed",
    not_signed_out: "Not signed out everywhere",

    said: |_| None,
};

static GERMAN: Words = Words {
    open: "FlowState Accounts öffnen",
    settings: "Einstellungen …",
    check_up: "Prüfung …",
    quit: "Beenden",
    more_servers: "Weitere Server",
    one_server: "Für einen Server",

    make_active: "Aktiv machen",
    sign_in: "Anmelden …",
    copy_token: "Access-Token kopieren",
    copy_header: "Authorization-Header kopieren",
    copy_curl: "Als curl kopieren",
    refresh_now: "Jetzt erneuern",
    sign_out: "Abmelden",

    no_server_yet: "Noch kein Server",
    no_server_chosen: "Kein Server gewählt",
    minutes_left: "min übrig",
    hours_left: "h übrig",

    changed_by_another: "von einem anderen Programm geändert, siehe Fenster",
    unusable: "nicht benutzbar, siehe Fenster",
    signed_out: "abgemeldet",
    signed_in: "angemeldet",
    refreshing: "wird erneuert",
    offline: "offline, Token abgelaufen",
    token_ended: "Token abgelaufen",
    sign_in_again: "bitte neu anmelden",
    needs_passphrase: "Passphrase nötig, siehe Fenster",
    no_keychain: "Schlüsselbund nicht verfügbar",
    no_credential_file: "Datei der Zugangsdaten nicht verfügbar",

    call_changed: "von einem anderen Programm geändert",
    call_no_keychain: "Der Schlüsselbund ist nicht verfügbar",
    call_no_credential_file: "Die Datei der Zugangsdaten ist nicht verfügbar",
    call_sign_in: "Bitte neu anmelden",
    call_passphrase: "Die verschlüsselte Datei braucht ihre Passphrase",

    show: "Anzeigen",
    decide: "Entscheiden",
    unlock: "Entsperren",
    go_and_sign_in: "Anmelden",
    later: "Später",

    not_switched: "Der aktive Server wurde nicht gewechselt",
    token_not_copied: "Das Token wurde nicht kopiert",
    header_not_copied: "Der Header wurde nicht kopiert",
    command_not_copied: "Der Befehl wurde nicht kopiert",
    not_refreshed: "Nicht erneuert",
    not_signed_out: "Nicht überall abgemeldet",

    said: said_in_german,
};

fn said_in_german(code: &str) -> Option<&'static str> {
    Some(match code {
        "sign_in_needed" => "Diese Sitzung gilt nicht mehr; melden Sie sich erneut an.",
        "signed_out" => "Sie sind abgemeldet; melden Sie sich zuerst an.",
        "conflict" => "Entscheiden Sie im Fenster, was gelten soll.",
        "locked" => "Der Speicher der Zugangsdaten ist gesperrt; entsperren Sie ihn.",
        "wrong_passphrase" => "Das ist nicht die Passphrase; geben Sie im Fenster die richtige ein.",
        "store_absent" => {
            "Auf diesem Computer läuft kein Schlüsselbunddienst; starten Sie einen oder wählen Sie in den Einstellungen einen anderen Speicher."
        }
        "store_unavailable" => "Der Speicher der Zugangsdaten antwortet nicht; versuchen Sie es erneut.",
        "offline" => "Der Server ist nicht erreichbar; prüfen Sie die Adresse und Ihr Netz.",
        "rate_limited" => "Der Server bittet um etwas Geduld vor dem nächsten Versuch.",
        "refused" => {
            "Der Server hat die Anfrage abgelehnt; aktualisieren Sie dieses Programm oder fragen Sie seine Betreiber."
        }
        "not_an_auth_server" => "Dort antwortet kein FlowState-Auth-Server; prüfen Sie die Adresse.",
        "bad_token" => {
            "Der Server hat ein Token gesendet, für das seine eigenen Schlüssel nicht bürgen; es wurde verworfen."
        }
        "wrong_domain" => {
            "Der Server hat ein Token einer anderen Domain gesendet, das verworfen wurde; prüfen Sie die Domain des Servers."
        }
        "invalid_server" => "Der Server ist nicht richtig beschrieben; bearbeiten Sie ihn.",
        "server_not_told" => {
            "Sie sind auf diesem Computer abgemeldet; der Server erfährt es, sobald er erreichbar ist."
        }
        "server_never_told" => {
            "Sie sind auf diesem Computer abgemeldet, aber der Server erfährt es nicht; seine Sitzung endet erst von selbst."
        }
        "config_unusable" => "Die gemeinsame Datei kann nicht verwendet werden; siehe Fenster.",
        "config_read_only" => {
            "Die gemeinsame Datei ist schreibgeschützt; machen Sie sie und ihren Ordner beschreibbar."
        }
        "settings_unusable" => "Die Einstellungen der App können nicht gelesen oder geschrieben werden; siehe Fenster.",
        "clipboard" => "Die Zwischenablage konnte nicht benutzt werden; versuchen Sie es erneut.",
        "busy" => "Ein anderes Programm arbeitet gerade daran; versuchen Sie es erneut.",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_names_its_language() {
        for (tag, language) in [
            ("de-AT", Some(Language::De)),
            ("de_DE.UTF-8", Some(Language::De)),
            ("EN", Some(Language::En)),
            ("den", None),
            ("C", None),
            ("", None),
        ] {
            assert_eq!(Language::of_tag(tag), language, "{tag}");
        }
    }
}
