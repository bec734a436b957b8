use accounts::ports::Language;

/// The first language of this person's that we speak, else English.
#[must_use]
pub fn language() -> Language {
    sys_locale::get_locales()
        .find_map(|tag| Language::of_tag(&tag))
        .unwrap_or(Language::En)
}
