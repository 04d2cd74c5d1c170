//! Waits for jobs and shows how they are going.

use std::io::IsTerminal;
use std::time::Duration;

use cube::Result;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use serde_json::Value;

use super::client::Client;

const POLL: Duration = Duration::from_millis(250);

/// Waits until no job can go on by itself, and gives them as they are then. A bar for each on a
/// terminal, else a line at each change of state.
pub(super) async fn watch(client: &Client, mut jobs: Vec<Value>) -> Result<Vec<Value>> {
    let bars = MultiProgress::new();
    let mut views: Vec<View> = jobs.iter().map(|job| View::new(&bars, job)).collect();
    loop {
        for (job, view) in jobs.iter_mut().zip(&mut views) {
            if is_open(job) {
                *job = client.get(&["jobs", text(job, "uuid")], &[]).await?;
            }
            view.show(job);
        }
        if !jobs.iter().any(is_open) {
            return Ok(jobs);
        }
        tokio::time::sleep(POLL).await;
    }
}

fn text<'a>(job: &'a Value, key: &str) -> &'a str {
    job.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn is_open(job: &Value) -> bool {
    matches!(text(job, "job_status"), "NEW" | "PENDING" | "RUNNING")
}

/// The step that runs, or the last.
fn step(job: &Value) -> Option<&Value> {
    let steps = job.get("steps")?.as_array()?;
    let is_running = |step: &&Value| text(step, "step_status") == "RUNNING";
    steps.iter().find(is_running).or_else(|| steps.iter().rev().find(|step| number(step, "done") > 0))
}

fn number(value: &Value, key: &str) -> u64 {
    value.get(key).and_then(Value::as_u64).unwrap_or(0)
}

/// How one job is shown.
enum View {
    Bar(ProgressBar),
    /// The last line printed.
    Lines(String),
}

impl View {
    fn new(bars: &MultiProgress, job: &Value) -> Self {
        let style =
            ProgressStyle::with_template("{prefix:24!} [{bar:32}] {human_pos}/{human_len} {msg} {elapsed}");
        match style {
            Ok(style) if std::io::stderr().is_terminal() && is_open(job) => {
                let bar = bars.add(ProgressBar::new(0)).with_style(style.progress_chars("=> "));
                bar.set_prefix(text(job, "related_segment_name").to_owned());
                Self::Bar(bar)
            }
            _ => Self::Lines(String::new()),
        }
    }

    fn show(&mut self, job: &Value) {
        let (state, running) = (text(job, "job_status"), step(job));
        match self {
            Self::Bar(bar) if is_open(job) => {
                bar.set_length(running.map_or(0, |step| number(step, "total")));
                bar.set_position(running.map_or(0, |step| number(step, "done")));
                bar.set_message(running.map_or(state, |step| text(step, "name")).to_owned());
            }
            Self::Bar(bar) => bar.finish_and_clear(),
            Self::Lines(last) if is_open(job) || !last.is_empty() => {
                let name = text(job, "related_segment_name");
                let doing = running
                    .filter(|_| state == "RUNNING")
                    .map_or(String::new(), |step| format!(": {}", text(step, "name")));
                let line = format!("segment {name}: {state}{doing}");
                if line != *last {
                    eprintln!("{line}");
                    *last = line;
                }
            }
            Self::Lines(_) => {}
        }
    }
}
