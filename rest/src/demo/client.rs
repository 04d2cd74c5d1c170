//! The demo's side of the REST interface: nothing here that curl could not do.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use cube::job::JobState;
use cube::ledger::LedgerTotals;
use cube::offsets::SegmentOffsets;
use cube::{Error, Result};
use reqwest::Method;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::answer::Rows;

/// Asks one server about one cube.
#[derive(Clone)]
pub(super) struct Client {
    http: reqwest::Client,
    /// `http://127.0.0.1:7070/kylin/api`
    base: String,
    cube: String,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Job {
    pub(super) uuid: String,
    pub(super) job_status: JobState,
    /// Percent.
    pub(super) progress: f64,
    pub(super) related_segment_name: String,
    pub(super) error: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Hole {
    pub(super) name: String,
    pub(super) reason: String,
    pub(super) offsets_count: u64,
    pub(super) source_partition_offset_start: BTreeMap<i32, i64>,
    pub(super) source_partition_offset_end: BTreeMap<i32, i64>,
}

/// A hole that an answer may miss messages of.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct TouchedHole {
    pub(super) name: String,
    pub(super) cause: String,
    pub(super) from: Option<String>,
    pub(super) to: Option<String>,
}

pub(super) struct Answer {
    pub(super) rows: Rows,
    /// Whether it touches no hole.
    pub(super) complete: bool,
    pub(super) holes: Vec<TouchedHole>,
    /// Rows of cuboids.
    pub(super) rows_read: u64,
    pub(super) segments: usize,
    /// From the request to the last byte of the answer.
    pub(super) took: Duration,
}

#[derive(Debug, Deserialize)]
pub(super) struct Segment {
    pub(super) uuid: String,
    pub(super) name: String,
    pub(super) source_offset_start: i64,
    pub(super) size_kb: u64,
    /// There once it is published.
    pub(super) cuboids: Option<usize>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Ledger {
    pub(super) totals: LedgerTotals,
    pub(super) partitions: Vec<PartitionLedger>,
}

#[derive(Debug, Deserialize)]
pub(super) struct PartitionLedger {
    pub(super) start: i64,
    pub(super) end: i64,
    pub(super) rows: u64,
    pub(super) filtered: u64,
    pub(super) filtered_reasons: BTreeMap<String, u64>,
    pub(super) rejected: u64,
    pub(super) rejected_reasons: BTreeMap<String, u64>,
    pub(super) absent: u64,
}

impl Client {
    pub(super) fn new(base: String, cube: &str) -> Result<Self> {
        // A proxy for the world outside does not lead to this machine's own loopback.
        let http = reqwest::Client::builder().no_proxy().build();
        let http =
            http.map_err(|error| Error::internal(format!("the HTTP client cannot be made: {error}")))?;
        Ok(Self { http, base, cube: cube.to_owned() })
    }

    /// Defines a model and a cube from a specification in YAML.
    pub(super) async fn define(&self, spec: &str) -> Result<()> {
        let request =
            self.http.post(format!("{}/cubes", self.base)).header("content-type", "application/yaml");
        answer::<Value>(request.body(spec.to_owned())).await.map(|_| ())
    }

    /// Builds these offsets; without any, everything up to the tip.
    pub(super) async fn build(&self, offsets: Option<&SegmentOffsets>) -> Result<Job> {
        let body = match offsets {
            None => json!({ "sourceOffsetStart": 0, "sourceOffsetEnd": i64::MAX, "buildType": "BUILD" }),
            Some(offsets) => json!({
                "sourceOffsetStart": offsets.sum_of_starts(),
                "sourceOffsetEnd": offsets.sum_of_ends(),
                "sourcePartitionOffsetStart": offsets.starts(),
                "sourcePartitionOffsetEnd": offsets.ends(),
                "buildType": "BUILD",
            }),
        };
        self.call(Method::PUT, &format!("cubes/{}/build2", self.cube), Some(body)).await
    }

    pub(super) async fn job(&self, id: &str) -> Result<Job> {
        self.call(Method::GET, &format!("jobs/{id}"), None).await
    }

    pub(super) async fn cancel(&self, id: &str) -> Result<Job> {
        self.call(Method::PUT, &format!("jobs/{id}/cancel"), None).await
    }

