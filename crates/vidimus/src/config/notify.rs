//! Who is told of what is not well: the checked form of `[notify]`.

use std::path::{Path, PathBuf};

use jiff::SignedDuration;
use url::Url;

use super::raw::{self, When};

/// Who is told, and when.
#[derive(Debug, Clone)]
pub struct Notify {
    /// Where a message is sent by POST.
    pub webhook: Option<Url>,
    /// The file with the secret that signs it.
    pub secret_file: Option<PathBuf>,
    /// A program and its arguments; it gets the message on stdin.
    pub command: Vec<String>,
    /// When.
    pub on: When,
    /// After how long what was told is told again while it stands.
    pub remind: SignedDuration,
}

impl Notify {
    /// Checks what the file says; a mistake comes with its key.
    pub fn new(raw: &raw::Notify, base: &Path) -> Result<Self, (&'static str, String)> {
        let webhook = raw.webhook.as_deref().map(webhook).transpose()?;
        if webhook.is_none() && raw.webhook_secret_file.is_some() {
            let what = "there is no `webhook` that it could sign messages for".to_owned();
            return Err(("webhook_secret_file", what));
        }
        if let Some(program) = raw.command.first()
            && !Path::new(program).is_absolute()
        {
            let what =
                format!("'{program}' must be the whole path of a program, as in [\"/usr/local/bin/tell\"]");
            return Err(("command", what));
        }
        if raw.remind <= SignedDuration::ZERO {
            return Err(("remind", "must be longer than nothing, as in \"24h\" or \"7d\"".to_owned()));
        }
        Ok(Self {
            webhook,
            secret_file: raw.webhook_secret_file.as_ref().map(|name| base.join(name)),
            command: raw.command.clone(),
            on: raw.on,
            remind: raw.remind,
        })
    }
}

fn webhook(text: &str) -> Result<Url, (&'static str, String)> {
    let parsed = Url::parse(text).map_err(|e| ("webhook", format!("this is no URL: {e}")))?;
    if matches!(parsed.scheme(), "http" | "https") {
        Ok(parsed)
    } else {
        Err(("webhook", "only http and https can be told".to_owned()))
    }
}
