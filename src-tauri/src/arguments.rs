use clap::Parser;

/// Signs you in to your FlowState servers from the tray and keeps every tool on this machine signed in.
#[derive(Debug, Clone, Parser)]
#[command(name = "flowstate-tray", version)]
pub struct Arguments {
    /// Start without a window, even on the first run (for autostart)
    #[arg(long, conflicts_with = "show")]
    pub hidden: bool,
    /// Open the window at start
    #[arg(long)]
    pub show: bool,
    /// The server to show in the window
    #[arg(long, value_name = "ID")]
    pub server: Option<String>,
}

impl Arguments {
    /// What a second start asks of the first. Arguments it could not read just bring the window up: that is what a person
    /// who starts a program twice wants.
    pub fn of_second_start(argv: Vec<String>) -> Self {
        Self::try_parse_from(argv).unwrap_or(Self {
            hidden: false,
            show: true,
            server: None,
        })
    }
}
