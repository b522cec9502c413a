//! Telling whoever the configuration names: a webhook, a command. Each gets the same JSON, once; neither can hold a run up
//! for longer than its time, and none of their failures loses anything.

mod command;
mod memory;
mod message;
mod webhook;

pub use memory::Memory;
pub use message::{Message, Sender};

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::config::{Config, Notify};
use crate::exit::Failure;
use crate::terminal;
use command::CommandHook;
use webhook::Webhook;

/// The hooks that are configured, ready to be used.
#[derive(Debug, Default)]
pub struct Hooks {
    all: Vec<Hook>,
}

/// One of them.
#[derive(Debug)]
pub enum Hook {
    /// An address that gets a POST.
    Webhook(Webhook),
    /// A program that gets it on stdin.
    Command(CommandHook),
}

impl Hooks {
    /// Makes them ready; a secret that others can read, a certificate that cannot be, or a program that is not there, is
    /// a mistake of the configuration and better known before a run than after it.
    pub fn new(config: &Config) -> Result<Self, Failure> {
        if let Some(program) = config.notify.command.first() {
            runnable(Path::new(program)).map_err(|what| config.mistake("command", &what))?;
        }
        Self::of(&config.notify, &config.settings.client.extra_roots)
    }

    /// Makes them ready; of a program it is known only when it is run whether it can be.
    pub fn of(notify: &Notify, roots: &[Vec<u8>]) -> Result<Self, Failure> {
        let mut all = Vec::new();
        if let Some(url) = &notify.webhook {
            let secret = notify.secret_file.as_deref();
            all.push(Hook::Webhook(Webhook::new(url.clone(), secret, roots, &message::software())?));
        }
        if let Some((program, arguments)) = notify.command.split_first() {
            all.push(Hook::Command(CommandHook::new(program.clone(), arguments.to_vec())));
        }
        Ok(Self { all })
    }

    /// Whether nobody is to be told.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &Hook> {
        self.all.iter()
    }
}

impl Hook {
    /// The word by which the catalog remembers what this one was told.
    pub fn channel(&self) -> &'static str {
        match self {
            Self::Webhook(_) => "webhook",
            Self::Command(_) => "command",
        }
    }

    /// Tells it; a sentence says why it could not be told.
    pub async fn tell(&self, message: &Message) -> Result<(), String> {
        let body = serde_json::to_vec(message).map_err(|e| format!("the message cannot be written: {e}"))?;
        let told = match self {
            Self::Webhook(webhook) => webhook.tell(body).await,
            Self::Command(command) => command.tell(&body).await,
        };
        told.map_err(|why| one_line(&why))
    }
}

/// How much of why somebody could not be told is said, in columns.
const SAID: usize = 400;

/// A warning is one line, whatever a program said in how many.
fn one_line(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    terminal::fit(&lines.join(" / "), SAID)
}

/// Whether a program is there and can be run by anybody.
fn runnable(program: &Path) -> Result<(), String> {
    let name = program.display();
    let facts = std::fs::metadata(program).map_err(|e| {
        format!("the program {name} cannot be run: {e}; write the whole path of one that is there")
    })?;
    if !facts.is_file() || facts.permissions().mode() & 0o111 == 0 {
        return Err(format!(
            "the program {name} cannot be run: it is not an executable file; run `chmod +x` on it"
        ));
    }
    Ok(())
}
