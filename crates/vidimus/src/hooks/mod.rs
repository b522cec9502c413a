//! Telling whoever the configuration names: a webhook, a command. Each gets the same JSON, once; neither can hold a run up
//! for longer than its time, and none of their failures loses anything.

mod command;
mod message;
mod webhook;

pub use message::Message;

use crate::config::Config;
use crate::exit::Failure;
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
    /// Makes them ready; a secret that others can read, or a certificate that cannot be, is a mistake of the
    /// configuration and better known before a run than after it.
    pub fn new(config: &Config) -> Result<Self, Failure> {
        let notify = &config.notify;
        let mut all = Vec::new();
        if let Some(url) = &notify.webhook {
            let roots = &config.settings.client.extra_roots;
            let agent = format!("{}/{}", config.settings.identity.software, config.settings.identity.version);
            all.push(Hook::Webhook(Webhook::new(url.clone(), notify.secret_file.as_deref(), roots, &agent)?));
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
        match self {
            Self::Webhook(webhook) => webhook.tell(body).await,
            Self::Command(command) => command.tell(&body).await,
        }
    }
}
