//! The real `kirin` binary, as a user runs it.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

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
    pub url: String,
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
        let server = Self { child, url: format!("http://127.0.0.1:{port}") };
        let begin = Instant::now();
        while reqwest::get(format!("{}/ready", server.url)).await.is_err() {
            assert!(begin.elapsed() < Duration::from_secs(60), "the server does not answer");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        server
    }

    pub async fn get(&self, path: &str) -> (u16, serde_json::Value) {
        self.send(reqwest::Client::new().get(format!("{}{path}", self.url))).await
    }

    pub async fn put(&self, path: &str, body: serde_json::Value) -> (u16, serde_json::Value) {
        let request = reqwest::Client::new().put(format!("{}{path}", self.url));
        // Kylin's scripts send no body, but say that it is JSON.
        let request = match body {
            serde_json::Value::Null => request.header("Content-Type", "application/json;charset=utf-8"),
            body => request.json(&body),
        };
        self.send(request).await
    }

    pub async fn post(&self, path: &str, body: serde_json::Value) -> (u16, serde_json::Value) {
        self.send(reqwest::Client::new().post(format!("{}{path}", self.url)).json(&body)).await
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> (u16, serde_json::Value) {
        let response = request.send().await.expect("the server answers");
        let status = response.status().as_u16();
        let text = response.text().await.expect("a body");
        (status, serde_json::from_str(&text).unwrap_or(serde_json::Value::String(text)))
    }

    /// The job at its end.
    pub async fn wait(&self, job: &serde_json::Value) -> serde_json::Value {
        let id = job["uuid"].as_str().expect("a job").to_owned();
        for _ in 0..1200 {
            let (_, job) = self.get(&format!("/kylin/api/jobs/{id}")).await;
            if !matches!(job["job_status"].as_str(), Some("NEW" | "PENDING" | "RUNNING")) {
                return job;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("job {id} does not end");
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
