//! What a program said and how it ended.

use std::io::Read;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::Value;

/// A program that takes longer hangs, and a hang is a failure.
const LONGEST: Duration = Duration::from_secs(180);

/// A program that has ended.
#[derive(Debug)]
pub struct Ran {
    what: String,
    /// Its exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// What it wrote to stdout.
    pub stdout: Vec<u8>,
    /// What it wrote to stderr.
    pub stderr: String,
}

impl Ran {
    /// Runs a command to its end; one that hangs is killed and fails the test.
    #[must_use]
    pub fn of(command: &mut Command) -> Self {
        let what = format!("{command:?}");
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{what}: {error}"));
        let stdout = drain(child.stdout.take());
        let stderr = drain(child.stderr.take());
        let status = wait(&mut child, &what);
        let stdout = stdout.join().unwrap();
        let stderr = String::from_utf8_lossy(&stderr.join().unwrap()).into_owned();
        Self { what, code: status.code(), stdout, stderr }
    }

    /// Fails the test unless the program ended with this code.
    #[track_caller]
    #[must_use]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}", self.story());
        self
    }

    /// Fails the test unless the program ended well.
    #[track_caller]
    #[must_use]
    pub fn ok(self) -> Self {
        self.expect(0)
    }

    /// What it wrote to stdout, as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8(self.stdout.clone()).unwrap_or_else(|_| panic!("not UTF-8: {}", self.story()))
    }

    /// Its stdout, as one JSON object a line.
    #[must_use]
    pub fn json(&self) -> Vec<Value> {
        let parse = |line: &str| {
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}\n{}", self.story()))
        };
        self.text().lines().map(parse).collect()
    }

    /// Everything about it, for the message of a failed test.
    #[must_use]
    pub fn story(&self) -> String {
        let stdout = String::from_utf8_lossy(&self.stdout);
        format!("{}\nexit code {:?}\n--- stdout\n{stdout}\n--- stderr\n{}", self.what, self.code, self.stderr)
    }
}

fn drain(stream: Option<impl Read + Send + 'static>) -> JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut stream) = stream {
            // What came before a broken pipe is what there is to see.
            let _ = stream.read_to_end(&mut bytes);
        }
        bytes
    })
}

fn wait(child: &mut Child, what: &str) -> ExitStatus {
    let begin = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        if begin.elapsed() > LONGEST {
            let _ = child.kill();
            panic!("{what} hangs: it was killed after {LONGEST:?}");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}
