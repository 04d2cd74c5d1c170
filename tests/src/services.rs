//! Services that tests need: named by the environment (`make test` starts them), or started by
//! the scripts under `tests/services`.
//!
//! One that cannot be had is a skip that says so and is counted; where `CI` is set it fails.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The repository's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_owned).unwrap_or_default()
}

/// The address of a real Kafka broker, or `None` after saying why there is none.
pub fn kafka() -> Option<&'static str> {
    static BROKER: OnceLock<Result<String, String>> = OnceLock::new();
    available(
        "Kafka",
        BROKER.get_or_init(|| match std::env::var("KIRIN_TEST_KAFKA") {
            Ok(address) => Ok(address),
            Err(_) => script("tests/services/kafka/start.sh").map(|line| first_word(&line)),
        }),
    )
}

/// The Python with DuckDB and pyarrow, or `None` after saying why there is none.
pub fn python() -> Option<&'static str> {
    static PYTHON: OnceLock<Result<String, String>> = OnceLock::new();
    available(
        "Python with DuckDB",
        PYTHON.get_or_init(|| match std::env::var("KIRIN_TEST_PYTHON") {
            Ok(path) => Ok(path),
            Err(_) => script("tests/services/python/fetch.sh").map(|line| first_word(&line)),
        }),
    )
}

fn first_word(line: &str) -> String {
    line.split_whitespace().next().unwrap_or_default().to_owned()
}

fn available(name: &str, found: &'static Result<String, String>) -> Option<&'static str> {
    match found {
        Ok(value) => Some(value),
        Err(reason) if std::env::var_os("CI").is_some() => panic!("{name} cannot be had: {reason}"),
        Err(reason) => {
            eprintln!("SKIPPED for want of {name}: {reason}");
            None
        }
    }
}

/// The last line that a script prints.
fn script(path: &str) -> Result<String, String> {
    let output = Command::new("bash")
        .arg(root().join(path))
        .output()
        .map_err(|error| format!("{path} cannot be run: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if output.status.success() {
        return Ok(text.lines().last().unwrap_or_default().to_owned());
    }
    Err(format!("{path} ended with {}: {}", output.status, String::from_utf8_lossy(&output.stderr).trim()))
}
