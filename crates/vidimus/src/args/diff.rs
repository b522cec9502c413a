//! The command line of `diff`.

use clap::Args as ClapArgs;

/// `diff`
#[derive(Debug, ClapArgs)]
pub struct Diff {
    /// A capture's name (8 hex digits or more, ni:, nih:, origin#index); a URL for its newest capture, or alone for its two
    /// newest versions
    #[arg(value_name = "ID|URL")]
    pub a: String,
    /// The capture to compare it with [default: the version of the page before it]
    #[arg(value_name = "ID|URL")]
    pub b: Option<String>,
    /// In two columns
    #[arg(short = 'y', long, conflicts_with = "html")]
    pub side_by_side: bool,
    /// As one HTML page without scripts, on stdout
    #[arg(long, conflicts_with = "json")]
    pub html: bool,
    /// So many words around each change; longer passages without any are folded
    #[arg(long, value_name = "N", default_value_t = 30)]
    pub context: usize,
    /// The whole text, nothing folded
    #[arg(long, conflicts_with = "context")]
    pub full: bool,
}
