//! `vidimus notify --test`: whether the hooks can be told.

use std::process::ExitCode;

use vidimus_snapshot::{Clock as _, SystemClock};

use crate::args::{Global, Notify};
use crate::config::Config;
use crate::exit::{Failure, NOT_WELL};
use crate::hooks::{Hooks, Message};
use crate::terminal;

/// Sends each of them a message that says it is a test.
pub async fn run(global: &Global, _options: &Notify) -> Result<ExitCode, Failure> {
    let config = Config::load(global)?;
    let hooks = Hooks::new(&config)?;
    if hooks.is_empty() {
        return Err(Failure::config(
            "nobody is to be told: set `webhook` or `command` under [notify] in the configuration",
        ));
    }
    let text = "this is a test: vidimus can tell you when a source is not well";
    let message = Message::new(&config, "test", SystemClock.now()).with_text(text);
    let mut all_told = true;
    for hook in hooks.iter() {
        match hook.tell(&message).await {
            Ok(()) if global.quiet => {}
            Ok(()) => terminal::remark(&format!("the {} was told", hook.channel())),
            Err(why) => {
                terminal::error(&why);
                all_told = false;
            }
        }
    }
    Ok(if all_told { ExitCode::SUCCESS } else { ExitCode::from(NOT_WELL) })
}
