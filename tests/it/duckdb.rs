//! DuckDB reads a cuboid with plain SQL, as docs/cuboid-files.md explains.

use std::process::Command;

use cube::segment::FileKind;
use testkit::{Event, Topic, World, services};

#[tokio::test(flavor = "multi_thread")]
async fn duckdb_reads_a_cuboid_with_plain_sql() {
    let Some(python) = services::python() else { return };
    let Some(topic) = Topic::create(2, &[]).await else { return };
    let mut events: Vec<Event> = (0..200).map(|i| Event::at(i % 2, i64::from(i) / 20)).collect();
    for (i, event) in events.iter_mut().enumerate() {
        event.country = (i % 5 > 0).then(|| format!("C{}", i % 5));
        event.qty = Some(i as i64);
    }
    topic.produce(&events.iter().map(Event::record).collect::<Vec<_>>());
    let world = World::with_orders(&topic).await;
    world.build_to_tip().await;
    let ready = world.timeline().await.segments[0].ready().unwrap().clone();
    let file = ready.files.iter().find(|file| file.kind == FileKind::Cuboids).expect("a cuboids file");
    // Dimensions in order: country is bit 0, so the cuboid by country alone is 1.
    let sql = "SELECT country, orders, qty_sum, qty_count FROM cuboids WHERE cuboid_id = 1 ORDER BY country NULLS FIRST";
    let output = Command::new(python)
        .arg(services::root().join("tests/oracle/read_cuboid.py"))
        .args(read_cuboid_arguments(&world.object(&file.path), sql))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let line: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let found: Vec<Vec<Option<String>>> = serde_json::from_value(line["rows"].clone()).unwrap();
    let sums = world.rows(
        "SELECT country, count(*), sum(qty), count(qty) FROM orders GROUP BY country ORDER BY country NULLS FIRST",
    );
    assert_eq!(found, sums.await);
    assert_eq!(found.len(), 5);
    assert_eq!(found[0][0], None);
}

fn read_cuboid_arguments(path: &std::path::Path, sql: &str) -> Vec<String> {
    vec!["--parquet".into(), format!("cuboids={}", path.display()), "--sql".into(), sql.into()]
}
