//! Dependencies between the crates point one way; Kafka, HTTP and SQL stay where they belong.

use std::collections::BTreeSet;

/// The dependencies of a crate that ship with it, by name.
fn dependencies(manifest: &str) -> BTreeSet<String> {
    let text = std::fs::read_to_string(testkit::services::root().join(manifest)).expect("a manifest");
    let section = text.split("[dependencies]").nth(1).expect("dependencies");
    let section = section.split("\n[").next().unwrap_or_default();
    let names = section.lines().filter_map(|line| line.split(['.', ' ', '=']).next());
    names.filter(|name| !name.is_empty() && !name.starts_with('#')).map(str::to_owned).collect()
}

#[test]
fn dependencies_point_one_way() {
    let ours = ["cube", "ingest", "query", "kirin"];
    let allowed: [(&str, &[&str]); 4] = [
        ("cube/Cargo.toml", &[]),
        ("ingest/Cargo.toml", &["cube"]),
        ("query/Cargo.toml", &["cube"]),
        ("rest/Cargo.toml", &["cube", "ingest", "query"]),
    ];
    for (manifest, allowed) in allowed {
        let found: Vec<String> =
            dependencies(manifest).into_iter().filter(|d| ours.contains(&d.as_str())).collect();
        assert_eq!(found, allowed, "{manifest}");
    }
}

#[test]
fn kafka_http_and_sql_stay_in_their_crates() {
    let homes: [(&str, &[&str]); 4] = [
        ("rdkafka", &["ingest/Cargo.toml", "rest/Cargo.toml"]),
        ("axum", &["rest/Cargo.toml"]),
        ("datafusion", &["query/Cargo.toml"]),
        ("rusqlite", &["cube/Cargo.toml"]),
    ];
    for (package, homes) in homes {
        for manifest in ["cube/Cargo.toml", "ingest/Cargo.toml", "query/Cargo.toml", "rest/Cargo.toml"] {
            let uses = dependencies(manifest).contains(package);
            assert!(!uses || homes.contains(&manifest), "{manifest} must not depend on {package}");
        }
    }
}
