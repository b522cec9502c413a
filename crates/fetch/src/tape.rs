//! The recording stream: every byte that goes over the wire, both ways, and the clocks and bounds that watch over it.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

/// Why the stream broke off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cut {
    /// No first byte in time.
    FirstByte,
    /// Too long a gap.
    Idle,
    /// More bytes than the limit.
    WireBytes,
    /// The connection ended without its proper close.
    Unclean,
    /// The connection broke.
    Broken(String),
}

/// What was recorded.
#[derive(Debug, Default)]
pub(crate) struct Tape {
    /// The bytes sent.
    pub sent: Vec<u8>,
    /// The bytes received.
    pub received: Vec<u8>,
    /// When the connection stood ready for the request.
    pub ready: Option<Instant>,
    /// When the first byte came.
    pub first_byte: Option<Instant>,
    /// Why the stream broke off, if it did.
    pub cut: Option<Cut>,
}

/// A tape that outlives the stream which writes it, so that nothing is lost when an exchange is broken off.
#[derive(Debug, Default, Clone)]
pub(crate) struct SharedTape(Arc<Mutex<Tape>>);

impl SharedTape {
    pub(crate) fn lock(&self) -> MutexGuard<'_, Tape> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The bounds that the stream itself keeps.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StreamLimits {
    pub first_byte: Duration,
    pub idle: Duration,
    pub wire_bytes: usize,
}

/// A stream that records what passes through it.
pub(crate) struct Recorder<S> {
    inner: S,
    tape: SharedTape,
    limits: StreamLimits,
    patience: Pin<Box<Sleep>>,
}

impl<S> Recorder<S> {
    /// Records `inner` on `tape`; the wait for the first byte begins now.
    pub(crate) fn new(inner: S, tape: SharedTape, limits: StreamLimits) -> Self {
        tape.lock().ready = Some(Instant::now());
        let patience = Box::pin(tokio::time::sleep(limits.first_byte));
        Self { inner, tape, limits, patience }
    }

    fn cut(&self, cut: Cut, kind: io::ErrorKind) -> Poll<io::Result<()>> {
        self.tape.lock().cut.get_or_insert(cut);
        Poll::Ready(Err(io::Error::from(kind)))
    }

    /// Notes the bytes that came; says whether they went past the limit.
    fn note(&mut self, bytes: &[u8]) -> bool {
        let now = Instant::now();
        self.patience.as_mut().reset(now.checked_add(self.limits.idle).unwrap_or(now));
        let mut tape = self.tape.lock();
        tape.first_byte.get_or_insert(now);
        let room = self.limits.wire_bytes.saturating_sub(tape.received.len());
        tape.received.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
        bytes.len() > room
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Recorder<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let before = buf.filled().len();
        match Pin::new(&mut this.inner).poll_read(cx, buf) {
            Poll::Pending => match this.patience.as_mut().poll(cx) {
                Poll::Pending => Poll::Pending,
                Poll::Ready(()) => {
                    let started = this.tape.lock().first_byte.is_some();
                    this.cut(if started { Cut::Idle } else { Cut::FirstByte }, io::ErrorKind::TimedOut)
                }
            },
            Poll::Ready(Err(error)) => match error.kind() {
                io::ErrorKind::UnexpectedEof => this.cut(Cut::Unclean, io::ErrorKind::UnexpectedEof),
                kind => this.cut(Cut::Broken(error.to_string()), kind),
            },
            Poll::Ready(Ok(())) => {
                let new = buf.filled().get(before..).unwrap_or_default();
                if !new.is_empty() && this.note(new) {
                    return this.cut(Cut::WireBytes, io::ErrorKind::Other);
                }
                Poll::Ready(Ok(()))
            }
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Recorder<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write(cx, buf);
        if let Poll::Ready(Ok(count)) = &written {
            self.tape.lock().sent.extend_from_slice(buf.get(..*count).unwrap_or(buf));
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}
