//! A client of Kylin's REST, as scripts are.

use std::time::Duration;

/// Calls one server.
pub struct Http {
    pub url: String,
}

impl Http {
    /// `url` without a path, such as `http://127.0.0.1:7070`.
    pub fn new(url: String) -> Self {
        Self { url }
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

    pub async fn delete(&self, path: &str) -> (u16, serde_json::Value) {
        self.send(reqwest::Client::new().delete(format!("{}{path}", self.url))).await
    }

    /// The stream of events, from now on or behind `last_id`.
    pub async fn events(&self, last_id: Option<&str>) -> Events {
        let mut request = reqwest::Client::new().get(format!("{}/kylin/api/events", self.url));
        if let Some(id) = last_id {
            request = request.header("Last-Event-ID", id);
        }
        let response = request.send().await.expect("the server answers");
        assert_eq!(response.status(), 200);
        Events { response, text: String::new() }
    }
}

/// Server-sent events.
pub struct Events {
    response: reqwest::Response,
    text: String,
}

/// One of them.
#[derive(Debug)]
pub struct Event {
    pub kind: String,
    pub id: Option<String>,
    pub data: serde_json::Value,
}

impl Events {
    /// The next event; comments are read over.
    pub async fn next(&mut self) -> Event {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let event = parse(block);
                self.text = rest.to_owned();
                match event {
                    Some(event) => return event,
                    None => continue,
                }
            }
            let chunk = tokio::time::timeout(Duration::from_secs(30), self.response.chunk()).await;
            let chunk = chunk.expect("an event within 30 s").expect("the stream goes on");
            self.text.push_str(&String::from_utf8_lossy(&chunk.expect("the stream does not end")));
        }
    }

    /// The next event that `wanted` accepts.
    pub async fn until(&mut self, wanted: impl Fn(&Event) -> bool) -> Event {
        loop {
            let event = self.next().await;
            if wanted(&event) {
                return event;
            }
        }
    }
}

fn parse(block: &str) -> Option<Event> {
    let field = |name: &str| {
        block.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':').map(str::trim_start))
    };
    Some(Event {
        kind: field("event")?.to_owned(),
        id: field("id").map(str::to_owned),
        data: serde_json::from_str(field("data")?).expect("the data is JSON"),
    })
}