    pub(super) async fn delete_segment(&self, name: &str) -> Result<()> {
        self.call::<Value>(Method::DELETE, &format!("cubes/{}/segs/{name}", self.cube), None)
            .await
            .map(|_| ())
    }

    pub(super) async fn holes(&self) -> Result<Vec<Hole>> {
        self.call(Method::GET, &format!("cubes/{}/holes", self.cube), None).await
    }

    pub(super) async fn fill_holes(&self) -> Result<Vec<Job>> {
        self.call(Method::PUT, &format!("cubes/{}/holes", self.cube), None).await
    }

    /// The cube's segments in order of their offsets.
    pub(super) async fn segments(&self) -> Result<Vec<Segment>> {
        #[derive(Deserialize)]
        struct Cube {
            segments: Vec<Segment>,
        }
        let cube: Cube = self.call(Method::GET, &format!("cubes/{}", self.cube), None).await?;
        let mut segments = cube.segments;
        segments.sort_by_key(|segment| segment.source_offset_start);
        Ok(segments)
    }

    pub(super) async fn ledger(&self, segment: &str) -> Result<Ledger> {
        self.call(Method::GET, &format!("cubes/{}/segments/{segment}/ledger", self.cube), None).await
    }

    pub(super) async fn query(&self, sql: &str) -> Result<Answer> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Body {
            column_metas: Vec<Meta>,
            results: Vec<Vec<Option<String>>>,
            scan_report: Report,
        }
        #[derive(Deserialize)]
        struct Meta {
            label: String,
        }
        #[derive(Deserialize)]
        struct Report {
            complete: bool,
            rows_read: u64,
            scans: Vec<Scan>,
        }
        #[derive(Deserialize)]
        struct Scan {
            segments_scanned: usize,
            holes: Vec<TouchedHole>,
        }
        let started = Instant::now();
        let body: Body = self.call(Method::POST, "query", Some(json!({ "sql": sql }))).await?;
        let took = started.elapsed();
        let names = body.column_metas.into_iter().map(|meta| meta.label).collect();
        let report = body.scan_report;
        Ok(Answer {
            rows: Rows { names, rows: body.results },
            complete: report.complete,
            rows_read: report.rows_read,
            segments: report.scans.iter().map(|scan| scan.segments_scanned).sum(),
            holes: report.scans.into_iter().flat_map(|scan| scan.holes).collect(),
            took,
        })
    }

    /// Keeps a statement where the pages list it.
    pub(super) async fn save_query(&self, name: &str, sql: &str) -> Result<()> {
        let query = json!({ "name": name, "sql": sql });
        self.call::<Value>(Method::POST, "saved_queries", Some(query)).await.map(|_| ())
    }

    /// Has the cube built to the tip again and again.
    pub(super) async fn schedule(&self, every: &str) -> Result<()> {
        let path = format!("cubes/{}/schedule", self.cube);
        self.call::<Value>(Method::PUT, &path, Some(json!({ "every": every }))).await.map(|_| ())
    }

    async fn call<T: DeserializeOwned>(&self, method: Method, path: &str, body: Option<Value>) -> Result<T> {
        let mut request = self.http.request(method, format!("{}/{path}", self.base));
        if let Some(body) = body {
            request = request.json(&body);
        }
        answer(request).await
    }
}

async fn answer<T: DeserializeOwned>(request: reqwest::RequestBuilder) -> Result<T> {
    let failed =
        |error: reqwest::Error| Error::unavailable(format!("the demo's server does not answer: {error}"));
    let response = request.send().await.map_err(failed)?;
    let (status, path) = (response.status(), response.url().path().to_owned());
    let body = response.bytes().await.map_err(failed)?;
    if !status.is_success() {
        #[derive(Deserialize)]
        struct Refusal {
            exception: String,
        }
        let refusal = serde_json::from_slice::<Refusal>(&body);
        let text =
            refusal.map_or_else(|_| String::from_utf8_lossy(&body).into_owned(), |refusal| refusal.exception);
        return Err(Error::invalid(format!("{path} answered {}: {text}", status.as_u16())));
    }
    // Some answers have no body.
    let body: &[u8] = if body.is_empty() { b"null" } else { &body };
    serde_json::from_slice(body)
        .map_err(|error| Error::internal(format!("{path} answered something else than expected: {error}")))
}
