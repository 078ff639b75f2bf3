//! The component's log: lines it writes to stderr (or stdout), handed to a [`LogSink`].
//!
//! A component never waits for its log. The sink is called on the request's path and must return at once; [`stderr`] does so by
//! giving lines to a thread and dropping them, counted, when that thread is behind.

use std::io::Write as _;
use std::pin::Pin;
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::{io, mem, thread};

use bytes::Bytes;
use tokio::io::AsyncWrite;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};

/// Called with each line, without its line feed.
pub type LogSink = Arc<dyn Fn(&str) + Send + Sync>;

/// Bytes of one line; the rest is cut off and marked.
pub const MAX_LINE: usize = 16 * 1024;
/// Lines that may wait for a slow terminal or pipe.
const MAX_WAITING: usize = 4096;

/// A sink that writes to the host's stderr from a thread of its own.
#[must_use]
pub fn stderr() -> LogSink {
    queued(|line| {
        let mut err = io::stderr().lock();
        // A closed stderr is not worth a request.
        let _ = err.write_all(line.as_bytes()).and_then(|()| err.write_all(b"\n"));
    })
}

/// A sink that calls `write` from a thread of its own, and drops lines when `write` is too slow.
pub fn queued(write: impl Fn(&str) + Send + 'static) -> LogSink {
    let (send, receive) = sync_channel::<String>(MAX_WAITING);
    let spawned = thread::Builder::new().name("latch-log".into()).spawn(move || {
        for line in receive {
            write(&line);
        }
    });
    if spawned.is_err() {
        return Arc::new(|_| {});
    }
    let dropped = Mutex::new(0_u64);
    Arc::new(move |line| push(&send, &dropped, line))
}

fn push(send: &SyncSender<String>, dropped: &Mutex<u64>, line: &str) {
    let mut dropped = dropped.lock().unwrap_or_else(PoisonError::into_inner);
    if *dropped > 0 {
        let notice = format!(r#"{{"level":"warn","event":"log_lines_dropped","count":{dropped}}}"#);
        if send.try_send(notice).is_ok() {
            *dropped = 0;
        }
    }
    if let Err(TrySendError::Full(_)) = send.try_send(line.to_owned()) {
        *dropped += 1;
    }
}

/// A component's output stream that cuts bytes into lines.
pub(crate) struct Lines {
    sink: LogSink,
    /// The started line, shared by every handle the component opens: they are one output.
    partial: Arc<Mutex<Vec<u8>>>,
}

impl Lines {
    pub(crate) fn new(sink: LogSink) -> Self {
        Self { sink, partial: Arc::default() }
    }

    fn handle(&self) -> LineStream {
        LineStream { sink: self.sink.clone(), partial: self.partial.clone() }
    }
}

impl IsTerminal for Lines {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Lines {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.handle())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.handle())
    }
}

struct LineStream {
    sink: LogSink,
    partial: Arc<Mutex<Vec<u8>>>,
}

impl LineStream {
    fn push(&self, mut bytes: &[u8]) {
        let mut partial = self.partial.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(end) = bytes.iter().position(|byte| *byte == b'\n') {
            append(&mut partial, &bytes[..end]);
            emit(&self.sink, &mem::take(&mut *partial));
            bytes = &bytes[end + 1..];
        }
        append(&mut partial, bytes);
    }
}

/// One byte more than the limit is kept, as the mark that something was cut off.
fn append(line: &mut Vec<u8>, bytes: &[u8]) {
    let room = (MAX_LINE + 1).saturating_sub(line.len());
    line.extend_from_slice(&bytes[..bytes.len().min(room)]);
}

fn emit(sink: &LogSink, line: &[u8]) {
    let cut = line.len() > MAX_LINE;
    let text = String::from_utf8_lossy(&line[..line.len().min(MAX_LINE)]);
    let text = text.trim_end();
    match (text.is_empty(), cut) {
        (true, _) => {}
        (false, false) => sink(text),
        (false, true) => sink(&format!("{text}…")),
    }
}

impl OutputStream for LineStream {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.push(&bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(64 * 1024)
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for LineStream {
    async fn ready(&mut self) {}
}

impl AsyncWrite for LineStream {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.push(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn collect() -> (LogSink, Arc<Mutex<Vec<String>>>) {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let sink = lines.clone();
        (Arc::new(move |line: &str| sink.lock().unwrap().push(line.to_owned())), lines)
    }

    #[test]
    fn lines_are_cut_at_line_feeds_across_writes_and_handles() {
        let (sink, lines) = collect();
        let output = Lines::new(sink);
        output.handle().push(b"{\"a\":1}\n\n{\"b\"");
        output.handle().push(b":2}\r\npartial");
        assert_eq!(*lines.lock().unwrap(), ["{\"a\":1}", "{\"b\":2}"]);
    }

    #[test]
    fn a_long_line_is_capped_and_marked() {
        let (sink, lines) = collect();
        let stream = Lines::new(sink).handle();
        for _ in 0..10 {
            stream.push(&vec![b'x'; MAX_LINE]);
        }
        stream.push(b"\nnext\n");
        let lines = lines.lock().unwrap();
        assert_eq!(lines[0].len(), MAX_LINE + '…'.len_utf8());
        assert!(lines[0].ends_with('…'));
        assert_eq!(lines[1], "next");
    }

    #[test]
    fn a_slow_writer_costs_lines_and_not_time() {
        let (release, gate) = sync_channel::<()>(0);
        let (out, written) = std::sync::mpsc::channel();
        let sink = queued(move |line| {
            let _ = gate.recv();
            let _ = out.send(line.to_owned());
        });
        for n in 0..MAX_WAITING + 100 {
            sink(&n.to_string());
        }
        drop(release);
        assert_eq!(written.recv().unwrap(), "0");
        // All but the newest are gone; when there is room again the gap is told.
        while !written.recv().unwrap().starts_with(&(MAX_WAITING - 1).to_string()) {}
        sink("after");
        assert!(written.iter().any(|line| line.contains("log_lines_dropped")));
    }
}
