use auth_core::config::FlowstateConfig;
use serde_json::{Value, json};

use crate::error::CliError;
use crate::output;

pub(super) fn run(config: &FlowstateConfig, json: bool) -> Result<(), CliError> {
    let active = config.active_server_id.as_deref();
    if json {
        let of = |server: &auth_core::config::ServerProfile| {
            super::as_json(
                &server.id,
                &server.name,
                &server.url,
                &server.domain_id,
                active == Some(&server.id),
            )
        };
        let servers: Vec<Value> = config.servers.iter().map(of).collect();
        return output::json(&json!({"servers": servers}));
    }
    if config.servers.is_empty() {
        output::line("There is no server yet. Add one: flowstate-auth server add ID --url URL");
    }
    let widest = config.servers.iter().map(|server| server.id.chars().count()).max();
    let mut text = String::new();
    for server in &config.servers {
        let mark = if active == Some(&server.id) { '*' } else { ' ' };
        let (id, width) = (&server.id, widest.unwrap_or(0));
        text += &format!("{mark} {id:width$}  {}, domain {}", server.url, server.domain_id);
        if server.name != server.id {
            text += &format!(" ({})", server.name);
        }
        text.push('\n');
    }
    output::table(&text)
}
