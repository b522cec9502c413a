//! The command line of what brings captures: visits, single pages, imports, the demo.

use std::path::PathBuf;

use clap::Args as ClapArgs;

/// `demo`
#[derive(Debug, ClapArgs)]
pub struct Demo {
    /// Where to leave the demo's archive [default: ./vidimus-demo, or the next free name]
    #[arg(value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// Keep the site up afterwards, until Ctrl-C
    #[arg(long)]
    pub serve: bool,
}

/// `init`
#[derive(Debug, ClapArgs)]
pub struct Init {
    /// Where
    #[arg(default_value = ".")]
    pub dir: PathBuf,
}

/// `crawl`
#[derive(Debug, ClapArgs)]
pub struct Crawl {
    /// Only these sources [default: all]
    #[arg(value_name = "SOURCE")]
    pub sources: Vec<String>,
    /// Only sources whose schedule asks for a visit
    #[arg(long)]
    pub due: bool,
    /// Tell a summary even when all is well
    #[arg(long)]
    pub summary: bool,
}

/// `capture`
#[derive(Debug, ClapArgs)]
pub struct Capture {
    /// The pages
    #[arg(value_name = "URL", required = true)]
    pub urls: Vec<String>,
}

/// `import`
#[derive(Debug, ClapArgs)]
pub struct Import {
    /// The files, or folders of them
    #[arg(value_name = "FILE|FOLDER", required = true)]
    pub files: Vec<PathBuf>,
    /// File the captures under this source; its schedule and its health take no notice of them
    #[arg(long, value_name = "NAME")]
    pub source: Option<String>,
    /// Only say what is in the files and what is wrong with them; nothing is written
    #[arg(long)]
    pub dry_run: bool,
    /// Catalogue pages alone, and leave their parts (images, scripts, redirects) in the files
    #[arg(long)]
    pub pages_only: bool,
}
