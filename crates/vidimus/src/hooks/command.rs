//! The command hook: a program that gets the message on stdin. No shell, a bounded time, and its exit status counts.
//!
//! It runs in a process group of its own, which is killed as a whole when its time is up or nobody waits for it any
//! more. What it leaves behind when it has ended by itself is its own business.

use std::future::pending;
use std::pin::pin;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// How long it may take.
const TOTAL: Duration = Duration::from_secs(30);
/// How long its stderr is still read after it has ended: whoever it left behind may hold it open for ever.
const LAST_WORDS: Duration = Duration::from_millis(200);
/// How much of what it says on stderr is told.
const MAX_SAID: u64 = 2000;

/// A program that gets the message on stdin.
#[derive(Debug)]
pub struct CommandHook {
    program: String,
    arguments: Vec<String>,
    time: Duration,
}

impl CommandHook {
    /// This program with these arguments.
    pub fn new(program: String, arguments: Vec<String>) -> Self {
        Self { program, arguments, time: TOTAL }
    }

    /// Runs it; any exit status but 0 is a failure. One that takes too long is killed with all that it has started.
    pub async fn tell(&self, body: &[u8]) -> Result<(), String> {
        let program = &self.program;
        let mut child = Command::new(program)
            .args(&self.arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(|e| format!("the command {program} cannot be run: {e}"))?;
        let group = Group::of(&child);
        let mut said = Vec::new();
        let status = {
            let mut talk = pin!(talk(child.stdin.take(), child.stderr.take(), body, &mut said));
            let mut all_is_said = false;
            let status = tokio::select! {
                status = timeout(self.time, child.wait()) => status,
                // That all is said and read is no end yet.
                never = async { talk.as_mut().await; all_is_said = true; pending().await } => never,
            };
            if status.is_ok() {
                group.let_go();
                if !all_is_said {
                    let _ = timeout(LAST_WORDS, talk).await;
                }
            }
            status
        };
        match status {
            Ok(Ok(status)) if status.success() => Ok(()),
            Ok(Ok(status)) => Err(format!("the command {program} ended with {status}{}", told(&said))),
            Ok(Err(error)) => Err(format!("the command {program} cannot be waited for: {error}")),
            Err(_) => Err(format!(
                "the command {program} took longer than {} s and was killed",
                self.time.as_secs()
            )),
        }
    }
}

/// The process group of a program that has not been waited for, so that its number is still its own. Killed when this
/// goes away, unless it was let go.
struct Group(Option<Pid>);

impl Group {
    fn of(child: &Child) -> Self {
        Self(child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw))
    }

    /// It has ended by itself: its number may soon be another's.
    fn let_go(mut self) {
        self.0 = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            // One that is gone already needs no killing.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

/// Gives it the message, and reads what it says until the last of those who could say something is gone.
async fn talk(
    stdin: Option<impl AsyncWrite + Unpin>,
    stderr: Option<impl AsyncRead + Unpin>,
    body: &[u8],
    said: &mut Vec<u8>,
) {
    let write = async {
        if let Some(mut stdin) = stdin {
            // A program that does not want to read all of it may still have done its work; its status says so.
            let _ = stdin.write_all(body).await;
        }
    };
    tokio::join!(write, read_some(stderr, said));
}

/// The beginning of what it says; the rest is read and dropped, so that it is never held up.
async fn read_some(stream: Option<impl AsyncRead + Unpin>, said: &mut Vec<u8>) {
    let Some(mut stream) = stream else { return };
    // What cannot be read was not said.
    let _ = (&mut stream).take(MAX_SAID).read_to_end(said).await;
    let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
}

/// What it said, as the end of a sentence.
fn told(said: &[u8]) -> String {
    let said = String::from_utf8_lossy(said);
    let said = said.trim();
    if said.is_empty() { String::new() } else { format!(": {said}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Starts somebody, says who, and waits in vain.
    const HANGING: &str = "sleep 600 & echo $! > \"$1/new\"; mv \"$1/new\" \"$1/child\"; wait";

    /// A shell that runs this; its `$1` is the folder.
    fn shell(script: &str, folder: &std::path::Path) -> CommandHook {
        let arguments = ["-c", script, "sh", folder.to_str().unwrap()].map(str::to_owned).to_vec();
        CommandHook::new("/bin/sh".to_owned(), arguments)
    }

    /// The processes whose numbers the script has written down, as far as they still run.
    fn running(folder: &std::path::Path) -> bool {
        let id = std::fs::read_to_string(folder.join("child")).unwrap();
        // A process that nobody has waited for yet is dead all the same: its state is Z.
        let state = std::fs::read_to_string(format!("/proc/{}/stat", id.trim()));
        state.is_ok_and(|stat| !stat.contains(") Z "))
    }

    #[tokio::test]
    async fn whoever_is_left_behind_does_not_count() {
        let folder = tempfile::tempdir().unwrap();
        let script = "cat > \"$1/message\"; sleep 600 & echo $! > \"$1/child\"; echo started >&2; exit CODE";
        for (code, expected) in [("0", Ok(())), ("3", Err("ended with exit status: 3: started"))] {
            let hook = shell(&script.replace("CODE", code), folder.path());
            let done = hook.tell(b"what there is to say").await;
            match expected {
                Ok(()) => assert_eq!(done, Ok(())),
                Err(why) => assert!(done.as_ref().unwrap_err().ends_with(why), "{done:?}"),
            }
            let message = std::fs::read(folder.path().join("message")).unwrap();
            assert_eq!(message, b"what there is to say");
            assert!(running(folder.path()), "what it left behind in good order is let be");
            let id = std::fs::read_to_string(folder.path().join("child")).unwrap();
            let id = Pid::from_raw(id.trim().parse().unwrap()).unwrap();
            rustix::process::kill_process(id, Signal::KILL).unwrap();
        }
    }

    #[tokio::test]
    async fn one_that_takes_too_long_is_killed_with_all_that_it_started() {
        let folder = tempfile::tempdir().unwrap();
        let hook = CommandHook { time: Duration::from_secs(2), ..shell(HANGING, folder.path()) };
        let why = hook.tell(b"").await.unwrap_err();
        assert!(why.ends_with("took longer than 2 s and was killed"), "{why}");
        while running(folder.path()) {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn one_that_nobody_waits_for_any_more_is_killed_as_well() {
        let folder = tempfile::tempdir().unwrap();
        let hook = shell(HANGING, folder.path());
        let begun = async {
            while !folder.path().join("child").exists() {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            done = hook.tell(b"") => unreachable!("it waits: {done:?}"),
            () = begun => {}
        }
        while running(folder.path()) {
            tokio::task::yield_now().await;
        }
    }
}
