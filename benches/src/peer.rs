//! The peer in the same run: kcat reads the topic to a file, DuckDB makes the same 256 cuboids of
//! it. Scripts under benches/peer, which also compare the contents of both results.

use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use crate::Failure;
use crate::measure::{Figure, summary};

/// Everything that is generated; under the cache, since it takes a minute to make.
pub fn work() -> PathBuf {
    let cache = std::env::var_os("KIRIN_CACHE").map(PathBuf::from);
    let cache = cache.or_else(|| std::env::home_dir().map(|home| home.join(".cache/kirin")));
    cache.unwrap_or_default().join("bench")
}

fn script(name: &str, arguments: &[&str]) -> Result<String, Failure> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("peer").join(name);
    let output = Command::new("bash")
        .arg(&path)
        .args(arguments)
        .env("WORK", work())
        .stderr(std::process::Stdio::inherit())
        .output()?;
    if !output.status.success() {
        return Err(format!("{} ended with {}", path.display(), output.status).into());
    }
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

/// A topic of 4 partitions with 3 million messages on a broker of the benchmark's own, made once.
pub fn filled_topic() -> Result<(String, String), Failure> {
    let line = script("topic.sh", &[])?;
    let mut words = line.lines().last().unwrap_or_default().split_whitespace().map(str::to_owned);
    match (words.next(), words.next()) {
        (Some(topic), Some(brokers)) => Ok((topic, brokers)),
        _ => Err(format!("topic.sh printed {line:?}").into()),
    }
}

/// kcat and DuckDB one after the other; then the contents of both results are compared.
pub fn kcat_duckdb(runs: usize) -> Result<Figure, Failure> {
    let (topic, brokers) = filled_topic()?;
    let mut values = vec![];
    for run in 0..=runs {
        let start = Instant::now();
        script("kcat_duckdb.sh", &[&topic, &brokers])?;
        if run > 0 {
            values.push(start.elapsed().as_secs_f64());
        }
    }
    let ours = crate::end_to_end::output();
    if ours.exists() {
        eprintln!("{}", script("compare.sh", &[&ours.display().to_string()])?);
    }
    let children = children_cpu_seconds() / (runs + 1) as f64;
    Ok(summary(values, "s", children, 0))
}

/// User and system time of all children that have ended.
fn children_cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |i: usize| fields.get(i).and_then(|field| field.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(13) + ticks(14)) / 100.0
}
