//! Runs, figures, and how they are printed.

use std::io::Write;
use std::path::Path;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use crate::Failure;

/// One benchmark's result.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Figure {
    pub name: String,
    pub unit: String,
    pub median: f64,
    pub min: f64,
    pub max: f64,
    pub runs: usize,
    /// The most memory the process held at any time.
    pub peak_bytes: u64,
    /// User and system time of one run, the mean.
    pub cpu_seconds: f64,
}

/// Times `run` once uncounted and then `runs` times; `figure` turns seconds into the unit.
pub fn measure(
    runs: usize,
    unit: &str,
    figure: impl Fn(f64) -> f64,
    mut run: impl FnMut() -> Result<(), Failure>,
) -> Result<Figure, Failure> {
    run()?;
    let mut values = vec![];
    let cpu = cpu_seconds();
    for _ in 0..runs.max(1) {
        let start = Instant::now();
        run()?;
        values.push(figure(start.elapsed().as_secs_f64()));
    }
    let cpu = (cpu_seconds() - cpu) / values.len() as f64;
    Ok(summary(values, unit, cpu, peak_bytes()))
}

pub fn summary(mut values: Vec<f64>, unit: &str, cpu_seconds: f64, peak_bytes: u64) -> Figure {
    values.sort_by(f64::total_cmp);
    Figure {
        name: String::new(),
        unit: unit.to_owned(),
        median: values[values.len() / 2],
        min: values[0],
        max: values[values.len() - 1],
        runs: values.len(),
        peak_bytes,
        cpu_seconds,
    }
}

/// User and system time of this process so far (`/proc/self/stat`, in ticks of 1/100 s).
pub fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |i: usize| fields.get(i).and_then(|field| field.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}

/// The high-water mark of this process's resident memory.
pub fn peak_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) * 1024
}

pub fn append(path: &Path, line: &str) -> Result<(), Failure> {
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(path)?;
    Ok(writeln!(file, "{line}")?)
}

pub fn print_table(figures: &[Figure]) {
    println!(
        "{:<36} {:>14} {:>14} {:>14}  {:<14} {:>9} {:>8}",
        "benchmark", "median", "min", "max", "unit", "peak MiB", "CPU s"
    );
    for f in figures {
        let peak = f.peak_bytes >> 20;
        println!(
            "{:<36} {:>14.3} {:>14.3} {:>14.3}  {:<14} {peak:>9} {:>8.2}",
            f.name, f.median, f.min, f.max, f.unit, f.cpu_seconds
        );
    }
    let median = |name: &str| figures.iter().find(|figure| figure.name == name).map(|figure| figure.median);
    if let (Some(ours), Some(peer)) =
        (median("end_to_end/sample/3m"), median("end_to_end/sample/3m/kcat_duckdb"))
    {
        println!("\nend to end: Kirin takes {:.2} times as long as kcat + DuckDB", ours / peer);
    }
}
