//! The scripts are loaded by the shells they are for.

use std::fs;

use anyhow::{Context, Result};

use crate::world::{PROGRAM, World};

async fn shell(world: &World, shell: &str, words: &[&str]) -> Result<Option<(bool, String, String)>> {
    let mut command = world.desktop.command(shell);
    match command.args(words).output().await {
        Ok(output) => Ok(Some((
            output.status.success(),
            String::from_utf8(output.stdout)?,
            String::from_utf8(output.stderr)?,
        ))),
        // Not on every machine.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// What bash offers for the last word of a line.
async fn offered(world: &World, line: &[&str]) -> Result<Vec<String>> {
    let script = format!(
        r#"source <({PROGRAM} completions bash)
        function="$(complete -p flowstate-auth | sed 's/.*-F \([^ ]*\).*/\1/')"
        COMP_WORDS=({})
        COMP_CWORD={}
        "$function" flowstate-auth "${{COMP_WORDS[COMP_CWORD]}}" "${{COMP_WORDS[COMP_CWORD-1]}}"
        printf '%s\n' "${{COMPREPLY[@]}}""#,
        line.join(" "),
        line.len() - 1,
    );
    let loaded = shell(world, "bash", &["-c", &script]).await?;
    let (success, out, err) = loaded.context("bash is everywhere")?;
    assert!(success && err.is_empty(), "{err}");
    Ok(out.lines().map(str::to_owned).collect())
}

#[tokio::test]
async fn bash_loads_them_and_offers_commands_options_and_values() -> Result<()> {
    let world = World::bare().await?;
    assert_eq!(offered(&world, &["flowstate-auth", "lo"]).await?, ["login", "logout"]);
    assert_eq!(
        offered(&world, &["flowstate-auth", "server", "re"]).await?,
        ["remove", "rename"]
    );
    let options = offered(&world, &["flowstate-auth", "token", "--"]).await?;
    for option in ["--server", "--min-ttl", "--json"] {
        assert!(options.iter().any(|offered| offered == option), "{option}: {options:?}");
    }
    let shells = offered(&world, &["flowstate-auth", "completions", "z"]).await?;
    assert_eq!(shells, ["zsh"]);
    Ok(())
}

#[tokio::test]
async fn every_shell_has_a_script_that_it_can_read() -> Result<()> {
    let world = World::bare().await?;
    for (name, check) in [
        ("bash", Some("-n")),
        ("zsh", Some("-n")),
        ("fish", Some("-n")),
        // Elvish knows completions only where somebody types; PowerShell reads no file without running it.
        ("elvish", None),
        ("powershell", None),
    ] {
        let script = world.done(&["completions", name]).await?;
        assert!(script.err.is_empty(), "{script:?}");
        for word in ["login", "min-ttl", "rename"] {
            assert!(script.out.contains(word), "{name} does not know {word}");
        }
        let json = world.done(&["completions", name, "--json"]).await?.json()?;
        assert_eq!(
            (&json["shell"], &json["script"]),
            (&name.into(), &script.out.as_str().into())
        );
        let Some(check) = check else { continue };
        let file = world.desktop.home().join(format!("completions.{name}"));
        fs::write(&file, &script.out)?;
        let checked = shell(&world, name, &[check, &file.to_string_lossy()]).await?;
        if let Some((success, out, err)) = checked {
            assert!(success && err.is_empty(), "{name}: {out} {err}");
        }
    }
    let unknown = world.run(&["completions", "tcsh"]).await?;
    assert!(unknown.code == 2 && unknown.err.contains("zsh"), "{unknown:?}");
    Ok(())
}
