//! What BI tools ask over Kylin's REST, against DuckDB over the raw messages.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use testkit::binary::Server;
use testkit::oracle::{self, Labelled, Rows};
use testkit::topic::Record;
use testkit::{Topic, services};

const CORPUS: &str = include_str!("corpus.sql");

/// Queries that need single messages, or a bound within the finest level; all others are answered.
const REFUSED: [&str; 4] = ["ss_kylin_samples", "ss_kylin_sqllab", "xl_odbc_all", "pd_between_date"];

const SPEC: &str = r#"
model:
  name: orders
  table:
    name: orders
    topic: "{topic}"
    brokers: "{brokers}"
    columns:
      - { name: ts, type: timestamp }
      - { name: country, type: varchar }
      - { name: category, type: varchar }
      - { name: device, type: varchar }
      - { name: user_id, type: bigint }
      - { name: amount, type: "decimal(12,2)" }
      - { name: quantity, type: integer }
    event_time: { column: ts, format: epoch_ms }
cube:
  name: orders_cube
  model: orders
  dimensions: [country, category, device, user_id, amount, quantity, day_start, hour_start, minute_start]
  measures:
    - { name: orders, function: count }
    - { name: amount_sum, function: sum, column: amount }
    - { name: quantity_sum, function: sum, column: quantity }
    - { name: users, function: count_distinct, column: user_id }
    - { name: first, function: min, column: ts }
    - { name: last, function: max, column: ts }
  aggregation_groups:
    - { includes: [country, category, device, day_start, hour_start, minute_start] }
    - { includes: [country, category, device, amount, quantity, day_start], mandatory: [amount, quantity] }
    - { includes: [user_id] }
"#;

/// Orders of January to March 2024 in no order of time, with NULLs.
fn messages(count: usize) -> Vec<String> {
    let mut random = StdRng::seed_from_u64(2024);
    let countries = ["US", "DE", "FR", "GB", "JP", "BR", "IN", "CN"];
    let categories = ["books", "toys", "garden", "music", "O'Reilly \"x\" % _"];
    let devices = ["mobile", "desktop", "tablet"];
    let message = |_| {
        let mut present = |chance: f64| random.random_bool(chance);
        let (country, device, user, amount, quantity) =
            (present(0.9), present(0.97), present(0.95), present(0.96), present(0.96));
        let ts = 1_704_067_200_000 + random.random_range(0..90 * 86_400_000_i64);
        let cents = random.random_range(0..50_000);
        let amount = amount.then(|| format!("{}.{:02}", cents / 100, cents % 100));
        json!({
            "ts": ts,
            "country": country.then(|| countries[random.random_range(0..countries.len())]),
            "category": categories[random.random_range(0..categories.len())],
            "device": device.then(|| devices[random.random_range(0..devices.len())]),
            "user_id": user.then(|| random.random_range(1..500)),
            // As digits: a JSON number of serde_json would be a double.
            "amount": "AMOUNT",
            "quantity": quantity.then(|| random.random_range(1..10)),
        })
        .to_string()
        .replace("\"AMOUNT\"", amount.as_deref().unwrap_or("null"))
    };
    (0..count).map(message).collect()
}

fn columns() -> Value {
    json!({
        "ts": {"type": "TIMESTAMP", "format": "epoch_ms"},
        "country": {"type": "VARCHAR"},
        "category": {"type": "VARCHAR"},
        "device": {"type": "VARCHAR"},
        "user_id": {"type": "BIGINT"},
        "amount": {"type": "DECIMAL(12,2)"},
        "quantity": {"type": "INTEGER"},
    })
}

/// One query of the corpus.
#[derive(Debug)]
struct Case {
    name: String,
    ordered: bool,
    about: bool,
    sql: String,
    expected: Expected,
}

#[derive(Debug)]
enum Expected {
    Oracle(String),
    Refused(String),
}

/// The file in pieces that begin with `-- query`.
fn corpus() -> Vec<Case> {
    let pieces = CORPUS.split("\n-- query ").skip(1);
    let case = |piece: &str| {
        let (head, body) = piece.split_once('\n').expect("a query below its name");
        let mut words = head.split_whitespace();
        let name = words.next().expect("a name").to_owned();
        let flags: Vec<&str> = words.collect();
        let (sql, expected) = match body.split_once("\n-- oracle\n") {
            Some((sql, oracle)) => (sql, Expected::Oracle(oracle.trim().trim_end_matches(';').to_owned())),
            None => {
                let (sql, text) = body.split_once("\n-- refused\n").expect("an oracle or a refusal");
                (sql, Expected::Refused(text.trim().to_owned()))
            }
        };
        let (ordered, about) = (flags.contains(&"ordered"), flags.contains(&"about"));
        Case { name, ordered, about, sql: sql.trim().to_owned(), expected }
    };
    pieces.map(case).collect()
}

