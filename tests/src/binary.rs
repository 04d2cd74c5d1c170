//! The real `kirin` binary, as a user runs it.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::Http;

/// The binary beside the tests in the target folder; `make test` builds it first.
pub fn path() -> PathBuf {
    let test = std::env::current_exe().expect("the test's own path");
    let path = test.parent().and_then(Path::parent).expect("the target folder").join("kirin");
    assert!(path.exists(), "{} is missing: run `cargo build --workspace` first", path.display());
    path
}

/// Runs `kirin` to its end.
pub fn run(arguments: &[&str]) -> Output {
    Command::new(path()).args(arguments).output().expect("kirin runs")
}

/// A server of a test's own on a free port; killed when dropped.
pub struct Server {
    child: Child,
    http: Http,
}

impl std::ops::Deref for Server {
    type Target = Http;

    fn deref(&self) -> &Http {
        &self.http
    }
}

impl Server {
    /// Starts `kirin serve` on a free port and waits until it answers.
    pub async fn start(data_dir: &Path, more: &[&str]) -> Self {
        let port = free_port();
        let mut child = Command::new(path())
            .args(["serve", "--listen", &format!("127.0.0.1:{port}"), "--data-dir"])
            .arg(data_dir)
            .args(more)
            .stderr(Stdio::piped())
            .spawn()
            .expect("kirin starts");
        let log = child.stderr.take().expect("a log");
        // Drained, or the server would stand still when the pipe is full.
        std::thread::spawn(move || BufReader::new(log).lines().map_while(Result::ok).for_each(drop));
        let server = Self { child, http: Http::new(format!("http://127.0.0.1:{port}")) };
        let begin = Instant::now();
        while reqwest::get(format!("{}/ready", server.url)).await.is_err() {
            assert!(begin.elapsed() < Duration::from_secs(60), "the server does not answer");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        server
    }

    /// Kills the server as a crash does.
    pub fn kill(mut self) {
        self.child.kill().expect("the server is killed");
        self.child.wait().expect("the server ends");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a command that ends printed to standard error.
pub fn stderr(output: &Output) -> String {
    let mut text = String::new();
    output.stderr.as_slice().read_to_string(&mut text).unwrap_or_default();
    text
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its address").port()
}
