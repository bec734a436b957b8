//! What a text field may hold.

use super::AuthError;

/// Scopes and permissions of one account or token.
const SCOPES: usize = 64;
/// Characters of one of them.
const SCOPE: usize = 128;

/// A text that a person reads later: so many characters, none of which could change how the rest is shown.
pub fn check_text(field: &'static str, text: &str, limit: usize) -> Result<(), AuthError> {
    let shows_otherwise = |c: char| c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if text.chars().count() <= limit && !text.chars().any(shows_otherwise) {
        Ok(())
    } else {
        Err(AuthError::UnfitField { field, limit })
    }
}

/// The same, and there must be something to read.
pub fn check_name(field: &'static str, text: &str, limit: usize) -> Result<(), AuthError> {
    check_text(field, text, limit)?;
    if text.trim().is_empty() {
        return Err(AuthError::EmptyField { field });
    }
    Ok(())
}

/// Names of what may be done, each once and in the order given: OAuth's scope tokens, visible ASCII without `"` and `\`.
pub fn checked_scopes(field: &'static str, scopes: Vec<String>) -> Result<Vec<String>, AuthError> {
    let fits = |scope: &String| {
        (1..=SCOPE).contains(&scope.len()) && scope.bytes().all(|b| b.is_ascii_graphic() && b != b'"' && b != b'\\')
    };
    if scopes.len() > SCOPES || !scopes.iter().all(fits) {
        return Err(AuthError::UnfitScopes { field });
    }
    let mut kept: Vec<String> = Vec::with_capacity(scopes.len());
    for scope in scopes {
        if !kept.contains(&scope) {
            kept.push(scope);
        }
    }
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_visible_and_honest() {
        for good in ["ci", "Ünïcode ☕", &"x".repeat(100)] {
            assert!(check_name("name", good, 100).is_ok(), "{good}");
        }
        for bad in ["", "  ", "a\nb", "a\0b", "\u{202e}txt", "a\u{2028}b", &"x".repeat(101)] {
            assert!(check_name("name", bad, 100).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn scopes_are_tokens_each_once() {
        let scopes = |names: &[&str]| checked_scopes("scopes", names.iter().map(|&name| name.to_owned()).collect());
        assert_eq!(scopes(&["b:read", "a", "b:read"]).unwrap(), ["b:read", "a"]);
        for bad in ["", "a b", "a\"b", "ü", "a\n", &"x".repeat(129)] {
            assert!(scopes(&[bad]).is_err(), "{bad:?}");
        }
        assert!(scopes(&["x"; 65]).is_err());
    }
}