/// A server whose cube holds the messages in four segments that overlap in time.
async fn filled(topic: &Topic, folder: &std::path::Path, messages: &[String]) -> Server {
    let server = Server::start(folder, &[]).await;
    let spec = SPEC.replace("{topic}", &topic.name).replace("{brokers}", &topic.brokers);
    let (status, body) =
        server.post("/kylin/api/cubes", json!({"cubeDescData": spec, "cubeName": "orders_cube"})).await;
    assert!(status == 200 || status == 201, "{status} {body}");
    for slice in messages.chunks(messages.len().div_ceil(4)) {
        let record = |(i, text): (usize, &String)| Record {
            partition: (i % 2) as i32,
            value: Some(text.clone().into_bytes()),
            ..Record::default()
        };
        topic.produce(&slice.iter().enumerate().map(record).collect::<Vec<_>>());
        let to_the_tip = json!({"sourceOffsetStart": 0, "sourceOffsetEnd": i64::MAX, "buildType": "BUILD"});
        let (status, job) = server.put("/kylin/api/cubes/orders_cube/build2", to_the_tip).await;
        assert_eq!(status, 200, "{job}");
        let job = server.wait(&job).await;
        assert_eq!(job["job_status"], "FINISHED", "{job}");
    }
    server
}

/// As kylinpy sends it.
async fn ask(server: &Server, sql: &str) -> Result<Labelled, String> {
    let body = json!({"acceptPartial": false, "limit": 50000, "offset": 0, "project": "default", "sql": sql});
    let (status, answer) = server.post("/kylin/api/query", body).await;
    if status != 200 {
        return Err(answer["exception"].as_str().unwrap_or_default().to_owned());
    }
    let metas = answer["columnMetas"].as_array().expect("columnMetas");
    let labels = metas.iter().map(|meta| meta["label"].as_str().expect("a label").to_owned()).collect();
    Ok((labels, serde_json::from_value(answer["results"].clone()).expect("cells are strings or null")))
}

/// Fractions of seconds with as many digits as they need.
fn short(mut rows: Rows) -> Rows {
    for cell in rows.iter_mut().flatten().flatten() {
        if cell.len() > 20 && cell.as_bytes()[10] == b' ' && cell.as_bytes()[19] == b'.' {
            *cell = cell.trim_end_matches('0').to_owned();
        }
    }
    rows
}

fn equal(found: &Rows, expected: &Rows, about: bool) -> bool {
    let near = |a: &Option<String>, b: &Option<String>| match (a, b) {
        (Some(a), Some(b)) if about => match (a.parse::<f64>(), b.parse::<f64>()) {
            (Ok(a), Ok(b)) => (a - b).abs() < 1e-5,
            _ => a == b,
        },
        _ => a == b,
    };
    let same_row = |a: &[Option<String>], b: &[Option<String>]| {
        a.len() == b.len() && a.iter().zip(b).all(|(a, b)| near(a, b))
    };
    found.len() == expected.len() && found.iter().zip(expected).all(|(a, b)| same_row(a, b))
}

fn compare(case: &Case, found: Result<Labelled, String>, oracle: &Labelled) -> Result<(), String> {
    let (labels, rows) = found.map_err(|error| format!("{}: {error}", case.name))?;
    let (mut found, mut expected) = (short(rows), short(oracle.1.clone()));
    if labels != oracle.0 {
        return Err(format!("{}: labels {labels:?}, not {:?}", case.name, oracle.0));
    }
    if !case.ordered {
        found.sort();
        expected.sort();
    }
    if !equal(&found, &expected, case.about) {
        let first = found.iter().zip(&expected).find(|(a, b)| a != b);
        return Err(format!("{}: {} rows, not {}; {first:?}", case.name, found.len(), expected.len()));
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_queries_of_bi_tools_over_kylins_rest_answer_what_the_messages_answer() {
    let (Some(_), Some(topic)) = (services::python(), Topic::create(2, &[]).await) else { return };
    let messages = messages(6000);
    let folder = tempfile::tempdir().unwrap();
    let server = filled(&topic, folder.path(), &messages).await;
    let cases = corpus();
    let oracles: Vec<&str> = cases
        .iter()
        .filter_map(|case| match &case.expected {
            Expected::Oracle(sql) => Some(sql.as_str()),
            Expected::Refused(_) => None,
        })
        .collect();
    let values: Vec<Vec<u8>> = messages.into_iter().map(String::into_bytes).collect();
    let answers = oracle::duckdb_labelled(&values, "orders", &columns(), &oracles).expect("DuckDB answers");
    let mut answers = answers.iter();
    let mut wrong = vec![];
    for case in &cases {
        let found = ask(&server, &case.sql).await;
        let result = match (&case.expected, found) {
            (Expected::Oracle(_), found) => compare(case, found, answers.next().expect("an answer each")),
            (Expected::Refused(text), Err(error)) if error.contains(text) => Ok(()),
            (Expected::Refused(_), other) => Err(format!("{}: {other:?}", case.name)),
        };
        wrong.extend(result.err());
    }
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn the_corpus_is_whole_and_refuses_no_more_than_is_known() {
    let cases = corpus();
    let mut names: Vec<&str> = cases.iter().map(|case| case.name.as_str()).collect();
    let refused = cases.iter().filter(|case| matches!(case.expected, Expected::Refused(_)));
    assert_eq!(refused.map(|case| case.name.as_str()).collect::<Vec<_>>(), REFUSED);
    names.sort_unstable();
    names.dedup();
    assert_eq!((names.len(), cases.len()), (29, 29));
}
