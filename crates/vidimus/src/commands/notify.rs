//! `vidimus notify --test`: whether the hooks can be told.

use std::process::ExitCode;

use serde_json::json;
use vidimus_catalog::Catalog;
use vidimus_snapshot::{Clock as _, SystemClock};

use crate::args::{Global, Notify};
use crate::config::Config;
use crate::exit::{Failure, NOT_WELL};
use crate::health::{self, SourceHealth};
use crate::hooks::{Hooks, Memory, Message};
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
    let message =
        Message::new(&(&config).into(), "test", SystemClock.now()).with_text(text, is_well(&config).await?);
    let mut memory = Memory::of(config.file.as_deref());
    let mut all_told = true;
    for hook in hooks.iter() {
        let told = hook.tell(&message).await;
        if global.json {
            let line = json!({"channel": hook.channel(), "told": told.is_ok(), "error": told.as_ref().err()});
            terminal::line(&line.to_string())?;
        }
        match told {
            Ok(()) => {
                // What waits for this way need not wait any longer.
                memory.delivered(hook.channel());
                if !global.quiet && !global.json {
                    terminal::remark(&format!("the {} was told", hook.channel()));
                }
            }
            Err(why) => {
                terminal::error(&why);
                all_told = false;
            }
        }
    }
    memory.save().map_err(Failure::io)?;
    Ok(if all_told { ExitCode::SUCCESS } else { ExitCode::from(NOT_WELL) })
}

/// Whether no finding stands; where there is no archive yet, none does.
async fn is_well(config: &Config) -> Result<bool, Failure> {
    let path = config.settings.layout.catalog();
    if !path.is_file() {
        return Ok(true);
    }
    let catalog = Catalog::open_read_only(&path).await?;
    let sources = health::of_sources(config, &catalog, SystemClock.now()).await?;
    Ok(sources.iter().all(SourceHealth::is_well))
}
