//! The command hook: a program that gets the message on stdin. No shell, a bounded time, and its exit status counts.

use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, Command};

/// How long it may take.
const TOTAL: Duration = Duration::from_secs(30);
/// How much of what it says on stderr is told.
const MAX_SAID: u64 = 2000;

/// A program that gets the message on stdin.
#[derive(Debug)]
pub struct CommandHook {
    program: String,
    arguments: Vec<String>,
}

impl CommandHook {
    /// This program with these arguments.
    pub fn new(program: String, arguments: Vec<String>) -> Self {
        Self { program, arguments }
    }

    /// Runs it; any exit status but 0 is a failure. One that takes too long is killed.
    pub async fn tell(&self, body: &[u8]) -> Result<(), String> {
        let program = &self.program;
        let child = Command::new(program)
            .args(&self.arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|e| format!("the command {program} cannot be run: {e}"))?;
        match tokio::time::timeout(TOTAL, finish(child, body)).await {
            Ok(done) => done.map_err(|why| format!("the command {program} {why}")),
            Err(_) => {
                Err(format!("the command {program} took longer than {} s and was killed", TOTAL.as_secs()))
            }
        }
    }
}

async fn finish(mut child: Child, body: &[u8]) -> Result<(), String> {
    let (stdin, stderr) = (child.stdin.take(), child.stderr.take());
    let write = async {
        if let Some(mut stdin) = stdin {
            // A program that does not want to read all of it may still have done its work; its status says so.
            let _ = stdin.write_all(body).await;
        }
    };
    let (_, said, status) = tokio::join!(write, read_some(stderr), child.wait());
    let status = status.map_err(|e| format!("cannot be waited for: {e}"))?;
    if status.success() {
        return Ok(());
    }
    let said = said.trim();
    let said = if said.is_empty() { String::new() } else { format!(": {said}") };
    Err(format!("ended with {status}{said}"))
}

/// The beginning of what it says; the rest is read and dropped, so that it is never held up.
async fn read_some(stream: Option<impl AsyncRead + Unpin>) -> String {
    let Some(mut stream) = stream else { return String::new() };
    let mut kept = Vec::new();
    // What cannot be read was not said.
    let _ = (&mut stream).take(MAX_SAID).read_to_end(&mut kept).await;
    let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
    String::from_utf8_lossy(&kept).into_owned()
}
