//! What a mail says of the program that asked for it.

/// Programs by what their user agents hold; the first that fits.
const PROGRAMS: [(&str, &str); 10] = [
    ("flowstate-accounts/", "FlowState Accounts"),
    ("flowstate-auth/", "flowstate-auth"),
    ("edg/", "Edge"),
    ("opr/", "Opera"),
    ("firefox/", "Firefox"),
    ("chrome/", "Chrome"),
    ("safari/", "Safari"),
    ("curl/", "curl"),
    ("python", "a Python program"),
    ("node", "a Node.js program"),
];
/// Systems likewise.
const SYSTEMS: [(&str, &str); 7] = [
    ("windows", "Windows"),
    ("android", "Android"),
    ("iphone", "iPhone"),
    ("ipad", "iPad"),
    ("mac os", "macOS"),
    ("macos", "macOS"),
    ("linux", "Linux"),
];

/// The program and system that a user agent names, in words of ours. Whoever asks for a code chooses their user agent: its own
/// words in a mail of ours would be theirs to write.
pub fn describe(user_agent: &str) -> Option<String> {
    let user_agent = user_agent.to_ascii_lowercase();
    let known = |names: &[(&str, &'static str)]| {
        let found = names.iter().find(|(part, _)| user_agent.contains(part));
        found.map(|(_, name)| *name)
    };
    match (known(&PROGRAMS), known(&SYSTEMS)) {
        (Some(program), Some(system)) => Some(format!("{program} on {system}")),
        (Some(name), None) => Some(name.to_owned()),
        (None, Some(system)) => Some(format!("a program on {system}")),
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_programs_are_named_and_nothing_of_a_stranger_s_text_is_repeated() {
        for (user_agent, said) in [
            (
                "flowstate-accounts/0.1.0 (linux x86_64)",
                Some("FlowState Accounts on Linux"),
            ),
            ("flowstate-accounts/0.1.0", Some("FlowState Accounts")),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36 Edg/130.0",
                Some("Edge on Windows"),
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1",
                Some("Safari on iPhone"),
            ),
            ("curl/8.1", Some("curl")),
            ("Click https://evil.example now (Linux)", Some("a program on Linux")),
            ("<b>pay</b>", None),
            ("", None),
        ] {
            assert_eq!(describe(user_agent).as_deref(), said, "{user_agent}");
        }
    }
}
